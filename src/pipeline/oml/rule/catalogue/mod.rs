//! Every code that a check of a document can give: why, what to do, and a document with it and one
//! without. `pipesmith explain` and `docs/reference/diagnostics.md` are made from it, and a test checks
//! that each example does what it says.
//!
//! Not here: the rules, which stand beside this folder, file by file.

use crate::diagnostic::{Entry, Severity};

/// A document with these lines after its name.
macro_rules! document {
    ($($line:expr),* $(,)?) => { concat!("oml_version: \"0.1.0\"\nname: daily-orders\n", $($line, "\n"),*) };
}
/// A document with these steps.
macro_rules! steps {
    ($($line:expr),* $(,)?) => { document!("steps:", $(concat!("  - ", $line)),*) };
}
macro_rules! read {
    () => {
        "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv}}"
    };
}
macro_rules! write {
    () => {
        "{id: write-orders, component: filesystem.csv_writer, mode: write, config: {path: out/orders.csv}}"
    };
}
/// A transform with this query.
macro_rules! sql {
    ($query:literal) => {
        concat!("{id: paid, component: sql.transform, mode: transform, config: {query: \"", $query, "\"}}")
    };
}

mod config;
mod needs;
mod parameter;
mod patience;
mod sql;
mod step;
mod top;

const fn error(code: &'static str) -> Entry {
    Entry { code, severity: Severity::Error, summary: "", why: "", fix: "", failing: "", passing: RIGHT }
}

const fn warning(code: &'static str) -> Entry {
    Entry { severity: Severity::Warning, ..error(code) }
}

/// A document with nothing wrong.
const RIGHT: &str = steps!(read!(), write!());

/// The contract of `shop.writer`, a component that some examples use as if a project had it.
pub const EXAMPLE_SPEC: &str = "name: shop.writer
version: 1.0.0
modes: [write]
capabilities: {}
configSchema:
  type: object
  additionalProperties: false
  required: [table]
  properties:
    table: {type: string, description: The table to write to.}
    query: {type: string, description: \"A statement to run instead of writing to a table.\"}
    encoding: {type: string, description: How text is written.}
    write_mode: {type: string, description: How rows are written.}
    primary_key: {type: string, description: The column that tells rows apart.}
    password: {type: string, description: The password.}
    region: {type: string, description: Where the shop is.}
    batch_size: {type: integer, minimum: 1, description: Rows of one batch.}
    retries: {type: integer, minimum: 0, description: How often a batch is tried again.}
secrets: [/password]
x-connection-fields:
  - {name: password, override: forbidden}
  - {name: region, override: warning}
constraints:
  required:
    - when: {retries: {minimum: 1}}
      must: {batch_size: {minimum: 1}}
      error: \"`retries` needs `batch_size`: a batch is what is tried again\"
";

/// Every entry, in the order of the rules.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    [top::ENTRIES, step::ENTRIES, patience::ENTRIES, needs::ENTRIES, config::ENTRIES, parameter::ENTRIES, sql::ENTRIES]
        .into_iter()
        .flatten()
}
