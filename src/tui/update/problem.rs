//! What can be done about a problem: go there, have it mended, tell the model, read the contract.

use crate::diagnostic::{Diagnostic, LineIndex};
use crate::session::{Command, State};
use crate::tui::pane::Pane;
use crate::tui::ui::{Millis, Ui};
use crate::tui::update::Effect;
use crate::yaml;

impl Ui {
    pub(super) fn open_problem(&mut self, state: &State) {
        if self.show_problem(state) {
            self.focus(Pane::Document);
        }
    }

    /// From whatever pane: the next or former problem, its line shown in the document.
    pub(super) fn step_problem(&mut self, by: isize, state: &State) {
        let count = state.diagnostics.len();
        if count == 0 {
            return;
        }
        let last = count - 1;
        let at = self.problems.list.selected.min(last);
        let next = match by {
            // The first press shows the problem that is selected already.
            _ if self.tab != Pane::Problems => at,
            1.. if at == last => 0,
            ..=-1 if at == 0 => last,
            _ => at.saturating_add_signed(by),
        };
        self.problems.list.select(next);
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
        let diagnostic = u32::try_from(self.problems.list.selected).unwrap_or(u32::MAX);
        vec![Effect::Send(Command::ProposeFix { diagnostic, code: problem.code.clone() })]
    }

    /// The problem goes into the message; the person says the rest and sends it.
    pub(super) fn tell_problem(&mut self, state: &State) {
        let Some(problem) = self.problems.selected(state) else { return };
        let text = told(problem);
        if !self.composer.is_empty() {
            self.composer.newline();
        }
        self.composer.paste(&text);
        self.focus(Pane::Chat);
    }

    /// The contract of the step that the problem is in, at the option where it names one.
    pub(super) fn open_contract(&mut self, state: &State, now: Millis) {
        let text = state.review.as_ref().map(|r| &r.text).or(state.document.as_ref().map(|d| &d.text));
        let problem = self.problems.selected(state);
        let at = problem.and_then(|d| d.path.as_deref()).zip(text).and_then(|(path, text)| component(text, path));
        let Some((name, option)) = at else {
            self.say("This problem is not about a component.", now);
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

/// The component of the step in a path such as `steps[2].config.table`, and the option.
fn component(text: &str, path: &str) -> Option<(String, Option<String>)> {
    let (step, rest) = path.strip_prefix("steps[")?.split_once(']')?;
    let option = rest.strip_prefix(".config.").map(|option| {
        let end = option.find(['.', '[']).unwrap_or(option.len());
        option[..end].to_owned()
    });
    let lines = LineIndex::new(text);
    let tree = yaml::load(&lines);
    let steps = tree.root.as_ref()?.as_map()?.get("steps")?.as_seq()?;
    let name = steps.items.get(step.parse::<usize>().ok()?)?.as_map()?.get("component")?.as_str()?;
    Some((name.to_owned(), option))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_contract() {
        let text = "steps:\n- id: a\n  component: x.y\n- {component: z}\n";
        let found = |path| component(text, path);
        assert_eq!(found("steps[0].config.path"), Some(("x.y".into(), Some("path".into()))));
        assert_eq!(found("steps[0].config.columns[1]"), Some(("x.y".into(), Some("columns".into()))));
        assert_eq!(found("steps[1].needs[0]"), Some(("z".into(), None)));
        assert_eq!((found("steps[2].id"), found("name"), found("steps[x].id")), (None, None, None));
    }
}
