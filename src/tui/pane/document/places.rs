//! Where the lines of a text stand.

use std::ops::Range;

/// The lines, without their ends.
pub fn line_ranges(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            start..start + line.trim_end_matches(['\n', '\r']).len()
        })
        .collect()
}

/// The bytes of some lines (from 0), with their ends.
pub fn bytes_of(text: &str, lines: Range<usize>) -> Range<usize> {
    let start_of = |line: usize| match line {
        0 => 0,
        n => text.match_indices('\n').nth(n - 1).map_or(text.len(), |(at, _)| at + 1),
    };
    let start = start_of(lines.start);
    start..start_of(lines.end).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_and_with_their_ends() {
        assert_eq!(line_ranges("a\r\nbc\n\nd"), [0..1, 3..5, 6..6, 7..8]);
        assert!(line_ranges("").is_empty());
        let text = "a\r\nbc\n\nd";
        assert_eq!([bytes_of(text, 0..1), bytes_of(text, 1..3), bytes_of(text, 3..4)], [0..3, 3..7, 7..8]);
        assert_eq!([bytes_of(text, 4..4), bytes_of(text, 9..12), bytes_of("", 0..0)], [8..8, 8..8, 0..0]);
    }
}
