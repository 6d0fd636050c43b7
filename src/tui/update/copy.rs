//! What can be taken to the terminal's clipboard: of the pane with the focus, and from anywhere.

use super::Effect;
use crate::diagnostic;
use crate::session::State;
use crate::session::state::{ItemBody, LookState};
use crate::tui::keymap::Action;
use crate::tui::pane::Pane;
use crate::tui::pane::document::places::bytes_of;
use crate::tui::ui::{Millis, Ui};

/// Bytes that a terminal is asked to take; more is cut off or dropped by many.
pub const MOST: usize = 54 * 1024;

impl Ui {
    /// Hands what an action means to the terminal.
    pub(super) fn copy(&mut self, action: Action, state: &State, now: Millis) -> Vec<Effect> {
        let found = match action {
            Action::CopyCode => last_code(state).map(|text| ("The code block".to_owned(), text)),
            Action::CopyPath => path(state).map(|text| (format!("The path {text}"), text)),
            Action::CopySql => self.sql(state),
            _ => self.of_pane(state),
        };
        let Some((what, text)) = found.filter(|(_, text)| !text.is_empty()) else {
            self.say("There is nothing here to copy.", now);
            return Vec::new();
        };
        if text.len() > MOST {
            let (has, most) = (text.len().div_ceil(1024), MOST / 1024);
            self.say(format!("{what} has {has} kB; a terminal's clipboard takes {most} kB. Nothing was sent."), now);
            return Vec::new();
        }
        // Whether the terminal takes it is not known: it does not answer.
        self.say(format!("{what} was sent to the terminal ({} bytes).", text.len()), now);
        vec![Effect::Copy(text)]
    }

    fn of_pane(&self, state: &State) -> Option<(String, String)> {
        match self.focus {
            Pane::Chat => last_answer(state).map(|text| ("The answer".to_owned(), text)),
            Pane::Document if state.review.is_some() => {
                let review = state.review.as_ref()?;
                let number = self.document.hunk();
                let part = bytes_of(&review.text, review.hunks.get(number)?.new.clone());
                Some((format!("Hunk {}", number + 1), review.text.get(part)?.to_owned()))
            }
            Pane::Problems => {
                let problem = self.problems.selected(state)?;
                Some(("The problem".to_owned(), diagnostic::plain(problem, shown_text(state), false)))
            }
            Pane::Components => {
                let shown = self.components.shown(&self.contracts);
                let contract = self.contracts.get(*shown.get(self.components.list.selected)?)?;
                Some(("The name of the component".to_owned(), contract.name.clone()))
            }
            Pane::Connections => Some(("The name of the connection".to_owned(), self.connections.selected(state)?)),
            Pane::Trace => {
                let span = self.trace.selected(state)?;
                Some(("The row of the trace".to_owned(), format!("{} {}", span.label, span.detail).trim().to_owned()))
            }
            Pane::Data => self.row_of_data(state).or_else(|| self.step(state)),
            Pane::Run => {
                let run = state.run.as_ref()?;
                Some(("The id of the run".to_owned(), run.id.clone()))
            }
            Pane::Document | Pane::Graph => self
                .step(state)
                .or_else(|| state.document.as_ref().map(|document| ("The document".to_owned(), document.text.clone()))),
        }
    }

    /// The selected step as it is written.
    fn step(&self, state: &State) -> Option<(String, String)> {
        let step = self.steps.all().get(self.steps.selected()?)?;
        let text = shown_text(state)?;
        let part = text.get(bytes_of(text, step.lines.clone()))?;
        Some((format!("Step {}", step.id), part.to_owned()))
    }

    /// The selected row: its values between tabs.
    fn row_of_data(&self, state: &State) -> Option<(String, String)> {
        let (_, LookState::Found(look)) = state.looks.of(self.steps.selected_id()?)? else { return None };
        let values = look.rows.get(self.data.selected()?)?;
        let plain = |value: &Option<String>| value.as_deref().unwrap_or_default().replace(['\t', '\n', '\r'], " ");
        Some(("The row".to_owned(), values.iter().map(plain).collect::<Vec<_>>().join("\t")))
    }

    /// The query of the selected step.
    fn sql(&self, state: &State) -> Option<(String, String)> {
        let at = self.steps.selected()?;
        let tree: serde_yaml::Value = serde_yaml::from_str(shown_text(state)?).ok()?;
        let config = tree.get("steps")?.get(at)?.get("config")?;
        let query = ["query", "sql"].iter().find_map(|key| config.get(*key)?.as_str())?;
        Some((format!("The SQL of {}", self.steps.all().get(at)?.id), query.to_owned()))
    }
}

