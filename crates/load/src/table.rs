//! Results against goals: printed as they come, then as one table, and written as JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

/// How good a result is to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Goal {
    /// It is there to compare with.
    None,
    /// At most so much, and where that comes from.
    AtMost(f64, String),
    /// At least so much, and where that comes from.
    AtLeast(f64, String),
    /// What it was reckoned from, or all that it is for, could not be had.
    Missed(String),
}

#[derive(Debug)]
struct Row {
    what: String,
    result: f64,
    unit: &'static str,
    goal: Goal,
}

impl Goal {
    /// At most so much.
    pub(crate) fn most(limit: f64) -> Self {
        Self::AtMost(limit, String::new())
    }

    /// At most so many times what something else came to in the same run.
    pub(crate) fn most_times(times: f64, of: f64, what: &str) -> Self {
        Self::AtMost(times * of, format!(" ({times} × {what})"))
    }

    /// At least so many times of it.
    pub(crate) fn least_times(times: f64, of: f64, what: &str) -> Self {
        Self::AtLeast(times * of, format!(" ({times} × {what})"))
    }
}

impl Goal {
    /// The same, missed in any case unless everything was there that it is for.
    pub(crate) fn with_all(self, is_all: bool) -> Self {
        if is_all { self } else { Self::Missed(format!("{}, with all of them", self.text())) }
    }

    fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::AtMost(limit, why) => format!("≤ {}{why}", number(*limit)),
            Self::AtLeast(limit, why) => format!("≥ {}{why}", number(*limit)),
            Self::Missed(text) => text.clone(),
        }
    }
}

impl Table {
    /// Takes a result, and prints it.
    pub(crate) fn add(&mut self, what: impl Into<String>, result: f64, unit: &'static str, goal: Goal) {
        let row = Row { what: what.into(), result, unit, goal };
        println!("{}", row.line());
        self.rows.push(row);
    }

    /// Prints all rows together; true if every goal is held.
    pub(crate) fn print(&self) -> bool {
        println!("\n{:<WHAT$} {:>RESULT$} {:<UNIT$}  verdict  goal", "what", "result", "");
        for row in &self.rows {
            println!("{}", row.line());
        }
        let missed = self.rows.iter().filter(|row| row.is_held() == Some(false)).count();
        let goals = self.rows.iter().filter(|row| row.is_held().is_some()).count();
        println!("\n{} of {goals} goals are held", goals - missed);
        missed == 0
    }

    /// Writes all rows, with what is to be known of the run.
    pub(crate) fn write(&self, file: &Path, run: &Value) -> Result<()> {
        let rows: Vec<_> = self.rows.iter().map(Row::json).collect();
        let text = serde_json::to_string_pretty(&json!({ "run": run, "rows": rows }))?;
        fs::write(file, text + "\n").with_context(|| format!("{} can't be written", file.display()))
    }
}

const WHAT: usize = 88;
const RESULT: usize = 9;
const UNIT: usize = 8;

impl Row {
    fn line(&self) -> String {
        let result = number(self.result);
        let verdict = match self.is_held() {
            None => "",
            Some(true) => "held",
            Some(false) => "MISSED",
        };
        let goal = self.goal.text();
        let line = format!("{:<WHAT$} {result:>RESULT$} {:<UNIT$}  {verdict:<7}  {goal}", self.what, self.unit);
        line.trim_end().to_owned()
    }

    /// Not a number (nothing measured) is not held.
    fn is_held(&self) -> Option<bool> {
        match self.goal {
            Goal::None => None,
            Goal::AtMost(limit, _) => Some(self.result <= limit),
            Goal::AtLeast(limit, _) => Some(self.result >= limit),
            Goal::Missed(_) => Some(false),
        }
    }

    fn json(&self) -> Value {
        json!({ "what": self.what.trim_start(), "result": self.result, "unit": self.unit, "goal": self.goal.text(),
            "held": self.is_held() })
    }
}

fn number(number: f64) -> String {
    match number.abs() {
        _ if number.is_nan() => "none".to_owned(),
        size if number.fract() == 0.0 || size >= 1000.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_measured_is_missed() {
        let held = |result, goal| Row { what: String::new(), result, unit: "", goal }.is_held();
        assert_eq!(held(1.0, Goal::most(1.0)), Some(true));
        assert_eq!(held(1.0, Goal::least_times(0.6, 2.0, "it")), Some(false));
        assert_eq!(held(f64::NAN, Goal::most(1.0)), Some(false));
        assert_eq!(held(1.0, Goal::most_times(1.5, f64::NAN, "it")), Some(false));
        assert_eq!(held(1.0, Goal::None), None);
        assert_eq!(held(1.0, Goal::most(2.0).with_all(false)), Some(false));
    }
}
