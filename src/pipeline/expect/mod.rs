//! What a step's rows have to be: the `expect:` of a step as data.
//!
//! Owns: the kinds of checks, their keys, reading them from a document or a manifest with everything that is
//! wrong, and how long a duration is. Does not own: places in a document (`pipeline::oml`), looking at rows
//! (`pipeline::run::check`).

mod duration;
mod kind;
mod outcome;
mod read;

pub use duration::{shown as duration_text, whole as duration};
pub use kind::{Check, Kind, Severity};
pub use outcome::{CheckOutcome, SAMPLE_ROWS};
pub use read::{Problem, WORDS, keys_of, read};
