//! The contracts that are known, in layers: those of the project over those of the user over those
//! compiled in. What is compiled in is read when it is first asked for: a pipeline uses a few of them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use include_dir::{Dir, include_dir};
use serde_json::Value;

use super::spec::{build, read};
use super::types::{Contract, Origin};
use crate::canonical;
use crate::diagnostic::{Diagnostic, LineIndex, Span, did_you_mean};
use crate::yaml::load;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/components");

/// Largest spec that is read, in bytes.
const MAX_SPEC_BYTES: u64 = 1 << 20;
/// Most folders of a project's components that are looked into.
pub(super) const MAX_FOLDERS: usize = 2000;

/// Contracts by name.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    contracts: BTreeMap<String, Arc<Slot>>,
    aliases: BTreeMap<String, String>,
    diagnostics: Vec<Diagnostic>,
}

/// A contract that has been read, or the text it will be read from.
#[derive(Debug)]
struct Slot {
    contract: OnceLock<Contract>,
    /// SHA-256 of the spec's text as 64 hex digits, of what is compiled in when it is first asked for.
    text_hash: OnceLock<String>,
    /// Where and what is compiled in; nothing for a file's, which was read and checked at once.
    built_in: Option<(&'static Path, &'static str)>,
}

impl Slot {
    fn contract(&self) -> &Contract {
        self.contract.get_or_init(|| {
            let (path, text) = self.built_in.unwrap_or((Path::new(""), ""));
            let (contract, _) = read(&format!("components/{}", path.display()), text, Origin::BuiltIn);
            // A test reads every spec that is compiled in, so there is a contract.
            contract.unwrap_or_else(|| build(&Value::Null, Arc::default(), Origin::BuiltIn))
        })
    }

    fn text_hash(&self) -> &str {
        self.text_hash.get_or_init(|| canonical::hex(self.built_in.map_or("", |(_, text)| text).as_bytes()))
    }
}

impl Registry {
    /// The contracts that are compiled in.
    pub fn builtin() -> Registry {
        let mut registry = Registry::default();
        for folder in BUILT_IN.dirs() {
            let file = folder.files().find(|file| file.path().file_name().is_some_and(|name| name == "spec.yaml"));
            if let Some((file, text)) = file.and_then(|file| Some((file, file.contents_utf8()?))) {
                let name = folder.path().display().to_string();
                for alias in aliases(text) {
                    registry.aliases.insert(alias.to_owned(), name.clone());
                }
                let built_in = Some((file.path(), text));
                let slot = Slot { contract: OnceLock::new(), text_hash: OnceLock::new(), built_in };
                registry.contracts.insert(name, Arc::new(slot));
            }
        }
        registry
    }

    /// The contracts that are compiled in, with those of the user's folder over them, and those of a
    /// project's over both: each of their folders holds a `spec.yaml` or `spec.json`. A spec with an
    /// error is left out and reported; it hides none of its name.
    pub fn load(project_components: Option<&Path>) -> Registry {
        Registry::layered(user_components().as_deref(), project_components)
    }

    /// The same with the user's folder named.
    pub fn layered(user: Option<&Path>, project: Option<&Path>) -> Registry {
        let mut registry = Registry::builtin();
        if let Some(root) = user {
            registry.load_folder(root, Origin::User);
        }
        if let Some(root) = project {
            registry.load_folder(root, Origin::Project);
        }
        registry.link_aliases();
        registry
    }

