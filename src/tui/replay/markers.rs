//! The person's markers in a recording: kept in a file of their own, because a recording is never changed.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Markers of one recording.
const MOST: usize = 1_000;
/// Longest name, in characters.
const NAME_CHARS: usize = 80;
/// A file larger than this is something else.
const MOST_BYTES: u64 = 1 << 20;

/// A place with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// After so many events.
    pub event: usize,
    /// What the person calls it; may be empty.
    pub name: String,
}

/// Those of one recording.
#[derive(Debug, Default)]
pub struct Markers {
    path: Option<PathBuf>,
    all: Vec<Marker>,
}

impl Markers {
    /// Those that a file remembers; what can't be read is none.
    pub fn open(path: Option<PathBuf>, events: usize) -> Markers {
        let read = |path: &Path| {
            let small = std::fs::metadata(path).is_ok_and(|found| found.len() <= MOST_BYTES);
            let text = small.then(|| std::fs::read_to_string(path).ok()).flatten()?;
            serde_json::from_str::<Vec<Marker>>(&text).ok()
        };
        let mut all = path.as_deref().and_then(read).unwrap_or_default();
        all.retain(|marker| marker.event <= events);
        for marker in &mut all {
            marker.name = name(&marker.name);
        }
        all.sort_by_key(|marker| marker.event);
        all.dedup_by_key(|marker| marker.event);
        all.truncate(MOST);
        Markers { path, all }
    }

    /// In order.
    pub fn all(&self) -> &[Marker] {
        &self.all
    }

    /// The one here.
    pub fn at(&self, event: usize) -> Option<&Marker> {
        self.all.iter().find(|marker| marker.event == event)
    }

    /// Sets one, or gives the one here another name. Returns what is to be said.
    pub fn set(&mut self, event: usize, called: &str) -> Option<String> {
        let marker = Marker { event, name: name(called) };
        match self.all.binary_search_by_key(&event, |marker| marker.event) {
            Ok(at) => self.all[at] = marker,
            Err(_) if self.all.len() >= MOST => return Some(format!("There are {MOST} markers; that is enough.")),
            Err(at) => self.all.insert(at, marker),
        }
        self.write()
    }

    /// Takes the one here away.
    pub fn remove(&mut self, event: usize) -> bool {
        let before = self.all.len();
        self.all.retain(|marker| marker.event != event);
        self.write();
        self.all.len() < before
    }

    fn write(&self) -> Option<String> {
        let Some(path) = &self.path else {
            return Some("Marked until the player is left: there is no workspace to remember it in.".to_owned());
        };
        let written = serde_json::to_vec(&self.all).map_err(std::io::Error::other).and_then(|json| {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(path, json)
        });
        written.err().map(|error| format!("Marked until the player is left: the marker can't be written ({error})."))
    }
}

fn name(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_come_back_and_what_is_broken_does_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("markers/x.json");
        let mut markers = Markers::open(Some(path.clone()), 10);
        assert_eq!(markers.set(7, "the \u{1b}[2Jfault\n here"), None);
        assert_eq!((markers.set(3, ""), markers.set(7, "the fault")), (None, None));
        let again = Markers::open(Some(path.clone()), 10);
        assert_eq!(again.all(), markers.all());
        assert_eq!(again.at(7).map(|m| m.name.as_str()), Some("the fault"));
        assert_eq!(Markers::open(Some(path.clone()), 5).all().len(), 1, "not beyond the end");
        assert!(markers.remove(3) && !markers.remove(3));
        std::fs::write(&path, "nonsense").unwrap();
        assert!(Markers::open(Some(path), 10).all().is_empty());
        assert!(Markers::open(None, 10).set(1, "x").is_some_and(|said| said.contains("until")));
    }
}
