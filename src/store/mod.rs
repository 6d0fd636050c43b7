//! The store: sled, its trees, keys and codecs.
//!
//! Owns: where and how events lie on disk, who may open the store, and what to say when it can't be
//! opened. Does not own: what an event means (`session`); values are bytes here.
//!
//! One process owns a store. Whoever comes second reaches it over the socket of the first ([`Store::reach`]),
//! or is told who holds it.

pub mod codes;
mod owner;
mod pack;
mod reach;
mod remote;
mod trash;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::diagnostic::Diagnostic;
pub use owner::{Note, holder, note};
use pack::Unpacked;
pub use reach::connect;
pub use remote::{Ask, Given};
use tree::{Batch, Db, Pair, Tree};

/// Trees, named in one place.
const EVENTS: &str = "events";
const SESSIONS: &str = "sessions";
const META: &str = "meta";
/// What discovery found: values begin with the time, so that the oldest are found without reading them.
const DISCOVERIES: &str = "discoveries";
/// The key of the last discovery of each connection.
const LAST_DISCOVERIES: &str = "last-discoveries";
/// Those that another process may ask for.
const SHARED: [&str; 6] = [EVENTS, SESSIONS, DISCOVERIES, LAST_DISCOVERIES, TRASH, MESSAGES];

/// When sessions were deleted: milliseconds since 1970, big-endian, by id.
const TRASH: &str = "trash";
/// The messages that were sent, in the order of their time.
const MESSAGES: &str = "messages";
/// Messages that are kept.
const MOST_MESSAGES: usize = 1000;

/// The version of the layout of trees and keys; written once, checked at each opening.
const LAYOUT_VERSION: u8 = 1;
const LAYOUT_KEY: &[u8] = b"layout";

/// The first byte of each value: the codec of what follows. 1 = JSON, 2 = a block of events.
const CODEC_JSON: u8 = 1;
const CODEC_PACK: u8 = 2;

/// sled keeps this much of the tree in memory; sessions are read once and appended to.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// An open store. Clones share it; it closes with the last.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    events: Tree,
    sessions: Tree,
    discoveries: Tree,
    last_discoveries: Tree,
    messages: Tree,
    trash: Tree,
    path: PathBuf,
    /// Grows with everything that a list of sessions shows.
    revision: Arc<AtomicU64>,
}

