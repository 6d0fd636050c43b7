//! Editing with another program: what it is given, and what is wanted of the session then.

use std::ops::Range;

use super::Effect;
use crate::session::state::Activity;
use crate::session::{Command, State};
use crate::tui::pane::document::places::bytes_of;
use crate::tui::ui::{Millis, Ui};

/// A part of a text that another program edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The file that the text is for.
    pub file: String,
    /// The proposal whose text it is.
    pub proposal: Option<u32>,
    /// The whole text.
    pub base: String,
    /// The part that is edited.
    pub part: Range<usize>,
}

impl Outside {
    /// What is given to be edited.
    pub fn text(&self) -> &str {
        self.base.get(self.part.clone()).unwrap_or_default()
    }

    /// What is wanted of the session once the part is this; nothing when it has not changed.
    pub fn command(self, edited: &str) -> Option<Command> {
        let mut edited = edited.to_owned();
        let open = !edited.is_empty() && !edited.ends_with('\n');
        if open && (self.text().ends_with('\n') || self.part.end < self.base.len()) {
            edited.push('\n');
        }
        if edited == self.text() {
            return None;
        }
        let mut text = self.base.clone();
        if !edited.is_empty() && self.part.start > 0 && !text[..self.part.start].ends_with('\n') {
            edited.insert(0, '\n');
        }
        text.replace_range(self.part.clone(), &edited);
        Some(Command::Edit { file: self.file, proposal: self.proposal, base: self.base, text })
    }
}

impl Ui {
    /// Hands the hunk under the cursor, or the document, to the editor of the person.
    pub(super) fn edit_outside(&mut self, state: &State, now: Millis) -> Vec<Effect> {
        if state.activity != Activity::Idle {
            self.say("Something is at work; esc in the chat interrupts it.", now);
            return Vec::new();
        }
        let outside = match (&state.review, &state.document) {
            (Some(review), _) => {
                let Some(hunk) = review.hunks.get(self.document.hunk()) else { return Vec::new() };
                let part = bytes_of(&review.text, hunk.new.clone());
                let (file, base) = (review.file.clone(), review.text.clone());
                Outside { file, proposal: Some(review.proposal), base, part }
            }
            (None, Some(document)) => {
                let (file, base) = (document.file.clone(), document.text.clone());
                Outside { file, proposal: None, part: 0..base.len(), base }
            }
            (None, None) => {
                self.say("There is no pipeline yet: ask for one in the chat.", now);
                return Vec::new();
            }
        };
        vec![Effect::EditOutside(Box::new(outside))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_part_takes_its_place_in_the_text() {
        let outside =
            |part: Range<usize>| Outside { file: "f".into(), proposal: Some(1), base: "a\nb\nc".into(), part };
        let text = |part, edited: &str| match outside(part).command(edited) {
            Some(Command::Edit { text, .. }) => Some(text),
            _ => None,
        };
        assert_eq!(text(2..4, "b\n"), None);
        assert_eq!(text(2..4, "b"), None, "an editor may leave the last line end out");
        assert_eq!(text(2..4, "x\ny").as_deref(), Some("a\nx\ny\nc"));
        assert_eq!(text(2..4, "").as_deref(), Some("a\nc"));
        assert_eq!(text(2..2, "new\n").as_deref(), Some("a\nnew\nb\nc"));
        assert_eq!(text(5..5, "d").as_deref(), Some("a\nb\nc\nd"));
    }
}
