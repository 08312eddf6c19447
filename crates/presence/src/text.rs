//! What people write, fit to stand beside what others wrote.

/// Makes one clean line of what somebody wrote: the words as they read, without anything that could change how the text
/// around them reads. Empty if nothing of it could be seen.
///
/// Line breaks, tabs and control characters become blanks; marks that turn the direction of text go, and so do
/// characters without a width, except for those that join letters and emoji. Every door through which words come in
/// calls this, so that what a person is asked about is what is set, character by character.
pub fn one_line(text: &str) -> String {
    let kept = text.chars().filter(|c| !turns(*c) && !is_without_width(*c));
    let line: String = kept.map(|c| if breaks(c) { ' ' } else { c }).collect();
    if line.chars().any(is_seen) { line.trim().to_owned() } else { String::new() }
}

/// Ends a line, moves the cursor or rings the bell.
fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Takes no place and joins nothing: two names that differ in these only look the same.
fn is_without_width(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Leaves a trace on the screen.
fn is_seen(c: char) -> bool {
    let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}');
    let blank = matches!(c, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}');
    !c.is_whitespace() && !breaks(c) && !joins && !blank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_as_they_read() {
        let persian = "می\u{200c}خواهم";
        let family = "👩\u{200d}👧";
        let england = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
        for text in ["In the lab", "חזרה ב-14:00", persian, family, england, "☕\u{fe0f}", "50 % <b>&amp;"] {
            assert_eq!(one_line(text), text);
        }
        assert_eq!(one_line("  two \t words "), "two   words");
    }

    #[test]
    fn nothing_reaches_beyond_its_own_words() {
        assert_eq!(one_line("Ada\nHalo: your password, please"), "Ada Halo: your password, please");
        assert_eq!(one_line("\u{1b}[2Jgone\u{7}\u{9b}1m"), "[2Jgone  1m");
        assert_eq!(one_line("a\u{2028}b\u{2029}c\u{85}d"), "a b c d");
        assert_eq!(one_line("\u{202e}ko si tset\u{202c}"), "ko si tset");
        for mark in ["\u{61c}", "\u{200e}", "\u{200f}", "\u{202a}", "\u{202b}", "\u{202d}", "\u{2066}", "\u{2067}"] {
            assert_eq!(one_line(&format!("no{mark}thing")), "nothing", "{mark:?}");
        }
        assert_eq!(one_line("pay\u{200b}pal \u{feff}\u{ad}\u{2060}"), "paypal");
    }

    #[test]
    fn what_nobody_could_see_is_nothing() {
        for text in
            ["", " ", "\u{200d}\u{200b}", "\u{202e}\u{2069}", "\u{3164}", "\u{e0041}\u{fe0f}", "\n\r\n", "\u{2800} "]
        {
            assert_eq!(one_line(text), "", "{text:?}");
        }
    }
}
