//! What a trial printed, and the table of all desktops that is made of it.

use std::fmt;

use crate::test_report::Report;

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ok,
    Wrong,
    /// It can't be tried there.
    Untried,
    /// Wrong, and by a program that is not Halo.
    Theirs,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Ok, Self::Wrong, Self::Untried, Self::Theirs];

    /// The first word of its line.
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "WRONG",
            Self::Untried => "none",
            Self::Theirs => "theirs",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Ok => "✓",
            Self::Wrong => "✗",
            Self::Untried => "–",
            Self::Theirs => "(✗)",
        }
    }
}

/// A line of a trial: `ok    what: how`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    outcome: Outcome,
    what: String,
    how: String,
}

impl Row {
    /// None for a line that is no row.
    pub(super) fn read(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ')?;
        let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)?;
        let (what, how) = rest.trim().split_once(": ")?;
        Some(Self { outcome, what: what.to_owned(), how: how.to_owned() })
    }

    /// As a test of that desktop. One that others let fail is none: nothing is known of Halo by it.
    pub(super) fn count(&self, desktop: &str, report: &mut Report) {
        let Self { outcome, what, how } = self;
        match outcome {
            Outcome::Ok | Outcome::Wrong => report.count(&format!("{desktop}: {what}"), *outcome == Outcome::Ok),
            Outcome::Untried | Outcome::Theirs => report.skip(&format!("{desktop}, {what}: {how}")),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<5} {}: {}", self.outcome.word(), self.what, self.how)
    }
}

/// One column a desktop; rows in the order in which they were first seen.
pub(super) fn markdown(columns: &[(String, Vec<Row>)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for row in columns.iter().flat_map(|(_, rows)| rows) {
        if !names.contains(&row.what.as_str()) {
            names.push(&row.what);
        }
    }
    let cell = |rows: &[Row], name: &str| {
        let row = rows.iter().find(|row| row.what == name);
        row.map_or(String::new(), |row| format!("{} {}", row.outcome.mark(), row.how.replace('|', "\\|")))
    };
    let titles: Vec<&str> = columns.iter().map(|(title, _)| title.as_str()).collect();
    let mut lines = vec![format!("| | {} |", titles.join(" | ")), format!("|---|{}", "---|".repeat(columns.len()))];
    for name in names {
        let cells: Vec<String> = columns.iter().map(|(_, rows)| cell(rows, name)).collect();
        lines.push(format!("| {name} | {} |", cells.join(" | ")));
    }
    lines.join("\n") + "\n"
}

pub(super) const LEGEND: &str = "✓ right, ✗ wrong, (✗) wrong by a program that is not Halo, – can't be tried there; what follows says how or why.\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_rows_and_rows_lines() {
        let line = "WRONG ring in the tray: no green spot";
        let row = Row::read(line).unwrap();
        assert_eq!(
            (row.outcome, row.what.as_str(), row.how.as_str()),
            (Outcome::Wrong, "ring in the tray", "no green spot")
        );
        assert_eq!(row.to_string(), "WRONG ring in the tray: no green spot");
        assert_eq!(Row::read("ok    log-in: by LightDM").unwrap().to_string(), "ok    log-in: by LightDM");
        assert_eq!(Row::read("Traceback (most recent call last):"), None);
    }

    #[test]
    fn a_table_has_a_column_a_desktop_and_joins_rows_by_name() {
        let rows = |lines: &[&str]| lines.iter().filter_map(|line| Row::read(line)).collect();
        let table = markdown(&[
            ("One".to_owned(), rows(&["ok    lock: by one", "none  link: no | browser"])),
            ("Two".to_owned(), rows(&["theirs lock: two crashed", "ok    rest: 8 MB"])),
        ]);
        let expected = ["| | One | Two |", "|---|---|---|", "| lock | ✓ by one | (✗) two crashed |"];
        assert_eq!(table.lines().take(3).collect::<Vec<_>>(), expected);
        assert!(table.contains("| link | – no \\| browser |  |"), "{table}");
        assert!(table.contains("| rest |  | ✓ 8 MB |"), "{table}");
    }
}
