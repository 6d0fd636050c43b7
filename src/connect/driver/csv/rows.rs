//! The rows of a file, one after the other, with their line numbers.

use std::borrow::Cow;
use std::path::Path;

use super::super::text::{Position, TextSource};
use super::blocks::{BLOCK, Block, Blocks};
use super::options::{Header, ReadOptions};
use super::tokenizer::{Field, Form, Scan, scan_row};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// A row longer than this is taken for a quote that was never closed.
pub(super) const MAX_ROW: usize = 64 << 20;

/// Bytes of a file that are worth more than one thread.
const MUCH: u64 = 4 << 20;
/// Threads that read one file at most: more would only wait for the steps after them.
const MAX_THREADS: usize = 4;

/// More columns than any table has; a guard against files that are no CSV.
const MAX_COLUMNS: usize = 16_384;

/// Reads rows.
pub(super) struct Rows {
    /// `None` where the text is all there is.
    source: Option<TextSource>,
    name: String,
    delimiter: u8,
    comment: Option<u8>,
    skip_blank_lines: bool,
    text: String,
    at: usize,
    ended: bool,
    fields: Vec<Field>,
    /// Fields that every row must have; 0 while it is not known.
    width: usize,
    /// Line of the next row, and of the current.
    line: u64,
    row_line: u64,
    row_start: usize,
    /// A row that was looked at and not taken.
    put_back: bool,
    /// Bytes of the file, as it lies there.
    size: u64,
}

impl Rows {
    /// Opens a file and reads its header. The names are those of all columns, in their order.
    pub fn open(path: &Path, name: &str, options: &ReadOptions) -> Result<(Rows, Vec<String>), Diagnostic> {
        let source = TextSource::open(path, name, options.encoding, options.compression)?;
        let (mut rows, names) = Rows::start(source, name, options)?;
        rows.size = std::fs::metadata(path).map_or(0, |meta| meta.len());
        Ok((rows, names))
    }

    pub(super) fn start(
        source: TextSource,
        name: &str,
        options: &ReadOptions,
    ) -> Result<(Rows, Vec<String>), Diagnostic> {
        let mut rows = Rows {
            source: Some(source),
            name: name.to_owned(),
            delimiter: options.delimiter,
            comment: options.comment,
            skip_blank_lines: options.skip_blank_lines,
            text: String::new(),
            at: 0,
            ended: false,
            fields: Vec::new(),
            width: 0,
            line: 1,
            row_line: 1,
            row_start: 0,
            put_back: false,
            size: 0,
        };
        for _ in 0..options.skip_rows {
            rows.skip_line()?;
        }
        let names = match options.header {
            Header::Line(before) => {
                for _ in 0..before {
                    rows.skip_line()?;
                }
                rows.header()?
            }
            Header::None => {
                if !rows.advance()? {
                    return Err(rows.empty());
                }
                rows.put_back = true;
                (1..=rows.fields.len()).map(|n| format!("column_{n}")).collect()
            }
        };
        if names.len() > MAX_COLUMNS {
            return Err(
                rows.wrong("csv-too-many-columns", format!("{} columns are more than {MAX_COLUMNS}", names.len()))
            );
        }
        rows.width = names.len();
        Ok((rows, names))
    }

    /// The rows of a piece of a file, whose columns are known.
    pub fn of_block(block: Block, name: &str, options: &ReadOptions, width: usize) -> Rows {
        Rows {
            source: None,
            name: name.to_owned(),
            delimiter: options.delimiter,
            comment: None,
            skip_blank_lines: options.skip_blank_lines,
            text: block.text,
            at: 0,
            ended: true,
            fields: Vec::with_capacity(width),
            width,
            line: block.line,
            row_line: block.line,
            row_start: 0,
            put_back: false,
            size: 0,
        }
    }

    /// How far the file has been read.
    pub fn position(&self) -> Position {
        self.source.as_ref().map(TextSource::position).unwrap_or_default()
    }

    /// Bytes of a piece that holds not quite `rows` rows like those at hand, within what is worth a piece.
    pub fn block_size(&self, rows: usize) -> usize {
        let sample = &self.text.as_bytes()[self.at..];
        let lines = memchr::memchr_iter(b'\n', sample).count();
        // Some rows are longer: one more than `rows` would be a batch of its own.
        let wanted = sample.len().saturating_mul(rows).checked_div(lines).map_or(BLOCK, |size| size / 16 * 15);
        wanted.clamp(BLOCK / 4, BLOCK * 3 / 2)
    }

