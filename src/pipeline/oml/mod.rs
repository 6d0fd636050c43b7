//! OML, the pipeline document.
//!
//! Owns: parsing with places, the checks (one rule a function), hunks of a proposal, the
//! outline of steps, writing data as a document. Does not own: what components accept (`contract`), compiling (`pipeline::compile`).

mod cause;
mod check;
mod document;
pub mod hunk;
mod inline;
mod mend;
mod migrate;
mod offer;
mod outline;
mod parameter;
mod patience;
mod profile;
mod rule;
mod table;
mod template;
mod view;
mod write;

#[cfg(test)]
mod tests;

pub use cause::causes;
pub use check::{CheckContext, Checked, check};
pub(crate) use check::{Checking, check_for};
pub use document::{Document, Spanned, Step};
pub use inline::remember_inline;
pub use mend::{Change, Mended, mend};
pub use migrate::{Migrated, migrate};
pub use outline::{OutlineStep, outline, step_at};
pub use parameter::{Effective, ParamKind, Parameter, Provided, Source};
pub use rule::catalogue::{EXAMPLE_SPEC, all as catalogue};
pub use table::{DF_PREFIX, INPUT_DF, table_name};
pub use write::to_yaml;
