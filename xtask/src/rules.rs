//! Whether the rules of behaviour that count as kept have tests. A rule has an id such as G06 and a line in
//! `docs/rules.md`; a test of it is called `g06_…`, and one of two rules `g06_d01_…`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use anyhow::{Context as _, Result};

use crate::{hygiene, workspace};

/// The letters of the rules: claims, desktop, frequent questions, Genesys Cloud, omnichannel, profiles, routing.
const CHAPTERS: &[u8] = b"cdfgopr";

/// Where each rule stands.
const LIST: &str = "docs/rules.md";

type TestsByRule = BTreeMap<String, Vec<String>>;

/// Prints each rule with its state and its tests; fails where the list and the tests don't fit.
pub(crate) fn print() -> Result<bool> {
    let (states, tests) = (listed()?, find()?);
    let mut text = String::new();
    for (rule, state) in &states {
        let _ = writeln!(text, "{rule} {state}");
        for test in tests.get(rule).into_iter().flatten() {
            let _ = writeln!(text, "    {test}");
        }
    }
    // Whoever reads only the beginning, as `head` does, has closed the pipe.
    let _ = std::io::stdout().write_all(text.as_bytes());
    fit()
}

/// Whether each rule that counts as kept has a test, each test a rule, and no rule is left out of the list.
pub(crate) fn fit() -> Result<bool> {
    let (states, tests) = (listed()?, find()?);
    let complaints = complaints(&states, &tests);
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    let kept = states.values().filter(|state| *state != "later").count();
    let count: usize = tests.values().map(Vec::len).sum();
    println!(
        "{kept} of {} rules are kept, wholly or in part, by {count} tests; `cargo xtask rules` lists them",
        states.len()
    );
    Ok(complaints.is_empty())
}

fn listed() -> Result<BTreeMap<String, String>> {
    let list = fs::read_to_string(workspace::root().join(LIST)).with_context(|| format!("{LIST} can't be read"))?;
    Ok(list.lines().filter_map(row).collect())
}

/// The id and the state of a row such as `| G06 | kept | … |`.
fn row(line: &str) -> Option<(String, String)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let (rule, state) = (cells.next()?, cells.next()?);
    is_rule(&rule.to_lowercase()).then(|| (rule.to_owned(), state.to_owned()))
}

fn complaints(states: &BTreeMap<String, String>, tests: &TestsByRule) -> Vec<String> {
    let mut complaints = Vec::new();
    for (rule, state) in states {
        match state.as_str() {
            "kept" | "in part" if !tests.contains_key(rule) => {
                complaints.push(format!("{rule} counts as {state} in {LIST}, and no test proves it"));
            }
            "kept" | "in part" | "later" => {}
            _ => complaints.push(format!("{rule} is “{state}” in {LIST}: say kept, in part or later")),
        }
        // Rules are numbered without gaps.
        let before = rule[1..].parse::<u8>().ok().filter(|number| *number > 1).map(|number| number - 1);
        let before = before.map(|number| format!("{}{number:02}", &rule[..1]));
        complaints.extend(
            before
                .filter(|before| !states.contains_key(before))
                .map(|before| format!("{before} is missing from {LIST}")),
        );
    }
    for (rule, names) in tests.iter().filter(|(rule, _)| !states.contains_key(*rule)) {
        complaints.push(format!("{rule} is not in {LIST}, but in the name of {}", names.join(", ")));
    }
    complaints
}

fn find() -> Result<TestsByRule> {
    let mut rules = TestsByRule::new();
    for (path, text) in hygiene::rust_files()? {
        for name in text.lines().filter_map(function_name) {
            for rule in rules_in(name) {
                rules.entry(rule).or_default().push(format!("{name}  ({})", path.display()));
            }
        }
    }
    Ok(rules)
}

/// The name in a line such as `async fn g06_screen_lock_sets_away() {`.
fn function_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("fn ").or_else(|| line.strip_prefix("async fn "))?;
    rest.split(['(', '<']).next()
}

/// The ids that a name begins with, in capitals.
fn rules_in(name: &str) -> Vec<String> {
    name.split('_').take_while(|word| is_rule(word)).map(str::to_uppercase).collect()
}

fn is_rule(word: &str) -> bool {
    matches!(word.as_bytes(), [letter, tens, ones]
        if CHAPTERS.contains(letter) && tens.is_ascii_digit() && ones.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_rules() {
        let rules = |line| function_name(line).map(rules_in).unwrap_or_default();
        assert_eq!(rules("    fn g06_screen_lock_sets_away() {"), ["G06"]);
        assert_eq!(rules("async fn d01_c05_two_at_once() {"), ["D01", "C05"]);
        assert!(rules("fn screen_lock_g06() {").is_empty());
        assert!(rules("fn x11_is_a_display() {").is_empty());
        assert!(rules("// fn-like g06_text").is_empty());
    }

    #[test]
    fn the_list_and_the_tests_must_fit() {
        let list = "| id | state | what |\n|---|---|---|\n| G01 | kept | x |\n| G03 | later | x |\n| G04 | soon | x |";
        let states = list.lines().filter_map(row).collect();
        let test = |rule: &str| (rule.to_owned(), vec!["a_test".to_owned()]);
        let told = complaints(&states, &TestsByRule::from([test("G04"), test("C01")]));
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].starts_with("G01 counts as kept"), "{told:?}");
        assert!(told[1].starts_with("G02 is missing"), "{told:?}");
        assert!(told[2].starts_with("G04 is “soon”"), "{told:?}");
        assert!(told[3].starts_with("C01 is not in"), "{told:?}");
    }
}
