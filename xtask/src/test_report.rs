//! Reads what `cargo test -- --show-output` prints and counts over all test programs.
//!
//! A test that cannot run on a machine prints a line `skipped: REASON` and returns; for libtest it has passed, here it
//! counts as skipped. A test program that dies says no result; it counts as one failure.

/// What begins the line of a test that skips itself.
const SKIP: &str = "skipped: ";

#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: usize,
    failed: usize,
    skips: Vec<String>,
    /// A headline each, with lines that say more.
    troubles: Vec<String>,
    /// Failures of the run of the page's tests that is being read.
    page_failed: usize,
    program: Program,
}

/// The test program that is printing.
#[derive(Debug, Default)]
struct Program {
    /// It has said how many tests it runs, and no result yet.
    running: bool,
    /// Below "successes:", where passed tests repeat what they printed.
    in_successes: bool,
    in_failures: bool,
    /// The test whose output is repeated.
    test: String,
    /// One entry a test (by name, where known), with its reason.
    skips: Vec<(String, String)>,
    /// Tests that libtest itself passes over.
    ignored: Vec<String>,
    /// Below "failures:", what each failed test printed.
    failures: Vec<String>,
}

impl Report {
    pub(crate) fn read_line(&mut self, line: &str) {
        if is_announcement(line) {
            self.close_program();
            self.program.running = true;
        } else if let Some(result) = after(line, "test result: ") {
            self.read_result(result);
        } else if line == "successes:" {
            self.program.in_successes = true;
            self.program.in_failures = false;
        } else if line == "failures:" {
            // It comes twice: before what they printed, and before their names.
            self.program.in_failures = true;
            self.program.in_successes = false;
            self.program.test.clear();
        } else if let Some(test) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            test.clone_into(&mut self.program.test);
            if self.program.in_failures {
                self.program.failures.push(test.to_owned());
            }
        } else if let Some(test) = ignored(line) {
            self.program.ignored.push(format!("{test} is marked `ignore`"));
        } else if let Some((test, reason)) = skip(line) {
            self.program.add_skip(test, reason);
        } else {
            self.program.add_failure_line(line);
        }
    }

    /// To be called once at the end, with the success of `cargo test` itself.
    pub(crate) fn finish(&mut self, succeeded: bool) {
        self.close_program();
        if !succeeded && self.failed == 0 {
            self.failed += 1;
            self.troubles.push("cargo test failed without a failed test: see its messages".to_owned());
        }
    }

    /// A line of the page's tests: `Tests  3 passed | 1 failed (4)`, or `3 passed, 1 failed`.
    pub(crate) fn read_page_line(&mut self, line: &str) {
        let line = line.trim();
        let counts = line.strip_prefix("Tests ").unwrap_or(line);
        if !counts.trim_start().starts_with(|first: char| first.is_ascii_digit()) || !counts.contains(" passed") {
            return;
        }
        let words: Vec<&str> = counts.split([' ', ',', '|']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<usize>() else { continue };
            match pair[1] {
                "passed" => self.passed += count,
                "failed" => self.page_failed += count,
                "skipped" => self.skips.extend((0..count).map(|_| "a test of the window's page".to_owned())),
                _ => {}
            }
        }
    }

    /// To be called after each run of the page's tests, with its success.
    pub(crate) fn finish_page(&mut self, script: &str, succeeded: bool) {
        let mut failed = std::mem::take(&mut self.page_failed);
        if !succeeded && failed == 0 {
            failed = 1;
        }
        if failed > 0 {
            self.troubles.push(format!("the window's page: npm run {script}"));
        }
        self.failed += failed;
    }

    /// Something that is no test program, and yet counts as one test.
    pub(crate) fn count(&mut self, what: &str, succeeded: bool) {
        if succeeded {
            self.passed += 1;
        } else {
            self.failed += 1;
            self.troubles.push(what.to_owned());
        }
    }

    /// Something can't be tested here.
    pub(crate) fn skip(&mut self, why: &str) {
        self.skips.push(why.to_owned());
    }

    /// What needs words, and the counts on the last line.
    pub(crate) fn print(&self) {
        println!();
        for skip in &self.skips {
            println!("skipped: {skip}");
        }
        for trouble in &self.troubles {
            println!("failed: {trouble}");
        }
        println!("{}", self.summary());
    }

    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    #[cfg(test)]
    fn skips(&self) -> &[String] {
        &self.skips
    }

    #[cfg(test)]
    fn troubles(&self) -> &[String] {
        &self.troubles
    }

    fn summary(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skips.len())
    }

    /// Reads `ok. 5 passed; 0 failed; 1 ignored; …`.
    fn read_result(&mut self, result: &str) {
        let program = std::mem::take(&mut self.program);
        let count = |what: &str| {
            let part = result.split(['.', ';']).map(str::trim).find_map(|part| part.strip_suffix(what));
            part.and_then(|number| number.trim().parse().ok()).unwrap_or(0_usize)
        };
        let passed = count("passed");
        let skipped = program.skips.len().min(passed);
        self.passed += passed - skipped;
        self.failed += count("failed");
        self.troubles.extend(program.failures);
        let mut ignored = program.ignored;
        // The count is the truth; a name may be lost in the output of others.
        ignored.resize(count("ignored"), "a test marked `ignore`".to_owned());
        self.skips.extend(ignored);
        self.skips.extend(program.skips.into_iter().take(skipped).map(|(test, reason)| match test.as_str() {
            "" => reason,
            test => format!("{test}: {reason}"),
        }));
    }

    /// A program that never said its result has died.
    fn close_program(&mut self) {
        let program = std::mem::take(&mut self.program);
        if program.running {
            self.failed += 1;
            self.troubles.push("a test program ended without a result".to_owned());
        }
    }
}

