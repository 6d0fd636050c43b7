//! The store of another process, over its socket: what is asked, what is given, and asking.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::StoreError;
use super::tree::Batch;
use crate::socket::greeting::Absent;
use crate::socket::{Purpose, frame};

/// Bytes of keys and values in a page of entries, about.
pub(super) const PAGE: usize = 512 * 1024;

/// Bytes, base64 in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub(super) Vec<u8>);

impl From<sled::IVec> for Bytes {
    fn from(bytes: sled::IVec) -> Bytes {
        Bytes(bytes.to_vec())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Bytes).map_err(serde::de::Error::custom)
    }
}

/// What can be asked of a store.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// The value of a key.
    Get {
        /// The tree.
        tree: String,
        /// The key.
        key: Bytes,
    },
    /// Changes of a tree, all or none; a key without a value goes.
    Write {
        /// The tree.
        tree: String,
        /// Keys and values.
        changes: Vec<(Bytes, Option<Bytes>)>,
    },
    /// A page of the entries whose keys begin so; none is left when it is empty.
    Scan {
        /// The tree.
        tree: String,
        /// How the keys begin.
        prefix: Bytes,
        /// The last key of the page before.
        after: Option<Bytes>,
        /// From the last to the first.
        back: bool,
    },
    /// Everything on disk.
    Flush,
    /// A number that is another one when a list of sessions may be.
    Revision,
}

impl Ask {
    /// The keys that would be changed.
    pub fn changes(&self) -> impl Iterator<Item = &[u8]> {
        let changes = match self {
            Ask::Write { changes, .. } => changes.as_slice(),
            Ask::Get { .. } | Ask::Scan { .. } | Ask::Flush | Ask::Revision => &[],
        };
        changes.iter().map(|(key, _)| key.0.as_slice())
    }

    /// Whether what a list of sessions shows would be changed.
    pub(super) fn changes_lists(&self) -> bool {
        matches!(self, Ask::Write { tree, .. } if tree == super::SESSIONS || tree == super::TRASH)
    }

    pub(super) fn get(tree: &str, key: &[u8]) -> Ask {
        Ask::Get { tree: tree.to_owned(), key: Bytes(key.to_vec()) }
    }

    pub(super) fn write(tree: &str, batch: Batch) -> Ask {
        let changes = batch.0.into_iter().map(|(key, value)| (Bytes(key), value.map(Bytes))).collect();
        Ask::Write { tree: tree.to_owned(), changes }
    }

    pub(super) fn scan(tree: &str, prefix: &[u8], after: Option<Vec<u8>>, back: bool) -> Ask {
        Ask::Scan { tree: tree.to_owned(), prefix: Bytes(prefix.to_vec()), after: after.map(Bytes), back }
    }
}

/// What is given.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// The value, if there is one.
    Value(Option<Bytes>),
    /// A page of entries.
    Entries(Vec<(Bytes, Bytes)>),
    /// A number.
    Number(u64),
    /// It is done.
    Done,
    /// It could not be done.
    Failed(String),
}

impl Given {
    pub(super) fn unexpected(&self) -> StoreError {
        StoreError::Remote("it gives something else than what was asked".to_owned())
    }
}

/// A connection with the process that has the store; with the next one when that is gone.
#[derive(Debug)]
pub(super) struct Remote {
    store: PathBuf,
    stream: Mutex<UnixStream>,
}

/// So long another owner is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(20);

impl Remote {
    pub(super) fn new(store: &Path, stream: UnixStream) -> Remote {
        Remote { store: store.to_owned(), stream: Mutex::new(stream) }
    }

    /// Asks. What is asked can be asked twice: it comes to the same.
    pub(super) fn ask(&self, ask: &Ask) -> Result<Given, StoreError> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let given = match converse(&mut stream, ask) {
            Ok(given) => given,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(gone(&error)),
            Err(error) => {
                *stream = self.another().ok_or_else(|| gone(&error))?;
                converse(&mut stream, ask).map_err(|error| gone(&error))?
            }
        };
        match given {
            Given::Failed(why) => Err(StoreError::Remote(why)),
            given => Ok(given),
        }
    }

    /// The number of the revision; 0 where it can't be had now.
    pub(super) fn revision(&self) -> u64 {
        match self.ask(&Ask::Revision) {
            Ok(Given::Number(revision)) => revision,
            _ => 0,
        }
    }

    fn another(&self) -> Option<UnixStream> {
        let end = Instant::now() + PATIENCE;
        loop {
            match super::connect(&self.store, Purpose::Store) {
                Ok(connection) => return Some(connection.stream),
                Err(Absent::Nobody) if Instant::now() < end => std::thread::sleep(AGAIN),
                Err(_) => return None,
            }
        }
    }
}

fn converse(stream: &mut UnixStream, ask: &Ask) -> io::Result<Given> {
    frame::write(stream, ask)?;
    frame::read(stream, frame::MOST)
}

fn gone(error: &io::Error) -> StoreError {
    StoreError::Remote(error.to_string())
}
