//! An answer's bytes as pieces, whatever form the server chose: an event stream, or one JSON object
//! from a server that doesn't stream. Pure.

use super::MAX_ANSWER_BYTES;
use super::wire::{self, Piece};
use crate::model::sse::{SseEvent, SseParser};

/// A whole answer as JSON may be this much longer than its text, because of its escapes.
const MAX_BODY_BYTES: usize = 2 * MAX_ANSWER_BYTES;
/// Most bytes of an event stream: each token comes in an object many times its size.
const MAX_STREAM_BYTES: usize = 64 * MAX_ANSWER_BYTES;

/// Something that was decoded.
#[derive(Debug, PartialEq)]
pub(super) enum Item {
    /// A piece of the answer.
    Piece(Piece),
    /// The server says that this was all.
    Done,
}

/// Why the bytes are no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Over a bound; the text says which.
    TooLarge(String),
    /// Not in the format; the text says what it is instead.
    Malformed(String),
}

#[derive(Debug)]
enum Form {
    /// Nothing but blanks has come.
    Unknown(Vec<u8>),
    Stream(SseParser),
    Whole(Vec<u8>),
}

/// The decoder. Feed it with [`Decoder::push`], end it with [`Decoder::finish`].
#[derive(Debug)]
pub(super) struct Decoder {
    form: Form,
    received: usize,
}

impl Decoder {
    pub(super) fn new() -> Decoder {
        Decoder { form: Form::Unknown(Vec::new()), received: 0 }
    }

    /// Takes bytes in and returns what is complete with them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Item>, Fault> {
        self.received = self.received.saturating_add(bytes.len());
        if self.received > MAX_STREAM_BYTES {
            return Err(over("the stream is", MAX_STREAM_BYTES));
        }
        match &mut self.form {
            Form::Unknown(head) => {
                head.extend_from_slice(bytes);
                let begin = first_byte(head);
                if begin.is_none() && head.len() <= MAX_BODY_BYTES {
                    return Ok(Vec::new());
                }
                let head = std::mem::take(head);
                self.form = match begin {
                    Some(b'{' | b'[') => Form::Whole(Vec::new()),
                    Some(b'<') => return Err(Fault::Malformed("a web page came in place of an answer".to_owned())),
                    _ => Form::Stream(SseParser::default()),
                };
                self.received = 0;
                self.push(&head)
            }
            Form::Stream(parser) => {
                let events = parser.push(bytes).map_err(|e| Fault::TooLarge(e.to_string()))?;
                events.into_iter().filter_map(|event| item(event).transpose()).collect()
            }
            Form::Whole(body) => {
                if body.len() + bytes.len() > MAX_BODY_BYTES {
                    return Err(over("the answer is", MAX_BODY_BYTES));
                }
                body.extend_from_slice(bytes);
                Ok(Vec::new())
            }
        }
    }

    /// The bytes have ended. `Done` is among the items when the form shows that nothing is missing.
    pub(super) fn finish(self) -> Result<Vec<Item>, Fault> {
        match self.form {
            Form::Unknown(_) => Ok(Vec::new()),
            Form::Stream(parser) => match parser.finish().map_err(|e| Fault::TooLarge(e.to_string()))? {
                // Half an event is the sign of a cut, which the missing end tells anyway.
                Some(event) => Ok(item(event).unwrap_or_default().into_iter().collect()),
                None => Ok(Vec::new()),
            },
            Form::Whole(body) => {
                let text = String::from_utf8_lossy(&body);
                let piece = wire::read(text.trim_start_matches('\u{feff}').trim())
                    .ok_or_else(|| Fault::Malformed("JSON that is cut or is no object".to_owned()))?;
                let empty = Piece { usage: None, ..piece.clone() } == Piece::default();
                if empty {
                    return Err(Fault::Malformed("a JSON object without an answer in it".to_owned()));
                }
                Ok(vec![Item::Piece(piece), Item::Done])
            }
        }
    }
}

