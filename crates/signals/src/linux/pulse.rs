//! The few messages of PulseAudio's native protocol that tell whether a microphone is in use. PipeWire speaks it too.
//!
//! A message is a frame: a descriptor of five numbers, of which the first is the length of what follows; then the
//! kind, a tag that the answer repeats, and values. Each value has a letter before it that says its type; numbers are
//! big-endian. An answer holds names of applications and what they play: they are stepped over, never looked at (D13).

/// The newest version whose recording streams end with what is wanted of them.
const VERSION: u32 = 21;

const ERROR: u32 = 0;
const REPLY: u32 = 2;
const AUTH: u32 = 8;
const SET_CLIENT_NAME: u32 = 9;
const GET_SOURCE: u32 = 23;
const LIST_RECORDINGS: u32 = 32;
const SUBSCRIBE: u32 = 35;
const SUBSCRIBE_EVENT: u32 = 66;

/// Events of recording streams, as a mask.
const RECORDINGS: u32 = 0x0008;
/// What stands where there is no source, client or sink.
const NONE: u32 = u32::MAX;
/// The length of a cookie.
const COOKIE: usize = 256;

/// The length of a descriptor.
pub(super) const DESCRIPTOR: usize = 20;

/// A question for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// Let us in: the kernel tells the server whose program we are, and the cookie is left empty.
    Enter,
    /// We are called Halo.
    Name,
    /// Tell whenever a recording stream comes, goes or changes.
    Subscribe,
    /// Which recording streams are there?
    Recordings,
    /// What is this source?
    Source(u32),
}

/// What the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// The answer to the question with this tag.
    Answer(u32),
    /// It has no answer to the question with this tag.
    Refusal(u32),
    /// Some recording stream came, went or changed.
    Changed,
    /// Nothing that we asked for.
    Other,
}

/// A question as a frame.
pub(super) fn frame(question: Question, tag: u32) -> Vec<u8> {
    let (kind, arguments) = match question {
        Question::Enter => (AUTH, [&number(VERSION)[..], &bytes(&[0; COOKIE])].concat()),
        Question::Name => {
            let name = b"Halo\0";
            (SET_CLIENT_NAME, [&b"Ptapplication.name\0"[..], &number(count(name)), &bytes(name), b"N"].concat())
        }
        Question::Subscribe => (SUBSCRIBE, number(RECORDINGS)),
        Question::Recordings => (LIST_RECORDINGS, Vec::new()),
        Question::Source(index) => (GET_SOURCE, [&number(index)[..], b"N"].concat()),
    };
    let body = [&number(kind)[..], &number(tag), &arguments].concat();
    let descriptor = [count(&body), NONE, 0, 0, 0].map(u32::to_be_bytes).concat();
    [descriptor, body].concat()
}

/// A number as a value.
fn number(number: u32) -> Vec<u8> {
    [&b"L"[..], &number.to_be_bytes()].concat()
}

/// Bytes as a value.
fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&b"x"[..], &count(bytes).to_be_bytes(), bytes].concat()
}

fn count(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a question is short")
}

/// The length of what follows a descriptor, in bytes.
pub(super) fn length(descriptor: &[u8; DESCRIPTOR]) -> usize {
    descriptor.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize)
}

/// Reads what followed a descriptor; `None` if it makes no sense.
pub(super) fn read(message: &[u8]) -> Option<Said> {
    let mut values = Values(message);
    let (kind, tag) = (values.number()?, values.number()?);
    Some(match kind {
        REPLY => Said::Answer(tag),
        ERROR => Said::Refusal(tag),
        SUBSCRIBE_EVENT => Said::Changed,
        _ => Said::Other,
    })
}

/// The values of an answer that was read.
fn values(answer: &[u8]) -> Option<Values<'_>> {
    let mut values = Values(answer);
    values.skip(2)?;
    Some(values)
}

