//! Line and column of many places in one text, without counting from its start each time.

use std::ops::Range;

use super::{Span, floor_char};

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct LineIndex<'t> {
    text: &'t str,
    starts: Vec<usize>,
    ascii: bool,
}

impl<'t> LineIndex<'t> {
    /// Reads the text once.
    pub fn new(text: &'t str) -> LineIndex<'t> {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        LineIndex { text, starts, ascii: text.is_ascii() }
    }

    /// The text it is about.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The same as [`Span::of`], for the price of a binary search.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = floor_char(self.text, range.start);
        let end = floor_char(self.text, range.end).max(start);
        let line = self.starts.partition_point(|at| *at <= start);
        let line_start = self.starts[line - 1];
        let column = if self.ascii { start - line_start } else { self.text[line_start..start].chars().count() } + 1;
        Span { start, end, line, column }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_says_what_span_of_says(text in "[a-c\u{17e}\r\n]{0,40}", start in 0usize..50, len in 0usize..10) {
            prop_assert_eq!(LineIndex::new(&text).span(start..start + len), Span::of(&text, start..start + len));
        }
    }
}
