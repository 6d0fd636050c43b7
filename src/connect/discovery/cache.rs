//! The cache of discoveries. An entry is found only under the key that it was made for, is checked against
//! that key and its own seal before it is returned, and lives for a limited time.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::key::{self, Component, Key, Miss};
use super::{Discovery, Options, look};
use crate::canonical;
use crate::connect::Connection;
use crate::connect::open::Target;
use crate::contract::grammar::KnownTable;
use crate::diagnostic::Diagnostic;
use crate::store::Store;

/// Entries that are kept; the oldest go first.
const MAX_ENTRIES: usize = 100;
/// A larger discovery is not kept, in bytes of JSON.
const MAX_BYTES: usize = 16 << 20;

/// How connections are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long what was found counts.
    pub ttl: Duration,
    /// How long one query may take.
    pub timeout: Duration,
    /// Rows of samples, where a connection allows them.
    pub sample_rows: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { ttl: Duration::from_secs(600), timeout: Duration::from_secs(30), sample_rows: 3 }
    }
}

/// Looks at connections, and remembers what it saw where it has a store.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    store: Option<Store>,
    /// How connections are looked at.
    pub settings: Settings,
}

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The workspace.
    pub root: &'a Path,
    /// The connection.
    pub connection: &'a Connection,
    /// What of it.
    pub options: Options,
    /// The components that read from it.
    pub components: Vec<Component>,
    /// Whether what is remembered does not count.
    pub refresh: bool,
}

/// A discovery, and where it comes from.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was found.
    pub discovery: Discovery,
    /// SHA-256 of what it depends on, 64 hex digits.
    pub key: String,
    /// Whether it was remembered.
    pub origin: Origin,
}

/// Where a discovery comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the cache, and how old it is.
    Cache(Duration),
    /// From the system itself, and why.
    System(Miss),
}

/// An entry as it lies in the store.
#[derive(Serialize, Deserialize)]
struct Entry {
    key: Key,
    taken_ms: u64,
    discovery: Discovery,
    /// SHA-256 of all the others.
    seal: String,
}

impl Cache {
    /// A cache in a store; without one nothing is remembered.
    pub fn new(store: Option<Store>, settings: Settings) -> Cache {
        Cache { store, settings }
    }

    /// The store, if there is one.
    pub fn store(&self) -> Option<Store> {
        self.store.clone()
    }

    /// Looks at a connection, or remembers what it saw there. Nothing is asked of the system in the second
    /// case. Needs a tokio runtime.
    ///
    /// # Errors
    /// Those of [`super::discover`]. A store that can't be read or written is none: it is logged.
    pub async fn discover(&self, request: Request<'_>) -> Result<Found, Diagnostic> {
        // Resolved once: what is asked for, opened and remembered is one and the same thing.
        let target = Target::resolve(request.root, request.connection)?;
        let key_now = || {
            let files = key::files(&target, request.connection);
            Key::new(request.components.clone(), target.identity(), request.options.clone(), files)
        };
        let key = key_now();
        let miss = match self.get(&key, now_ms()) {
            _ if request.refresh => Miss::Refresh,
            Ok((discovery, age)) => return Ok(Found { discovery, key: key.hash(), origin: Origin::Cache(age) }),
            Err(miss) => miss,
        };
        let taken_ms = now_ms();
        let discovery = look(&target, request.connection, &request.options, self.settings.timeout).await?;
        // A file that changed under our eyes was seen in a state that nobody knows.
        if key_now() == key {
            self.put(&key, taken_ms, &discovery);
        }
        Ok(Found { discovery, key: key.hash(), origin: Origin::System(miss) })
    }

