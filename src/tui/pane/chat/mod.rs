//! The chat pane: the transcript, drawn by what is in sight.
//!
//! An item is cut into blocks; a block becomes rows only when it is in sight, and its rows are kept while
//! it stays there. The scroll position is (item, block, row), never a row of the whole: no length of a
//! session makes a key slower.

mod item;
mod place;
mod select;

use std::collections::{BTreeSet, HashMap};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::session::state::Transcript;
use crate::tui::text::Highlighter;
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;
use item::{ItemBlocks, Part};

pub use place::Place;

/// Blocks whose rows are kept.
const KEPT: usize = 256;
/// While an answer streams, the tail moves up by this part of the pane at once.
const STEP: usize = 3;

/// A place in the transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Anchor {
    item: usize,
    block: usize,
    row: usize,
}

struct Rows {
    version: u64,
    columns: usize,
    part: Part,
    /// Colours were missing when the highlighter had this generation.
    pending: Option<u64>,
    lines: Vec<Line<'static>>,
    used: u64,
}

/// What the chat pane remembers.
#[derive(Default)]
pub struct Chat {
    /// The first row in sight; `None` until the first frame.
    top: Anchor,
    /// The end is kept in sight.
    follow: bool,
    items: Vec<Option<ItemBlocks>>,
    rows: HashMap<(usize, usize), Rows>,
    clock: u64,
    height: usize,
    columns: usize,
    more: (bool, bool),
    /// What is shown although it is folded by itself.
    unfolded: BTreeSet<u64>,
    /// The item that was selected.
    selected: Option<u64>,
    /// The last item in sight when it was last drawn.
    last_drawn: usize,
    /// The last change of items far above the end that was taken in.
    reshaped: u64,
}

/// What rows are made with.
pub struct Means<'a> {
    /// The conversation.
    pub transcript: &'a Transcript,
    /// Its look.
    pub theme: &'a Theme,
    /// Colours of code.
    pub highlighter: &'a mut Highlighter,
}

impl Chat {
    /// One that shows the end.
    pub fn new() -> Chat {
        Chat { follow: true, ..Chat::default() }
    }

    /// Forgets everything about the items: the transcript is another one.
    pub fn reset(&mut self) {
        self.items.clear();
        self.rows.clear();
        self.follow = true;
        self.top = Anchor::default();
    }

    /// Goes to the end and stays there.
    pub fn go_to_end(&mut self) {
        self.follow = true;
        self.top = Anchor { item: usize::MAX, block: 0, row: 0 };
    }

    /// Goes to the start.
    pub fn go_to_start(&mut self) {
        self.follow = false;
        self.top = Anchor::default();
    }

    /// Moves by rows; negative is up.
    pub fn scroll(&mut self, rows: isize, means: &mut Means<'_>) {
        self.sync(means.transcript);
        if rows < 0 {
            self.follow = false;
            self.top = self.up(self.top, rows.unsigned_abs(), means).0;
        } else {
            self.top = self.down(self.top, rows.unsigned_abs(), means);
            let last = self.last_top(means);
            if self.top >= last {
                self.top = last;
                self.follow = true;
            }
        }
    }

    /// Moves by pages; negative is up.
    pub fn page(&mut self, pages: isize, means: &mut Means<'_>) {
        let rows = isize::try_from(self.height.saturating_sub(2).max(1)).unwrap_or(1);
        self.scroll(pages * rows, means);
    }

    /// Whether there is more above and below what was drawn.
    pub fn more(&self) -> (bool, bool) {
        self.more
    }

