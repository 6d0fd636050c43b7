#![allow(missing_docs)]
#[cfg(test)]
mod engine;