    fn load_folder(&mut self, root: &Path, origin: fn(PathBuf) -> Origin) {
        let entries = match std::fs::read_dir(root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return self.diagnostics.push(unreadable(root, beginning(), &error.to_string())),
        };
        let mut folders: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).take(MAX_FOLDERS).collect();
        folders.sort();
        for folder in folders {
            let Some(file) = ["spec.yaml", "spec.json"].map(|name| folder.join(name)).into_iter().find(|p| p.exists())
            else {
                continue;
            };
            match read_bounded(&file) {
                Ok(text) => self.add(&file.display().to_string(), &text, origin(file.clone())),
                Err((span, why)) => self.diagnostics.push(unreadable(&file, span, &why)),
            }
        }
    }

    fn add(&mut self, source: &str, text: &str, origin: Origin) {
        let (contract, diagnostics) = read(source, text, origin);
        self.diagnostics.extend(diagnostics);
        let Some(contract) = contract else { return };
        if let Some(other) = self.contracts.get(&contract.name).and_then(|slot| slot.contract.get())
            && let (Origin::Project(first), Origin::Project(_)) | (Origin::User(first), Origin::User(_)) =
                (&other.origin, &contract.origin)
        {
            let span = load(&LineIndex::new(text)).root.map_or_else(beginning, |root| root.nearest(["name"]).span);
            self.diagnostics.push(
                Diagnostic::warning("duplicate-component", format!("`{}` has two specs", contract.name))
                    .source(source)
                    .at(span)
                    .why(format!("{} gives it too; the last in the order of folders counts", first.display()))
                    .fix("remove or rename one of them"),
            );
        }
        let name = contract.name.clone();
        let hash = OnceLock::from(canonical::hex(text.as_bytes()));
        let slot = Slot { contract: OnceLock::from(contract), text_hash: hash, built_in: None };
        self.contracts.insert(name, Arc::new(slot));
    }

    fn link_aliases(&mut self) {
        let mut linked = BTreeMap::new();
        for (name, slot) in &self.contracts {
            let of_slot: Vec<&str> = match (slot.built_in, slot.contract.get()) {
                (Some((_, text)), _) => aliases(text).collect(),
                (None, contract) => contract.iter().flat_map(|c| &c.aliases).map(String::as_str).collect(),
            };
            for alias in of_slot.into_iter().filter(|alias| !self.contracts.contains_key(*alias)) {
                linked.insert(alias.to_owned(), name.clone());
            }
        }
        self.aliases = linked;
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        let slot = self.contracts.get(name).or_else(|| self.contracts.get(self.aliases.get(name)?));
        slot.map(Arc::as_ref)
    }

    /// The contract of a component, by its name or another name of it.
    pub fn get(&self, name: &str) -> Option<&Contract> {
        self.slot(name).map(Slot::contract)
    }

    /// The name of a component's contract and the SHA-256 of its spec's text, 64 hex digits; by its name
    /// or another name of it. The spec is not read for that.
    pub fn stamp(&self, name: &str) -> Option<(&str, &str)> {
        let (name, slot) = match self.contracts.get_key_value(name) {
            Some(found) => found,
            None => self.contracts.get_key_value(self.aliases.get(name)?)?,
        };
        Some((name, slot.text_hash()))
    }

    /// How many contracts there are.
    pub fn len(&self) -> usize {
        self.contracts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.contracts.is_empty()
    }

    /// The contracts, by name. All of them are read for that.
    pub fn iter(&self) -> impl Iterator<Item = &Contract> {
        self.contracts.values().map(|slot| slot.contract())
    }

    /// The names of the components.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.contracts.keys().map(String::as_str)
    }

    /// What is wrong with the specs that were read.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The component that a name was meant to be: a slip of its name, or the same name with another
    /// ending or family.
    pub fn meant_by(&self, name: &str) -> Option<&str> {
        let known = || self.names().chain(self.aliases.keys().map(String::as_str));
        if let Some(near) = did_you_mean(name, known()) {
            return Some(near);
        }
        let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
        let family = name.split('.').next().unwrap_or(name).to_lowercase();
        let same = |candidate: &&str| candidate.rsplit('.').next().is_some_and(|part| part == last || part == family);
        let mut matching = known().filter(same);
        matching.next().filter(|_| matching.next().is_none())
    }
}

/// The other names that a spec which is compiled in gives: the line `x-aliases: [a, b]`. A test checks that
/// this is what reading the whole spec gives.
fn aliases(text: &str) -> impl Iterator<Item = &str> {
    let list = text.split_once("\nx-aliases: [").and_then(|(_, rest)| rest.split_once(']'));
    list.map(|(names, _)| names).into_iter().flat_map(|names| names.split(',')).map(str::trim)
}

/// The spec of a built-in component as it is compiled in.
pub fn builtin_text(name: &str) -> Option<&'static str> {
    BUILT_IN.get_file(format!("{name}/spec.yaml"))?.contents_utf8()
}

/// The text of the spec that a contract was read from.
///
/// # Errors
/// Its file is gone or can't be read any more.
pub fn spec_text(contract: &Contract) -> Result<String, Diagnostic> {
    match &contract.origin {
        Origin::BuiltIn => Ok(builtin_text(&contract.name).unwrap_or_default().to_owned()),
        Origin::User(file) | Origin::Project(file) => read_spec_file(file),
    }
}