    /// Draws what is in sight. `streaming` says that more is coming.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, streaming: bool, means: &mut Means<'_>) {
        self.clock += 1;
        self.height = usize::from(area.height);
        self.columns = usize::from(area.width).max(1);
        self.sync(means.transcript);
        if self.follow {
            self.follow_tail(streaming, means);
        }
        let height = self.height;
        let mut y = 0;
        let mut at = self.top;
        while y < height && at.item < self.items.len() {
            let blocks = self.blocks(at.item, means);
            if at.block >= blocks {
                at = Anchor { item: at.item + 1, block: 0, row: 0 };
                continue;
            }
            let rows = self.rows(at.item, at.block, means);
            let top = y;
            for line in rows.iter().skip(at.row).take(height - y) {
                canvas::put(buf, area, y, line);
                y += 1;
            }
            if self.selected.is_some() && self.selected == means.transcript.items.get(at.item).map(|item| item.id) {
                let mark = Line::styled(means.theme.glyphs().focus, means.theme.style(Scope::RuleFocused));
                (top..y).for_each(|y| canvas::put(buf, Rect { width: 1, ..area }, y, &mark));
            }
            self.last_drawn = at.item;
            at = Anchor { item: at.item, block: at.block + 1, row: 0 };
        }
        let last = self.last_top(means);
        self.more = (self.top > Anchor::default(), y >= height && self.top < last);
        self.tidy();
    }

    /// Keeps the end in sight: the text grows downwards into free rows; when it meets the lower edge it
    /// moves up by a good piece at once, so that a new line does not send the whole pane again.
    fn follow_tail(&mut self, streaming: bool, means: &mut Means<'_>) {
        let last = self.last_top(means);
        if self.top.item >= self.items.len() {
            self.top = last;
        } else if self.top < last {
            let step = if streaming { self.height / STEP } else { 0 };
            self.top = self.down(last, step, means);
        } else if !streaming && self.overshoot(means) {
            // The tail became shorter than the free rows allow (another width, another session).
            self.top = last;
        }
    }

    /// Whether more than the step's rows are free below the end.
    fn overshoot(&mut self, means: &mut Means<'_>) -> bool {
        let last = self.last_top(means);
        let limit = self.down(last, self.height / STEP, means);
        self.top > limit
    }

    /// The place from which the end fills the pane exactly.
    fn last_top(&mut self, means: &mut Means<'_>) -> Anchor {
        let end = Anchor { item: self.items.len(), block: 0, row: 0 };
        self.up(end, self.height, means).0
    }

    fn sync(&mut self, transcript: &Transcript) {
        let items = &transcript.items;
        if self.reshaped != transcript.reshaped {
            self.reshaped = transcript.reshaped;
            self.items.clear();
            self.rows.clear();
        }
        if self.items.len() > items.len() {
            self.items.truncate(items.len());
        }
        // Only the last few items ever change; see `Transcript::streaming`.
        let known = self.items.len();
        for (slot, item) in self.items.iter_mut().zip(items).skip(known.saturating_sub(16)) {
            if let Some(blocks) = slot {
                blocks.update(item);
            }
        }
        self.items.resize_with(items.len(), || None);
    }

    fn blocks(&mut self, item: usize, means: &Means<'_>) -> usize {
        let Some(source) = means.transcript.items.get(item) else { return 0 };
        let folded = source.aside.is_some_and(|aside| !self.unfolded.contains(&aside.by));
        self.items[item].get_or_insert_with(|| ItemBlocks::of(source, folded)).count(source)
    }

    fn rows(&mut self, item: usize, block: usize, means: &mut Means<'_>) -> &[Line<'static>] {
        let source = &means.transcript.items[item];
        let part = match &self.items[item] {
            Some(blocks) => blocks.part(source, block),
            None => Part::Head,
        };
        let generation = means.highlighter.generation();
        let fresh = |rows: &Rows| {
            rows.columns == self.columns
                && rows.part == part
                && (part.is_settled() || rows.version == source.version)
                && rows.pending.is_none_or(|g| g == generation)
        };
        let clock = self.clock;
        let entry = self.rows.entry((item, block));
        let rows = match entry {
            std::collections::hash_map::Entry::Occupied(entry) if fresh(entry.get()) => entry.into_mut(),
            entry => {
                let first = item == 0 && block == 0;
                let open = self.unfolded.contains(&source.id);
                let (lines, pending) =
                    item::draw(source, &part, (first, open), self.columns, means.theme, means.highlighter);
                let rows = Rows {
                    version: source.version,
                    columns: self.columns,
                    part,
                    pending: pending.then_some(generation),
                    lines,
                    used: clock,
                };
                entry.insert_entry(rows).into_mut()
            }
        };
        rows.used = clock;
        &rows.lines
    }

    /// The place `rows` above, and the rows that were missing.
    fn up(&mut self, from: Anchor, rows: usize, means: &mut Means<'_>) -> (Anchor, usize) {
        let mut at =
            if from.item >= self.items.len() { Anchor { item: self.items.len(), block: 0, row: 0 } } else { from };
        let mut left = rows;
        loop {
            if at.row >= left {
                return (Anchor { row: at.row - left, ..at }, 0);
            }
            left -= at.row;
            at.row = 0;
            if at.block > 0 {
                at.block -= 1;
            } else if at.item > 0 {
                at.item -= 1;
                let count = self.blocks(at.item, means);
                if count == 0 {
                    continue;
                }
                at.block = count - 1;
            } else {
                return (at, left);
            }
            at.row = self.rows(at.item, at.block, means).len();
        }
    }

    /// The place `rows` below, at most the end.
    fn down(&mut self, from: Anchor, rows: usize, means: &mut Means<'_>) -> Anchor {
        let mut at = from;
        let mut left = rows;
        while at.item < self.items.len() {
            if at.block >= self.blocks(at.item, means) {
                at = Anchor { item: at.item + 1, block: 0, row: 0 };
                continue;
            }
            let rows = self.rows(at.item, at.block, means).len();
            if at.row + left < rows {
                return Anchor { row: at.row + left, ..at };
            }
            left -= rows.saturating_sub(at.row);
            at = Anchor { block: at.block + 1, row: 0, ..at };
            if left == 0 {
                return at;
            }
        }
        at
    }

    /// Lets go of rows that have not been in sight for long.
    fn tidy(&mut self) {
        if self.rows.len() > KEPT {
            let clock = self.clock;
            self.rows.retain(|_, rows| rows.used + 1 >= clock);
        }
    }
}

#[cfg(test)]
mod tests;
