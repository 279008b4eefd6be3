//! Counts passed and failed checks, in what test runners print and in what this tool checks itself. It runs none of them.

/// How many passed and failed.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    pub fn one(ok: bool) -> Self {
        Self { passed: u64::from(ok), failed: u64::from(!ok) }
    }

    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Reads the closing lines of nextest (`Summary [..] 12 tests run: 11 passed, 1 failed`) and of `cargo test`
/// (`test result: ok. 3 passed; 0 failed; ..`), any number of them.
pub fn read(text: &str) -> Tally {
    let mut sum = Tally::default();
    for line in text.lines() {
        let line = plain(line);
        let counts = match (line.find("test result:"), line.find("tests run:"), line.find("test run:")) {
            (Some(at), _, _) => line.get(at..),
            (None, Some(at), _) | (None, None, Some(at)) if line.contains("Summary") => line.get(at..),
            _ => None,
        };
        let Some(counts) = counts else { continue };
        let words: Vec<&str> = counts.split_whitespace().collect();
        for pair in words.windows(2) {
            let &[number, what] = pair else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what.trim_matches(|c: char| !c.is_alphanumeric()) {
                "passed" => sum.passed += number,
                "failed" | "timed" | "exec" => sum.failed += number,
                _ => {}
            }
        }
    }
    sum
}

/// The line without terminal colours.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut inside = false;
    for c in line.chars() {
        match (inside, c) {
            (false, '\u{1b}') => inside = true,
            (false, c) => out.push(c),
            (true, c) if c.is_ascii_alphabetic() => inside = false,
            (true, _) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_is_read() {
        let text = "     Summary [   4.027s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 3 skipped\n";
        assert_eq!(read(text), Tally { passed: 10, failed: 2 });
    }

    #[test]
    fn one_test_and_colours_are_read() {
        let text = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.007s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        assert_eq!(read(text), Tally { passed: 1, failed: 0 });
    }

    #[test]
    fn cargo_test_is_read_and_summed() {
        let text = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\nhello\ntest result: FAILED. 2 passed; 4 failed; 0 ignored";
        assert_eq!(read(text), Tally { passed: 5, failed: 4 });
    }

    #[test]
    fn other_lines_are_not_counted() {
        assert_eq!(read("we saw 3 passed and 4 failed elsewhere"), Tally::default());
    }
}
