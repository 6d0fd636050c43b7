//! A list that is narrowed by typing: documents, versions of one, themes, and every action that there is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::picker::when;
use super::window;
use crate::session::State;
use crate::session::rewind::Files;
use crate::session::state::{Origin, Version};
use crate::session::talk::OfferedModel;
use crate::tui::keymap::{Action, Context, Keymap};
use crate::tui::pane::list::List;
use crate::tui::replay::Marker;
use crate::tui::text::{Fuzzy, clean_line, fuzzy, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;
use crate::tui::view::words::tokens;

/// What choosing an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Carry out this action.
    Action(Action),
    /// Make this file the document.
    Document(String),
    /// Make a proposal of the version that this event told.
    Version(u64),
    /// Wear this theme.
    Theme(String),
    /// Ask this model.
    Model(String),
    /// Begin a branch after this event, or go back to it.
    Point {
        /// The event.
        at: u64,
        /// Whether to go back.
        rewind: bool,
    },
    /// Go back, and do this with the files.
    Files {
        /// The event.
        at: u64,
        /// What becomes of them.
        files: Files,
    },
    /// Go to the marker after so many events.
    Marker(usize),
}

/// Something to choose.
#[derive(Clone, Debug)]
struct Entry {
    label: String,
    detail: String,
    chosen: Chosen,
}

/// A list to choose from.
#[derive(Debug)]
pub struct Chooser {
    title: &'static str,
    /// What stands there when there is nothing to choose.
    none: &'static str,
    entries: Vec<Entry>,
    typed: String,
    /// The entries that fit what is typed, the best first.
    fitting: Vec<usize>,
    list: List,
}

impl Chooser {
    /// The documents of the workspace.
    pub fn documents(files: &[String]) -> Chooser {
        let entry = |file: &String| Entry {
            label: clean_line(file).into_owned(),
            detail: String::new(),
            chosen: Chosen::Document(file.clone()),
        };
        Chooser::new("Open a document", "There is no pipeline in the workspace yet.", files.iter().map(entry).collect())
    }

