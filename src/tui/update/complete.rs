//! The completion of mentions and of `/words` in the composer.

use super::Effect;
use crate::agent::{MentionKind, Named};
use crate::session::talk::TalkCommand;
use crate::session::{Command, State};
use crate::tui::keymap::{Action, slash};
use crate::tui::modal::chooser::Chosen;
use crate::tui::pane::Pane;
use crate::tui::pane::completion::{self, Candidate, Completion};
use crate::tui::pane::editing::Kind;
use crate::tui::ui::{Millis, Ui};

impl Ui {
    /// Opens, narrows or closes the window after the text or the cursor has changed.
    pub(super) fn complete_again(&mut self, before: (u64, usize), state: &State) {
        let editing = &self.composer.editing;
        if (editing.revision(), editing.cursor()) == before && self.focus == Pane::Chat {
            return;
        }
        let moved = editing.revision() == before.0;
        let (text, cursor) = (editing.text(), editing.cursor());
        let written = completion::written(text, cursor).filter(|_| self.focus == Pane::Chat && self.replay.is_none());
        let Some(written) = written else {
            (self.completion, self.no_completion) = (None, None);
            return;
        };
        // Walking through a text opens nothing.
        if self.no_completion == Some(written.range.start) || moved && self.completion.is_none() {
            return;
        }
        if self.completion.is_none() && !written.slash {
            self.around.want();
        }
        self.completion = Completion::of(text, &written, || self.candidates(state));
    }

    /// Everything that can be mentioned.
    fn candidates(&self, state: &State) -> Vec<Candidate> {
        let named = |kind: MentionKind, name: &str, about: String| Candidate {
            insert: Named { kind, name: name.to_owned() }.token(),
            about,
        };
        let steps = self.steps.all().iter().filter(|step| !step.id.is_empty());
        let mut all: Vec<Candidate> =
            steps.map(|step| named(MentionKind::Step, &step.id, format!("step, {}", step.component))).collect();
        all.extend(
            state
                .diagnostics
                .iter()
                .enumerate()
                .map(|(n, problem)| named(MentionKind::Problem, &(n + 1).to_string(), problem.message.clone())),
        );
        let connection = |reference: &str| Candidate { insert: reference.to_owned(), about: "connection".to_owned() };
        all.extend(self.connections.all.iter().map(|c| connection(&c.reference)));
        let seen = state.discoveries.iter().flat_map(|shown| {
            let connection = shown.connection.trim_start_matches('@');
            shown.tables.iter().map(move |table| format!("{connection}/{table}"))
        });
        let mut tables: Vec<String> = self.around.tables.iter().cloned().chain(seen).collect();
        tables.sort_unstable();
        tables.dedup();
        all.extend(tables.iter().map(|table| named(MentionKind::Table, table, "table".to_owned())));
        all.extend(self.around.files.iter().map(|file| named(MentionKind::File, file, "file".to_owned())));
        all.extend(self.around.components.iter().map(|c| named(MentionKind::Component, c, "component".to_owned())));
        all
    }

    /// What a key does to the window; `None` where it is none of its.
    pub(super) fn complete(&mut self, action: Action, state: &State, now: Millis) -> Option<Vec<Effect>> {
        let completion = self.completion.as_mut()?;
        match action {
            Action::NextCompletion => completion.move_by(1),
            Action::PreviousCompletion => completion.move_by(-1),
            Action::CloseCompletion => {
                self.no_completion = Some(completion.start());
                self.completion = None;
            }
            Action::Complete | Action::CompleteOrSend => {
                let (range, insert) = completion.chosen()?;
                let whole = insert.to_owned();
                let sends = action == Action::CompleteOrSend && whole.starts_with('/') && !whole.ends_with(' ');
                let same = self.composer.editing.text().get(range.clone()) == Some(whole.as_str());
                self.completion = None;
                if !same {
                    let space = if whole.starts_with('@') { " " } else { "" };
                    self.composer.editing.replace(range, &format!("{whole}{space}"), Kind::Other);
                }
                self.no_completion = Some(usize::MAX);
                if sends || same && action == Action::CompleteOrSend {
                    return Some(self.talk(Action::Send, state, now));
                }
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Carries out what a message asks for that begins with `/`; `None` where it is a message.
    pub(super) fn slash(&mut self, message: &str, state: &State, now: Millis) -> Option<Vec<Effect>> {
        let (action, behind) = match slash::parse(message)? {
            Ok(found) => found,
            Err(problem) => {
                let fix = problem.fix.map(|fix| format!("; {}", fix.text)).unwrap_or_default();
                self.say(format!("{}{fix}", problem.message), now);
                return Some(Vec::new());
            }
        };
        self.composer.sent();
        self.completion = None;
        Some(match (action, behind) {
            (Action::Themes, Some(name)) if self.themes.contains(&name) => self.chosen(Chosen::Theme(name), state, now),
            (Action::Themes, Some(name)) => {
                self.say(format!("There is no theme `{name}`; /theme alone lists them."), now);
                Vec::new()
            }
            (Action::Export, file @ Some(_)) => vec![Effect::Send(Command::Talk(TalkCommand::Export { file }))],
            (Action::Models, Some(name)) => self.chosen(Chosen::Model(name), state, now),
            (Action::OpenDocument, Some(file)) => self.chosen(Chosen::Document(file), state, now),
            (action, _) => self.act(action, None, true, state, now),
        })
    }
}
