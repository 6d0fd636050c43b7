//! Compiling a document to a manifest that is the same, byte by byte, whenever the input is.
//!
//! Owns: the manifest, its fingerprints, the order of steps, the build folder and the builds that are there
//! already, comparing and verifying builds. Does not own: the checks and parameters (`oml`), the canonical
//! form (`canonical`), running (`run`).

mod build;
mod cache;
pub mod codes;
mod diff;
mod environment;
mod files;
mod manifest;
mod order;
mod overwrite;
mod verify;
mod write;

pub use build::{BUILDS, Build, CompileInput, builds_of, compile};
pub use cache::{Compiled, Target, When, obtain};
pub use diff::{Change, Difference, StepChange, changes, diff};
pub use environment::env_params;
pub use files::file_stem;
pub use manifest::{COMPILER, Fingerprints, MANIFEST_VERSION, Manifest, ManifestStep};
pub use overwrite::Overwrite;
pub use verify::verify;
