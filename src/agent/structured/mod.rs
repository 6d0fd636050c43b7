//! Answers that a server holds to a form: JSON with an explanation and a document that fits the contracts.
//!
//! Owns: when that is asked for, the form, and the way back to Markdown with OML, which is what everybody
//! else sees and keeps. Does not own: the schema of documents (`contract::grammar`), whether a server
//! takes it (`model`).

mod answer;
mod format;

pub(super) use answer::Translator;
pub(super) use format::{Asked, format};

/// The keys of an answer, in the order in which they are written.
const EXPLANATION: &str = "explanation";
const DOCUMENT: &str = "document";
