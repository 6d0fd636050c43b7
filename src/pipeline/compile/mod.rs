//! Compiling a document to a manifest that is the same, byte by byte, whenever the input is.
//!
//! Owns: the manifest, its fingerprints, the order of steps, the build folder. Does not own: the checks
//! and parameters (`oml`), the canonical form (`canonical`), running (`run`).

mod build;
mod environment;
mod manifest;
mod order;
mod write;

pub use build::{Build, CompileInput, compile};
pub use environment::env_params;
pub use manifest::{Fingerprints, MANIFEST_VERSION, Manifest, ManifestStep};
