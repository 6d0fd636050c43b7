//! Pipelines: the document, what it compiles to, and running that.

pub mod compile;
pub mod oml;
pub mod patience;
pub mod run;
