//! Cuts a growing Markdown text into blocks.
//!
//! While an answer streams, everything before a safe cut is done and is never looked at again; only the
//! tail is drawn anew. A cut is safe at a blank line where no fence and no list is open, and around a
//! fence. Long code and long prose are cut as well, so that no block is larger than a screen can want.

use std::ops::Range;

/// Lines of code in one block.
const CODE_LINES: usize = 64;
/// Prose longer than this is cut at the next line.
const PROSE_BYTES: usize = 8 * 1024;

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Markdown other than a fence of the outermost level.
    Prose,
    /// Lines of a fence, without the fence itself.
    Code {
        /// Where its language stands in the text.
        lang: Range<usize>,
        /// Columns that the fence was indented by.
        indent: usize,
        /// Whether the fence opens with this block.
        first: bool,
    },
}

/// A part of the text that is drawn by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub range: Range<usize>,
    /// Whether it goes on what the block before began (no space between them).
    pub joined: bool,
}

#[derive(Clone, Debug)]
enum Open {
    Nothing,
    Prose { start: usize, list: bool, nested: Option<Fence>, joined: bool },
    Code { start: usize, lines: usize, fence: Fence, lang: Range<usize>, first: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fence {
    mark: u8,
    length: usize,
    indent: usize,
}

/// The blocks of a text that only grows.
#[derive(Clone, Debug)]
pub struct Blocks {
    done: Vec<Block>,
    open: Open,
    /// Everything before this byte has been looked at; always the start of a line.
    at: usize,
    blank_before: bool,
}

impl Default for Blocks {
    fn default() -> Self {
        Blocks { done: Vec::new(), open: Open::Nothing, at: 0, blank_before: false }
    }
}

impl Blocks {
    /// Looks at what was added. `text` must begin with what it held at the last call.
    pub fn extend(&mut self, text: &str) {
        while let Some(length) = text.get(self.at..).and_then(|rest| rest.find('\n')) {
            let end = self.at + length + 1;
            self.line(text, self.at..end);
            self.at = end;
        }
    }

    /// The blocks that will not change any more.
    pub fn done(&self) -> &[Block] {
        &self.done
    }

    /// The block that is still growing.
    pub fn tail(&self, text: &str) -> Option<Block> {
        let rest = &text[self.at.min(text.len())..];
        match &self.open {
            Open::Nothing if rest.trim().is_empty() => None,
            Open::Nothing => match open_fence(rest) {
                Some((fence, lang)) => Some(Block {
                    kind: Kind::Code {
                        lang: self.at + lang.start..self.at + lang.end,
                        indent: fence.indent,
                        first: true,
                    },
                    range: text.len()..text.len(),
                    joined: false,
                }),
                None => Some(Block { kind: Kind::Prose, range: self.at..text.len(), joined: false }),
            },
            Open::Prose { start, joined, .. } => {
                Some(Block { kind: Kind::Prose, range: *start..text.len(), joined: *joined })
            }
            Open::Code { start, fence, lang, first, .. } => {
                // An unfinished last line may be the closing fence on its way.
                let end = if is_closing_prefix(rest, fence) { self.at } else { text.len() };
                let kind = Kind::Code { lang: lang.clone(), indent: fence.indent, first: *first };
                let range = *start..end.max(*start);
                (*first || !range.is_empty()).then_some(Block { kind, range, joined: !first })
            }
        }
    }

    fn line(&mut self, text: &str, range: Range<usize>) {
        let line = &text[range.clone()];
        let blank = line.trim().is_empty();
        match &mut self.open {
            Open::Code { start, lines, fence, lang, first } => {
                if closes(line, fence) {
                    let kind = Kind::Code { lang: lang.clone(), indent: fence.indent, first: *first };
                    if *first || *start < range.start {
                        self.done.push(Block { kind, range: *start..range.start, joined: !*first });
                    }
                    self.open = Open::Nothing;
                } else {
                    *lines += 1;
                    if *lines >= CODE_LINES {
                        let kind = Kind::Code { lang: lang.clone(), indent: fence.indent, first: *first };
                        self.done.push(Block { kind, range: *start..range.end, joined: !*first });
                        (*start, *lines, *first) = (range.end, 0, false);
                    }
                }
            }
            Open::Prose { nested: nested @ Some(_), .. } => {
                if nested.as_ref().is_some_and(|fence| closes(line, fence)) {
                    *nested = None;
                }
            }
            Open::Prose { .. } if blank => {}
            Open::Prose { start, list, joined, .. } => {
                let (start, in_list, joined) = (*start, *list, *joined);
                let indent = indent_of(line);
                let item = is_item(line);
                let inside = in_list && indent >= 2;
                let fence = open_fence(line);
                let breaks = match &fence {
                    Some(_) => !inside,
                    None => self.blank_before && !(in_list && (inside || item)) && indent < 4,
                };
                let long = range.start - start > PROSE_BYTES && !(fence.is_some() && inside);
                if breaks || long {
                    self.done.push(Block { kind: Kind::Prose, range: start..range.start, joined });
                    let goes_on = !breaks && !self.blank_before;
                    self.begin(text, range, goes_on, in_list && !breaks);
                } else {
                    self.note(line, item, fence);
                }
            }
            Open::Nothing if blank => {}
            Open::Nothing => self.begin(text, range, false, false),
        }
        self.blank_before = blank;
    }

    fn begin(&mut self, text: &str, range: Range<usize>, joined: bool, list: bool) {
        let line = &text[range.clone()];
        let fence = open_fence(line);
        self.open = match fence {
            Some((fence, lang)) if !list => Open::Code {
                start: range.end,
                lines: 0,
                fence,
                lang: range.start + lang.start..range.start + lang.end,
                first: true,
            },
            fence => Open::Prose {
                start: range.start,
                list: list || is_item(line),
                nested: fence.map(|(fence, _)| fence),
                joined,
            },
        };
    }

    fn note(&mut self, line: &str, item: bool, fence: Option<(Fence, Range<usize>)>) {
        if let Open::Prose { list, nested, .. } = &mut self.open {
            *list |= item;
            *nested = fence.map(|(fence, _)| fence).or_else(|| item.then(|| item_fence(line)).flatten());
        }
    }
}

fn indent_of(line: &str) -> usize {
    line.bytes().take_while(|b| matches!(b, b' ' | b'\t')).map(|b| if b == b'\t' { 4 } else { 1 }).sum()
}

/// Whether the line begins a list item.
fn is_item(line: &str) -> bool {
    let rest = line.trim_start();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let after = match rest.as_bytes() {
        [b'-' | b'*' | b'+', ..] => 1,
        _ if (1..=9).contains(&digits) && matches!(rest.as_bytes().get(digits), Some(b'.' | b')')) => digits + 1,
        _ => return false,
    };
    matches!(rest.as_bytes().get(after), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// The fence that an item holds on its own line.
fn item_fence(line: &str) -> Option<Fence> {
    let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || "-*+.)".contains(c));
    open_fence(rest.trim_start()).map(|(fence, _)| fence)
}

/// The fence that a line opens, and where in the line its language stands.
fn open_fence(line: &str) -> Option<(Fence, Range<usize>)> {
    let rest = line.trim_start_matches([' ', '\t']);
    let mark = *rest.as_bytes().first().filter(|b| matches!(b, b'`' | b'~'))?;
    let length = rest.bytes().take_while(|b| *b == mark).count();
    let info = &rest[length..];
    if length < 3 || (mark == b'`' && info.contains('`')) {
        return None;
    }
    let at = line.len() - info.trim_start().len();
    let lang = info.split_whitespace().next().map_or(0, str::len);
    Some((Fence { mark, length, indent: indent_of(line) }, at..at + lang))
}

fn closes(line: &str, fence: &Fence) -> bool {
    let rest = line.trim();
    rest.len() >= fence.length && rest.bytes().all(|b| b == fence.mark)
}

fn is_closing_prefix(line: &str, fence: &Fence) -> bool {
    let rest = line.trim();
    !rest.is_empty() && rest.bytes().all(|b| b == fence.mark)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<Block> {
        let mut blocks = Blocks::default();
        blocks.extend(text);
        blocks.done().iter().cloned().chain(blocks.tail(text)).collect()
    }

    fn parts(text: &str) -> Vec<(bool, &str)> {
        all(text).into_iter().map(|b| (b.kind != Kind::Prose, &text[b.range])).collect()
    }

    #[test]
    fn cuts_at_blank_lines_and_around_fences() {
        let text = "one\n\ntwo\n```yaml\na: 1\n\nb: 2\n```\nthree\n";
        assert_eq!(parts(text), [(false, "one\n\n"), (false, "two\n"), (true, "a: 1\n\nb: 2\n"), (false, "three\n")]);
        let Kind::Code { lang, .. } = &all(text)[2].kind else { panic!("code") };
        assert_eq!(&text[lang.clone()], "yaml");
    }

    #[test]
    fn lists_stay_whole() {
        let text = "- a\n\n  more\n- b\n\n  ```\n  x\n\n  ```\n\nend\n";
        assert_eq!(parts(text), [(false, "- a\n\n  more\n- b\n\n  ```\n  x\n\n  ```\n\n"), (false, "end\n")]);
    }

    #[test]
    fn long_code_is_cut() {
        let text = format!("```\n{}", "x\n".repeat(200));
        let found = all(&text);
        assert_eq!(found.len(), 4);
        assert!(!found[0].joined && found[1].joined);
    }

    #[test]
    fn a_closing_fence_on_its_way_is_no_code() {
        assert_eq!(parts("```\nx\n``"), [(true, "x\n")]);
        assert_eq!(parts("```sql"), [(true, "")]);
    }

    pub(crate) fn document() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            Just("para"),
            Just("# head"),
            Just("- item"),
            Just("  - nested"),
            Just("1. one"),
            Just("> quote"),
            Just("```yaml"),
            Just("```"),
            Just("  ```"),
            Just("~~~"),
            Just("a: 1"),
            Just(""),
            Just(""),
            Just(""),
            Just("| a | b |"),
            Just("|---|---|"),
            Just("**bold** `code`"),
            Just("    indented"),
            Just("---"),
            Just("é👩‍👩‍👧")
        ];
        proptest::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn growing_gives_what_the_whole_gives(text in document(), steps in proptest::collection::vec(1usize..9, 1..40)) {
            let whole = all(&text);
            let mut blocks = Blocks::default();
            let mut at = 0;
            for step in steps.iter().cycle() {
                at = crate::tui::text::safe::floor(&text, at + step).max(at);
                if at < text.len() && !text.is_char_boundary(at + 1) {
                    at = (at + 1..=text.len()).find(|n| text.is_char_boundary(*n)).unwrap_or(text.len());
                }
                let before: Vec<Block> = blocks.done().to_vec();
                blocks.extend(&text[..at]);
                prop_assert_eq!(&blocks.done()[..before.len()], &before[..]);
                if at >= text.len() { break; }
            }
            let grown: Vec<Block> = blocks.done().iter().cloned().chain(blocks.tail(&text)).collect();
            prop_assert_eq!(grown, whole);
        }

        #[test]
        fn blocks_are_in_order_and_lose_nothing(text in document()) {
            let mut at = 0;
            for block in all(&text) {
                prop_assert!(block.range.start >= at && block.range.end <= text.len());
                let skipped = &text[at..block.range.start];
                // Between blocks there are only blank lines and fences.
                prop_assert!(skipped.lines().all(|l| l.trim().is_empty() || l.contains("```") || l.contains("~~~")), "{:?}", skipped);
                at = block.range.end;
            }
        }
    }
}
