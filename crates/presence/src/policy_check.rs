//! Everything that is wrong with a policy file, with lines: for the administrator who writes it.
//!
//! [`Policy::from_toml`] refuses what can't be used. More can be wrong: what is used and means something else than was
//! meant, such as a mistyped status that a lock then never covers.

use std::collections::BTreeSet;
use std::fmt;

use crate::interruption::rows_for;
use crate::policy::{Covers, Policy, PolicyError};
use crate::status::{Color, Primary, StatusId};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line of the file, from 1 on, if it is one.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub words: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.words),
            None => f.write_str(&self.words),
        }
    }
}

/// All that is wrong with the text of a policy file, in the order of its lines.
pub fn check_policy(text: &str) -> Vec<Finding> {
    let policy = match Policy::read(text) {
        Ok(policy) => policy,
        Err(PolicyError::Shape(error)) => {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            return vec![Finding { line, words: error.message().to_owned() }];
        }
        Err(PolicyError::NoSuchKey(wrong)) => {
            return vec![Finding { line: Some(wrong.line), words: wrong.to_string() }];
        }
        Err(error) => return vec![Finding { line: None, words: error.to_string() }],
    };
    let mut check = Check { policy: &policy, lines: Lines(text), findings: Vec::new() };
    check.names();
    check.covers();
    check.catalogue();
    check.rows();
    check.absence();
    check.numbers();
    let mut findings = check.findings;
    if findings.is_empty()
        && let Err(error) = policy.check()
    {
        findings.push(Finding { line: None, words: error.to_string() });
    }
    findings.sort_by_key(|finding| finding.line);
    findings
}

