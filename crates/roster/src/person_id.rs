//! What names a person: a ULID, given by whoever adds them.

use std::fmt;
use std::str::FromStr;

/// Names a person of the service. Later ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(u128);

/// Text that is no ULID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no person's id: that has 26 signs of 0-9 and A-Z without I, L, O and U")]
pub struct NotAPersonId(pub String);

/// Crockford's base 32.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// So many signs hold 128 bits.
const LENGTH: usize = 26;

impl PersonId {
    /// The only person of an embedded service.
    pub const LOCAL: Self = Self(1);

    /// A new one. `since` is in milliseconds since 1970; the 80 bits of chance make it unlike any other.
    pub fn new(since: u64, chance: [u8; 10]) -> Self {
        let chance = chance.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte));
        Self(u128::from(since & 0xffff_ffff_ffff) << 80 | chance)
    }

    /// As bytes, in the order of the ids.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// From the same bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..LENGTH).rev() {
            let sign = SIGNS[usize::try_from(self.0 >> (5 * place) & 31).unwrap_or(0)];
            fmt::Write::write_char(out, char::from(sign))?;
        }
        Ok(())
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for PersonId {
    type Err = NotAPersonId;

    fn from_str(text: &str) -> Result<Self, NotAPersonId> {
        let digit = |sign: u8| SIGNS.iter().position(|known| *known == sign.to_ascii_uppercase());
        let fits = text.len() == LENGTH && text.as_bytes()[0] <= b'7';
        let digits = fits.then(|| text.bytes().map(digit).collect::<Option<Vec<_>>>()).flatten();
        let digits = digits.ok_or_else(|| NotAPersonId(text.to_owned()))?;
        Ok(Self(digits.iter().fold(0, |bits, digit| bits << 5 | *digit as u128)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_after_it_was_written_and_read() {
        for id in [PersonId::LOCAL, PersonId::new(1_800_000_000_000, [255; 10]), PersonId(u128::MAX), PersonId(0)] {
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(PersonId::from_bytes(id.to_bytes()), id);
        }
        // The example of the ULID's own specification begins with these ten signs for this time.
        assert!(PersonId::new(1_469_922_850_259, [0; 10]).to_string().starts_with("01ARZ3NDEK"));
    }

    #[test]
    fn later_ids_are_greater_as_text_too() {
        let (early, late) = (PersonId::new(1_800_000_000_000, [255; 10]), PersonId::new(1_800_000_000_001, [0; 10]));
        assert!(early < late && early.to_string() < late.to_string() && early.to_bytes() < late.to_bytes());
    }

    #[test]
    fn bad_input_what_is_no_id_is_refused_in_words() {
        for text in [
            "",
            "1",
            "01ARZ3NDEKTSV4RRFFQ69G5FA",
            "81ARZ3NDEKTSV4RRFFQ69G5FAV",
            "01ARZ3NDEKTSV4RRFFQ69G5FAU",
            "é1ARZ3NDEKTSV4RRFFQ69G5FA",
        ] {
            assert_eq!(text.parse::<PersonId>(), Err(NotAPersonId(text.to_owned())));
        }
    }
}
