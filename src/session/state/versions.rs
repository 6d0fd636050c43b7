//! The versions of files that the session wrote or saw: what can be gone back to.

use std::sync::Arc;

use serde::Serialize;

/// Bytes of texts that are held in memory; the journal has them all.
const MOST_BYTES: usize = 32 << 20;

/// How a version came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Origin {
    /// It was there.
    Found,
    /// Hunks of this proposal were written.
    Applied(u32),
    /// It was edited by hand.
    Edited,
    /// A former version was brought back.
    Restored,
}

/// What a file held from some moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Number of the event that tells it: with the file, its identity.
    pub seq: u64,
    /// When, milliseconds since 1970.
    pub wall_ms: i64,
    /// The file, relative to the workspace.
    pub file: String,
    /// How it came to be.
    pub origin: Origin,
    /// What the file held; `None` where it is in the journal only.
    #[serde(skip)]
    pub text: Option<Arc<str>>,
}

/// A write that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The file.
    pub file: String,
    /// What it held before; `None` where there was no file.
    pub before: Option<Arc<str>>,
    /// What it holds since.
    pub after: Arc<str>,
}

/// The versions of a session, and the writes that can be taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Versions {
    /// Oldest first.
    pub all: Vec<Version>,
    #[serde(skip)]
    writes: Vec<Write>,
    #[serde(skip)]
    bytes: usize,
}

/// When and where something happened.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub seq: u64,
    pub wall_ms: i64,
    pub file: &'a str,
}

impl Versions {
    /// The versions of a file, newest first.
    pub fn of<'a>(&'a self, file: &'a str) -> impl Iterator<Item = &'a Version> {
        self.all.iter().rev().filter(move |v| v.file == file)
    }

    /// The version of a file that an event told.
    pub fn find(&self, file: &str, seq: u64) -> Option<&Version> {
        self.all.iter().rev().find(|v| v.seq == seq && v.file == file)
    }

    /// The last write of a file that was not taken back.
    pub fn last_write(&self, file: &str) -> Option<&Write> {
        self.writes.iter().rev().find(|w| w.file == file)
    }

    /// A file was seen.
    pub(super) fn saw(&mut self, at: At<'_>, text: &str) {
        self.push(at, Origin::Found, text);
    }

    /// A file was written.
    pub(super) fn wrote(&mut self, at: At<'_>, origin: Origin, before: Option<&str>, text: &str) {
        if let Some(before) = before {
            // It is known since then at the latest.
            self.push(At { seq: at.seq.saturating_sub(1), ..at }, Origin::Found, before);
        }
        let write = Write { file: at.file.to_owned(), before: before.map(Arc::from), after: Arc::from(text) };
        self.push(at, origin, text);
        self.writes.push(write);
    }

    /// The last write of a file was taken back.
    pub(super) fn took_back(&mut self, at: At<'_>, text: Option<&str>) {
        if let Some(n) = self.writes.iter().rposition(|w| w.file == at.file) {
            self.writes.remove(n);
        }
        if let Some(text) = text {
            self.push(at, Origin::Restored, text);
        }
    }

    fn push(&mut self, At { seq, wall_ms, file }: At<'_>, origin: Origin, text: &str) {
        if self.of(file).next().is_some_and(|last| last.text.as_deref() == Some(text)) {
            return;
        }
        self.bytes += text.len();
        self.all.push(Version { seq, wall_ms, file: file.to_owned(), origin, text: Some(Arc::from(text)) });
        let mut oldest = self.all.iter_mut();
        while self.bytes > MOST_BYTES
            && let Some(version) = oldest.next()
        {
            self.bytes -= version.text.take().map_or(0, |text| text.len());
        }
        // A write holds two texts; those that reach back furthest go first.
        let held = |writes: &[Write]| {
            writes.iter().map(|w| w.after.len() + w.before.as_ref().map_or(0, |b| b.len())).sum::<usize>()
        };
        while held(&self.writes) > MOST_BYTES {
            self.writes.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: u64) -> At<'static> {
        At { seq, wall_ms: 0, file: "f" }
    }

    #[test]
    fn each_version_is_there_once_and_writes_are_taken_back_in_turn() {
        let mut v = Versions::default();
        v.saw(at(1), "one");
        v.saw(at(2), "one");
        v.wrote(at(4), Origin::Applied(1), Some("one"), "two");
        v.wrote(at(6), Origin::Edited, Some("two"), "three");
        let texts = |v: &Versions| v.of("f").map(|v| v.text.clone().unwrap().to_string()).collect::<Vec<_>>();
        assert_eq!(texts(&v), ["three", "two", "one"]);
        let back = |v: &Versions| v.last_write("f").and_then(|w| w.before.clone()).map(|t| t.to_string());
        assert_eq!(back(&v).as_deref(), Some("two"));
        v.took_back(at(7), Some("two"));
        assert_eq!(back(&v).as_deref(), Some("one"));
        v.took_back(at(8), Some("one"));
        assert_eq!((back(&v), v.last_write("f")), (None, None));
        assert_eq!(texts(&v), ["one", "two", "three", "two", "one"]);
        assert_eq!(v.find("f", 6).map(|v| v.origin.clone()), Some(Origin::Edited));
        assert!(v.find("g", 6).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let mut v = Versions::default();
        let big = |n: usize| n.to_string().repeat(4 << 20);
        for n in 0..9 {
            v.wrote(at(n as u64 * 2), Origin::Edited, Some(&big(n)), &big(n + 1));
        }
        assert!(v.bytes <= MOST_BYTES && v.of("f").next().unwrap().text.is_some());
        assert_eq!(v.all.iter().filter(|v| v.text.is_none()).count() + v.bytes / (4 << 20), v.all.len());
        assert!(v.writes.len() < 9);
    }
}
