//! What a discovery depends on. Two discoveries with the same key are the same; a difference in any part
//! is another key, so that what was found for one thing can't be taken for another.

use std::collections::hash_map::RandomState;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Options;
use crate::canonical;
use crate::connect::Connection;
use crate::connect::driver::filesystem;
use crate::connect::open::Target;
use crate::contract::Registry;

/// Changes when a discovery of the same thing comes to say something else.
const FORMAT: u32 = 1;

/// Longer than a tick of the clock that files are stamped with (10 ms at most).
const TICKS: Duration = Duration::from_millis(20);

/// A component that reads from the connection's family.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Component {
    /// Its type.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its contract, with the schema of its options.
    pub spec: String,
}

impl Component {
    /// The components of a registry that discover connections of a family.
    pub fn of_family(registry: &Registry, family: &str) -> Vec<Component> {
        let discovers = registry.iter().filter(|contract| {
            contract.name.split('.').next() == Some(family) && contract.modes.iter().any(|mode| mode == "discover")
        });
        let mut all: Vec<Component> = discovers
            .map(|contract| Component {
                name: contract.name.clone(),
                version: contract.version.clone(),
                spec: contract.fingerprint.clone(),
            })
            .collect();
        all.sort();
        all
    }
}

/// Everything that decides what a discovery finds, but the time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Key {
    format: u32,
    components: Vec<Component>,
    /// The connection's reference, place and fields; never a secret.
    identity: Value,
    options: Options,
    /// Of files: which there are, and when each was changed.
    files: Option<String>,
}

impl Key {
    pub(super) fn new(components: Vec<Component>, identity: Value, options: Options, files: Option<String>) -> Key {
        Key { format: FORMAT, components, identity, options, files }
    }

    /// Whether it is of a connection as it is now, with all columns of what was looked at.
    pub(super) fn is_of(&self, identity: &Value, files: Option<String>) -> bool {
        self.format == FORMAT && self.identity == *identity && self.files == files && self.options.columns.is_empty()
    }

    /// SHA-256 of its canonical JSON, 64 hex digits.
    pub fn hash(&self) -> String {
        canonical::hex(canonical::json(&json!(self)).as_bytes())
    }

    /// The connection, `@family.alias`.
    pub fn connection(&self) -> &str {
        self.identity["connection"].as_str().unwrap_or_default()
    }

    /// What is different in another key of the same connection.
    pub(super) fn difference(&self, other: &Key) -> Miss {
        let versions = |key: &Key| -> Vec<(String, String)> {
            key.components.iter().map(|c| (c.name.clone(), c.version.clone())).collect()
        };
        if self.identity != other.identity {
            Miss::ConnectionChanged
        } else if versions(self) != versions(other) || self.format != other.format {
            Miss::ComponentChanged
        } else if self.components != other.components {
            Miss::SpecChanged
        } else if self.options != other.options {
            Miss::OptionsChanged
        } else if self.files != other.files {
            Miss::FilesChanged
        } else {
            Miss::New
        }
    }
}

/// Why something was not in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Miss {
    /// It was never looked at, or that is forgotten.
    New,
    /// It is older than its time to live.
    Expired,
    /// It was asked to be looked at again.
    Refresh,
    /// The connection leads somewhere else, or somebody else logs in.
    ConnectionChanged,
    /// Other components, or other versions of them.
    ComponentChanged,
    /// Their contracts are different.
    SpecChanged,
    /// Other schemas, tables, columns or samples were asked for.
    OptionsChanged,
    /// A file is new, gone or changed.
    FilesChanged,
    /// What was kept does not match its fingerprint.
    Damaged,
    /// There is no cache here.
    NoCache,
}

impl Miss {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Miss::New => "not looked at before",
            Miss::Expired => "expired",
            Miss::Refresh => "asked to refresh",
            Miss::ConnectionChanged => "the connection changed",
            Miss::ComponentChanged => "the component changed",
            Miss::SpecChanged => "the spec changed",
            Miss::OptionsChanged => "the options changed",
            Miss::FilesChanged => "the files changed",
            Miss::Damaged => "the entry was damaged",
            Miss::NoCache => "no cache",
        }
    }
}

