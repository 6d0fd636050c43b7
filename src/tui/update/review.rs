//! What keys do about a proposal, and about what was written of one.

use super::Effect;
use crate::pipeline::oml::hunk::Decision;
use crate::session::state::{Activity, Review};
use crate::session::{Command, State};
use crate::tui::keymap::Action;
use crate::tui::modal::chooser::Chooser;
use crate::tui::modal::prompt::{About, Prompt};
use crate::tui::ui::{Millis, Overlay, Pending, TWICE, Ui};

impl Ui {
    pub(super) fn review(
        &mut self,
        action: Action,
        review: &Review,
        pending: Option<Pending>,
        decides: bool,
        now: Millis,
    ) -> Vec<Effect> {
        let count = review.hunks.len();
        match action {
            Action::NextHunk => self.document.move_hunk(1, count),
            Action::PreviousHunk => self.document.move_hunk(-1, count),
            Action::ToggleDiff => {
                if !self.document.toggle() {
                    self.hint("The pane is too narrow for two texts; {pane zoom} gives it the whole screen.", now);
                }
            }
            _ if self.replay.is_some() => self.say("This is a replay: nothing can be changed.", now),
            _ if !decides => {}
            _ if !review.checked => self.say("The proposal is still being checked.", now),
            Action::Apply => return self.apply(review, pending, now),
            Action::Discard => return self.discard(review.proposal, pending, now),
            _ => return self.decide(action, review, now),
        }
        Vec::new()
    }

    fn decide(&mut self, action: Action, review: &Review, now: Millis) -> Vec<Effect> {
        let proposal = review.proposal;
        let hunk = u32::try_from(self.document.hunk()).unwrap_or(u32::MAX);
        let some = !review.hunks.is_empty();
        let command = match action {
            Action::AcceptOpen => Command::DecideOpen { proposal, decision: Decision::Accepted },
            Action::RejectOpen => Command::DecideOpen { proposal, decision: Decision::Rejected },
            Action::UndoDecision if review.can_undo() => Command::UndoDecision { proposal },
            Action::UndoDecision => {
                self.say("Nothing has been decided that could be taken back.", now);
                return Vec::new();
            }
            Action::AcceptHunk | Action::RejectHunk if some => {
                let decision = if action == Action::AcceptHunk { Decision::Accepted } else { Decision::Rejected };
                self.document.next_open(review);
                Command::Decide { proposal, hunk, decision }
            }
            Action::ReopenHunk if some => Command::Decide { proposal, hunk, decision: Decision::Open },
            Action::AcceptStep if some => Command::DecideStep { proposal, hunk, decision: Decision::Accepted },
            Action::RejectStep if some => Command::DecideStep { proposal, hunk, decision: Decision::Rejected },
            Action::SplitHunk if some => Command::SplitHunk { proposal, hunk, cut: self.document.cut() },
            Action::CommentHunk if some => {
                let words = review.comments.get(self.document.hunk()).map_or("", String::as_str);
                self.overlay = Some(Overlay::Prompt(Prompt::new(About::Hunk { proposal, hunk }, words)));
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        vec![Effect::Send(command)]
    }

    fn apply(&mut self, review: &Review, pending: Option<Pending>, now: Millis) -> Vec<Effect> {
        let (proposal, count) = (review.proposal, review.hunks.len());
        let (accepted, open) = (review.count(Decision::Accepted), review.count(Decision::Open));
        if accepted == 0 {
            self.hint(
                "Nothing is accepted: {review accept-hunk} accepts a hunk, {review accept-open} all of them, {review discard} puts the proposal away.",
                now,
            );
        } else if open > 0 && pending != Some(Pending::Apply(proposal)) {
            self.pending = Some((Pending::Apply(proposal), now + TWICE * 2));
            let again = format!("{{review apply}} again writes {accepted} of {count}.");
            self.hint(&format!("{open} hunks are open and will not be written; {again}"), now);
        } else {
            return vec![Effect::Send(Command::Apply { proposal })];
        }
        Vec::new()
    }

    fn discard(&mut self, proposal: u32, pending: Option<Pending>, now: Millis) -> Vec<Effect> {
        if pending == Some(Pending::Discard(proposal)) {
            return vec![Effect::Send(Command::Discard { proposal })];
        }
        self.pending = Some((Pending::Discard(proposal), now + TWICE * 2));
        self.hint(&format!("{{review discard}} again puts proposal {proposal} away; nothing is written."), now);
        Vec::new()
    }

    /// Takes the last write of the document back, when it is asked for twice.
    pub(super) fn restore(&mut self, pending: Option<Pending>, state: &State, now: Millis) -> Vec<Effect> {
        let Some(document) = &state.document else {
            self.say("There is no pipeline yet: ask for one in the chat.", now);
            return Vec::new();
        };
        let Some(write) = state.versions.last_write(&document.file) else {
            self.hint(
                "Nothing that this session wrote can be taken back; {document versions} lists the versions.",
                now,
            );
            return Vec::new();
        };
        if state.activity != Activity::Idle {
            self.hint("Something is at work; {global interrupt} in the chat interrupts it.", now);
        } else if pending == Some(Pending::Restore) {
            return vec![Effect::Send(Command::Restore)];
        } else {
            self.pending = Some((Pending::Restore, now + TWICE * 2));
            let what = match &write.before {
                Some(text) => format!("brings back its {} lines of before", text.lines().count()),
                None => "removes it: there was no such file before".to_owned(),
            };
            let again = self.keymap.fill("{document restore} again");
            self.say(format!("{} was written by this session; {again} {what}.", document.file), now);
        }
        Vec::new()
    }

    pub(super) fn show_versions(&mut self, state: &State, now: Millis) {
        if state.review.is_some() {
            self.hint("Decide about the proposal first: {review apply} writes it, {review discard} puts it away.", now);
        } else if self.editor.is_some() {
            self.say("Leave the editor first.", now);
        } else {
            self.overlay = Some(Overlay::Chooser(Chooser::versions(state)));
        }
    }
}
