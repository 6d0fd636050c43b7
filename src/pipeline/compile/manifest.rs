//! What a compile makes: the pipeline as it will run, without anything that changes from one compile
//! to the next.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// SHA-256 fingerprints, each `sha256:` and 64 hex digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// The document with its parameters put in.
    pub document: String,
    /// The contracts of the components it uses.
    pub contracts: String,
    /// The parameters as they were put in.
    pub parameters: String,
    /// The whole manifest but this field.
    pub manifest: String,
}

/// One step, ready to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// What it was made of.
    pub fingerprints: Fingerprints,
    /// The steps, each after those it needs; otherwise in the order of the document.
    pub steps: Vec<ManifestStep>,
}
