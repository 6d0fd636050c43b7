//! What the model is shown beside the conversation: the contracts of the components in question, the
//! discovery of the connections in scope, and the document. Nothing of other connections.

use std::collections::BTreeSet;

use super::choice::{self, About};
use super::prompt::Parts;
use super::structured::{self, Asked};
use super::subject::Subject;
use super::{CacheUse, ShownContract, ShownDiscovery, TurnEnv, TurnInput, target};
use crate::connect::Connection;
use crate::connect::discovery::{Component, Discovery, Found, Options, Origin, Request, printable, tables_of};
use crate::contract::grammar::{Known, KnownTable};
use crate::contract::{self, Contract};
use crate::diagnostic::{Diagnostic, LineIndex};
use crate::model::ResponseFormat;
use crate::pipeline::run::is_runnable;
use crate::yaml;

/// The most tables of one discovery that an event names.
const MAX_TABLES: usize = 200;

/// The context of a turn.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// What the model is told.
    pub parts: Parts,
    /// The contracts among it.
    pub contracts: Vec<ShownContract>,
    /// The discoveries among it.
    pub discoveries: Vec<ShownDiscovery>,
    /// What could not be shown.
    pub problems: Vec<Diagnostic>,
    /// The tables that discovery knows of the connections in scope.
    pub tables: Vec<KnownTable>,
    /// What the answer is held to.
    pub response_format: Option<ResponseFormat>,
}

/// What a message is about.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    asked: Subject,
    written: Subject,
    document: Option<(String, String)>,
    /// The connections whose discovery is shown.
    connections: Vec<String>,
}

/// What came of looking at a connection.
pub(super) type Looked = (String, Result<Found, Diagnostic>);

/// Finds out what a message is about. Blocks: it reads files.
pub(super) fn scope(env: &TurnEnv, message: &str, input: &TurnInput) -> Scope {
    let asked = Subject::of(message);
    let document = input.document.clone().or_else(|| named_document(env, &asked));
    let written = document.as_ref().map(|(_, text)| Subject::of(text)).unwrap_or_default();
    let connections = in_scope(&env.connections.references(), &asked.connections, &written.connections);
    Scope { asked, written, document, connections }
}

/// Looks at the connections in scope, side by side.
pub(super) async fn look(env: &TurnEnv, scope: &Scope) -> Vec<Looked> {
    let looking = scope.connections.iter().map(|reference| async {
        let found = match env.connections.find(reference) {
            Ok(connection) => look_at(env, connection).await,
            Err(problem) => Err(problem),
        };
        (reference.clone(), found)
    });
    futures_util::future::join_all(looking).await
}

async fn look_at(env: &TurnEnv, connection: &Connection) -> Result<Found, Diagnostic> {
    let request = Request {
        root: &env.root,
        connection,
        options: Options::of(connection, env.discoveries.settings.sample_rows)?,
        components: Component::of_family(&env.registry, &connection.family),
        refresh: false,
    };
    env.discoveries.discover(request).await
}

/// Gathers the context of a message. Blocks: it works through contracts.
pub(super) fn gather(env: &TurnEnv, message: &str, input: &TurnInput, scope: Scope, looked: Vec<Looked>) -> Context {
    let Scope { asked, written, document, connections } = scope;
    let both: Vec<String> = connections.iter().chain(&written.connections).cloned().collect();
    let about = About { message, asked: &asked, written: &written, connections: &both };
    let choice = choice::choose(&env.registry, about, is_runnable, contract::context::BUDGET_TOKENS);
    let mut context = Context {
        parts: Parts {
            contracts: contract::context::with_others(&choice.shown, &choice.left_out),
            document,
            review_notes: input.review_notes.clone(),
            earlier: input.earlier.clone(),
            ..Parts::default()
        },
        contracts: choice.shown.iter().map(|c| shown_contract(c)).collect(),
        discoveries: Vec::new(),
        problems: Vec::new(),
        tables: Vec::new(),
        response_format: None,
    };
    let written = context.parts.document.as_ref().map(|(_, text)| text.as_str());
    let spoken_about = format!("{message}\n{}", written.unwrap_or_default());
    let mut known = Known { connections: Some(both), tables: Vec::new(), params: parameters(written) };
    for (reference, found) in looked {
        add_discovery(&reference, found, &spoken_about, &mut context, &mut known.tables);
    }
    context.response_format = structured::format(&Asked {
        structured: env.settings.structured,
        model: &env.model.info(),
        contracts: &choice.shown,
        known: &known,
        document: context.parts.document.as_ref().map(|(_, text)| text.as_str()),
    });
    context.parts.structured = context.response_format.is_some();
    context
}

