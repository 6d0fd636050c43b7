//! For tests: the nine components that the size of a model's context is stated for.

use std::path::Path;

use super::{Contract, Registry};

/// Their names.
pub(crate) const NINE: [&str; 9] = [
    "duckdb.processor",
    "filesystem.csv_extractor",
    "filesystem.csv_writer",
    "graphql.extractor",
    "mysql.extractor",
    "mysql.writer",
    "posthog.extractor",
    "supabase.extractor",
    "supabase.writer",
];

/// The built-in contracts with the nine over them.
pub(crate) fn registry() -> Registry {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = [fixtures.join("compat-osiris/components"), fixtures.join("osiris-components")];
    let registry = Registry::layered(Some(&folders[0]), Some(&folders[1]));
    assert_eq!(registry.diagnostics(), []);
    registry
}

/// The nine of them.
pub(crate) fn nine(registry: &Registry) -> Vec<&Contract> {
    NINE.iter().filter_map(|name| registry.get(name)).collect()
}
