//! How a person likes the screen: its division and its theme, remembered for a workspace.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::tui::pane::Pane;

/// Percent of the width that the chat may have.
const CHAT: std::ops::RangeInclusive<u8> = 20..=80;
/// A larger file is something else.
const MOST_BYTES: u64 = 64 * 1024;

/// How a wide screen is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Division {
    /// Percent of the width for the chat.
    pub chat: u8,
    /// Percent of the height for the document; by itself where the focus is.
    pub upper: Option<u8>,
    /// The chat is shown only while it has the focus.
    pub chat_hidden: bool,
}

impl Default for Division {
    fn default() -> Division {
        Division { chat: 50, upper: None, chat_hidden: false }
    }
}

/// A division for a kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// How it divides.
    pub division: Division,
    /// The pane at the lower right.
    pub tab: Option<Pane>,
}

const fn preset(name: &'static str, chat: u8, upper: Option<u8>, tab: Option<Pane>) -> Preset {
    Preset { name, division: Division { chat, upper, chat_hidden: false }, tab }
}

/// The presets, in the order in which a key goes through them.
pub const PRESETS: [Preset; 5] = [
    preset("even", 50, None, None),
    preset("chat", 68, None, None),
    preset("review", 30, Some(75), Some(Pane::Problems)),
    preset("run", 30, Some(35), Some(Pane::Run)),
    preset("replay", 45, Some(50), Some(Pane::Trace)),
];

impl Division {
    /// The preset after this one; the first after a division of one's own.
    pub fn next(self) -> Preset {
        let at = PRESETS.iter().position(|p| p.division == self);
        PRESETS[at.map_or(0, |at| (at + 1) % PRESETS.len())]
    }

    /// Gives the chat more of the width, or less.
    pub fn widen(&mut self, percent: i8) {
        self.chat = self.chat.saturating_add_signed(percent).clamp(*CHAT.start(), *CHAT.end());
    }
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Liking {
    /// The theme that was chosen.
    pub theme: Option<String>,
    /// The division.
    pub division: Division,
}

impl Liking {
    /// What a file remembers; what can't be read is nothing.
    pub fn read(path: &Path) -> Liking {
        let small = std::fs::metadata(path).is_ok_and(|found| found.len() <= MOST_BYTES);
        let text = small.then(|| std::fs::read_to_string(path).ok()).flatten();
        let mut liking: Liking = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        liking.division.widen(0);
        liking.division.upper = liking.division.upper.map(|percent| percent.clamp(20, 80));
        liking
    }

    /// Writes it down. That it can't be is no reason to disturb anybody; it is logged.
    pub fn write(&self, path: &Path) {
        let written = serde_json::to_vec_pretty(self).map_err(std::io::Error::other).and_then(|json| {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(path, json)
        });
        if let Err(error) = written {
            tracing::warn!(%error, "how the screen is liked can't be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_liked_comes_back_and_what_is_broken_does_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/screen.json");
        assert_eq!(Liking::read(&path), Liking::default());
        let mut liking = Liking { theme: Some("nord".into()), ..Liking::default() };
        liking.division.widen(-5);
        liking.write(&path);
        assert_eq!(Liking::read(&path), liking);
        std::fs::write(&path, "{\"division\": {\"chat\": 255, \"upper\": 0}, \"more\": 1}").unwrap();
        let read = Liking::read(&path);
        assert_eq!((read.division.chat, read.division.upper), (80, Some(20)));
        std::fs::write(&path, "nonsense").unwrap();
        assert_eq!(Liking::read(&path), Liking::default());
    }

    #[test]
    fn a_key_goes_round_the_presets() {
        let mut division = Division::default();
        let names: Vec<&str> = (0..5)
            .map(|_| {
                let next = division.next();
                division = next.division;
                next.name
            })
            .collect();
        assert_eq!(names, ["chat", "review", "run", "replay", "even"]);
        division.widen(7);
        assert_eq!(division.next().name, "even");
    }
}
