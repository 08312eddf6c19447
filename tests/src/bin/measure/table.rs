//! Results against limits.

use std::time::Duration;

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    what: String,
    result: f64,
    limit: f64,
    unit: &'static str,
}

impl Table {
    pub(crate) fn add(&mut self, what: impl Into<String>, result: f64, limit: f64, unit: &'static str) {
        let row = Row { what: what.into(), result, limit, unit };
        println!("{}", row.line());
        self.rows.push(row);
    }

    /// Milliseconds; the range tells how steady they are.
    pub(crate) fn add_delay(&mut self, what: &str, mut delays: Vec<Duration>, limit_ms: f64) {
        delays.sort_unstable();
        let ms = |at: usize| delays.get(at).map_or(f64::NAN, |delay| delay.as_secs_f64() * 1000.0);
        let count = delays.len();
        let range = format!("{:.2} to {:.2}", ms(0), ms(count.saturating_sub(1)));
        self.add(format!("{what} (median of {count}, {range})"), ms(count / 2), limit_ms, "ms");
    }

    /// Prints all rows together; true if every result is within its limit.
    pub(crate) fn print(&self) -> bool {
        println!("\n{:<66} {:>9} {:>7}", "what", "result", "limit");
        for row in &self.rows {
            println!("{}", row.line());
        }
        self.rows.iter().all(Row::is_within)
    }
}

impl Row {
    fn line(&self) -> String {
        let verdict = if self.is_within() { "ok" } else { "OVER" };
        let number = |value: f64| if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") };
        let (result, limit) = (number(self.result), number(self.limit));
        format!("{:<66} {result:>9} {limit:>7} {:<3} {verdict}", self.what, self.unit)
    }

    /// Not a number (nothing measured) is not within.
    fn is_within(&self) -> bool {
        self.result <= self.limit
    }
}
