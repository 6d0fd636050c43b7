//! What can be done about a problem: go there, have it mended, tell the model, read the contract.

use super::contract;
use crate::diagnostic::Diagnostic;
use crate::session::{Command, State};
use crate::tui::pane::Pane;
use crate::tui::ui::{Millis, Ui};
use crate::tui::update::Effect;

impl Ui {
    pub(super) fn open_problem(&mut self, state: &State) {
        if self.show_problem(state) {
            self.focus(Pane::Document);
        }
    }

    /// From whatever pane: the next or former problem, its line shown in the document.
    pub(super) fn step_problem(&mut self, by: isize, state: &State) {
        if state.diagnostics.is_empty() {
            return;
        }
        // The first press shows the problem that is selected already.
        if self.tab == Pane::Problems {
            self.problems.step(by, state);
        }
        self.tab = Pane::Problems;
        self.show_problem(state);
    }

    fn show_problem(&mut self, state: &State) -> bool {
        let line = self.problems.selected(state).and_then(|d| d.span).map(|s| s.line);
        if let Some(line) = line {
            self.document.show_line(line);
        }
        line.is_some()
    }

    /// The fix becomes a proposal, reviewed like any other.
    pub(super) fn fix_problem(&mut self, state: &State, now: Millis) -> Vec<Effect> {
        let Some(problem) = self.problems.selected(state) else { return Vec::new() };
        if problem.fix.as_ref().is_none_or(|fix| fix.edit.is_none()) {
            self.say("This problem has no fix that could be made for you; m tells the model.", now);
            return Vec::new();
        }
        let diagnostic = u32::try_from(self.problems.number()).unwrap_or(u32::MAX);
        vec![Effect::Send(Command::ProposeFix { diagnostic, code: problem.code.clone() })]
    }

    /// The problem goes into the message; the person says the rest and sends it.
    pub(super) fn tell_problem(&mut self, state: &State) {
        let Some(problem) = self.problems.selected(state) else { return };
        let text = told(problem);
        if !self.composer.is_empty() {
            self.composer.newline();
        }
        if self.composer.paste(&text).is_err() {
            return;
        }
        self.focus(Pane::Chat);
    }

    /// The contract of the step that the cursor or the problem is in, at the option where it is at one.
    pub(super) fn open_contract(&mut self, state: &State, now: Millis) {
        let text = state.review.as_ref().map(|r| &r.text).or(state.document.as_ref().map(|d| &d.text));
        let at = text.and_then(|text| match self.focus {
            Pane::Document => contract::at_line(text, self.document.line()?),
            _ => contract::at_path(text, self.problems.selected(state)?.path.as_deref()?),
        });
        let Some((name, option)) = at else {
            self.say("There is no component here.", now);
            return;
        };
        let of = |c: &crate::tui::ContractView| c.name == name || c.aliases.contains(&name);
        let Some(position) = self.contracts.iter().position(of) else {
            self.say(format!("There is no contract of `{name}`."), now);
            return;
        };
        self.components.open(position, option);
        self.focus(Pane::Components);
    }
}

fn told(problem: &Diagnostic) -> String {
    let place = problem.span.map(|s| format!(" in line {}", s.line)).unwrap_or_default();
    let mut text = format!("Mend this problem{place}: {}", problem.message);
    if let Some(fix) = &problem.fix {
        text += &format!(" ({})", fix.text);
    }
    text
}