fn over(what: &str, bound: usize) -> Fault {
    Fault::TooLarge(format!("{what} larger than {} MiB", bound >> 20))
}

/// The first byte that is neither blank nor part of a byte order mark.
fn first_byte(bytes: &[u8]) -> Option<u8> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let rest = bytes.strip_prefix(MARK).unwrap_or(bytes);
    if MARK.starts_with(rest) {
        return None;
    }
    rest.iter().copied().find(|b| !b.is_ascii_whitespace())
}

fn item(event: SseEvent) -> Result<Option<Item>, Fault> {
    let data = event.data.trim();
    if data.is_empty() {
        return Ok(None);
    }
    if data == "[DONE]" {
        return Ok(Some(Item::Done));
    }
    let piece = wire::read(data);
    if event.name == "error" && piece.as_ref().is_none_or(|p| p.error.is_none()) {
        let error = wire::read_error(data);
        return Ok(Some(Item::Piece(Piece { error: Some(error), ..Piece::default() })));
    }
    match piece {
        Some(piece) => Ok(Some(Item::Piece(piece))),
        None => Err(Fault::Malformed("an event of the stream is not a JSON object".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], size: usize) -> Result<Vec<Item>, Fault> {
        let mut decoder = Decoder::new();
        let mut items = Vec::new();
        for part in bytes.chunks(size) {
            items.extend(decoder.push(part)?);
        }
        items.extend(decoder.finish()?);
        Ok(items)
    }

    fn text(items: &[Item]) -> String {
        items.iter().map(|i| if let Item::Piece(p) = i { p.text.as_str() } else { "" }).collect()
    }

    #[test]
    fn streams_and_whole_answers_are_told_apart() {
        let stream = "\u{feff}: hi\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"č\"}}]}\n\ndata: [DONE]\n\n";
        let whole = "\n {\"choices\":[{\"message\":{\"content\":\"č\"},\"finish_reason\":\"stop\"}]}";
        for size in [1, 2, 3, 1000] {
            for form in [stream, whole] {
                let items = decode(form.as_bytes(), size).unwrap();
                assert_eq!(text(&items), "č");
                assert_eq!(items.last(), Some(&Item::Done));
            }
        }
    }

    #[test]
    fn what_is_no_answer_is_told() {
        assert!(matches!(decode(b"<html>", 2), Err(Fault::Malformed(_))));
        assert!(matches!(decode(b"{}", 1), Err(Fault::Malformed(_))));
        assert!(matches!(decode(b"{\"choices\":", 4), Err(Fault::Malformed(_))));
        assert!(matches!(decode(b"data: nonsense\n\n", 4), Err(Fault::Malformed(_))));
        assert_eq!(decode(b"", 1), Ok(vec![]));
        assert_eq!(decode(b" \n \n", 1), Ok(vec![]));
    }

    #[test]
    fn half_an_event_at_the_end_is_dropped() {
        let cut = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choi";
        assert_eq!(text(&decode(cut.as_bytes(), 7).unwrap()), "a");
    }

    #[test]
    fn an_error_event_is_an_error_in_any_words() {
        for form in
            ["error: {\"code\":503,\"message\":\"x\"}\n\n", "event: error\ndata: x\n\n", "data: {\"error\":\"x\"}\n\n"]
        {
            let items = decode(form.as_bytes(), 5).unwrap();
            let Some(Item::Piece(Piece { error: Some(error), .. })) = items.first() else { panic!("{form}") };
            assert_eq!(error.message, "x", "{form}");
        }
    }

    #[test]
    fn bounds_hold() {
        let mut decoder = Decoder::new();
        let part = vec![b'x'; 1 << 20];
        decoder.push(b"{").unwrap();
        assert!(matches!((0..64).find_map(|_| decoder.push(&part).err()), Some(Fault::TooLarge(_))));
        let mut decoder = Decoder::new();
        let blank = vec![b' '; 1 << 20];
        assert!(matches!((0..64).find_map(|_| decoder.push(&blank).err()), Some(Fault::TooLarge(_))));
    }
}