struct Check<'p> {
    policy: &'p Policy,
    lines: Lines<'p>,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn find(&mut self, line: Option<usize>, words: impl Into<String>) {
        self.findings.push(Finding { line, words: words.into() });
    }

    /// Statuses that are named and have to be there.
    fn names(&mut self) {
        let policy = self.policy;
        let mut named = vec![
            ("sign_in", "status", &policy.sign_in.status),
            ("signed_out", "status", &policy.signed_out.status),
            ("connection", "lost_status", &policy.connection.lost_status),
            ("desk", "status", &policy.desk.status),
        ];
        named.extend(policy.call.status.iter().map(|status| ("call", "status", status)));
        named.extend(policy.signed_out.shown_as.values().map(|status| ("signed_out", "shown_as", status)));
        if let Some(work) = &policy.work {
            named.extend([("work", "unused", &work.unused), ("work", "partly", &work.partly)]);
            named.push(("work", "full", &work.full));
            named.extend(work.missed.iter().map(|status| ("work", "missed", status)));
            named.extend(work.rejected.iter().map(|status| ("work", "rejected", status)));
        }
        for (section, key, status) in named {
            if policy.status(status).is_none() {
                let line = self.lines.key(section, key);
                self.find(line, format!("{section}.{key} names “{status}”, which the catalogue doesn't have: {HOW}"));
            }
        }
        let kept: Vec<_> = policy.signed_out.shown_as.keys().map(|id| StatusId::from(id.as_str())).collect();
        let mut lists = vec![
            ("sign_in", "keeps", &policy.sign_in.keeps),
            ("signed_out", "shown_as", &kept),
            ("choices", "yields_to_work", &policy.choices.yields_to_work),
        ];
        lists.extend(policy.work.iter().map(|work| ("work", "leaves", &work.leaves)));
        for (section, key, list) in lists {
            for status in list.iter().filter(|status| !policy.has(status)) {
                let line = self.lines.key(section, key);
                self.find(line, format!("{section}.{key} names “{status}”, which the catalogue doesn't have: {HOW}"));
            }
        }
    }

    /// What may be covered: a mistyped status would never be.
    fn covers(&mut self) {
        let desk = &self.policy.desk;
        let lists = [
            ("desk.idle", &desk.idle.replaces),
            ("desk.lock", &desk.lock.replaces),
            ("desk.sleep", &desk.sleep.replaces),
            ("plan", &self.policy.plan.replaces),
            ("call", &self.policy.call.replaces),
        ];
        for (section, list) in lists {
            for covers in list {
                let (Covers::Any(status) | Covers::From { status, .. }) = covers;
                if !self.policy.has(status) {
                    let line = self.lines.key(section, "replaces");
                    let words = format!("{section}.replaces names “{status}”, which the catalogue doesn't have: {HOW}");
                    self.find(line, words);
                }
            }
        }
    }

    fn catalogue(&mut self) {
        let mut seen = BTreeSet::new();
        for (place, status) in self.policy.statuses.iter().enumerate() {
            let id = status.id.as_str();
            let at = |key| self.lines.status(place, key);
            let (id_line, primary_line) = (at("id"), at("primary"));
            let (label_line, minutes_line, shown_as_line) = (at("labels"), at("minutes"), at("shown_as"));
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if id.is_empty() || !id.chars().all(fits) {
                self.find(id_line, format!("the id “{id}” can't be typed as a command: use lower_snake_case"));
            }
            if let Some(other) = status.shown_as.as_ref().filter(|other| self.policy.status(other).is_none()) {
                self.find(
                    shown_as_line,
                    format!("“{id}” is shown as “{other}”, which the catalogue doesn't have: {HOW}"),
                );
            }
            if !seen.insert(id) {
                self.find(id_line, format!("there are two statuses with the id “{id}”: give one of them another"));
            }
            if self.policy.status(&StatusId::from(status.primary.as_str())).is_none() {
                let words = format!(
                    "“{id}” stands under “{}”, which has no entry, and others would see that: add a status of that id",
                    status.primary.as_str()
                );
                self.find(primary_line, words);
            }
            if !status.labels.contains_key("en") {
                self.find(label_line, format!("“{id}” has no label for “en”: add one, all languages fall back to it"));
            }
            if status.minutes == Some(0) {
                self.find(
                    minutes_line,
                    format!("“{id}” would end at once (minutes = 0): leave it out, or say how long"),
                );
            }
        }
        let default = &self.policy.sign_in.status;
        if self.policy.status(default).is_some_and(|status| !status.selectable) {
            let line = self.lines.key("sign_in", "status");
            self.find(line, format!("everybody would begin as “{default}”, which nobody may choose"));
        }
    }

    fn rows(&mut self) {
        let mut used = BTreeSet::new();
        for (place, status) in self.policy.statuses.iter().enumerate() {
            for row in rows_for(status) {
                used.insert(row);
                if !self.policy.interruptions.contains_key(row) {
                    let line = self.lines.status(place, "interruptions").or_else(|| self.lines.status(place, "id"));
                    self.find(line, format!("“{}” needs the interruption row “{row}”: add it", status.id));
                }
            }
        }
        for row in self.policy.interruptions.keys() {
            let of_a_primary = Primary::ALL.iter().any(|primary| primary.as_str() == row);
            if !of_a_primary && !used.contains(row.as_str()) {
                let line = self.lines.key("interruptions", row);
                self.find(line, format!("no status uses the interruption row “{row}”: correct its name, or remove it"));
            }
        }
    }

    /// Whoever is not there must not look as if they were.
    fn absence(&mut self) {
        let policy = self.policy;
        let shown = [
            ("signed_out", "status", &policy.signed_out.status),
            ("connection", "lost_status", &policy.connection.lost_status),
            ("desk", "status", &policy.desk.status),
        ];
        for (section, key, status) in shown {
            if policy.status(status).is_some_and(|status| status.is_free() || status.color == Color::Green) {
                let line = self.lines.key(section, key);
                self.find(line, format!("{section}.{key}: others would see people who are not there as “{status}”"));
            }
        }
    }

    fn numbers(&mut self) {
        let (connection, desk) = (&self.policy.connection, &self.policy.desk);
        if connection.lost_seconds <= connection.ping_seconds {
            let line = self.lines.key("connection", "lost_seconds");
            self.find(line, "connection.lost_seconds must be longer than connection.ping_seconds");
        }
        if connection.ping_seconds == 0 {
            let line = self.lines.key("connection", "ping_seconds");
            self.find(line, "connection.ping_seconds must be at least 1");
        }
        if connection.grace_seconds < connection.lost_seconds {
            let line = self.lines.key("connection", "grace_seconds");
            let words = "connection.grace_seconds is shorter than connection.lost_seconds: a connection would be gone for too long before it is known to be lost";
            self.find(line, words);
        }
        let [shortest, longest] = desk.idle_seconds_range;
        if !(shortest..=longest).contains(&desk.idle_seconds) {
            let line = self.lines.key("desk", "idle_seconds");
            self.find(line, "desk.idle_seconds must lie within desk.idle_seconds_range");
        }
        if self.policy.work.as_ref().is_some_and(|work| work.sessions == 0) {
            let line = self.lines.key("work", "sessions");
            self.find(line, "work.sessions must be at least 1: with 0, everybody would be full at once");
        }
    }
}