/// The store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// sled said no: a full disk, a broken file.
    #[error("{0}")]
    Sled(#[from] sled::Error),
    /// A value is not what this version writes.
    #[error("a value of the store has the unknown format {0}; it was written by a newer version")]
    Codec(u8),
    /// A block of events can't be written or read.
    #[error("a block of events of the session: {0}")]
    Block(&'static str),
    /// The process that has the store is gone or could not do it.
    #[error("the process that has the store: {0}")]
    Remote(String),
}

impl Store {
    /// Opens or makes the store in folder `path`.
    ///
    /// # Errors
    /// `store-held` when another process has it, `store-unreadable` when it can't be read,
    /// `store-newer` when a newer version wrote it.
    pub fn open(path: &Path) -> Result<Store, Diagnostic> {
        let shown = path.display().to_string();
        std::fs::create_dir_all(path).map_err(|e| unreadable(&shown, &e.to_string()))?;
        let config = sled::Config::new()
            .path(path)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .print_profile_on_drop(false);
        // sled may panic on files that were damaged from outside; that must not take the screen along.
        let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| config.open()));
        let db = match opened {
            Ok(Ok(db)) => db,
            Ok(Err(error)) => return Err(owner::refused(path, &error)),
            Err(_) => return Err(unreadable(&shown, "its files are damaged")),
        };
        owner::write(path);
        let meta = db.open_tree(META).map_err(|e| unreadable(&shown, &e.to_string()))?;
        match meta.get(LAYOUT_KEY).map_err(|e| unreadable(&shown, &e.to_string()))? {
            None => {
                meta.insert(LAYOUT_KEY, &[LAYOUT_VERSION]).map_err(|e| unreadable(&shown, &e.to_string()))?;
            }
            Some(found) if found.first() == Some(&LAYOUT_VERSION) => {}
            Some(found) => {
                let version = found.first().copied().unwrap_or_default();
                return Err(Diagnostic::error(
                    "store-newer",
                    format!("the store has layout {version}, this program knows {LAYOUT_VERSION}"),
                )
                .source(shown)
                .why("a newer version of Pipesmith wrote it, and reading it with an older one could lose something")
                .fix("use that newer version, or move the folder away to begin a new store"));
            }
        }
        Store::of(Db::Local(db), path).map_err(|e| unreadable(&shown, &e.to_string()))
    }

    fn of(db: Db, path: &Path) -> Result<Store, StoreError> {
        Ok(Store {
            events: db.tree(EVENTS)?,
            sessions: db.tree(SESSIONS)?,
            discoveries: db.tree(DISCOVERIES)?,
            last_discoveries: db.tree(LAST_DISCOVERIES)?,
            messages: db.tree(MESSAGES)?,
            trash: db.tree(TRASH)?,
            db,
            path: path.to_owned(),
            revision: Arc::default(),
        })
    }

    /// Answers what another process asks. A store that is reached over a socket itself answers nothing.
    pub fn answer(&self, ask: Ask) -> Given {
        let Db::Local(db) = &self.db else { return Given::Failed("this process has no store".to_owned()) };
        if matches!(ask, Ask::Revision) {
            return Given::Number(self.revision());
        }
        if ask.changes_lists() {
            self.revision.fetch_add(1, Ordering::Relaxed);
        }
        tree::answer(db, &SHARED, ask).unwrap_or_else(|error| Given::Failed(error.to_string()))
    }

    /// Another number when something that a list of sessions shows was written by way of the store's owner.
    pub fn revision(&self) -> u64 {
        match &self.db {
            Db::Local(_) => self.revision.load(Ordering::Relaxed),
            Db::Remote(remote) => remote.revision(),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds events of a session: number and JSON. They are on disk when this returns.
    pub fn append<'a>(
        &self,
        session: &str,
        events: impl IntoIterator<Item = (u64, &'a [u8])>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (seq, json) in events {
            batch.insert(event_key(session, seq), encode(json));
        }
        self.events.apply_batch(batch)?;
        self.db.flush()?;
        Ok(())
    }

    /// Adds all events of a session that is not there yet, from number 1 on; whole blocks as one value. They are on
    /// disk with the next [`Store::append`] or [`Store::flush`].
    pub fn keep(&self, session: &str, events: &[(u64, String)]) -> Result<(), StoreError> {
        for block in events.chunks(usize::try_from(pack::BLOCK).unwrap_or(usize::MAX)) {
            let mut batch = Batch::default();
            match (block.first(), block.last()) {
                (Some((first, _)), Some((last, _)))
                    if pack::ends(*first, *last).eq([*last])
                        && block.iter().map(|(seq, _)| *seq).eq(*first..=*last) =>
                {
                    let packed = pack::pack(*first, block.iter().map(|(_, json)| json.as_bytes()))?;
                    batch.insert(event_key(session, *last), packed);
                }
                _ => block.iter().for_each(|(seq, json)| {
                    batch.insert(event_key(session, *seq), encode(json.as_bytes()));
                }),
            }
            self.events.apply_batch(batch)?;
        }
        Ok(())
    }

    /// Puts the events of a session together, block by block, as far as whole blocks are there: nothing that is read
    /// changes by it. Only the process that has the store does so.
    pub fn pack(&self, session: &str) -> Result<(), StoreError> {
        if !matches!(self.db, Db::Local(_)) {
            return Ok(());
        }
        let Some((last, _)) = self.last_event(session)? else { return Ok(()) };
        let packed = |end: &u64| match self.events.get(&event_key(session, *end)) {
            Ok(value) => value.is_some_and(|value| value.first() == Some(&CODEC_PACK)),
            Err(_) => false,
        };
        let all: Vec<u64> = pack::ends(1, last).collect();
        let open = all.iter().rposition(packed).map_or(0, |at| at + 1);
        for end in &all[open..] {
            let first = end + 1 - pack::BLOCK;
            let events: Vec<(u64, Vec<u8>)> = self
                .events_from(session, first)
                .take_while(|entry| entry.as_ref().map_or(true, |(seq, _)| seq <= end))
                .collect::<Result<_, _>>()?;
            // What has a gap is left as it is, for whoever reads it to find.
            if !events.iter().map(|(seq, _)| *seq).eq(first..=*end) {
                continue;
            }
            let mut batch = Batch::default();
            (first..*end).for_each(|seq| batch.remove(event_key(session, seq)));
            let packed = pack::pack(first, events.iter().map(|(_, json)| json.as_slice()))?;
            batch.insert(event_key(session, *end), packed);
            self.events.apply_batch(batch)?;
        }
        Ok(())
    }

    /// The events of a session in order: number and JSON.
    pub fn events(&self, session: &str) -> impl Iterator<Item = Result<(u64, Vec<u8>), StoreError>> + use<> {
        let prefix = session_prefix(session);
        let skip = prefix.len();
        Unpacked::new(self.events.scan_prefix(&prefix), skip, 0)
    }

    /// The events of a session from number `from` on, in order: number and JSON.
    pub fn events_from(
        &self,
        session: &str,
        from: u64,
    ) -> impl Iterator<Item = Result<(u64, Vec<u8>), StoreError>> + use<> {
        let prefix = session_prefix(session);
        let skip = prefix.len();
        Unpacked::new(self.events.scan_from(&prefix, &event_key(session, from)), skip, from)
    }

    /// The last event of a session: number and JSON.
    pub fn last_event(&self, session: &str) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let prefix = session_prefix(session);
        let skip = prefix.len();
        let Some(entry) = self.events.scan_prefix(&prefix).next_back() else { return Ok(None) };
        Ok(pack::numbered(&entry?, skip)?.pop_back())
    }

    /// Writes the summary of a session, JSON. It is on disk with the next [`Store::append`].
    pub fn put_session(&self, session: &str, json: &[u8]) -> Result<(), StoreError> {
        self.sessions.insert(session.as_bytes(), encode(json))?;
        self.revision.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The summaries of all sessions, newest first.
    pub fn sessions(&self) -> impl Iterator<Item = Result<(String, Vec<u8>), StoreError>> + use<> {
        self.sessions.iter().rev().map(|entry| {
            let (key, value) = entry?;
            Ok((String::from_utf8_lossy(&key).into_owned(), decode(&value)?))
        })
    }

    /// Keeps a message, JSON, for those who want to send it again; of more than 1,000 the oldest go. It is on disk
    /// with the next [`Store::append`].
    pub fn put_message(&self, wall_ms: i64, session: &str, seq: u64, json: &[u8]) -> Result<(), StoreError> {
        let mut key = u64::try_from(wall_ms).unwrap_or(0).to_be_bytes().to_vec();
        key.extend_from_slice(&event_key(session, seq));
        self.messages.insert(&key, encode(json))?;
        // Counting takes a walk; now and then is enough.
        if seq.is_multiple_of(16) {
            let keys: Vec<_> = self.messages.iter().map(|entry| entry.map(|(key, _)| key)).collect::<Result<_, _>>()?;
            for key in &keys[..keys.len().saturating_sub(MOST_MESSAGES)] {
                self.messages.remove(key)?;
            }
        }
        Ok(())
    }

    /// The messages that are kept, JSON, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + use<> {
        self.messages.iter().map(|entry| decode(&entry?.1))
    }

    /// Keeps a discovery, JSON, under its key, as the last of its connection; of more than `most` the oldest
    /// go. It may be lost with the process: it can be made again.
    pub fn put_discovery(
        &self,
        key: &str,
        connection: &str,
        taken_ms: u64,
        json: &[u8],
        most: usize,
    ) -> Result<(), StoreError> {
        let mut value = taken_ms.to_be_bytes().to_vec();
        value.extend_from_slice(&encode(json));
        self.discoveries.insert(key.as_bytes(), value)?;
        self.put_last_discovery(connection, key)?;
        let mut all: Vec<(Vec<u8>, sled::IVec)> = Vec::new();
        for entry in self.discoveries.iter() {
            let (key, value) = entry?;
            all.push((value.get(..8).unwrap_or_default().to_vec(), key));
        }
        all.sort();
        for (_, key) in &all[..all.len().saturating_sub(most)] {
            self.discoveries.remove(key)?;
        }
        Ok(())
    }

    /// The discovery that is kept under a key, JSON.
    pub fn discovery(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(value) = self.discoveries.get(key.as_bytes())? else { return Ok(None) };
        decode(value.get(8..).unwrap_or_default()).map(Some)
    }

    /// Notes the key of the last discovery of a connection.
    pub fn put_last_discovery(&self, connection: &str, key: &str) -> Result<(), StoreError> {
        if self.last_discoveries.get(connection.as_bytes())?.as_deref() != Some(key.as_bytes()) {
            self.last_discoveries.insert(connection.as_bytes(), key.as_bytes())?;
        }
        Ok(())
    }

    /// The key of the last discovery of a connection.
    pub fn last_discovery(&self, connection: &str) -> Result<Option<String>, StoreError> {
        let key = self.last_discoveries.get(connection.as_bytes())?;
        Ok(key.map(|key| String::from_utf8_lossy(&key).into_owned()))
    }

    /// Everything that was written is on disk when this returns.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.db.flush()?;
        Ok(())
    }
}