impl Program {
    /// Whoever reads only the end of a long run learns there what failed, and why.
    fn add_failure_line(&mut self, line: &str) {
        if let (true, false, Some(failure)) = (self.in_failures, self.test.is_empty(), self.failures.last_mut())
            && !line.is_empty()
        {
            failure.push_str("\n    ");
            failure.push_str(line);
        }
    }

    fn add_skip(&mut self, test: Option<&str>, reason: &str) {
        if self.in_failures {
            // It skipped and failed nevertheless: a failure.
            return;
        }
        let test = test.unwrap_or(if self.in_successes { &self.test } else { "" }).to_owned();
        let known = !test.is_empty() && self.skips.iter().any(|(name, _)| *name == test);
        if !known {
            self.skips.push((test, reason.to_owned()));
        }
    }
}

/// `running 5 tests`, perhaps behind the unfinished line of another program.
fn is_announcement(line: &str) -> bool {
    let Some(rest) = after(line, "running ") else { return false };
    let mut words = rest.split(' ');
    words.next().is_some_and(|number| number.parse::<usize>().is_ok())
        && matches!(words.next(), Some("test" | "tests"))
        && words.next().is_none()
}

/// The reason, and the test where the line names it: with `--nocapture` the line may begin with `test NAME ... `.
fn skip(line: &str) -> Option<(Option<&str>, &str)> {
    if let Some(reason) = line.strip_prefix(SKIP) {
        return Some((None, reason));
    }
    let (test, reason) = line.strip_prefix("test ")?.split_once(" ... ")?;
    Some((Some(test), reason.strip_prefix(SKIP)?))
}

/// The test in a line such as `test NAME ... ignored, REASON`.
fn ignored(line: &str) -> Option<&str> {
    let (test, verdict) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    verdict.starts_with("ignored").then_some(test)
}

/// What follows `marker`: output without a line end of its own may stand before it.
fn after<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    line.find(marker).map(|at| &line[at + marker.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_tests_are_counted_too() {
        let mut report = Report::default();
        report.read_page_line(" Test Files  2 passed (2)");
        report.read_page_line("      Tests  1 failed | 12 passed (13)");
        report.finish_page("test", false);
        report.read_page_line("40 passed, 0 failed");
        report.finish_page("test:browser", true);
        assert_eq!(report.summary(), "52 passed, 1 failed, 0 skipped");
        assert_eq!(report.troubles().len(), 1);
    }

    fn report(text: &str, succeeded: bool) -> Report {
        let mut report = Report::default();
        text.lines().for_each(|line| report.read_line(line));
        report.finish(succeeded);
        report
    }

    const ONE_SKIPS: &str = "
running 3 tests
test a ... ok
test b ... ok
test c ... ignored

successes:

---- b stdout ----
skipped: no display here

successes:
    a
    b

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
";

    #[test]
    fn a_test_that_skips_itself_has_not_passed() {
        let report = report(ONE_SKIPS, true);
        assert_eq!(report.summary(), "1 passed, 0 failed, 2 skipped");
        assert_eq!(report.skips(), ["c is marked `ignore`", "b: no display here"]);
    }

    #[test]
    fn programs_add_up() {
        let report = report(&ONE_SKIPS.repeat(3), true);
        assert_eq!(report.summary(), "3 passed, 0 failed, 6 skipped");
    }

    #[test]
    fn a_failure_is_one_even_if_it_said_skipped() {
        let text = "
running 2 tests
test a ... FAILED
test b ... ok

successes:

successes:
    b

failures:

---- a stdout ----
skipped: half of it

thread 'a' panicked at x.rs:1:1

failures:
    a

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
";
        let report = report(text, false);
        assert_eq!(report.summary(), "1 passed, 1 failed, 0 skipped");
        assert_eq!(report.troubles(), ["a\n    thread 'a' panicked at x.rs:1:1"]);
    }

    #[test]
    fn results_are_found_behind_other_output() {
        let text = "a child saysrunning 2 tests
test a ... skipped: no bus
ok
noise without an endtest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let report = report(text, true);
        assert_eq!(report.summary(), "1 passed, 0 failed, 1 skipped");
        assert_eq!(report.skips(), ["a: no bus"]);
    }

    #[test]
    fn a_test_may_give_several_reasons() {
        let text = "
running 1 test
successes:
---- a stdout ----
skipped: one
skipped: two
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(report(text, true).summary(), "0 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn a_program_that_dies_is_a_failure() {
        let text = format!("running 4 tests\ntest a ... ok\n{ONE_SKIPS}running 1 test\n");
        let report = report(&text, false);
        assert_eq!(report.summary(), "1 passed, 2 failed, 2 skipped");
        assert_eq!(report.troubles().len(), 2);
    }

    #[test]
    fn a_program_that_does_not_compile_is_a_failure() {
        let report = report("", false);
        assert_eq!(report.summary(), "0 passed, 1 failed, 0 skipped");
        assert_eq!(report.troubles().len(), 1);
    }

    #[test]
    fn a_program_without_tests_is_nothing() {
        let text = "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(report(text, true).summary(), "0 passed, 0 failed, 0 skipped");
    }

    #[test]
    fn talk_of_running_is_no_announcement() {
        assert!(!is_announcement("running out of tests"));
        assert!(!is_announcement("running 5 tests a day"));
        assert!(is_announcement("running 1 test"));
    }
}
