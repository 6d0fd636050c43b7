//! A structured answer back to what a free answer is: Markdown, and the document in a fenced block. The
//! explanation is passed on while it comes. The answer is somebody else's text: what is not in the form
//! that was asked for is passed on as it is.

use serde_json::{Map, Value};

use super::{DOCUMENT, EXPLANATION};
use crate::pipeline::oml;

/// The explanation has to begin within this, or it waits for the end, in bytes.
const MAX_LEAD_BYTES: usize = 200;

/// Translates one answer, piece by piece.
#[derive(Debug, Default)]
pub(in crate::agent) struct Translator {
    state: State,
    /// What has come and is not yet passed on.
    raw: String,
    /// Bytes of `raw` that the explanation has been read from.
    read: usize,
    /// Whether any of the explanation was passed on.
    said: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Not enough has come to know what it is.
    #[default]
    Begin,
    /// A free text.
    Free,
    /// Inside the explanation.
    Explaining,
    /// JSON that is read when it is whole.
    Waiting,
}

impl Translator {
    /// Takes a piece in and gives the words that can be passed on.
    pub(in crate::agent) fn push(&mut self, piece: &str) -> String {
        if self.state == State::Free {
            return piece.to_owned();
        }
        self.raw.push_str(piece);
        if self.state == State::Begin {
            self.begin();
        }
        match self.state {
            State::Free => std::mem::take(&mut self.raw),
            State::Explaining => self.explain(),
            State::Begin | State::Waiting => String::new(),
        }
    }

    /// The rest of the words, when no more will come.
    pub(in crate::agent) fn finish(&mut self) -> String {
        let raw = std::mem::take(&mut self.raw);
        if raw.trim().is_empty() || self.state == State::Free {
            return raw;
        }
        let body = &raw[opening(&raw).unwrap_or(0)..];
        let first = serde_json::Deserializer::from_str(body).into_iter::<Map<String, Value>>().next();
        match first {
            Some(Ok(answer)) => self.whole(answer, &raw),
            // Cut off, or no JSON after all.
            _ if self.said => format!("\n\n{}", fenced("json", raw.get(self.read..).unwrap_or_default())),
            _ if opening(&raw).is_some() => fenced("json", &raw),
            _ => raw,
        }
    }

    /// Finds out what it is from its beginning.
    fn begin(&mut self) {
        let Some(at) = opening(&self.raw) else {
            let lead = self.raw.trim_start();
            let undecided = lead.is_empty() || (lead.len() < MAX_LEAD_BYTES && may_open(lead));
            if !undecided {
                self.state = State::Free;
            }
            return;
        };
        let rest = &self.raw[at + 1..];
        match explanation_start(rest) {
            Some(start) => {
                self.read = at + 1 + start;
                self.state = State::Explaining;
            }
            None if rest.len() > MAX_LEAD_BYTES => self.state = State::Waiting,
            None => {}
        }
    }

    /// Reads on in the explanation.
    fn explain(&mut self) -> String {
        let (text, used, ended) = string_part(&self.raw[self.read..]);
        self.read += used;
        if ended {
            self.state = State::Waiting;
        }
        self.said |= !text.is_empty();
        text
    }

    /// A whole answer: what of it was not passed on yet.
    fn whole(&self, mut answer: Map<String, Value>, raw: &str) -> String {
        let mut out = String::new();
        // A model that was not held to the form may write the document alone.
        let document = match answer.shift_remove(DOCUMENT) {
            None if answer.contains_key("steps") => Value::Object(answer),
            None if !answer.contains_key(EXPLANATION) => return fenced("json", raw),
            document => {
                if let Some(text) = answer.get(EXPLANATION).and_then(Value::as_str).filter(|_| !self.said) {
                    out.push_str(text);
                }
                document.unwrap_or_default()
            }
        };
        if document.as_object().is_some_and(|document| !document.is_empty()) {
            if self.said || !out.is_empty() {
                out.push_str("\n\n");
            }
            out.push_str(&fenced("yaml", &oml::to_yaml(&document)));
        }
        out
    }
}

/// Where the JSON begins: at once, or in a fenced block.
fn opening(text: &str) -> Option<usize> {
    let lead = text.trim_start();
    let rest = match lead.strip_prefix("```") {
        Some(block) => block.strip_prefix("json").unwrap_or(block).trim_start(),
        None => lead,
    };
    rest.starts_with('{').then(|| text.len() - rest.len())
}

/// Whether a text could still become one with an opening.
fn may_open(lead: &str) -> bool {
    let fence = "```json";
    fence.starts_with(lead)
        || lead.strip_prefix("```").is_some_and(|b| b.strip_prefix("json").unwrap_or(b).trim().is_empty())
}

/// Where the text of the explanation begins, behind the brace, when it comes first.
fn explanation_start(rest: &str) -> Option<usize> {
    let key = rest.trim_start().strip_prefix('"')?.strip_prefix(EXPLANATION)?.strip_prefix('"')?;
    let text = key.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    Some(rest.len() - text.len()).filter(|start| *start <= MAX_LEAD_BYTES)
}

/// Reads the inside of a JSON string as far as it is whole: its text, the bytes used, and whether it ended.
fn string_part(source: &str) -> (String, usize, bool) {
    let mut text = String::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        match c {
            '"' => return (text, at + 1, true),
            '\\' => {
                let Some((written, used)) = escape(&source[at..]) else { break };
                text.push(written);
                at += used;
            }
            c => {
                text.push(c);
                at += c.len_utf8();
            }
        }
    }
    (text, at, false)
}

/// An escape at the beginning of a text and its length; nothing when more has to come.
fn escape(source: &str) -> Option<(char, usize)> {
    let kind = source[1..].chars().next()?;
    if kind != 'u' {
        let written = match kind {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            other => other,
        };
        return Some((written, 1 + kind.len_utf8()));
    }
    let unit = |at: usize| source.get(at..at + 4).map(|hex| u32::from_str_radix(hex, 16).ok());
    let Some(first) = unit(2) else {
        // Either too short yet, or no digits at all.
        return (source.len() >= 6).then_some((char::REPLACEMENT_CHARACTER, 2));
    };
    match first {
        Some(high @ 0xd800..0xdc00) => {
            let next = source.get(6..8);
            if next.is_none_or(|next| next == "\\u")
                && source.len() < 12
                && "\\u".starts_with(next.unwrap_or(&source[6..]))
            {
                return None;
            }
            let low = unit(8).flatten().filter(|low| next == Some("\\u") && (0xdc00..0xe000).contains(low));
            let pair = low.and_then(|low| char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)));
            Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |c| (c, 12)))
        }
        first => Some((first.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER), 6)),
    }
}

/// A fenced block, with a fence that is longer than any inside.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests;