    /// The rows to come as pieces of `size` bytes; also how many columns each row has.
    pub fn into_blocks(mut self, size: usize) -> (Blocks, usize) {
        let from = if self.put_back { self.row_start } else { self.at };
        let line = if self.put_back { self.row_line } else { self.line };
        let rest = self.text.split_off(from);
        let source = if self.ended { None } else { self.source };
        (Blocks::new(source, &self.name, self.delimiter, rest, line, size), self.width)
    }

    /// Goes to the next row; false at the end. Every row has as many fields as the first.
    pub fn next(&mut self) -> Result<bool, Diagnostic> {
        if std::mem::take(&mut self.put_back) {
            return Ok(true);
        }
        if !self.advance()? {
            return Ok(false);
        }
        let found = self.fields.len();
        if found == self.width {
            return Ok(true);
        }
        if self.is_blank() {
            // Only where blank lines are not skipped: a row of NULLs.
            let field = self.fields[0];
            self.fields.resize(self.width, field);
            return Ok(true);
        }
        let what = if found < self.width { "too few" } else { "too many" };
        let fix = if found > self.width {
            "put values that hold the delimiter in quotes, or set `delimiter`"
        } else {
            "complete the row, or set `delimiter` or `comment`"
        };
        Err(self
            .wrong("csv-row-width", format!("{what} fields: {} expected, {found} found", self.width))
            .why(format!("the first row has {} fields; a row that has not can't be put in columns safely", self.width))
            .fix(fix))
    }

    /// Line on which the current row begins, from 1.
    pub fn row_line(&self) -> u64 {
        self.row_line
    }

