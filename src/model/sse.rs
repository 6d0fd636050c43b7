//! Server-sent events from bytes as they come: an incremental parser that doesn't care where the bytes
//! are split, and never holds more than one bounded line and one bounded event.
//!
//! Follows the HTML standard, with two liberties that real model servers need: an event at the end of
//! the stream counts without its blank line, and a line `error: …` (older llama.cpp) is an event named
//! `error`.

/// Most bytes of one line, and of the data of one event.
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SseEvent {
    /// Its name; empty when it has none.
    pub name: String,
    /// Its data; several `data` lines are joined by line feeds.
    pub data: String,
}

/// The stream breaks the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// A line is longer than [`MAX_EVENT_BYTES`].
    #[error("a line of the stream is longer than {MAX_EVENT_BYTES} bytes")]
    LineTooLong,
    /// The data of an event is longer than [`MAX_EVENT_BYTES`].
    #[error("an event of the stream is longer than {MAX_EVENT_BYTES} bytes")]
    EventTooLong,
}

/// The parser. Feed it bytes with [`SseParser::push`], then end it with [`SseParser::finish`].
#[derive(Debug, Default)]
pub struct SseParser {
    line: Vec<u8>,
    after_cr: bool,
    past_first_line: bool,
    name: String,
    data: String,
    has_data: bool,
}

impl SseParser {
    /// Takes bytes in and returns the events that are complete with them.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<SseEvent>, SseError> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) && rest[0] == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let part = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + part.len() > MAX_EVENT_BYTES {
                return Err(SseError::LineTooLong);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { break };
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            events.extend(self.end_line()?);
        }
        Ok(events)
    }

    /// Ends the stream; returns the event that had no blank line after it, if there is one.
    pub fn finish(mut self) -> Result<Option<SseEvent>, SseError> {
        let event = self.end_line()?;
        Ok(event.or_else(|| self.dispatch()))
    }

    fn end_line(&mut self) -> Result<Option<SseEvent>, SseError> {
        let line = std::mem::take(&mut self.line);
        let mut bytes = line.as_slice();
        if !std::mem::replace(&mut self.past_first_line, true) {
            bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        }
        if bytes.is_empty() {
            return Ok(self.dispatch());
        }
        let (field, value) = match memchr::memchr(b':', bytes) {
            Some(at) => (&bytes[..at], bytes[at + 1..].strip_prefix(b" ").unwrap_or(&bytes[at + 1..])),
            None => (bytes, &[][..]),
        };
        match field {
            b"data" => self.add_data(value)?,
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            b"error" => {
                self.name = "error".to_owned();
                self.add_data(value)?;
            }
            // Comments (an empty field name), `id`, `retry` and strangers mean nothing here.
            _ => {}
        }
        Ok(None)
    }

    fn add_data(&mut self, value: &[u8]) -> Result<(), SseError> {
        let text = String::from_utf8_lossy(value);
        if self.data.len() + text.len() >= MAX_EVENT_BYTES {
            return Err(SseError::EventTooLong);
        }
        if self.has_data {
            self.data.push('\n');
        }
        self.data.push_str(&text);
        self.has_data = true;
        Ok(())
    }

    fn dispatch(&mut self) -> Option<SseEvent> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        std::mem::take(&mut self.has_data).then_some(SseEvent { name, data })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(parts: &[&[u8]]) -> Result<Vec<(String, String)>, SseError> {
        let mut parser = SseParser::default();
        let mut events = Vec::new();
        for part in parts {
            events.extend(parser.push(part)?);
        }
        events.extend(parser.finish()?);
        Ok(events.into_iter().map(|e| (e.name, e.data)).collect())
    }

    fn data(text: &str) -> Vec<String> {
        parse(&[text.as_bytes()]).unwrap().into_iter().map(|e| e.1).collect()
    }

    #[test]
    fn line_ends_of_all_kinds() {
        for text in ["data: a\n\ndata: b\n\n", "data: a\r\n\r\ndata: b\r\n\r\n", "data: a\r\rdata: b\r\r"] {
            assert_eq!(data(text), ["a", "b"], "{text:?}");
        }
    }

    #[test]
    fn several_data_lines_are_one_event() {
        assert_eq!(data("data: a\ndata:\ndata:  b\n\n"), ["a\n\n b"]);
    }

    #[test]
    fn comments_ids_and_strangers_are_nothing() {
        assert_eq!(data(": hello\nid: 1\nretry: 5\nfoo\n\n:\n\ndata: a\n\n"), ["a"]);
    }

    #[test]
    fn the_mark_at_the_beginning_is_cut_off_and_only_there() {
        assert_eq!(data("\u{feff}data: a\n\n\u{feff}data: b\n\n"), ["a"]);
    }

    #[test]
    fn the_last_event_needs_no_blank_line_and_no_line_end() {
        assert_eq!(data("data: a\n"), ["a"]);
        assert_eq!(data("data: a"), ["a"]);
        assert_eq!(data("data: a\n\n"), ["a"]);
        assert!(data("event: x\n").is_empty());
    }

    #[test]
    fn names_are_kept_and_an_error_line_is_an_event() {
        let events = parse(&[b"event: ping\ndata: 1\n\nerror: {}\n\ndata: 2\n\n"]).unwrap();
        let shown: Vec<_> = events.iter().map(|(n, d)| (n.as_str(), d.as_str())).collect();
        assert_eq!(shown, [("ping", "1"), ("error", "{}"), ("", "2")]);
    }

    #[test]
    fn broken_utf8_becomes_the_replacement_character() {
        assert_eq!(parse(&[b"data: a\xffb\n\n"]).unwrap()[0].1, "a\u{fffd}b");
    }

    #[test]
    fn a_hostile_stream_is_bounded() {
        let mut parser = SseParser::default();
        let kilo = [b'x'; 1024];
        let ended = (0..2000).find_map(|_| parser.push(&kilo).err());
        assert_eq!(ended, Some(SseError::LineTooLong));
        assert!(parser.line.len() <= MAX_EVENT_BYTES);

        let mut parser = SseParser::default();
        let line = format!("data: {}\n", "y".repeat(1000));
        let ended = (0..2000).find_map(|_| parser.push(line.as_bytes()).err());
        assert_eq!(ended, Some(SseError::EventTooLong));
        assert!(parser.data.len() <= MAX_EVENT_BYTES);
    }

    proptest! {
        #[test]
        fn where_it_is_split_does_not_matter(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("data: čaj 🦀"), Just("data:x"), Just("event: e"), Just(": c"), Just("error: z"),
                    Just("\n"), Just("\r"), Just("\r\n"), Just("\n\n"), Just("\u{feff}"), Just("data")
                ],
                0..24,
            ),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let text = pieces.concat().into_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|c| c.index(text.len() + 1)).collect();
            at.extend([0, text.len()]);
            at.sort_unstable();
            let parts: Vec<&[u8]> = at.windows(2).map(|w| &text[w[0]..w[1]]).collect();
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            let whole = parse(&[&text]).unwrap();
            prop_assert_eq!(&parse(&parts).unwrap(), &whole);
            prop_assert_eq!(&parse(&bytes).unwrap(), &whole);
        }

        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(parse(&[&bytes]).is_ok());
        }
    }
}