/// The names of the parameters that a document declares.
fn parameters(document: Option<&str>) -> Vec<String> {
    let tree = document.map(|text| yaml::load(&LineIndex::new(text)));
    let top = tree.and_then(|tree| tree.root);
    let params = top.as_ref().and_then(|top| top.as_map()?.get("params")?.as_map());
    params.into_iter().flat_map(|params| &params.entries).map(|entry| entry.key.text.clone()).collect()
}

/// A pipeline file of the workspace that the message names.
fn named_document(env: &TurnEnv, asked: &Subject) -> Option<(String, String)> {
    let candidates = asked.files.iter().flat_map(|file| [file.clone(), format!("pipelines/{file}")]);
    candidates.into_iter().find_map(|file| {
        let text = target::read(&env.root, &file).ok().flatten()?;
        Some((file, text))
    })
}

fn shown_contract(contract: &Contract) -> ShownContract {
    ShownContract {
        name: contract.name.clone(),
        version: contract.version.clone(),
        fingerprint: contract.fingerprint.clone(),
    }
}

/// The connections whose discovery is shown: those that the message names; else those that the document
/// uses; else the only one there is.
fn in_scope(all: &[String], asked: &BTreeSet<String>, written: &BTreeSet<String>) -> Vec<String> {
    if !asked.is_empty() {
        return asked.iter().cloned().collect();
    }
    if !written.is_empty() {
        return written.iter().cloned().collect();
    }
    match all {
        [only] => vec![only.clone()],
        _ => Vec::new(),
    }
}

fn add_discovery(
    reference: &str,
    found: Result<Found, Diagnostic>,
    spoken_about: &str,
    context: &mut Context,
    tables: &mut Vec<KnownTable>,
) {
    match found {
        Ok(Found { discovery, key, origin }) => {
            context.tables.extend(tables_of(&discovery));
            tables.extend(known_tables(&discovery));
            context.parts.discoveries.push((reference.to_owned(), discovery.for_model(spoken_about)));
            let cache = match origin {
                Origin::Cache(age) => Some(CacheUse { key, age_s: Some(age.as_secs()), miss: None }),
                Origin::System(miss) => Some(CacheUse { key, age_s: None, miss: Some(miss) }),
            };
            context.discoveries.push(ShownDiscovery {
                connection: discovery.connection,
                fingerprint: discovery.fingerprint,
                more: discovery.tables.len().saturating_sub(MAX_TABLES),
                tables: discovery.tables.iter().take(MAX_TABLES).map(|table| printable(&table.name)).collect(),
                cache,
            });
        }
        Err(problem) => {
            // The model learns that, not what: a message may hold paths of this machine, and the names of
            // connections that are not its business.
            let why = format!("It can't be used ({}). Tell the person.", problem.code);
            context.parts.missing.push((reference.to_owned(), why));
            context
                .problems
                .push(Diagnostic { source: problem.source.or_else(|| Some(reference.to_owned())), ..problem });
        }
    }
}

/// The tables of a discovery by what a step names them with: a file by its path. Where there are more than
/// were looked at, none is known: what is not among them may be there all the same.
fn known_tables(discovery: &Discovery) -> impl Iterator<Item = KnownTable> {
    let files = discovery.connection.starts_with("@filesystem.");
    let known = discovery.tables.iter().filter(|table| table.problem.is_none() && !discovery.cut);
    known.map(move |table| KnownTable {
        connection: discovery.connection.clone(),
        name: if files { table.path.clone() } else { table.name.clone() },
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn only_connections_in_scope_are_shown() {
        let one = ["@a.x".to_owned()];
        let two = ["@a.x".to_owned(), "@b.y".to_owned()];
        assert_eq!(in_scope(&two, &set(&["@b.y"]), &set(&["@a.x"])), ["@b.y"]);
        assert_eq!(in_scope(&two, &set(&[]), &set(&["@a.x"])), ["@a.x"]);
        assert!(in_scope(&two, &set(&[]), &set(&[])).is_empty());
        assert_eq!(in_scope(&one, &set(&[]), &set(&[])), ["@a.x"]);
    }
}
