//! The rows of a text as they stand in it, one after the other: lines, or the items of one list. What is
//! around them is looked at only as far as it leads there.

use std::ops::Range;

use super::super::text::{Position, TextSource};
use super::options::Format;
use super::path::Path;
use crate::diagnostic::Diagnostic;

/// A value longer than this is taken for one that never ends.
const MAX_VALUE: usize = 64 << 20;

/// Values, one after the other.
pub(super) struct Values {
    source: TextSource,
    name: String,
    text: String,
    at: usize,
    /// Line of `at`, from 1.
    line: u64,
    ended: bool,
    /// Whether they are items of a list; else they follow each other.
    list: bool,
    first: bool,
    /// Whether something may follow the list that nobody looks at.
    inside: bool,
    done: bool,
}

impl Values {
    /// How far the file has been read.
    pub fn position(&self) -> Position {
        self.source.position()
    }

    /// Goes to the first value.
    ///
    /// # Errors
    /// A text that can't be read, or is none that the path leads into.
    pub fn open(source: TextSource, name: &str, format: Format, path: &Path) -> Result<Values, Diagnostic> {
        let mut values = Values {
            source,
            name: name.to_owned(),
            text: String::new(),
            at: 0,
            line: 1,
            ended: false,
            list: false,
            first: true,
            inside: !path.keys().is_empty(),
            done: false,
        };
        for (depth, key) in path.keys().iter().enumerate() {
            values.enter(key, depth, path)?;
        }
        let found = values.peek()?;
        values.list = match format {
            Format::Lines => false,
            Format::List => true,
            Format::Auto => values.inside || found == Some(b'['),
        };
        if values.list {
            match found {
                Some(b'[') => values.at += 1,
                _ => {
                    let message = if path.keys().is_empty() {
                        "the file is no list of objects".to_owned()
                    } else {
                        format!("there is no list at `{path}`")
                    };
                    return Err(values
                        .wrong("json-no-list", &message)
                        .fix("set `data_path` to the keys that lead to the list, or `format: lines`"));
                }
            }
        }
        Ok(values)
    }

    /// The next value as written, and its line from 1; `None` at the end.
    ///
    /// # Errors
    /// A text that is cut off or no JSON.
    pub fn next(&mut self) -> Result<Option<(u64, &str)>, Diagnostic> {
        if self.done {
            return Ok(None);
        }
        let mut found = self.peek()?;
        if self.list {
            match found {
                None => return Err(self.cut()),
                Some(b']') => {
                    self.at += 1;
                    return self.end().map(|()| None);
                }
                Some(b',') if !self.first => {
                    self.at += 1;
                    found = self.peek()?;
                }
                Some(_) if self.first => {}
                Some(_) => return Err(self.wrong("json-syntax", "a comma or the end of the list is missing")),
            }
            if found.is_none() {
                return Err(self.cut());
            }
        } else if found.is_none() {
            self.done = true;
            return Ok(None);
        }
        self.first = false;
        let line = self.line;
        let range = self.value()?;
        Ok(Some((line, &self.text[range])))
    }

    /// A diagnostic about where the text is now.
    pub fn wrong(&self, code: &str, message: &str) -> Diagnostic {
        let message = format!("{}: line {}: {message}", self.name, self.line);
        Diagnostic::error(code, message).source(&self.name)
    }

    fn end(&mut self) -> Result<(), Diagnostic> {
        self.done = true;
        if !self.inside && self.peek()?.is_some() {
            return Err(self
                .wrong("json-syntax", "something follows the list")
                .fix("remove it, or use `format: lines` for one object a line"));
        }
        Ok(())
    }

    fn cut(&self) -> Diagnostic {
        self.wrong("json-cut-off", "the file ends in the middle of a value").fix("get the whole file")
    }

