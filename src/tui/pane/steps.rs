//! The steps of what the document pane shows, and which of them is selected: one selection for all panes.

use crate::diagnostic::Diagnostic;
use crate::pipeline::oml::{OutlineStep, outline, step_at};
use crate::session::State;

/// The steps of a longer document are not known: reading it takes time that a frame has not.
const LARGEST: usize = 256 * 1024;

/// What is known of the steps.
#[derive(Debug, Default)]
pub struct Steps {
    version: Option<u64>,
    all: Vec<OutlineStep>,
    /// Errors and warnings of each.
    problems: Vec<(usize, usize)>,
    selected: Option<String>,
}

impl Steps {
    /// Brings them up to date.
    pub fn learn(&mut self, state: &State) {
        if self.version == Some(state.document_version) {
            return;
        }
        self.version = Some(state.document_version);
        let text = state.review.as_ref().map(|r| &r.text).or(state.document.as_ref().map(|d| &d.text));
        self.all = text.filter(|text| text.len() <= LARGEST).map(|text| outline(text)).unwrap_or_default();
        self.problems = vec![(0, 0); self.all.len()];
        for d in &state.diagnostics {
            let Some(slot) = self.of(d).and_then(|at| self.problems.get_mut(at)) else { continue };
            if d.is_error() {
                slot.0 += 1;
            } else {
                slot.1 += 1;
            }
        }
    }

    /// Forgets what was read: the state is another one.
    pub fn reset(&mut self) {
        self.version = None;
    }

    /// All of them, in the order of the document.
    pub fn all(&self) -> &[OutlineStep] {
        &self.all
    }

    /// Errors and warnings of a step.
    pub fn problems(&self, step: usize) -> (usize, usize) {
        self.problems.get(step).copied().unwrap_or_default()
    }

    /// The one that is selected.
    pub fn selected(&self) -> Option<usize> {
        self.find(self.selected.as_deref()?)
    }

    /// The id of the one that is selected, whether it is in the document or not.
    pub fn selected_id(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// Selects one.
    pub fn select(&mut self, id: &str) {
        self.selected = Some(id.to_owned());
    }

    /// The step of an id.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.all.iter().position(|step| step.id == id && !id.is_empty())
    }

    /// The step that a line (from 1) belongs to.
    pub fn at_line(&self, line: usize) -> Option<usize> {
        step_at(&self.all, line.checked_sub(1)?)
    }

    /// The step that a problem is of.
    pub fn of(&self, d: &Diagnostic) -> Option<usize> {
        let (number, _) = d.path.as_deref()?.strip_prefix("steps[")?.split_once(']')?;
        // Before a run steps are named by their ids.
        number.parse().ok().or_else(|| self.find(number))
    }
}
