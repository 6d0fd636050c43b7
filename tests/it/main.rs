#![allow(missing_docs)]
mod engine;