    /// The themes; the one that is worn stands first.
    pub fn themes(names: &[String], worn: &str) -> Chooser {
        let entry = |name: &String| Entry {
            label: clean_line(name).into_owned(),
            detail: if name == worn { "worn now".to_owned() } else { String::new() },
            chosen: Chosen::Theme(name.clone()),
        };
        let (mut first, others): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| *name == worn);
        first.extend(others);
        Chooser::new("Themes", "There is no theme.", first.into_iter().map(entry).collect())
    }

    /// The models, as far as they are known.
    pub fn models(state: &State) -> Chooser {
        let now = state.model.as_ref().map_or("", |model| model.name.as_str());
        let entry = |model: &OfferedModel| {
            let mut about = Vec::new();
            about.extend((model.name == now).then(|| "asked now".to_owned()));
            about.extend(model.terms.context_tokens.map(|window| format!("{} tokens", tokens(window))));
            if let Some(prices) = &model.terms.prices {
                let price =
                    |millionths: u64| format!("{}.{:02}", millionths / 1_000_000, millionths % 1_000_000 / 10_000);
                about.push(format!("{} in, {} out {}", price(prices.input), price(prices.output), prices.currency));
            }
            about.extend((!model.configured).then(|| "the server lists it".to_owned()));
            let label = clean_line(&model.name).into_owned();
            Entry {
                label,
                detail: clean_line(&about.join(", ")).into_owned(),
                chosen: Chosen::Model(model.name.clone()),
            }
        };
        let (models, problem) = &state.models;
        let title = if problem.is_some() { "Models (the server lists none)" } else { "Models" };
        Chooser::new(title, "The models are being looked up.", models.iter().map(entry).collect())
    }

    /// Takes in that the models are known better, where it lists models.
    pub fn know_models(&mut self, state: &State) {
        if !self.title.starts_with("Models") {
            return;
        }
        let known = Chooser::models(state);
        if known.entries.len() != self.entries.len() || known.title != self.title {
            let (typed, selected) = (std::mem::take(&mut self.typed), self.list.selected);
            *self = Chooser { typed, ..known };
            self.narrow();
            self.list.select(selected);
        }
    }

    /// The theme that is selected, where there are themes to choose from.
    pub fn theme(&self) -> Option<&str> {
        let entry = self.fitting.get(self.list.selected).and_then(|n| self.entries.get(*n))?;
        match &entry.chosen {
            Chosen::Theme(name) => Some(name),
            _ => None,
        }
    }

    /// The theme that was worn when the list was opened.
    pub fn worn(&self) -> Option<&str> {
        match &self.entries.first()?.chosen {
            Chosen::Theme(name) => Some(name),
            _ => None,
        }
    }

    /// The versions of the document, newest first.
    pub fn versions(state: &State) -> Chooser {
        let file = state.document.as_ref().map_or("", |d| d.file.as_str());
        let now = state.document.as_ref().map(|d| d.text.as_str());
        let entry = |version: &Version| {
            let how = match &version.origin {
                Origin::Found => "found on disk".to_owned(),
                Origin::Applied(proposal) => format!("proposal {proposal} applied"),
                Origin::Edited => "edited by hand".to_owned(),
                Origin::Restored => "a write taken back".to_owned(),
            };
            let size = match &version.text {
                Some(text) if Some(&**text) == now => "as it is now".to_owned(),
                Some(text) => format!("{} lines", text.lines().count()),
                None => "in the journal only".to_owned(),
            };
            let label = format!("{}  {how}", when(version.wall_ms));
            Entry { label, detail: size, chosen: Chosen::Version(version.seq) }
        };
        let entries = state.versions.of(file).map(entry).collect();
        Chooser::new("Versions of the document", "The session has not seen a document yet.", entries)
    }

    /// The points to branch at: before each turn, the last one first, and where the session is now.
    pub fn points(turns: &[(u64, String)], now: u64, rewind: bool) -> Chooser {
        let numbered = turns.iter().enumerate().map(|(n, turn)| (n + 1, turn)).rev();
        let entry = |(turn, (at, said)): (usize, &(u64, String))| Entry {
            label: format!(
                "Before turn {turn}: {}",
                clean_line(&said.split_whitespace().collect::<Vec<_>>().join(" "))
            ),
            detail: format!("event {at}"),
            chosen: Chosen::Point { at: *at, rewind },
        };
        let here = Entry {
            label: "Here, with everything there is".to_owned(),
            detail: format!("event {now}"),
            chosen: Chosen::Point { at: now, rewind },
        };
        let entries = (!rewind).then_some(here).into_iter().chain(numbered.map(entry)).collect();
        let title = if rewind { "Go back to" } else { "Fork the session" };
        Chooser::new(title, "Nothing was said yet.", entries)
    }

    /// What may become of the files that were written after the point that is gone back to.
    pub fn files(at: u64) -> Chooser {
        let entry = |files, label: &str, detail: &str| Entry {
            label: label.to_owned(),
            detail: detail.to_owned(),
            chosen: Chosen::Files { at, files },
        };
        let entries = vec![
            entry(Files::Restore, "Files as they were then", "refused where somebody else changed them"),
            entry(Files::Keep, "Leave the files as they are", "their version of then becomes a proposal"),
            entry(
                Files::Overwrite,
                "Files as they were, whoever changed them",
                "what they hold now can be brought back",
            ),
        ];
        Chooser::new("The files that were written since", "", entries)
    }

    /// The markers of a recording.
    pub fn markers(markers: &[Marker]) -> Chooser {
        let entry = |marker: &Marker| Entry {
            label: if marker.name.is_empty() { "(no name)".to_owned() } else { clean_line(&marker.name).into_owned() },
            detail: format!("event {}", marker.event),
            chosen: Chosen::Marker(marker.event),
        };
        Chooser::new("Markers", "There is no marker yet; {replay mark} sets one.", markers.iter().map(entry).collect())
    }

    /// The actions that can be taken in these contexts, with their keys; those without a key too.
    pub fn actions(keymap: &Keymap, contexts: &[Context]) -> Chooser {
        let mut actions: Vec<Action> = Vec::new();
        let all = |context: &Context| {
            let context = *context;
            keymap.of(context).chain(Keymap::default_keys().of(context)).map(|b| b.action).collect::<Vec<_>>()
        };
        for action in contexts.iter().flat_map(all) {
            let other = matches!(action, Action::Palette | Action::SeekTenth);
            if !other && !actions.contains(&action) {
                actions.push(action);
            }
        }
        let entry = |action: Action| Entry {
            label: action.doc().to_owned(),
            detail: keymap.key_of(contexts, action).unwrap_or_default(),
            chosen: Chosen::Action(action),
        };
        Chooser::new("Actions", "There is nothing to do.", actions.into_iter().map(entry).collect())
    }

    fn new(title: &'static str, none: &'static str, entries: Vec<Entry>) -> Chooser {
        let fitting = (0..entries.len()).collect();
        Chooser { title, none, entries, typed: String::new(), fitting, list: List::default() }
    }

    /// Types a character.
    pub fn type_char(&mut self, c: char) {
        if fuzzy::type_char(&mut self.typed, c) {
            self.narrow();
        }
    }

    fn narrow(&mut self) {
        let text = |entry: &Entry| format!("{} {}", entry.label, entry.detail);
        self.fitting = Fuzzy::new(&self.typed).rank(self.entries.iter().map(text));
        self.list = List::default();
    }

    /// Takes an action in; `Some(None)` closes the list.
    pub fn act(&mut self, action: Action) -> Option<Option<Chosen>> {
        let count = self.fitting.len();
        match action {
            Action::FilterBack => {
                self.typed.pop();
                self.narrow();
            }
            Action::Open => {
                let chosen = self.fitting.get(self.list.selected)?;
                return Some(Some(self.entries[*chosen].chosen.clone()));
            }
            Action::Close => return Some(None),
            action => drop(self.list.act(action, count)),
        }
        None
    }

    /// Draws it; returns where the cursor stands.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, keymap: &Keymap, theme: &Theme) -> Option<Position> {
        let rows = u16::try_from(self.entries.len().clamp(1, 20) + 1).unwrap_or(21);
        let wanted = self.entries.iter().map(|e| width(&e.label) + width(&e.detail) + 5).max().unwrap_or(0);
        let columns = u16::try_from(wanted.clamp(60, 90)).unwrap_or(90);
        let foot = keymap.fill("type to find, {chooser open} takes it, {chooser close} leaves");
        let inner = window::open(area, buf, (columns, rows), self.title, &foot, theme);
        let columns = usize::from(inner.width);
        let mark = theme.glyphs().focus;
        let cursor = window::typed(inner, buf, &self.typed, theme);
        if self.fitting.is_empty() {
            let text = if self.entries.is_empty() { self.none } else { "Nothing fits." };
            canvas::put(buf, inner, 1, &Line::styled(keymap.fill(text), theme.style(Scope::Dim)));
        }
        let below = Rect { y: inner.y + inner.height.min(1), height: inner.height.saturating_sub(1), ..inner };
        for (y, n) in self.list.window(self.fitting.len(), usize::from(below.height)).enumerate() {
            let entry = &self.entries[self.fitting[n]];
            let selected = n == self.list.selected;
            let focus = if selected { mark } else { " " };
            let left = vec![
                Span::styled(focus, theme.style(Scope::RuleFocused)),
                Span::styled(entry.label.clone(), theme.style(Scope::Text)),
            ];
            let right = vec![Span::styled(format!("  {}", entry.detail), theme.style(Scope::StatusKey))];
            canvas::put(buf, below, y, &canvas::justified(columns, left, right));
            if selected {
                canvas::paint(buf, below, y, theme.style(Scope::ListSelected));
            }
        }
        cursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_narrows_and_the_best_comes_first() {
        let files = ["pipelines/orders.yaml", "pipelines/revenue.yaml", "pipelines/old/revenue.yaml"];
        let mut chooser = Chooser::documents(&files.map(str::to_owned));
        for c in "revenue".chars() {
            chooser.type_char(c);
        }
        assert_eq!(chooser.fitting.len(), 2);
        assert_eq!(chooser.act(Action::Open), Some(Some(Chosen::Document(files[1].to_owned()))));
        chooser.type_char('?');
        assert_eq!(chooser.act(Action::Open), None);
        chooser.act(Action::FilterBack);
        chooser.act(Action::Down);
        assert_eq!(chooser.act(Action::Open), Some(Some(Chosen::Document(files[2].to_owned()))));
        assert_eq!(chooser.act(Action::Close), Some(None));
    }

    #[test]
    fn every_action_of_the_contexts_is_there_once() {
        let mut chooser = Chooser::actions(&Keymap::default(), &[Context::Review, Context::Pane, Context::Global]);
        let accept = |c: &Chooser| c.entries.iter().filter(|e| e.chosen == Chosen::Action(Action::AcceptHunk)).count();
        assert_eq!(accept(&chooser), 1);
        for c in "reject hunk".chars() {
            chooser.type_char(c);
        }
        assert_eq!(chooser.act(Action::Open), Some(Some(Chosen::Action(Action::RejectHunk))));
    }
}