    /// The tables that are remembered of these connections, for checks: whatever was asked for last, as long as it
    /// counts and is whole. Nothing is asked of a system. Blocks: it looks whether files changed.
    pub fn remembered<'c>(&self, root: &Path, connections: impl Iterator<Item = &'c Connection>) -> Vec<KnownTable> {
        let Some(store) = &self.store else { return Vec::new() };
        connections.filter_map(|connection| self.last_of(store, root, connection)).flat_map(|d| tables_of(&d)).collect()
    }

    /// What is remembered of one table, as a model reads it: whatever was asked for last, as long as it counts.
    /// Nothing is asked of a system. Blocks: it looks whether files changed.
    pub fn remembered_table(&self, root: &Path, connection: &Connection, name: &str) -> Option<String> {
        let mut discovery = self.last_of(self.store.as_ref()?, root, connection)?;
        discovery.tables.retain(|table| table.name == name || table.path == name);
        discovery.cut = false;
        (!discovery.tables.is_empty()).then(|| discovery.for_model(name))
    }

    fn last_of(&self, store: &Store, root: &Path, connection: &Connection) -> Option<Discovery> {
        let hash = store.last_discovery(&connection.reference()).ok().flatten()?;
        let entry = read(store, &hash).ok().flatten()?;
        if entry.seal != entry.sealed() || entry.key.hash() != hash {
            return None;
        }
        let age = now_ms().checked_sub(entry.taken_ms).map(Duration::from_millis)?;
        let target = Target::resolve(root, connection).ok()?;
        let same = entry.key.is_of(&target.identity(), key::files(&target, connection));
        (same && age < self.settings.ttl).then_some(entry.discovery)
    }

    /// What is remembered under a key, and its age; else why nothing is.
    fn get(&self, key: &Key, now_ms: u64) -> Result<(Discovery, Duration), Miss> {
        let store = self.store.as_ref().ok_or(Miss::NoCache)?;
        let Some(entry) = read(store, &key.hash())? else { return Err(self.why(store, key)) };
        if entry.key != *key || entry.discovery.connection != key.connection() || entry.seal != entry.sealed() {
            return Err(Miss::Damaged);
        }
        // A clock that was set back makes an entry of the future; it does not live longer for it.
        let age = now_ms.checked_sub(entry.taken_ms).map(Duration::from_millis);
        match age.filter(|age| *age < self.settings.ttl) {
            Some(age) => {
                self.note_last(store, key);
                Ok((entry.discovery, age))
            }
            None => Err(Miss::Expired),
        }
    }

    /// Why there is nothing: by what was remembered last of the same connection.
    fn why(&self, store: &Store, key: &Key) -> Miss {
        let last = store.last_discovery(key.connection()).ok().flatten();
        let last = last.and_then(|hash| read(store, &hash).ok().flatten());
        last.map_or(Miss::New, |entry| key.difference(&entry.key))
    }

    /// What was returned last of a connection is what the next is compared with.
    fn note_last(&self, store: &Store, key: &Key) {
        if let Err(error) = store.put_last_discovery(key.connection(), &key.hash()) {
            tracing::warn!(%error, "which discovery was the last can't be kept");
        }
    }

    fn put(&self, key: &Key, taken_ms: u64, discovery: &Discovery) {
        let Some(store) = &self.store else { return };
        let mut entry = Entry { key: key.clone(), taken_ms, discovery: discovery.clone(), seal: String::new() };
        entry.seal = entry.sealed();
        let json = serde_json::to_vec(&entry).unwrap_or_default();
        if json.is_empty() || json.len() > MAX_BYTES {
            return;
        }
        let kept = store.put_discovery(&key.hash(), key.connection(), taken_ms, &json, MAX_ENTRIES);
        if let Err(error) = kept {
            tracing::warn!(%error, "a discovery can't be kept");
        }
    }
}

impl Entry {
    fn sealed(&self) -> String {
        let whole = json!({ "key": self.key, "taken_ms": self.taken_ms, "discovery": self.discovery });
        canonical::fingerprint(&canonical::json(&whole))
    }
}

/// The tables of a discovery by what a step names them with. Where there are more than were looked at, none is
/// known: what is not among them may be there all the same.
pub fn tables_of(discovery: &Discovery) -> Vec<KnownTable> {
    let known = discovery.tables.iter().filter(|table| table.problem.is_none() && !discovery.cut);
    let table = |table: &super::Table| KnownTable {
        connection: discovery.connection.clone(),
        name: table.path.clone(),
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
    };
    known.map(table).collect()
}

fn read(store: &Store, hash: &str) -> Result<Option<Entry>, Miss> {
    match store.discovery(hash) {
        Ok(None) => Ok(None),
        Ok(Some(json)) => serde_json::from_slice(&json).map(Some).map_err(|_| Miss::Damaged),
        Err(error) => {
            tracing::warn!(%error, "a discovery that was kept can't be read");
            Err(Miss::Damaged)
        }
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|d| u64::try_from(d.as_millis()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
