//! Compiling a document to a manifest that is the same, byte by byte, whenever the input is.
//!
//! Owns: parameters, the canonical form, fingerprints, the manifest and the build folder. Does not own:
//! the checks (`oml`), running (`run`).

mod manifest;

pub use manifest::{Fingerprints, Manifest, ManifestStep};