/// The text that the document pane shows.
fn shown_text(state: &State) -> Option<&str> {
    let review = state.review.as_ref().map(|review| review.text.as_str());
    review.or(state.document.as_ref().map(|document| document.text.as_str()))
}

fn path(state: &State) -> Option<String> {
    let review = state.review.as_ref().map(|review| review.file.clone());
    review.or(state.document.as_ref().map(|document| document.file.clone()))
}

fn answers(state: &State) -> impl Iterator<Item = &str> {
    state.transcript.items.iter().rev().filter_map(|item| match &item.body {
        ItemBody::Answer(answer) if !answer.text.trim().is_empty() => Some(answer.text.as_str()),
        _ => None,
    })
}

fn last_answer(state: &State) -> Option<String> {
    answers(state).next().map(str::to_owned)
}

/// The last fenced block of code that the model wrote.
fn last_code(state: &State) -> Option<String> {
    answers(state).find_map(|text| {
        let mut last = None;
        let mut open: Option<(char, usize, String)> = None;
        for line in text.split_inclusive('\n') {
            let start = line.trim_start();
            let mark = start.chars().next().filter(|c| matches!(c, '`' | '~'));
            let fence = mark.map_or(0, |mark| start.chars().take_while(|c| *c == mark).count());
            match (&mut open, mark) {
                (Some((opened, long, _)), Some(mark)) if mark == *opened && fence >= *long => {
                    last = open.take().map(|(.., code)| code);
                }
                (Some((.., code)), _) => code.push_str(line),
                (None, Some(mark)) if fence >= 3 => open = Some((mark, fence, String::new())),
                (None, _) => {}
            }
        }
        // A block that is still being written counts.
        open.map(|(.., code)| code).or(last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scenes::{self, Script};
    use crate::tui::text::Highlighter;
    use crate::tui::theme::Theme;

    fn copied(ui: &mut Ui, action: Action, state: &State) -> Option<String> {
        match ui.copy(action, state, 0).pop() {
            Some(Effect::Copy(text)) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn each_pane_hands_over_what_is_selected_in_it() {
        let state = State::fold(&scenes::review());
        let mut ui = Ui::new(Theme::plain(), Highlighter::off());
        ui.steps.learn(&state);
        ui.steps.select("sum");
        assert_eq!(copied(&mut ui, Action::Copy, &state).as_deref(), Some(scenes::ANSWER));
        assert!(copied(&mut ui, Action::CopyCode, &state).unwrap().starts_with("name: orders-by-customer\n"));
        assert_eq!(copied(&mut ui, Action::CopyPath, &state).as_deref(), Some(scenes::FILE));
        assert!(copied(&mut ui, Action::CopySql, &state).unwrap().starts_with("SELECT customer, sum(total)"));
        ui.focus = Pane::Document;
        assert!(copied(&mut ui, Action::Copy, &state).unwrap().starts_with("oml_version"));
        ui.focus = Pane::Problems;
        let problem = copied(&mut ui, Action::Copy, &state).unwrap();
        assert!(problem.contains("unknown-config-key") && problem.contains("did you mean"), "{problem}");
        ui.focus = Pane::Graph;
        assert!(copied(&mut ui, Action::Copy, &state).unwrap().contains("- id: sum\n"));
        assert!(ui.notice.as_ref().unwrap().0.starts_with("Step sum was sent to the terminal ("));
    }

    #[test]
    fn what_is_not_there_or_too_large_is_said() {
        let mut script = Script::opened();
        script.said("go").requested(1, crate::agent::Purpose::Answer).delta(&"long ".repeat(MOST));
        let state = State::fold(&script.events);
        let mut ui = Ui::new(Theme::plain(), Highlighter::off());
        assert_eq!(copied(&mut ui, Action::Copy, &state), None);
        assert!(ui.notice.as_ref().unwrap().0.ends_with("takes 54 kB. Nothing was sent."));
        for focus in Pane::ALL {
            ui.focus = focus;
            for action in [Action::CopySql, Action::CopyPath, Action::CopyCode] {
                assert_eq!(copied(&mut ui, action, &state), None);
            }
        }
        assert_eq!(ui.notice.as_ref().unwrap().0, "There is nothing here to copy.");
    }
}
