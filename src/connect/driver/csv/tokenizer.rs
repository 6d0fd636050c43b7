//! Finds the fields of one row of CSV in a piece of text (RFC 4180).
//!
//! A quote is special only at the beginning of a field; elsewhere it is data. Lines end with LF or CRLF;
//! a CR that no LF follows is data.

use memchr::{memchr, memchr_iter, memchr2};

/// Where a field lies in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// First byte of the value, without its quote.
    pub start: u32,
    /// Byte after the last of the value.
    pub end: u32,
    /// How it is written.
    pub form: Form,
}

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Without quotes.
    Plain,
    /// In quotes.
    Quoted,
    /// In quotes, with doubled quotes inside.
    Escaped,
}

/// What was found at the beginning of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// A whole row; the next begins at `next`, `lines` line ends further on.
    Row { next: usize, lines: u64 },
    /// The text ends before the row does.
    Incomplete,
    /// A quote that is never closed; it opens at `at`.
    Unclosed { at: usize },
    /// Something other than a delimiter or a line end after a closing quote, at `at`.
    AfterQuote { at: usize },
}

/// Finds the fields of the row that begins at `from`. `last` says that no text follows. The text must be
/// shorter than 4 GiB.
pub(super) fn scan_row(text: &[u8], from: usize, last: bool, delimiter: u8, fields: &mut Vec<Field>) -> Scan {
    fields.clear();
    let mut at = from;
    let mut lines = 1;
    loop {
        if text.get(at) == Some(&b'"') {
            let start = at + 1;
            let mut form = Form::Quoted;
            let mut seek = start;
            let end = loop {
                let Some(found) = memchr(b'"', &text[seek..]).map(|n| seek + n) else {
                    return if last { Scan::Unclosed { at } } else { Scan::Incomplete };
                };
                match text.get(found + 1) {
                    Some(b'"') => {
                        form = Form::Escaped;
                        seek = found + 2;
                    }
                    None if !last => return Scan::Incomplete,
                    _ => break found,
                }
            };
            lines += memchr_iter(b'\n', &text[start..end]).count() as u64;
            fields.push(Field { start: start as u32, end: end as u32, form });
            match (text.get(end + 1), text.get(end + 2)) {
                (Some(b), _) if *b == delimiter => at = end + 2,
                (Some(b'\n'), _) => return Scan::Row { next: end + 2, lines },
                (Some(b'\r'), Some(b'\n')) => return Scan::Row { next: end + 3, lines },
                (Some(b'\r'), None) if !last => return Scan::Incomplete,
                (None, _) => return Scan::Row { next: end + 1, lines },
                (Some(_), _) => return Scan::AfterQuote { at: end + 1 },
            }
            continue;
        }
        match memchr2(delimiter, b'\n', &text[at..]).map(|n| at + n) {
            Some(end) if text[end] == b'\n' => {
                let value_end = if end > at && text[end - 1] == b'\r' { end - 1 } else { end };
                fields.push(Field { start: at as u32, end: value_end as u32, form: Form::Plain });
                return Scan::Row { next: end + 1, lines };
            }
            Some(end) => {
                fields.push(Field { start: at as u32, end: end as u32, form: Form::Plain });
                at = end + 1;
            }
            None if last => {
                fields.push(Field { start: at as u32, end: text.len() as u32, form: Form::Plain });
                return Scan::Row { next: text.len(), lines };
            }
            None => return Scan::Incomplete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let (mut at, mut fields, mut rows) = (0, Vec::new(), Vec::new());
        while at < text.len() {
            let Scan::Row { next, .. } = scan_row(text.as_bytes(), at, true, b',', &mut fields) else { break };
            rows.push(
                fields.iter().map(|f| format!("{:?}:{}", f.form, &text[f.start as usize..f.end as usize])).collect(),
            );
            at = next;
        }
        rows
    }

    #[test]
    fn plain_quoted_and_escaped_fields() {
        assert_eq!(rows("a,,\"\"\r\n"), [["Plain:a", "Plain:", "Quoted:"]]);
        assert_eq!(rows("\"a,b\",\"x\"\"y\",z"), [["Quoted:a,b", "Escaped:x\"\"y", "Plain:z"]]);
        assert_eq!(rows("a\"b,c\n"), [["Plain:a\"b", "Plain:c"]]);
        assert_eq!(rows("a\rb,c\r\nd,e"), [["Plain:a\rb", "Plain:c"], ["Plain:d", "Plain:e"]]);
        assert_eq!(rows("a,\n"), [["Plain:a", "Plain:"]]);
        assert_eq!(rows("\"\"\"\"\n"), [["Escaped:\"\""]]);
    }

    #[test]
    fn lines_in_quotes_are_counted() {
        let mut fields = Vec::new();
        assert_eq!(scan_row(b"\"a\nb\r\nc\",d\nx", 0, true, b',', &mut fields), Scan::Row { next: 11, lines: 3 });
    }

    #[test]
    fn what_is_not_whole_or_not_csv_is_said() {
        let mut fields = Vec::new();
        for text in ["a,b", "\"a", "\"a\"", "\"a\"\r", "a,\"b\"\"", ""] {
            assert_eq!(scan_row(text.as_bytes(), 0, false, b',', &mut fields), Scan::Incomplete, "{text}");
        }
        assert_eq!(scan_row(b"a,\"b\n", 0, true, b',', &mut fields), Scan::Unclosed { at: 2 });
        assert_eq!(scan_row(b"\"a\"b,c\n", 0, true, b',', &mut fields), Scan::AfterQuote { at: 3 });
        assert_eq!(scan_row(b"\"a\"\rb\n", 0, true, b',', &mut fields), Scan::AfterQuote { at: 3 });
    }
}
