//! Width and wrapping, measured as ratatui measures: what is counted here is what is drawn.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Cells that a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Splits one line into rows of at most `columns` cells, at spaces where it can be done, else between
/// graphemes. The rows cover the whole line; spaces at a break hang at the end of their row. A grapheme
/// wider than a row has a row of its own.
pub fn wrap(line: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(1);
    if line.len() <= columns && line.is_ascii() {
        return std::iter::once(0..line.len()).collect();
    }
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    // Where the row may end, and the cells used up to there.
    let mut gap: Option<(usize, usize)> = None;
    for (at, grapheme) in line.grapheme_indices(true) {
        let cells = width(grapheme);
        let space = grapheme == " ";
        if used + cells > columns && !space && at > start {
            match gap {
                Some((end, before)) if end > start => {
                    rows.push(start..end);
                    (start, used) = (end, used - before);
                }
                _ => {
                    rows.push(start..at);
                    (start, used) = (at, 0);
                }
            }
            gap = None;
            if used + cells > columns && at > start {
                rows.push(start..at);
                (start, used) = (at, 0);
            }
        }
        used += cells;
        if space {
            gap = Some((at + 1, used));
        }
    }
    rows.push(start..line.len());
    rows
}

/// The text cut to `columns` cells, with `…` where something is missing.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.len() <= columns && text.is_ascii() || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let cells = width(grapheme);
        if used + cells > columns - 1 {
            break;
        }
        used += cells;
        end = at + grapheme.len();
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

/// The text cut or filled with spaces to exactly `columns` cells.
pub fn pad(text: &str, columns: usize) -> String {
    let shown = cut(text, columns);
    let missing = columns.saturating_sub(width(&shown));
    format!("{shown}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(line: &str, columns: usize) -> Vec<&str> {
        wrap(line, columns).into_iter().map(|r| &line[r]).collect()
    }

    #[test]
    fn breaks_at_spaces_and_inside_long_words() {
        assert_eq!(rows("one two three", 8), ["one two ", "three"]);
        assert_eq!(rows("abcdefghij kl", 4), ["abcd", "efgh", "ij ", "kl"]);
        assert_eq!(rows("", 4), [""]);
        assert_eq!(rows("你好世界", 5), ["你好", "世界"]);
        assert_eq!(rows("a👩‍👩‍👧b", 2), ["a", "👩‍👩‍👧", "b"]);
    }

    #[test]
    fn cutting_says_so() {
        assert_eq!(cut("hello", 5), "hello");
        assert_eq!(cut("hello!", 5), "hell…");
        assert_eq!(cut("你好世界", 4), "你…");
        assert_eq!(pad("你", 4), "你  ");
        assert_eq!(cut("abc", 0), "");
    }

    proptest! {
        #[test]
        fn rows_cover_the_line_and_fit(line in "[a-c 你é👩\u{301}\u{200d}]{0,60}", columns in 1usize..20) {
            let found = wrap(&line, columns);
            let joined: String = found.iter().map(|r| &line[r.clone()]).collect();
            prop_assert_eq!(&joined, &line);
            for row in found {
                let text = line[row].trim_end_matches(' ');
                prop_assert!(width(text) <= columns || text.graphemes(true).count() <= 2, "{:?}", text);
            }
        }
    }
}
