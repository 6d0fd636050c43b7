//! What a person is told beside the panes: faults of their own files, the title of the window, that something
//! has ended while they look elsewhere.

use super::{Millis, Ui, state_word};
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::run::RunOutcome;
use crate::session::state::Activity;
use crate::session::{Event, State};

impl Ui {
    /// Says what is wrong with the theme or the keys: the worst of it, and how much more there is.
    pub fn setting_problems(&mut self, found: &[Diagnostic], now: Millis) {
        let told = |d: &&Diagnostic| d.severity != Severity::Info;
        let Some(first) = found.iter().filter(told).min_by_key(|d| std::cmp::Reverse(d.severity)) else { return };
        let place = first.span.map(|s| format!(" line {}", s.line)).unwrap_or_default();
        // The line at the bottom is short; the name of the file is enough there.
        let source = first.source.as_deref().unwrap_or("theme");
        let source = source.rsplit('/').next().unwrap_or(source);
        let fix = first.fix.as_ref().map(|fix| format!("; {}", fix.text)).unwrap_or_default();
        let more = match found.iter().filter(told).count() - 1 {
            0 => String::new(),
            more => format!(" ({more} more)"),
        };
        self.say(format!("{source}{place}: {}{fix}{more}", first.message), now);
    }

    /// What the title of the window says.
    pub fn window_title(&self, state: &State) -> String {
        let word = if self.replay.is_some() { "replay" } else { state_word(state) };
        match state.workspace.is_empty() {
            true => format!("Pipesmith: {word}"),
            false => format!("Pipesmith: {word}, {}", state.workspace),
        }
    }

    /// Takes an event into the state; what somebody should be told of it who looks elsewhere.
    pub fn take(&self, state: &mut State, event: &Event) -> Option<String> {
        if self.focused {
            state.apply(event);
            return None;
        }
        let (before, approvals) = (state.activity.clone(), state.approvals);
        state.apply(event);
        self.worth_telling(&before, approvals, state)
    }

    /// What somebody should be told who looks elsewhere: something has come to its end, or waits for them.
    fn worth_telling(&self, before: &Activity, approvals: u32, state: &State) -> Option<String> {
        if let Some(approval) = state.approval.as_ref().filter(|approval| approval.number > approvals) {
            return Some(format!("{} waits for your approval ({})", approval.pipeline, state.workspace));
        }
        if *before == Activity::Idle || state.activity != Activity::Idle {
            return None;
        }
        let what = match before {
            Activity::Running => match state.run.as_ref().map(|run| &run.outcome) {
                Some(Some(RunOutcome::Succeeded)) => "The run has finished",
                _ => "The run has ended",
            },
            Activity::Looking => "The rows are read",
            _ if state.review.is_some() => "A proposal waits for your review",
            _ => "The turn is done",
        };
        Some(format!("{what} ({})", state.workspace))
    }
}
