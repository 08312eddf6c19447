//! Any text as a header's value: headers have lines and lose the blanks at their ends, so only visible ASCII stays
//! itself.

use std::fmt::Write;

/// Text, with everything but visible ASCII as `%` and two hexadecimal digits a byte.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            out.push(byte.into());
        } else {
            _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

/// What was escaped; `None` if it can't have been.
pub(crate) fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        if *first == b'%' {
            bytes.extend(from_hex(std::str::from_utf8(more.get(..2)?).ok()?)?);
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Bytes, two hexadecimal digits each.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
        _ = write!(out, "{byte:02x}");
        out
    })
}

/// The bytes that hexadecimal digits stand for.
pub(crate) fn from_hex(text: &str) -> Option<Box<[u8]>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) || text.len() % 2 == 1 {
        return None;
    }
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_is_one_visible_word() {
        for text in ["", "01JAB-c_d:e/f", " a b ", "100 %", "%41", "line\r\nbreak", "é \u{202e} 🙂", "\0"] {
            let escaped = escape(text);
            assert!(escaped.bytes().all(|byte| byte.is_ascii_graphic()), "{escaped}");
            assert_eq!(unescape(&escaped).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_was_never_escaped_is_refused() {
        for text in ["%", "%4", "%zz", "%+1", "%ff"] {
            assert_eq!(unescape(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_come_back_from_their_digits() {
        assert_eq!(to_hex(&[0, 0xab, 0xff]), "00abff");
        assert_eq!(from_hex("00abff").as_deref(), Some(&[0, 0xab, 0xff][..]));
        assert_eq!((from_hex("0"), from_hex("+1")), (None, None));
    }
}
