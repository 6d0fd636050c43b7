//! The item of the chat that is selected, and what is unfolded.

use super::{Anchor, Chat};
use crate::session::state::{Item, ItemBody, Transcript};

/// What an item is unfolded by: itself, or for what is set aside the message that did it.
fn key(item: &Item) -> u64 {
    item.aside.map_or(item.id, |aside| aside.by)
}

impl Chat {
    /// Whether an item can be selected: a message, an answer, what stands for others.
    fn selectable(&self, item: &Item) -> bool {
        match item.aside {
            Some(aside) if !self.unfolded.contains(&aside.by) => aside.others.is_some(),
            _ => matches!(item.body, ItemBody::Said { .. } | ItemBody::Answer(_) | ItemBody::Compacted(_)),
        }
    }

    /// Selects the item before (negative) or after; beyond the last one nothing is selected.
    pub fn select_by(&mut self, by: isize, transcript: &Transcript) {
        let items = &transcript.items;
        let at = self.selected.and_then(|id| items.iter().position(|item| item.id == id));
        let found = match (at, by < 0) {
            (None, true) => items.iter().rposition(|item| self.selectable(item)),
            (None, false) => None,
            (Some(at), true) => items[..at].iter().rposition(|item| self.selectable(item)).or(Some(at)),
            (Some(at), false) => {
                items[at + 1..].iter().position(|item| self.selectable(item)).map(|further| at + 1 + further)
            }
        };
        self.selected = found.map(|at| items[at].id);
        match found {
            Some(at)
                if at < self.top.item
                    || at > self.last_drawn
                    || at == self.top.item && self.top.block + self.top.row > 0 =>
            {
                self.follow = false;
                self.top = Anchor { item: at, block: 0, row: 0 };
            }
            Some(_) => self.follow = false,
            None => self.go_to_end(),
        }
    }

    /// The selected item.
    pub fn selected(&self) -> Option<u64> {
        self.selected
    }

    /// Selects nothing; says whether anything was selected.
    pub fn select_none(&mut self) -> bool {
        self.selected.take().is_some()
    }

    /// Unfolds the selected item, else the last answer; or folds it again.
    pub fn toggle(&mut self, transcript: &Transcript) {
        let selected = self.selected.and_then(|id| transcript.items.iter().find(|item| item.id == id));
        let last = || transcript.items.iter().rev().find(|item| matches!(item.body, ItemBody::Answer(_)));
        let Some(item) = selected.or_else(last) else { return };
        let key = key(item);
        let at = transcript.items.iter().position(|other| other.id == item.id);
        if !self.unfolded.remove(&key) {
            self.unfolded.insert(key);
            // What is unfolded may reach beyond the end: it is read from its beginning.
            if let Some(item) = at.filter(|_| selected.is_some()) {
                self.follow = false;
                self.top = Anchor { item, block: 0, row: 0 };
            }
        }
        self.items.clear();
        self.rows.clear();
    }
}