/// Which files there are behind a connection, and when each was changed; nothing of a server. Blocks.
///
/// A file that can't be looked at makes a state that is like no other: nothing is taken for it.
pub(super) fn files(target: &Target<'_>, connection: &Connection) -> Option<String> {
    let path = target.path()?;
    if connection.family != "filesystem" {
        // What is not yet in the file itself is in its log.
        let beside =
            |ending: &str| [path.as_os_str().to_owned(), ending.into()].into_iter().collect::<std::ffi::OsString>();
        let states = [state(path), state(Path::new(&beside("-wal")))];
        return Some(canonical::fingerprint(&states.join("\n")));
    }
    let states = match filesystem::files(path) {
        Ok(files) => files.iter().map(|file| format!("{}\n{}", file.to_string_lossy(), state(file))).collect(),
        Err(_) => vec![unlike()],
    };
    Some(canonical::fingerprint(&states.join("\n")))
}

fn state(file: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    match std::fs::metadata(file) {
        // The clock of files ticks seldom: a second change within the same tick would look like the first.
        Ok(meta) if is_recent(&meta) => unlike(),
        Ok(meta) => {
            let changed = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
            format!("{} {} {} {changed:?}", meta.dev(), meta.ino(), meta.len())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "none".to_owned(),
        Err(_) => unlike(),
    }
}

/// Whether a file was changed within the last ticks of the clock of files (or in the future).
fn is_recent(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let changed =
        Duration::new(u64::try_from(meta.ctime()).unwrap_or(0), u32::try_from(meta.ctime_nsec()).unwrap_or(0));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.checked_sub(changed).is_none_or(|age| age < TICKS)
}

/// A word that has not been said before.
fn unlike() -> String {
    use std::hash::BuildHasher;
    format!("{:x}", RandomState::new().hash_one(SystemTime::now()))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::Samples;
    use super::*;

    fn words() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-c,\"\\\\]{0,2}", 0..3)
    }

    fn options() -> impl Strategy<Value = Options> {
        let samples = prop_oneof![Just(Samples::None), Just(Samples::Masked), Just(Samples::Full)];
        (words(), words(), words(), samples, 0u32..3).prop_map(|(schemas, tables, columns, samples, sample_rows)| {
            Options { schemas, tables, columns, samples, sample_rows }
        })
    }

    fn component() -> impl Strategy<Value = Component> {
        ("[ab]", "[12]", "[cd]").prop_map(|(name, version, spec)| Component { name, version, spec })
    }

    pub(in crate::connect::discovery) fn key() -> impl Strategy<Value = Key> {
        let identity =
            ("[ab]", "[ab]", "[ab]{0,2}", 1u16..3, "[ab]{0,1}").prop_map(|(alias, host, user, port, schema)| {
                json!({
                    "connection": format!("@postgres.{alias}"),
                    "place": {"host": host, "user": user, "port": port},
                    "fields": {"schema": schema}
                })
            });
        let components = prop::collection::vec(component(), 0..3);
        (components, identity, options(), prop::option::of("[ab]"))
            .prop_map(|(components, identity, options, files)| Key::new(components, identity, options, files))
    }

    #[test]
    fn a_file_that_changes_right_now_is_in_no_state_that_comes_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.csv");
        assert_eq!(state(&file), "none");
        std::fs::write(&file, "id\n").unwrap();
        assert_ne!(state(&file), state(&file));
        std::thread::sleep(2 * TICKS);
        let before = state(&file);
        assert_eq!(state(&file), before);
        std::fs::write(&file, "ix\n").unwrap();
        std::thread::sleep(2 * TICKS);
        assert_ne!(state(&file), before);
    }

    proptest! {
        #[test]
        fn keys_are_the_same_only_when_everything_is(a in key(), b in key()) {
            prop_assert_eq!(a.hash() == b.hash(), a == b);
            prop_assert_eq!(a.difference(&b) == Miss::New, a == b);
            let again: Key = serde_json::from_str(&serde_json::to_string(&a).unwrap()).unwrap();
            prop_assert_eq!(again.hash(), a.hash());
        }
    }
}