    /// Goes into an object to the value of a key.
    fn enter(&mut self, key: &str, depth: usize, path: &Path) -> Result<(), Diagnostic> {
        let to_here = path.keys()[..=depth].join(".");
        let missing = |values: &Values| {
            values
                .wrong("json-path-not-found", &format!("there is nothing at `{to_here}`"))
                .fix("correct `data_path`: keys that lead to the list, with dots")
        };
        match self.peek()? {
            Some(b'{') => self.at += 1,
            None => return Err(self.cut()),
            Some(_) => return Err(missing(self)),
        }
        loop {
            match self.peek()? {
                Some(b'"') => {}
                Some(b'}') => return Err(missing(self)),
                None => return Err(self.cut()),
                Some(_) => return Err(self.wrong("json-syntax", "a key is missing")),
            }
            let range = self.value()?;
            let name: String = serde_json::from_str(&self.text[range])
                .map_err(|error| self.wrong("json-syntax", &error.to_string()))?;
            if self.peek()? != Some(b':') {
                return Err(self.wrong("json-syntax", "a colon is missing"));
            }
            self.at += 1;
            if self.peek()?.is_none() {
                return Err(self.cut());
            }
            if name == key {
                return Ok(());
            }
            self.value()?;
            match self.peek()? {
                Some(b',') => self.at += 1,
                Some(b'}') => {}
                None => return Err(self.cut()),
                Some(_) => return Err(self.wrong("json-syntax", "a comma is missing")),
            }
        }
    }

    /// The first byte that is no white space.
    fn peek(&mut self) -> Result<Option<u8>, Diagnostic> {
        loop {
            while let Some(byte) = self.text.as_bytes().get(self.at) {
                match byte {
                    b'\n' => self.line += 1,
                    b' ' | b'\t' | b'\r' => {}
                    byte => return Ok(Some(*byte)),
                }
                self.at += 1;
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Goes over the value that begins here. Whether it is JSON is seen when it is parsed.
    fn value(&mut self) -> Result<Range<usize>, Diagnostic> {
        let mut scan = Scan::default();
        let mut done = 0;
        loop {
            match scan.go(&self.text.as_bytes()[self.at + done..], &mut done) {
                Some(()) => break,
                None if self.more()? => {
                    if self.text.len() - self.at > MAX_VALUE {
                        let message = format!("a value is longer than {MAX_VALUE} bytes");
                        return Err(self
                            .wrong("json-too-long", &message)
                            .why("a quote or a bracket that is never closed takes the rest of the file")
                            .fix("check the file; give `data_path` where the list lies inside of the value"));
                    }
                }
                // A number or a word may end with the file.
                None if scan.depth == 0 && !scan.quoted => break,
                None => return Err(self.cut()),
            }
        }
        let range = self.at..self.at + done;
        if range.is_empty() {
            return Err(self.wrong("json-syntax", "a value is missing"));
        }
        self.line += memchr::memchr_iter(b'\n', &self.text.as_bytes()[range.clone()]).count() as u64;
        self.at = range.end;
        Ok(range)
    }

    /// Reads on; what is before `at` goes. False when nothing came.
    fn more(&mut self) -> Result<bool, Diagnostic> {
        if self.ended {
            return Ok(false);
        }
        self.text.drain(..self.at);
        self.at = 0;
        let before = self.text.len();
        // As much again as is there, so that a long value is not moved too often.
        while self.text.len() <= 2 * before {
            if !self.source.read(&mut self.text)? {
                self.ended = true;
                break;
            }
        }
        Ok(self.text.len() > before)
    }
}

/// Finds the end of a value in pieces of text.
#[derive(Default)]
struct Scan {
    depth: usize,
    quoted: bool,
    escaped: bool,
    scalar: bool,
}

impl Scan {
    /// Goes on; counts the bytes that belong to the value. `None` when the text ends before the value.
    fn go(&mut self, text: &[u8], done: &mut usize) -> Option<()> {
        let mut at = 0;
        let end = loop {
            if self.quoted {
                if self.escaped {
                    if text.get(at).is_none() {
                        break None;
                    }
                    self.escaped = false;
                    at += 1;
                    continue;
                }
                let Some(found) = memchr::memchr2(b'"', b'\\', &text[at..]) else {
                    at = text.len();
                    break None;
                };
                at += found + 1;
                if text[at - 1] == b'\\' {
                    self.escaped = true;
                } else {
                    self.quoted = false;
                    if self.depth == 0 {
                        break Some(());
                    }
                }
                continue;
            }
            let Some(byte) = text.get(at) else { break None };
            match byte {
                b'"' if self.scalar => break Some(()),
                b'"' => self.quoted = true,
                b'{' | b'[' if self.scalar => break Some(()),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 0 => break Some(()),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        at += 1;
                        break Some(());
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => break Some(()),
                _ if self.depth == 0 => self.scalar = true,
                _ => {}
            }
            at += 1;
        };
        *done += at;
        end
    }
}