/// The sources that applications record from at this moment, monitors among them; `None` if the answer to
/// [`Question::Recordings`] makes no sense.
///
/// A corked stream records nothing, one that only finds the peaks feeds a level meter, and one without a client is the
/// server's own.
pub(super) fn recorded_sources(answer: &[u8]) -> Option<Vec<u32>> {
    let mut streams = values(answer)?;
    let mut sources = Vec::new();
    while !streams.0.is_empty() {
        // Its number, name and module.
        streams.skip(3)?;
        let (client, source) = (streams.number()?, streams.number()?);
        // The form of its samples, its channels, two latencies.
        streams.skip(4)?;
        let mut meter = streams.text()? == b"peaks";
        // The driver.
        streams.skip(1)?;
        meter |= streams.properties(|key, value| key == b"stream.monitor" && value.starts_with(b"true"))?;
        let corked = streams.switch()?;
        if client != NONE && source != NONE && !meter && !corked {
            sources.push(source);
        }
    }
    Some(sources)
}

/// Whether a source is a microphone, rather than the monitor of what is played; `None` if the answer to
/// [`Question::Source`] makes no sense.
pub(super) fn is_microphone(answer: &[u8]) -> Option<bool> {
    let mut source = values(answer)?;
    // Its number, name, description, the form of its samples, channels, module, volume, and whether it is muted.
    source.skip(8)?;
    Some(source.number()? == NONE)
}

/// Values in a row.
struct Values<'m>(&'m [u8]);

