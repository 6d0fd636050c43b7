//! Checks of what is edited, against the contracts, the connections and the remembered tables as they are then.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::place;
use crate::cli::setup::SharedStore;
use crate::connect::Connections;
use crate::connect::discovery::Cache;
use crate::contract::LiveRegistry;
use crate::contract::grammar::KnownTable;
use crate::pipeline::oml::{self, CheckContext};
use crate::tui;
use crate::workspace::Workspace;

/// So long what discovery remembers is not asked for again: somebody types meanwhile.
const FRESH: Duration = Duration::from_secs(2);

/// Checks what is edited in the workbench. It waits for the contracts where they are still being read.
pub fn checker(workspace: &Workspace, registry: Arc<OnceLock<LiveRegistry>>, store: SharedStore) -> tui::Checker {
    let workspace = workspace.clone();
    let remembered = Mutex::<Option<(Instant, Arc<Vec<KnownTable>>)>>::default();
    tui::Checker(Arc::new(move |file, text| {
        let (connections, _) = Connections::load(&workspace.root);
        let references = connections.references();
        let registry = registry.wait().current();
        let tables = {
            let mut kept = remembered.lock().unwrap_or_else(PoisonError::into_inner);
            match &*kept {
                Some((at, tables)) if at.elapsed() < FRESH => tables.clone(),
                _ => {
                    let tables = Arc::new(tables(&workspace, &store, &connections));
                    *kept = Some((Instant::now(), tables.clone()));
                    tables
                }
            }
        };
        let context = CheckContext { registry: &registry, connections: Some(&references), tables: &tables };
        oml::check(file, text, &context).diagnostics
    }))
}

fn tables(workspace: &Workspace, store: &SharedStore, connections: &Connections) -> Vec<KnownTable> {
    let Ok(store) = store.open(workspace) else { return Vec::new() };
    Cache::new(Some(store), place::discovery(&workspace.config)).remembered(&workspace.root, connections.iter())
}
