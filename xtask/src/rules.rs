//! Which rules of behaviour have tests. A rule has an id such as G06; a test of it is called `g06_…`, and one of two
//! rules `g06_d01_…`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;

use crate::hygiene;

/// The letters of the rules: claims, desktop, frequent questions, Genesys Cloud, omnichannel, profiles, routing.
const CHAPTERS: &[u8] = b"cdfgopr";

type TestsByRule = BTreeMap<String, Vec<String>>;

/// Prints each rule that has tests, with the tests.
pub(crate) fn print() -> Result<bool> {
    let mut text = String::new();
    for (rule, tests) in find()? {
        let _ = writeln!(text, "{rule}\n    {}", tests.join("\n    "));
    }
    // Whoever reads only the beginning, as `head` does, has closed the pipe.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(true)
}

pub(crate) fn count() -> Result<bool> {
    let rules = find()?;
    let tests: usize = rules.values().map(Vec::len).sum();
    println!("{} rules have {tests} tests; `cargo xtask rules` lists them", rules.len());
    Ok(true)
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
}
