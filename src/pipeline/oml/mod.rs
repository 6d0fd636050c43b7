//! OML, the pipeline document.
//!
//! Owns: parsing with places, the checks (one rule a function), hunks of a proposal. Does not own:
//! what components accept (`contract`), compiling (`pipeline::compile`).

pub mod hunk;