/// The user's own contracts: `$XDG_CONFIG_HOME/pipesmith/components`, else
/// `~/.config/pipesmith/components`.
pub fn user_components() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(config.join("pipesmith/components"))
}

/// Reads a spec's file.
///
/// # Errors
/// Where the file can't be read, is too long, or is no text: the diagnostic says why.
pub fn read_spec_file(file: &Path) -> Result<String, Diagnostic> {
    read_bounded(file).map_err(|(span, why)| unreadable(file, span, &why))
}

fn read_bounded(file: &Path) -> Result<String, (Span, String)> {
    let failed = |error: std::io::Error| (beginning(), error.to_string());
    let opened = std::fs::File::open(file).map_err(failed)?;
    let mut bytes = Vec::new();
    opened.take(MAX_SPEC_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_SPEC_BYTES {
        return Err((beginning(), format!("it is longer than {} KiB", MAX_SPEC_BYTES >> 10)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned();
        (Span::of(&before, at..at), format!("byte {at} is not UTF-8"))
    })
}

/// The beginning of a file that has no better place.
fn beginning() -> Span {
    Span { start: 0, end: 0, line: 1, column: 1 }
}

fn unreadable(path: &Path, span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("unreadable-spec", format!("{} cannot be read", path.display()))
        .source(path.display().to_string())
        .at(span)
        .why(why)
        .fix("mend or remove the file")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn spec(name: &str, more: &str) -> String {
        format!(
            "name: {name}\nversion: 1.0.0\nmodes: [extract]\ncapabilities: {{}}\nconfigSchema:\n  type: object\n  properties:\n    a: {{type: string}}\n{more}"
        )
    }

    #[test]
    fn what_is_compiled_in_passes_every_check_of_a_spec() {
        for folder in BUILT_IN.dirs() {
            let file = folder.get_file(folder.path().join("spec.yaml")).unwrap();
            let name = file.path().display().to_string();
            let (contract, found) = read(&name, file.contents_utf8().unwrap(), Origin::Project(name.clone().into()));
            assert!(contract.is_some() && found.is_empty(), "{name}: {found:?}");
            // What the registry knows before it reads a spec.
            let (contract, text) = (contract.unwrap(), file.contents_utf8().unwrap());
            assert_eq!(contract.name, folder.path().display().to_string());
            assert_eq!(contract.aliases, aliases(text).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_built_in_specs_are_right() {
        let registry = Registry::builtin();
        assert_eq!(registry.diagnostics(), []);
        let names: Vec<_> = registry.names().collect();
        assert_eq!(
            names,
            [
                "filesystem.csv_extractor",
                "filesystem.csv_writer",
                "filesystem.json_extractor",
                "filesystem.json_writer",
                "filesystem.parquet_extractor",
                "filesystem.parquet_writer",
                "graphql.extractor",
                "mysql.extractor",
                "mysql.table",
                "mysql.writer",
                "postgres.extractor",
                "postgres.writer",
                "rest.extractor",
                "sql.transform",
                "sqlite.extractor",
                "sqlite.writer",
                "supabase.extractor",
                "supabase.table",
                "supabase.writer",
            ]
        );
        assert_eq!(registry.get("duckdb.processor").unwrap().name, "sql.transform");
        for contract in registry.iter() {
            assert!(contract.examples.len() >= 2, "{}", contract.name);
            for example in &contract.examples {
                assert_eq!(contract.value_problems(&Value::Object(example.config.clone())), []);
                let known: Vec<_> = contract.options.iter().map(|o| &o.name).collect();
                assert!(example.config.keys().all(|key| known.contains(&key)), "{}", contract.name);
            }
            for option in &contract.options {
                assert!(!option.description.is_empty() && option.kind != "any", "{} {}", contract.name, option.name);
            }
            assert!(contract.guidance.is_some() && !contract.input_aliases.is_empty(), "{}", contract.name);
            let defaults = contract.with_defaults(&contract.examples[0].config);
            assert_eq!(contract.value_problems(&Value::Object(defaults)), []);
        }
    }

    #[test]
    fn what_is_compiled_in_is_read_when_it_is_asked_for_and_shared() {
        let registry = Registry::builtin();
        let unread = || registry.contracts.values().filter(|slot| slot.contract.get().is_none()).count();
        assert_eq!(unread(), registry.len());
        let (name, hash) = registry.stamp("duckdb.processor").unwrap();
        assert_eq!((name, hash), ("sql.transform", canonical::hex(builtin_text(name).unwrap().as_bytes()).as_str()));
        assert_eq!(unread(), registry.len());
        let copy = registry.clone();
        let there: *const Contract = copy.get("duckdb.processor").unwrap();
        assert!(std::ptr::eq(there, registry.get("sql.transform").unwrap()));
        assert_eq!(unread(), registry.len() - 1);
        assert!(registry.stamp("none.such").is_none());
    }

    #[test]
    fn a_bad_spec_of_a_project_hides_no_good_one() {
        let root = tempfile::tempdir().unwrap();
        for (folder, text) in [
            ("a-broken", "name: x\n  version: 1\n".to_owned()),
            ("b-writer", spec("filesystem.csv_writer", "  required: 5\n")),
            ("c-good", spec("my.extractor", "x-anything: 1\n")),
            ("d-reader", spec("filesystem.csv_extractor", "description: ours\n")),
        ] {
            fs::create_dir(root.path().join(folder)).unwrap();
            fs::write(root.path().join(folder).join("spec.yaml"), text).unwrap();
        }
        fs::create_dir(root.path().join("e-bytes")).unwrap();
        fs::write(root.path().join("e-bytes/spec.json"), b"\xff\xfe").unwrap();
        let registry = Registry::layered(None, Some(root.path()));
        assert_eq!(registry.get("filesystem.csv_writer").unwrap().origin, Origin::BuiltIn);
        assert_eq!(registry.get("filesystem.csv_extractor").unwrap().description, "ours");
        assert!(registry.get("my.extractor").is_some());
        let found: Vec<_> =
            registry.diagnostics().iter().map(|d| (d.code.as_str(), d.span.map(|s| (s.line, s.column)))).collect();
        assert_eq!(
            found,
            [("yaml-parse-error", Some((2, 10))), ("invalid-spec", Some((9, 13))), ("unreadable-spec", Some((1, 1)))]
        );
    }

    #[test]
    fn the_project_is_over_the_user_and_both_are_over_what_is_built_in() {
        let (user, project) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let put = |root: &Path, folder: &str, text: String| {
            fs::create_dir(root.join(folder)).unwrap();
            fs::write(root.join(folder).join("spec.yaml"), text).unwrap();
        };
        put(user.path(), "a", spec("filesystem.csv_writer", "description: user\n"));
        put(user.path(), "b", spec("my.extractor", "description: user\n"));
        put(user.path(), "c", spec("your.extractor", "description: user\n"));
        put(project.path(), "a", spec("my.extractor", "description: project\n"));
        put(project.path(), "c", spec("your.extractor", "description: project\nfoo: 1\n"));
        put(project.path(), "d", spec("their.extractor", ""));
        put(project.path(), "e", spec("their.extractor", ""));
        let registry = Registry::layered(Some(user.path()), Some(project.path()));
        let said = |name: &str| registry.get(name).unwrap().description.clone();
        assert_eq!(said("filesystem.csv_writer"), "user");
        assert_eq!(said("my.extractor"), "project");
        // The project's is bad, so the user's stays.
        assert_eq!(said("your.extractor"), "user");
        let found: Vec<_> = registry
            .diagnostics()
            .iter()
            .map(|d| (d.code.as_str(), d.span.map(|s| (s.line, s.column)), d.source.as_deref()))
            .collect();
        let source = |folder: &str| project.path().join(folder).join("spec.yaml").display().to_string();
        assert_eq!(
            found,
            [
                ("invalid-spec", Some((10, 1)), Some(source("c").as_str())),
                ("duplicate-component", Some((1, 7)), Some(source("e").as_str()))
            ]
        );
    }

    #[test]
    fn a_project_without_components_has_the_built_in_ones() {
        let registry = Registry::layered(None, Some(Path::new("/nonexistent/components")));
        assert_eq!(registry.diagnostics(), []);
        assert_eq!(registry.iter().count(), 19);
    }

    #[test]
    fn other_names_are_understood() {
        let registry = Registry::builtin();
        assert_eq!(registry.meant_by("filesystem.csv_extracter"), Some("filesystem.csv_extractor"));
        assert_eq!(registry.meant_by("csv_writer"), Some("filesystem.csv_writer"));
        assert_eq!(registry.meant_by("oracle.reader"), None);
    }
}