impl<'m> Values<'m> {
    fn take(&mut self, count: usize) -> Option<&'m [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|taken| taken[0])
    }

    fn bare_number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn number(&mut self) -> Option<u32> {
        if self.byte()? == b'L' { self.bare_number() } else { None }
    }

    fn switch(&mut self) -> Option<bool> {
        match self.byte()? {
            b'1' => Some(true),
            b'0' => Some(false),
            _ => None,
        }
    }

    /// A text; an empty one if it is left out.
    fn text(&mut self) -> Option<&'m [u8]> {
        match self.byte()? {
            b't' => {
                let end = self.0.iter().position(|byte| *byte == 0)?;
                let text = self.take(end)?;
                self.byte()?;
                Some(text)
            }
            b'N' => Some(b""),
            _ => None,
        }
    }

    /// Steps over properties; whether any of them is like this.
    fn properties(&mut self, like: impl Fn(&[u8], &[u8]) -> bool) -> Option<bool> {
        if self.byte()? != b'P' {
            return None;
        }
        let mut found = false;
        loop {
            let key = self.text()?;
            if key.is_empty() {
                return Some(found);
            }
            self.number()?;
            if self.byte()? != b'x' {
                return None;
            }
            let length = self.bare_number()? as usize;
            found |= like(key, self.take(length)?);
        }
    }

    /// Steps over so many values that are not properties.
    fn skip(&mut self, count: usize) -> Option<()> {
        for _ in 0..count {
            let length = match self.0.first()? {
                b't' => self.0.iter().position(|byte| *byte == 0)?,
                b'N' | b'0' | b'1' => 0,
                b'B' => 1,
                b'L' | b'V' => 4,
                b'a' => 6,
                b'U' | b'R' | b'r' | b'T' => 8,
                b'm' => 1 + usize::from(*self.0.get(1)?),
                b'v' => 1 + 4 * usize::from(*self.0.get(1)?),
                _ => return None,
            };
            self.take(1 + length)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIC: u32 = 7;
    const CLIENT: u32 = 3;

    /// An application's stream: whose, from where, how its samples are found, one property, and whether it is corked.
    fn stream(client: u32, source: u32, method: &[u8], (key, value): (&[u8], &[u8]), corked: bool) -> Vec<u8> {
        [
            &number(12)[..],
            b"tWeekly meeting\0",
            &number(NONE),
            &number(client),
            &number(source),
            b"a\x03\x02\x00\x00\xac\x44m\x02\x01\x02U\0\0\0\0\0\0\0\0U\0\0\0\0\0\0\0\0",
            method,
            b"tprotocol-native.c\0P",
            &[&b"t"[..], key, b"\0", &number(count(value)), &bytes(value)].concat(),
            b"N",
            if corked { b"1" } else { b"0" },
        ]
        .concat()
    }

    fn answer(values: &[Vec<u8>]) -> Vec<u8> {
        [&number(REPLY)[..], &number(4), &values.concat()].concat()
    }

    const PLAIN: &[u8] = b"tspeex-float-1\0";
    const NAMED: (&[u8], &[u8]) = (b"application.name", b"Phone\0");

    #[test]
    fn only_what_an_application_really_records_counts() {
        let cases = [
            (stream(CLIENT, MIC, PLAIN, NAMED, false), true),
            (stream(CLIENT, MIC, b"N", NAMED, false), true),
            (stream(CLIENT, MIC, PLAIN, NAMED, true), false),
            (stream(CLIENT, MIC, b"tpeaks\0", NAMED, false), false),
            (stream(CLIENT, MIC, PLAIN, (b"stream.monitor", b"true\0"), false), false),
            (stream(CLIENT, MIC, PLAIN, (b"stream.monitor", b"false\0"), false), true),
            (stream(NONE, MIC, PLAIN, NAMED, false), false),
            (stream(CLIENT, NONE, PLAIN, NAMED, false), false),
        ];
        for (stream, counts) in &cases {
            let found = recorded_sources(&answer(std::slice::from_ref(stream)));
            assert_eq!(found, Some(if *counts { vec![MIC] } else { vec![] }), "{stream:?}");
        }
        let all = cases.map(|(stream, _)| stream);
        assert_eq!(recorded_sources(&answer(&all)), Some(vec![MIC; 3]));
        assert_eq!(recorded_sources(&answer(&[])), Some(vec![]));
    }

    #[test]
    fn a_source_that_plays_nothing_back_is_a_microphone() {
        let source = |monitor_of: u32| {
            let start = b"tmic\0tMicrophone\0a\x03\x02\x00\x00\xac\x44m\x02\x01\x02".to_vec();
            let volume = b"v\x02\0\x01\0\0\0\x01\0\x000".to_vec();
            let [index, module, monitor_of] = [MIC, NONE, monitor_of].map(number);
            answer(&[index, start, module, volume, monitor_of, b"N".to_vec()])
        };
        assert_eq!(is_microphone(&source(NONE)), Some(true));
        assert_eq!(is_microphone(&source(0)), Some(false));
    }

    #[test]
    fn what_is_cut_short_or_of_another_type_makes_no_sense_and_no_harm() {
        let whole = answer(&[stream(CLIENT, MIC, PLAIN, NAMED, false)]);
        // Up to the tag it is an answer with an empty list.
        for cut in 11..whole.len() {
            assert_eq!(recorded_sources(&whole[..cut]), None, "cut at {cut}");
        }
        for place in 0..whole.len() {
            let mut other = whole.clone();
            other[place] = 0xff;
            let _ = (read(&other), recorded_sources(&other), is_microphone(&other));
        }
        assert_eq!((read(b""), recorded_sources(b""), is_microphone(b"")), (None, None, None));
    }

    #[test]
    fn answers_refusals_and_events_are_told_apart() {
        let message = |kind: u32, tag: u32| [number(kind), number(tag)].concat();
        assert_eq!(read(&message(REPLY, 4)), Some(Said::Answer(4)));
        assert_eq!(read(&message(ERROR, 4)), Some(Said::Refusal(4)));
        assert_eq!(read(&message(SUBSCRIBE_EVENT, NONE)), Some(Said::Changed));
        assert_eq!(read(&message(61, NONE)), Some(Said::Other));
    }

    #[test]
    fn a_frame_says_how_long_it_is() {
        for question in
            [Question::Enter, Question::Name, Question::Subscribe, Question::Recordings, Question::Source(MIC)]
        {
            let frame = frame(question, 4);
            let (descriptor, rest) = frame.split_first_chunk().unwrap();
            assert_eq!(length(descriptor), rest.len(), "{question:?}");
        }
    }
}