    /// The value of a field of the current row; `None` is NULL.
    pub fn cell(&self, column: usize) -> Option<Cow<'_, str>> {
        let field = self.fields[column];
        let text = &self.text[field.start as usize..field.end as usize];
        match field.form {
            Form::Plain if text.is_empty() => None,
            Form::Plain | Form::Quoted => Some(Cow::Borrowed(text)),
            Form::Escaped => Some(Cow::Owned(unescaped(text))),
        }
    }

    /// How a person calls the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many threads can read the rows to come: one where the file is small, or where a piece can't be cut
    /// out by its quotes alone.
    pub fn threads(&self, options: &ReadOptions) -> usize {
        if options.comment.is_some() || options.limit.is_some() || self.size < MUCH {
            return 1;
        }
        std::thread::available_parallelism().map_or(1, |count| count.get().min(MAX_THREADS))
    }

    /// Whether a pass over all rows is worth being saved.
    pub fn is_large(&self) -> bool {
        self.size >= MUCH
    }

    /// A diagnostic about the current row.
    pub fn wrong(&self, code: &str, message: String) -> Diagnostic {
        self.wrong_at(code, self.row_line, message)
    }

    fn wrong_at(&self, code: &str, line: u64, message: String) -> Diagnostic {
        Diagnostic::error(code, format!("{}: line {line}: {message}", self.name)).source(&self.name)
    }

    /// Bytes of the row, as text.
    pub fn row_bytes(&self) -> usize {
        self.at - self.row_start
    }

    fn advance(&mut self) -> Result<bool, Diagnostic> {
        loop {
            self.row_start = self.at;
            self.row_line = self.line;
            if self.at == self.text.len() {
                if !self.more()? {
                    return Ok(false);
                }
                continue;
            }
            if self.comment.is_some_and(|c| self.text.as_bytes()[self.at] == c) {
                self.skip_line()?;
                continue;
            }
            match scan_row(self.text.as_bytes(), self.at, self.ended, self.delimiter, &mut self.fields) {
                Scan::Row { next, lines } => {
                    self.at = next;
                    self.line += lines;
                    if self.is_blank() && self.width != 1 && (self.skip_blank_lines || self.width == 0) {
                        continue;
                    }
                    return Ok(true);
                }
                Scan::Incomplete => {
                    self.more()?;
                    if self.text.len() - self.at > MAX_ROW {
                        return Err(self
                            .wrong("csv-row-too-long", format!("the row is longer than {MAX_ROW} bytes"))
                            .why("a quote that is opened and never closed takes the rest of the file for one value")
                            .fix("close the quote, or double it where it is data"));
                    }
                }
                Scan::Unclosed { at } => {
                    let line = self.line_of(at);
                    return Err(self
                        .wrong_at("csv-quote", line, "a quote is opened and never closed".to_owned())
                        .fix("close the quote, or double it where it is data"));
                }
                Scan::AfterQuote { at } => {
                    let line = self.line_of(at);
                    return Err(self
                        .wrong_at("csv-quote", line, "a closing quote is followed by text".to_owned())
                        .why("after a closing quote only a delimiter or the end of the line may come")
                        .fix("double the quotes inside the value, or set `delimiter`"));
                }
            }
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self.fields.as_slice(), [field] if field.start == field.end && field.form == Form::Plain)
    }

    fn line_of(&self, at: usize) -> u64 {
        self.row_line + memchr::memchr_iter(b'\n', &self.text.as_bytes()[self.row_start..at]).count() as u64
    }

    /// Reads on, at least as much as is there already, so that a long row is not scanned too often; false
    /// when nothing came.
    fn more(&mut self) -> Result<bool, Diagnostic> {
        self.text.drain(..self.row_start);
        self.at -= self.row_start;
        self.row_start = 0;
        let before = self.text.len();
        while self.text.len() <= 2 * before {
            let Some(source) = &mut self.source else { break };
            if !source.read(&mut self.text)? {
                self.ended = true;
                break;
            }
        }
        Ok(self.text.len() > before)
    }

    fn skip_line(&mut self) -> Result<(), Diagnostic> {
        loop {
            self.row_start = self.at;
            match memchr::memchr(b'\n', &self.text.as_bytes()[self.at..]) {
                Some(end) => {
                    self.at += end + 1;
                    self.line += 1;
                    return Ok(());
                }
                None if self.ended => {
                    self.at = self.text.len();
                    return Ok(());
                }
                None => {
                    self.more()?;
                    if self.text.len() - self.at > MAX_ROW {
                        return Err(self.wrong("csv-row-too-long", format!("the line is longer than {MAX_ROW} bytes")));
                    }
                }
            }
        }
    }

    fn header(&mut self) -> Result<Vec<String>, Diagnostic> {
        if !self.advance()? {
            return Err(self.empty());
        }
        let mut names: Vec<String> = Vec::with_capacity(self.fields.len());
        for column in 0..self.fields.len() {
            let name = self.cell(column).map_or_else(String::new, Cow::into_owned);
            names.push(if name.is_empty() { format!("column_{}", column + 1) } else { name });
        }
        if let Some(last) = names.last().filter(|last| last.contains('\r')) {
            let lines = last.matches('\r').count();
            return Err(self
                .wrong("csv-line-ends", format!("the header holds {lines} bare CR characters"))
                .why("lines end with LF or CRLF; a CR alone is data")
                .fix("convert the line ends of the file to LF"));
        }
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(self
                .wrong("csv-duplicate-column", format!("column {twice:?} stands twice in the header"))
                .why("columns are told apart by their names")
                .fix("rename one of them, or set `header: false` and `skip_rows: 1`"));
        }
        Ok(names)
    }

    fn empty(&self) -> Diagnostic {
        Diagnostic::error("csv-file-empty", format!("{} has no rows and no header", self.name))
            .source(&self.name)
            .why("the columns are not known")
            .fix("give the file a header")
    }
}

/// A text whose quotes are doubled, with each once.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'"', rest.as_bytes()) {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        rest = after.strip_prefix('"').unwrap_or(after);
    }
    out.push_str(rest);
    out
}

/// Which of `names` are wanted, in the order wanted.
pub(super) fn select(names: &[String], wanted: Option<&[String]>, file: &str) -> Result<Vec<usize>, Diagnostic> {
    let Some(wanted) = wanted else { return Ok((0..names.len()).collect()) };
    let mut chosen = Vec::with_capacity(wanted.len());
    for name in wanted {
        let Some(index) = names.iter().position(|n| n == name) else { return Err(no_column(names, name, file)) };
        if chosen.contains(&index) {
            return Err(
                Diagnostic::error("csv-duplicate-column", format!("`columns` names {name:?} twice")).source(file)
            );
        }
        chosen.push(index);
    }
    Ok(chosen)
}

/// A diagnostic for a column that is not there.
pub(super) fn no_column(names: &[String], name: &str, file: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("csv-column-not-found", format!("{file} has no column {name:?}")).source(file);
    match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.fix(format!("did you mean {near:?}?")),
        None => {
            let shown: Vec<&str> = names.iter().take(30).map(String::as_str).collect();
            diagnostic.fix(format!("use one of: {}", shown.join(", ")))
        }
    }
}
