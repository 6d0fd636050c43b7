//! The selected step: it is the same in all panes.

use super::Effect;
use crate::session::state::{Activity, SpanKind};
use crate::session::{Command, State};
use crate::tui::keymap::Action;
use crate::tui::pane::Pane;
use crate::tui::pane::graph::Way;
use crate::tui::ui::{Millis, Ui};

impl Ui {
    /// After a move in a pane: the step that is there is the selected one.
    pub(super) fn follow_step(&mut self, state: &State) {
        self.steps.learn(state);
        let found = match self.focus {
            Pane::Document if self.editor.is_none() => self.step_in_document(state),
            Pane::Problems => self.problems.selected(state).and_then(|d| self.steps.of(d)),
            Pane::Trace => {
                let span = self.trace.selected(state).filter(|span| span.kind == SpanKind::Step);
                span.and_then(|span| self.steps.find(&span.label))
            }
            _ => None,
        };
        if let Some(at) = found {
            self.select_step(at, state);
        }
    }

    fn step_in_document(&self, state: &State) -> Option<usize> {
        let hunk = state.review.as_ref().and_then(|review| review.hunks.get(self.document.hunk()));
        let in_hunk = hunk.filter(|_| self.document.is_moving()).map(|hunk| hunk.new.start + 1);
        self.steps.at_line(in_hunk.or_else(|| self.document.line())?)
    }

    /// Selects a step everywhere but in the pane that it was selected in.
    pub(super) fn select_step(&mut self, at: usize, state: &State) {
        let Some(step) = self.steps.all().get(at) else { return };
        if step.id.is_empty() || self.steps.selected() == Some(at) {
            return;
        }
        let (id, line) = (step.id.clone(), step.lines.start + 1);
        self.steps.select(&id);
        self.data.select();
        if self.focus != Pane::Document {
            self.document.show_line(line);
        }
        if self.focus != Pane::Problems {
            let steps = &self.steps;
            self.problems.select(state, |d| steps.of(d) == Some(at));
        }
        if self.focus != Pane::Trace {
            self.trace.show_step(&id, state);
        }
    }

    /// The step after the selected one in the document, or the one before.
    pub(super) fn next_step(&mut self, by: isize, state: &State) {
        self.steps.learn(state);
        let count = self.steps.all().len();
        let at = match self.steps.selected() {
            Some(at) => at.saturating_add_signed(by).min(count.saturating_sub(1)),
            None => 0,
        };
        // The document follows too: it is not where this came from.
        let focus = std::mem::replace(&mut self.focus, Pane::Graph);
        self.select_step(at, state);
        self.focus = focus;
    }

    /// A move in the graph.
    pub(super) fn move_in_graph(&mut self, action: Action, state: &State) {
        self.steps.learn(state);
        let count = self.steps.all().len();
        let way = match action {
            Action::Up => Way::Up,
            Action::Down => Way::Down,
            Action::Left => Way::Left,
            Action::Right => Way::Right,
            Action::First => return self.select_step(0, state),
            Action::Last => return self.select_step(count.saturating_sub(1), state),
            Action::PageUp | Action::PageDown => {
                let page = isize::try_from(self.graph.page()).unwrap_or(1);
                let by = if action == Action::PageUp { -page } else { page };
                let at = self.steps.selected().unwrap_or(0).saturating_add_signed(by);
                return self.select_step(at.min(count.saturating_sub(1)), state);
            }
            _ => return,
        };
        if let Some(next) = self.graph.next(&self.steps, way) {
            self.select_step(next, state);
        }
    }

    /// Asks for the rows of the selected step, and goes to where they will be.
    pub(super) fn look(&mut self, state: &State, now: Millis) -> Vec<Effect> {
        self.follow_step(state);
        self.steps.learn(state);
        if self.steps.selected().is_none() && !self.steps.all().is_empty() {
            self.select_step(0, state);
        }
        let Some(step) = self.steps.selected().map(|at| self.steps.all()[at].id.clone()) else {
            self.say("There is no step here whose rows could be read.", now);
            return Vec::new();
        };
        self.focus(Pane::Data);
        if state.activity != Activity::Idle {
            self.hint("Something is at work; {global interrupt} interrupts it.", now);
            return Vec::new();
        }
        vec![Effect::Send(Command::Look { step })]
    }

    /// The contract of the selected step is the one to read, when the components are looked at.
    pub(crate) fn follow_contract(&mut self) {
        let Some(at) = self.steps.selected().filter(|_| self.steps.selected_id() != self.read_step.as_deref()) else {
            return;
        };
        self.read_step = self.steps.selected_id().map(str::to_owned);
        let component = &self.steps.all()[at].component;
        let of = |c: &crate::tui::ContractView| c.name == *component || c.aliases.contains(component);
        if let Some(position) = self.contracts.iter().position(of) {
            self.components.open(position, None);
        }
    }
}
