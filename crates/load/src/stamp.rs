//! The message that travels: 200 bytes that say who sent it, as their which, and when.
//!
//! It is found in a delivery without reading the delivery, so that the client's work stays small beside the server's.

use std::io::Write as _;
use std::sync::LazyLock;
use std::time::Instant;

/// How long a message is, in bytes.
pub(crate) const LENGTH: usize = 200;

/// Stands before the numbers.
const MARK: &[u8] = b"~load~";

/// How many digits each number has: publisher, sequence, nanoseconds.
const DIGITS: [usize; 3] = [4, 8, 16];

/// What a message says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Who sent it.
    pub publisher: usize,
    /// Their which, from nought.
    pub sequence: u64,
    /// When, by [`now`].
    pub sent: u64,
}

/// Nanoseconds since the program first asked.
pub(crate) fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

impl Stamp {
    /// The message of a publisher, sent now.
    pub(crate) fn message(publisher: usize, sequence: u64) -> String {
        let mut text = MARK.to_vec();
        // Writing to memory can't fail.
        let _ = write!(text, "{publisher:04} {sequence:08} {:016} ", now());
        text.resize(LENGTH, b'x');
        String::from_utf8(text).unwrap_or_default()
    }

    /// Finds the stamp in a delivery. `hint` is where it was in the last one, for it is mostly there again.
    pub(crate) fn find(payload: &[u8], hint: &mut usize) -> Option<Self> {
        if !payload.get(*hint..).is_some_and(|rest| rest.starts_with(MARK)) {
            *hint = payload.windows(MARK.len()).position(|window| window == MARK)?;
        }
        let mut at = *hint + MARK.len();
        let [publisher, sequence, sent] = DIGITS.map(|digits| {
            let number = payload.get(at..at + digits).and_then(number);
            at += digits + 1;
            number
        });
        Some(Self { publisher: usize::try_from(publisher?).ok()?, sequence: sequence?, sent: sent? })
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_wherever_the_message_stands() {
        let message = Stamp::message(17, 123_456);
        assert_eq!(message.len(), LENGTH);
        let mut hint = 0;
        for before in ["", "{\"person\":{\"message\":\"", "a"] {
            let found = Stamp::find(format!("{before}{message}").as_bytes(), &mut hint).unwrap();
            assert_eq!((found.publisher, found.sequence, hint), (17, 123_456, before.len()));
        }
        assert_eq!(Stamp::find(b"nothing", &mut hint), None);
    }
}