fn unreadable(shown: &str, reason: &str) -> Diagnostic {
    Diagnostic::error("store-unreadable", format!("the session store can't be opened: {reason}"))
        .source(shown)
        .why("sessions are journalled here before anything is shown; without it nothing would be kept")
        .fix("check the folder's permissions and free space; if its files are damaged, move the folder away (it is not deleted) and begin a new store")
}

/// Session ids have a fixed length, so the keys of a session stand together and in order.
fn session_prefix(session: &str) -> Vec<u8> {
    let mut key = session.as_bytes().to_vec();
    key.push(b'/');
    key
}

fn event_key(session: &str, seq: u64) -> Vec<u8> {
    let mut key = session_prefix(session);
    key.extend_from_slice(&seq.to_be_bytes());
    key
}

fn encode(json: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(json.len() + 1);
    value.push(CODEC_JSON);
    value.extend_from_slice(json);
    value
}

fn decode(value: &[u8]) -> Result<Vec<u8>, StoreError> {
    match value.split_first() {
        Some((&CODEC_JSON, json)) => Ok(json.to_vec()),
        Some((&other, _)) => Err(StoreError::Codec(other)),
        None => Err(StoreError::Codec(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_back_in_order_and_only_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for seq in (1..=300u64).rev() {
            store.append("A", [(seq, seq.to_string().as_bytes())]).unwrap();
        }
        store.append("AB", [(1, b"other".as_slice())]).unwrap();
        let seqs: Vec<_> = store.events("A").map(|e| e.unwrap()).collect();
        assert_eq!(seqs.len(), 300);
        assert_eq!(store.last_event("A").unwrap(), Some((300, b"300".to_vec())));
        assert_eq!(store.last_event("B").unwrap(), None);
        assert!(
            seqs.iter()
                .enumerate()
                .all(|(n, (seq, json))| *seq == n as u64 + 1 && *json == seq.to_string().into_bytes())
        );
    }

    #[test]
    fn blocks_are_read_as_the_events_that_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let last = 2 * pack::BLOCK + 300;
        let events: Vec<(u64, String)> = (1..=last).map(|seq| (seq, format!("{{\"n\":{seq}}}"))).collect();
        let all = |session: &str, from: u64| -> Vec<(u64, String)> {
            let text =
                |entry: Result<(u64, Vec<u8>), StoreError>| entry.map(|(n, j)| (n, String::from_utf8(j).unwrap()));
            store.events_from(session, from).map(|entry| text(entry).unwrap()).collect()
        };
        // One was written whole, the other event by event and put together later, while somebody reads it.
        store.keep("A", &events).unwrap();
        store.append("B", events.iter().map(|(seq, json)| (*seq, json.as_bytes()))).unwrap();
        let mut reader = store.events("B");
        let read: Vec<u64> = reader.by_ref().take(700).map(|entry| entry.unwrap().0).collect();
        store.pack("B").unwrap();
        let read: Vec<u64> = read.into_iter().chain(reader.map(|entry| entry.unwrap().0)).collect();
        assert!(read.into_iter().eq(1..=last), "each once, in order");
        store.pack("B").unwrap();
        for session in ["A", "B"] {
            assert_eq!(store.events.scan_prefix(&session_prefix(session)).count(), 2 + 300);
            for from in [0, 1, 2, 1023, 1024, 1025, 2048, 2049, last, last + 1] {
                let expected: Vec<_> = events.iter().filter(|(seq, _)| *seq >= from).cloned().collect();
                assert!(all(session, from) == expected, "from {from}");
            }
            assert_eq!(store.last_event(session).unwrap().unwrap().0, last);
        }
        store.keep("C", &events[..2048]).unwrap();
        assert_eq!(store.last_event("C").unwrap().unwrap(), (2048, b"{\"n\":2048}".to_vec()));
        store.append("C", [(2049, b"{}".as_slice())]).unwrap();
        assert_eq!(all("C", 2000).len(), 50);
        // A gap is left for whoever reads it.
        store.append("D", events.iter().filter(|(n, _)| *n != 7).map(|(n, j)| (*n, j.as_bytes()))).unwrap();
        store.pack("D").unwrap();
        assert_eq!(all("D", 1).len() as u64, last - 1);
    }

    #[test]
    fn a_damaged_block_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for value in [vec![CODEC_PACK], vec![CODEC_PACK; 9], vec![CODEC_PACK; 40]] {
            store.events.insert(&event_key("A", 1024), value).unwrap();
            assert!(matches!(store.events("A").next(), Some(Err(StoreError::Block(_)))));
        }
    }

    #[test]
    fn the_second_owner_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Store::open(dir.path()).unwrap();
        let refused = Store::open(dir.path()).unwrap_err();
        assert_eq!(refused.code, "store-held");
        assert!(refused.message.contains(&std::process::id().to_string()), "{}", refused.message);
    }

    #[test]
    fn it_reopens_with_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.append("S", [(1, b"x".as_slice())]).unwrap();
        store.put_session("S", b"{}").unwrap();
        store.flush().unwrap();
        drop(store);
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.events("S").count(), 1);
        assert_eq!(store.sessions().count(), 1);
    }

    #[test]
    fn damage_is_a_diagnostic() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("conf"), b"\xff\xfe nonsense").unwrap();
        std::fs::write(dir.path().join("db"), vec![0xAB; 4096]).unwrap();
        let refused = Store::open(dir.path()).unwrap_err();
        assert_eq!(refused.code, "store-unreadable");
    }
}