const HOW: &str = "correct the name, or add the status";

/// Where something stands in the text. For the eyes of a person: a file that is laid out otherwise has no lines here.
struct Lines<'t>(&'t str);

impl Lines<'_> {
    /// The line of a key in a section.
    fn key(&self, section: &str, key: &str) -> Option<usize> {
        let mut current = String::new();
        for (line, number) in self.0.lines().map(str::trim).zip(1..) {
            if let Some(name) = line.strip_prefix('[') {
                name.split(']').next().unwrap_or_default().clone_into(&mut current);
            } else if current == section && is_key(line, key) {
                return Some(number);
            }
        }
        None
    }

    /// The line of a key of one of the statuses, or where that status begins.
    fn status(&self, place: usize, key: &str) -> Option<usize> {
        let heads = self.0.lines().zip(1..).filter(|(line, _)| line.trim().starts_with("[[status]]"));
        let head = heads.map(|(_, number)| number).nth(place)?;
        let rest = self.0.lines().zip(1..).skip(head).take_while(|(line, _)| !line.trim().starts_with('['));
        let found = rest.filter(|(line, _)| is_key(line.trim(), key)).map(|(_, number)| number).next();
        Some(found.unwrap_or(head))
    }
}

fn is_key(line: &str, key: &str) -> bool {
    line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../policies/genesys.toml");

    fn line_of(text: &str, part: &str) -> usize {
        text[..text.find(part).unwrap()].matches('\n').count() + 1
    }

    /// What is found once a part of the shipped policy is another.
    #[track_caller]
    fn found(part: &str, other: &str, words: &str) {
        assert!(SHIPPED.contains(part), "{part}");
        let text = SHIPPED.replacen(part, other, 1);
        let findings = check_policy(&text);
        let finding = findings.iter().find(|finding| finding.words.contains(words));
        let finding = finding.unwrap_or_else(|| panic!("{words}: {findings:?}"));
        let change = other.lines().find(|line| !SHIPPED.contains(line)).unwrap_or(other);
        assert_eq!(finding.line, Some(line_of(&text, change)), "{findings:?}");
    }

    #[test]
    fn nothing_is_wrong_with_the_shipped_policy() {
        assert_eq!(check_policy(SHIPPED), []);
    }

    #[test]
    fn each_thing_that_is_wrong_is_found_with_its_line() {
        found("status = \"away\"", "status = \"afk\"", "desk.status names “afk”");
        found("keeps = [\"out_of_office\"]", "keeps = [\"ooo\"]", "sign_in.keeps names “ooo”");
        found("shown_as = { out_of_office =", "shown_as = { ooo =", "signed_out.shown_as names “ooo”");
        let lock = "[desk.lock]\nreplaces = [\"available\",";
        found(lock, "[desk.lock]\nreplaces = [\"avaliable\",", "desk.lock.replaces names “avaliable”");
        found("[plan]\nreplaces = [\"available\",", "[plan]\nreplaces = [\"avail\",", "plan.replaces names “avail”");
        found("id = \"meal\"", "id = \"my meal\"", "“my meal” can't be typed");
        found("id = \"meal\"", "id = \"\"", "“” can't be typed");
        found("grace_seconds = 60", "grace_seconds = 44", "grace_seconds is shorter");
        assert_eq!(
            check_policy(&SHIPPED.replacen("grace_seconds = 60", "grace_seconds = 45", 1)),
            [],
            "exactly as long"
        );
        found("ping_seconds = 20", "ping_seconds = 0", "at least 1");
        found("idle_seconds = 300", "idle_seconds = 5", "within desk.idle_seconds_range");
        found("lost_status = \"offline\"", "lost_status = \"available\"", "who are not there");
        let away = "id = \"away\"\nprimary = \"away\"\ncolor = \"yellow\"";
        found(away, &format!("{away}\nshown_as = \"afk\""), "“away” is shown as “afk”");
        let free = check_policy(&SHIPPED.replacen(away, &format!("{away}\nfree = true"), 1));
        assert!(free[0].words.starts_with("desk.status: others would see people who are not there"), "{free:?}");
        found("[sign_in]\nstatus = \"available\"", "[sign_in]\nstatus = \"on_queue\"", "which nobody may choose");
        found("\nfree = {", "\nfri = {", "no status uses the interruption row “fri”");
    }

    #[test]
    fn what_is_added_is_checked() {
        let status = |more: &str| {
            let labels = "labels = { en = \"Therapy\" }";
            format!(
                "{SHIPPED}\n[[status]]\nid = \"therapy\"\nprimary = \"busy\"\ncolor = \"red\"\nglyph = \"busy\"\n{labels}\n{more}"
            )
        };
        assert_eq!(check_policy(&status("minutes = 45")), []);
        let text = status("minutes = 0");
        let wrong = check_policy(&text);
        assert_eq!((wrong.len(), wrong[0].line), (1, Some(line_of(&text, "minutes = 0"))), "{wrong:?}");
        let text = status("").replace("id = \"therapy\"", "id = \"busy\"");
        assert!(check_policy(&text)[0].words.contains("two statuses"));
        let text = status("").replace(
            "primary = \"busy\"\ncolor = \"red\"\nglyph = \"busy\"\nlabels = { en = \"T",
            "primary = \"conference\"\ncolor = \"red\"\nglyph = \"busy\"\nlabels = { en = \"T",
        );
        assert!(check_policy(&text).iter().any(|finding| finding.words.contains("which has no entry")), "{text}");
        let text = status("").replace("en = \"Therapy\"", "de = \"Therapie\"");
        assert!(check_policy(&text)[0].words.contains("no label for “en”"));
        let work = "\n[work]\nunused = \"available\"\npartly = \"available\"\nfull = \"busi\"\nsessions = 0\n";
        let text = SHIPPED.replacen("\n[plan]", &format!("{work}\n[plan]"), 1);
        let words: Vec<_> = check_policy(&text).iter().map(ToString::to_string).collect();
        assert!(words[0].contains("work.full names “busi”") && words[1].contains("work.sessions"), "{words:?}");
    }

    #[test]
    fn what_can_not_be_read_is_said_with_its_line() {
        let text = SHIPPED.replacen("idle_seconds = 300", "idle_seconds = \"five minutes\"", 1);
        let wrong = check_policy(&text);
        assert_eq!((wrong.len(), wrong[0].line), (1, Some(line_of(&text, "five minutes"))), "{wrong:?}");
        let text = SHIPPED.replacen("idle_seconds = 300", "idel_seconds = 300", 1);
        assert!(check_policy(&text)[0].words.contains("idel_seconds"));
        assert_eq!(check_policy("name = ").len(), 1);
    }
}
