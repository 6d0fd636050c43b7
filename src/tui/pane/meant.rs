//! What the words in the composer will be: a new message, other words for a former one, or for one that
//! waits. What was being written before is kept meanwhile.

use super::composer::Composer;

/// What the message in the composer will be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Meant {
    /// A new message.
    #[default]
    New,
    /// It stands in the place of the message that this event told.
    Former(u64),
    /// It takes the place of this message that waits.
    Queued(u32),
}

/// What is written, beside the text.
#[derive(Debug, Default)]
pub struct Drafts {
    /// What the text will be.
    pub meant: Meant,
    /// What was being written when another message was opened.
    kept: Option<Composer>,
}

impl Drafts {
    /// Opens a message to write other words for it; a new one that was being written comes back later.
    pub fn open(&mut self, composer: &mut Composer, meant: Meant, text: &str) {
        let before = std::mem::replace(composer, Composer::with(text));
        if self.meant == Meant::New && !before.is_empty() {
            self.kept = Some(before);
        }
        self.meant = meant;
    }

    /// Back to the new message that was being written.
    pub fn leave(&mut self, composer: &mut Composer) {
        *composer = self.kept.take().unwrap_or_default();
        self.meant = Meant::New;
    }
}
