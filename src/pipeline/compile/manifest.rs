//! What a compile makes: the pipeline as it will run, without anything that changes from one compile
//! to the next.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::canonical;
use crate::diagnostic::Diagnostic;
use crate::pipeline::patience::{Retry, Span};

/// What compiles, as manifests name it. Its version counts for the hash of every manifest.
pub const COMPILER: &str = concat!("pipesmith/", env!("CARGO_PKG_VERSION"));

/// Version of the format of manifests.
pub const MANIFEST_VERSION: u32 = 1;

/// Largest manifest that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// SHA-256 fingerprints, each `sha256:` and 64 hex digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// The document with its parameters put in.
    pub document: String,
    /// The contracts of the components it uses.
    pub contracts: String,
    /// The parameters as they were put in.
    pub parameters: String,
    /// The list of the other files of the build with the hash of each.
    #[serde(default)]
    pub files: String,
    /// The whole manifest but this field.
    pub manifest: String,
}

/// One step, ready to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ManifestStep {
    /// Its id.
    pub id: String,
    /// The canonical name of its component (aliases resolved).
    pub component: String,
    /// Version of the component's contract.
    pub version: String,
    /// `read`, `transform` or `write`.
    pub mode: String,
    /// The steps whose output it takes, in the order of the document.
    pub needs: Vec<String>,
    /// Its configuration, parameters put in and defaults added, checked against the contract. A
    /// connection stays a reference, `@family.alias`; no secret is ever in it.
    pub config: Map<String, Value>,
    /// How often it is tried, where the document says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How long one attempt may take, where the document says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
}

/// A pipeline, ready to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format: 1.
    pub manifest_version: u32,
    /// The pipeline's name.
    pub name: String,
    /// The OML version of the document.
    pub oml_version: String,
    /// The profile it was compiled for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What compiled it: `pipesmith/` and its version.
    #[serde(default)]
    pub compiler: String,
    /// The validation mode, when errors were let pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<String>,
    /// What it was made of.
    pub fingerprints: Fingerprints,
    /// The steps, each after those it needs; otherwise in the order of the document.
    pub steps: Vec<ManifestStep>,
}

impl Manifest {
    /// The fingerprint of the manifest without the field that holds it.
    pub fn fingerprint(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(fingerprints) = value.get_mut("fingerprints").and_then(Value::as_object_mut) {
            fingerprints.remove("manifest");
        }
        canonical::fingerprint(&canonical::json(&value))
    }

    /// Reads the manifest of a build folder, and refuses one that was changed since it was compiled.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn read(build_dir: &Path) -> Result<Manifest, Diagnostic> {
        let (manifest, source) = Manifest::read_as_it_is(build_dir)?;
        if manifest.fingerprint() != manifest.fingerprints.manifest {
            let message = format!("{source} was changed after it was compiled");
            let why = "its content does not have the fingerprint that it states";
            let diagnostic = Diagnostic::error("manifest-changed", message).source(source).why(why);
            return Err(diagnostic.fix("compile the pipeline again"));
        }
        Ok(manifest)
    }

    /// The same without looking at its fingerprint; with the name of the file.
    ///
    /// # Errors
    /// It cannot be read, or is no manifest.
    pub(super) fn read_as_it_is(build_dir: &Path) -> Result<(Manifest, String), Diagnostic> {
        let path = build_dir.join("manifest.yaml");
        let source = path.display().to_string();
        let refuse = |code: &str, message: String, why: String| {
            Diagnostic::error(code, message).source(source.as_str()).why(why).fix("compile the pipeline again")
        };
        let mut text = String::new();
        let read = File::open(&path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
        if let Err(error) = read {
            return Err(refuse("unreadable-manifest", format!("{source} cannot be read"), error.to_string()));
        }
        if text.len() as u64 > MAX_BYTES {
            let why = format!("it is longer than {} MiB", MAX_BYTES >> 20);
            return Err(refuse("unreadable-manifest", format!("{source} is too long"), why));
        }
        let manifest: Manifest = serde_yaml::from_str(&text)
            .map_err(|error| refuse("invalid-manifest", format!("{source} is no manifest"), error.to_string()))?;
        if manifest.manifest_version != MANIFEST_VERSION {
            let message = format!("{source} has the format {}", manifest.manifest_version);
            let why = format!("this program reads the format {MANIFEST_VERSION}");
            return Err(refuse("unsupported-manifest", message, why));
        }
        Ok((manifest, source))
    }
}
