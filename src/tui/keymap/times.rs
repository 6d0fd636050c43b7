//! How often something is done: numbers before and within a binding, in normal mode.

use super::Action;

/// Nothing is done more often.
const MOST: u32 = 999;

/// A number that is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// What was written before the binding began.
    before: Option<u32>,
    /// What is being written.
    now: Option<u32>,
}

impl Times {
    /// Takes a digit in. `false` for a zero that begins no number.
    pub fn take(&mut self, digit: u32) -> bool {
        let begun = self.now.is_some() || digit > 0;
        if begun {
            self.now = Some((self.now.unwrap_or(0).saturating_mul(10) + digit).min(MOST));
        }
        begun
    }

    /// Whether a number is being written, so that a zero belongs to it.
    pub fn is_begun(self) -> bool {
        self.now.is_some()
    }

    /// A binding has begun: another number may stand within it.
    pub fn pause(&mut self) {
        *self = Times { before: self.written(), now: None };
    }

    fn written(self) -> Option<u32> {
        match (self.before, self.now) {
            (Some(before), Some(now)) => Some(before.saturating_mul(now).min(MOST)),
            (before, now) => before.or(now),
        }
    }

    /// How often the action is done: as often as was written, where that makes sense.
    pub fn of(self, action: Action) -> u32 {
        self.written().filter(|_| repeats(action)).unwrap_or(1)
    }
}

/// Movements and edits that come to more when they are done again.
fn repeats(action: Action) -> bool {
    matches!(
        action,
        Action::CharLeft
            | Action::CharRight
            | Action::Up
            | Action::Down
            | Action::UpOrHistory
            | Action::DownOrHistory
            | Action::PageUp
            | Action::PageDown
            | Action::NextWord
            | Action::WordLeft
            | Action::WordRight
            | Action::DeleteBack
            | Action::DeleteForward
            | Action::DeleteWord
            | Action::DeleteWordRight
            | Action::DeleteWordEnd
            | Action::DeleteLine
            | Action::ChangeWord
            | Action::Yank
            | Action::PutAfter
            | Action::Undo
            | Action::Redo
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_before_and_within_a_binding_are_multiplied_and_bounded() {
        let mut times = Times::default();
        assert!(!times.take(0), "the start of the line");
        assert_eq!(times.of(Action::NextWord), 1);
        assert!(times.take(1) && times.take(0));
        assert_eq!((times.of(Action::NextWord), times.of(Action::Quit)), (10, 1));
        times.pause();
        assert!(!times.is_begun() && !times.take(0));
        assert!(times.take(3));
        assert_eq!(times.of(Action::DeleteWordRight), 30);
        for _ in 0..12 {
            times.take(9);
        }
        assert_eq!(times.of(Action::DeleteWordRight), MOST);
    }
}
