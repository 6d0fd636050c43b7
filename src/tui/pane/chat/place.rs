//! Where one is in a conversation, for coming back to it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Anchor, Chat};

/// What of a conversation is in sight. Items are never removed, so their numbers still mean the same later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Item, block and row of the first row in sight; nothing where the end is kept in sight.
    top: Option<(usize, usize, usize)>,
    /// What is shown although it is folded by itself.
    unfolded: BTreeSet<u64>,
    /// The item that is selected.
    selected: Option<u64>,
}

impl Chat {
    /// Where one is.
    pub fn place(&self) -> Place {
        let Anchor { item, block, row } = self.top;
        Place {
            top: (!self.follow).then_some((item, block, row)),
            unfolded: self.unfolded.clone(),
            selected: self.selected,
        }
    }

    /// Goes there.
    pub fn go_to(&mut self, place: Place) {
        self.go_to_end();
        if let Some((item, block, row)) = place.top {
            self.follow = false;
            self.top = Anchor { item, block, row };
        }
        (self.unfolded, self.selected) = (place.unfolded, place.selected);
    }
}
