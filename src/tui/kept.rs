//! What a screen showed when it was left, so that coming back to its session shows the same.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::tui::pane::Pane;
use crate::tui::pane::chat::Place;
use crate::tui::pane::composer::Composer;
use crate::tui::screen::Division;
use crate::tui::ui::Ui;

/// A larger file is something else.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// Screens of so many sessions are kept; the oldest go.
const MOST_SCREENS: usize = 200;

/// What is kept of a screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The pane with the focus, by its title.
    focus: String,
    /// The tab at the lower right.
    tab: String,
    zoomed: bool,
    division: Option<Division>,
    /// The message that was being written.
    draft: String,
    /// The step that was selected.
    step: Option<String>,
    /// Where in the conversation one was.
    chat: Place,
}

fn pane(title: &str) -> Option<Pane> {
    Pane::ALL.into_iter().find(|pane| pane.title() == title)
}

/// The file of a session's screen; nothing for an id that is no plain word.
fn file(folder: &Path, session: &str) -> Option<PathBuf> {
    let plain = !session.is_empty() && session.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then(|| folder.join(session).with_extension("json"))
}

impl Kept {
    /// What the screen shows now.
    pub fn of(ui: &Ui) -> Kept {
        Kept {
            focus: ui.focus.title().to_owned(),
            tab: ui.tab.title().to_owned(),
            zoomed: ui.zoomed,
            division: Some(ui.division),
            draft: ui.composer.message(),
            step: ui.steps.selected_id().map(str::to_owned),
            chat: ui.chat.place(),
        }
    }

    /// Makes the screen show it again. A draft that is there already stays.
    pub fn restore(self, ui: &mut Ui) {
        if let Some(tab) = pane(&self.tab).filter(|tab| tab.is_tab()) {
            ui.tab = tab;
        }
        if let Some(focus) = pane(&self.focus) {
            ui.focus(focus);
        }
        ui.zoomed = self.zoomed;
        ui.division = self.division.unwrap_or(ui.division);
        ui.division.widen(0);
        if ui.composer.is_empty() && !self.draft.is_empty() {
            ui.composer = Composer::with(&self.draft);
        }
        if let Some(step) = self.step {
            ui.steps.select(&step);
        }
        ui.chat.go_to(self.chat);
    }

    /// What was kept of a session's screen; what can't be read is nothing.
    pub fn read(folder: &Path, session: &str) -> Option<Kept> {
        let path = file(folder, session)?;
        std::fs::metadata(&path).ok().filter(|found| found.len() <= MOST_BYTES)?;
        serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
    }

    /// Keeps it. That it can't be is no reason to disturb anybody; it is logged.
    pub fn write(&self, folder: &Path, session: &str) {
        let Some(path) = file(folder, session) else { return };
        let written = std::fs::create_dir_all(folder).and_then(|()| {
            // A draft is nobody else's business: the file is readable by its owner alone.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            serde_json::to_writer(&mut file, self)?;
            file.flush()?;
            file.persist(path)?;
            tidy(folder)
        });
        if let Err(error) = written {
            tracing::warn!(%error, "the screen can't be kept");
        }
    }
}

/// Ids of sessions sort by their age.
fn tidy(folder: &Path) -> std::io::Result<()> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    if all.len() > MOST_SCREENS {
        all.sort();
        for old in &all[..all.len() - MOST_SCREENS] {
            std::fs::remove_file(old)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text::Highlighter;
    use crate::tui::theme::Theme;

    fn ui() -> Ui {
        Ui::new(Theme::load("dark", &[]).0, Highlighter::off())
    }

    #[test]
    fn a_screen_comes_back_as_it_was_left() {
        let dir = tempfile::tempdir().unwrap();
        let mut left = ui();
        left.focus(Pane::Run);
        left.focus(Pane::Document);
        left.zoomed = true;
        left.division.widen(12);
        left.composer = Composer::with("half a senten");
        left.steps.select("join");
        left.chat.go_to_start();
        Kept::of(&left).write(dir.path(), "01ABC");
        let mut back = ui();
        Kept::read(dir.path(), "01ABC").unwrap().restore(&mut back);
        assert_eq!(Kept::of(&back), Kept::of(&left));
        assert_eq!((back.focus, back.tab), (Pane::Document, Pane::Run));
        assert_eq!(Kept::read(dir.path(), "../01ABC"), None);
        std::fs::write(dir.path().join("01ABC.json"), "{\"focus\":\"Nowhere\",\"tab\":\"Chat\"}").unwrap();
        let mut plain = ui();
        Kept::read(dir.path(), "01ABC").unwrap().restore(&mut plain);
        assert_eq!((plain.focus, plain.tab), (Pane::Chat, Pane::Trace));
    }
}
