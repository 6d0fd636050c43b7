//! Which words of a changed line have changed. Found once for a layout, within bounds.

use std::ops::Range;

use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use similar::{ChangeTag, TextDiff};
use unicode_segmentation::UnicodeSegmentation as _;

/// A longer line is shown without, in bytes.
const LONGEST: usize = 1000;
/// Lines of a hunk that are looked at.
pub const LINES: usize = 200;
/// Of so much of a line at least must be as it was; else it is another line.
const SAME: f32 = 0.4;

/// What of an old line is gone, and what of the new one is new: bytes of each. Nothing where they are two different
/// lines, or too long.
pub fn changed(old: &str, new: &str) -> Option<[Vec<Range<usize>>; 2]> {
    if old.len() > LONGEST || new.len() > LONGEST {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_word_bounds().collect(), new.split_word_bounds().collect());
    let diff = TextDiff::from_slices(&old, &new);
    if diff.ratio() < SAME {
        return None;
    }
    let mut found = [Vec::new(), Vec::new()];
    let mut at = [0, 0];
    for change in diff.iter_all_changes() {
        let bytes = change.value().len();
        let side = match change.tag() {
            ChangeTag::Equal => {
                at = at.map(|at| at + bytes);
                continue;
            }
            ChangeTag::Delete => 0,
            ChangeTag::Insert => 1,
        };
        let range = at[side]..at[side] + bytes;
        at[side] = range.end;
        let side: &mut Vec<Range<usize>> = &mut found[side];
        match side.last_mut().filter(|last| last.end == range.start) {
            Some(last) => last.end = range.end,
            None => side.push(range),
        }
    }
    Some(found)
}

/// The line with these bytes of it underlined: it shows without colours.
pub fn underline(line: Line<'static>, ranges: &[Range<usize>]) -> Line<'static> {
    if ranges.is_empty() {
        return line;
    }
    let mut spans = Vec::with_capacity(line.spans.len() + 2 * ranges.len());
    let mut at = 0;
    for span in line.spans {
        let end = at + span.content.len();
        let mut from = at;
        while from < end {
            let inside = ranges.iter().find(|range| range.contains(&from));
            let next = match inside {
                Some(range) => range.end,
                None => ranges.iter().map(|range| range.start).filter(|start| *start > from).min().unwrap_or(end),
            };
            let to = next.min(end);
            let Some(text) = span.content.get(from - at..to - at) else { break };
            let style = match inside {
                Some(_) => span.style.add_modifier(Modifier::UNDERLINED),
                None => span.style,
            };
            spans.push(Span::styled(text.to_owned(), style));
            from = to;
        }
        at = end;
    }
    Line { spans, ..line }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_words_that_changed_are_marked() {
        let [old, new] = changed("      delimeter: ';'", "      delimiter: ';'").unwrap();
        let word = |ranges: &[Range<usize>]| matches!(ranges, [only] if *only == (6..15));
        assert!(word(&old) && word(&new), "{old:?} {new:?}");
        let [old, new] = changed("query: SELECT a FROM t", "query: SELECT a, b FROM t").unwrap();
        assert!(old.is_empty());
        assert_eq!(new.iter().map(|r| &"query: SELECT a, b FROM t"[r.clone()]).collect::<String>(), ", b");
        assert!(changed("steps:", "name: something else").is_none());
        assert!(changed(&"x ".repeat(LONGEST), "x").is_none());
    }

    proptest! {
        #[test]
        fn the_text_stays_and_the_ranges_lie_in_it(old in "[ab é:]{0,30}", new in "[ab é:]{0,30}") {
            if let Some([gone, come]) = changed(&old, &new) {
                for (text, ranges) in [(&old, gone), (&new, come)] {
                    prop_assert!(ranges.iter().all(|range| text.get(range.clone()).is_some()));
                    let line = underline(Line::from(vec![Span::raw(text.clone())]), &ranges);
                    prop_assert_eq!(&line.to_string(), text);
                }
            }
        }
    }
}
