//! Steps that read a GraphQL server.

use reqwest::Method;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::super::dataset::Dataset;
use super::super::flow::{Halt, Io, Rows, Source};
use super::super::json::Path;
use super::super::part::{Part, Setup};
use super::client::{Client, Request};
use super::options::{Reading, Server};
use super::page::{self, Same};
use super::rows::{Gather, Wanted};
use super::wrong::{shown, wrong};
use crate::diagnostic::Diagnostic;
use crate::secret;

/// Errors of an answer that are shown.
const SHOWN: usize = 5;

struct Graph {
    server: Server,
    query: String,
    variables: Map<String, Value>,
    wanted: Wanted,
    data_path: Path,
    pages: Option<Pages>,
    max_pages: u64,
}

enum Pages {
    /// A connection: `pageInfo` says whether there is more, and from where on.
    Connection { cursor: Path, has_next: Path, variable: String },
    /// Rows to skip.
    Offset { variable: String },
}

/// Makes the part of a step.
pub(super) fn open(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let mut reading = Reading::of(setup, "graphql")?;
    let server = reading.server("endpoint");
    let wanted = reading.wanted();
    let config = &mut reading.config;
    let query = config.required_text("query").unwrap_or_default().to_owned();
    let mut variables = match config.get("variables") {
        None => Map::new(),
        Some(Value::Object(map)) => map.clone(),
        Some(other) => config.mistyped("variables", "values by name", other).unwrap_or_default(),
    };
    let enabled = config.boolean("pagination_enabled").unwrap_or(false);
    let offset = config.choice("pagination_kind", &[("connection", false), ("offset", true)]).unwrap_or(false);
    let info = config.text("pagination_path").unwrap_or("data.pageInfo").to_owned();
    let cursor = config.text("pagination_cursor_field").unwrap_or("endCursor").to_owned();
    let has_next = config.text("pagination_has_next_field").unwrap_or("hasNextPage").to_owned();
    let after = config.text("pagination_variable_name").unwrap_or("after").to_owned();
    let skip = config.text("pagination_offset_variable").unwrap_or("offset").to_owned();
    let size_variable = config.text("page_size_variable").map(str::to_owned);
    let page_size = config.number("page_size", 1).unwrap_or(100);
    let max_pages = config.number("max_pages", 0).unwrap_or(0);
    let data_path = config.text("data_path").map_or_else(|| Path::parse("data"), Path::parse);
    let pages = match (enabled, offset) {
        (false, _) => None,
        (true, true) => Some(Pages::Offset { variable: skip }),
        (true, false) => Some(Pages::Connection {
            cursor: Path::parse(&format!("{info}.{cursor}")),
            has_next: Path::parse(&format!("{info}.{has_next}")),
            variable: after,
        }),
    };
    if let (Some(pages), Some(variable)) = (&pages, &size_variable) {
        variables.insert(variable.clone(), page_size.into());
        uses(config, &query, "page_size_variable", variable);
        let _ = pages;
    }
    match &pages {
        Some(Pages::Offset { variable }) => uses(config, &query, "pagination_offset_variable", variable),
        Some(Pages::Connection { variable, .. }) => uses(config, &query, "pagination_variable_name", variable),
        None => {}
    }
    let wrong = reading.finish();
    let (Some(server), true) = (server, wrong.is_empty()) else { return Err(wrong) };
    Ok(Part::Source(Box::new(Graph { server, query, variables, wanted, data_path, pages, max_pages })))
}

/// A variable that the query does not have would be sent for nothing: every page would be the first.
fn uses(config: &mut super::super::config::Config<'_>, query: &str, key: &str, variable: &str) {
    let name = format!("${variable}");
    let there = query.match_indices(&name).any(|(at, _)| {
        let next = query[at + name.len()..].chars().next();
        !next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    if !there {
        let message = format!("the query does not use the variable ${variable}");
        config.wrong(key, message, format!("take ${variable} in the query, or correct `{key}`"));
    }
}

impl Source for Graph {
    fn dataset(&self) -> Option<Dataset> {
        Some(Dataset::address(&self.server.url))
    }

    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let url = self.server.url.clone();
        let name = shown(&url);
        let mut client = Client::new(self.server.clone())?;
        let mut gather = Gather::new(&self.wanted, &name, rows);
        let mut same = Same::default();
        let mut variables = self.variables.clone();
        if let Some(Pages::Offset { variable }) = &self.pages {
            variables.insert(variable.clone(), 0.into());
        }
        let (mut page, mut skipped) = (0, 0u64);
        let mut last: Option<String> = None;
        while !gather.is_full() {
            page += 1;
            let body = json!({"query": self.query, "variables": variables}).to_string();
            let request = Request { method: Method::POST, url: url.clone(), body: Some(body) };
            let answer = io.wait(client.ask(&request))?;
            let said = page::parse(&answer.text, &url)?;
            errors(said, page, &url)?;
            let count = page::rows(said, &self.data_path, page, &url, &mut gather)?;
            if self.max_pages > 0 && page >= self.max_pages {
                break;
            }
            let again = || {
                wrong("http-same-page", &url, &format!("page {page} is the one before again"))
                    .why("reading would never end")
                    .fix("let the query hand its variable on to the list: orders(after: $after)")
            };
            match &self.pages {
                None => break,
                Some(Pages::Offset { .. }) if count == 0 => break,
                Some(Pages::Offset { variable }) => {
                    if same.is(&answer.text) {
                        return Err(again().into());
                    }
                    skipped += count;
                    variables.insert(variable.clone(), skipped.into());
                }
                Some(Pages::Connection { cursor, has_next, variable }) => {
                    let more = has_next.find(said).map_err(|error| wrong("http-not-json", &url, &error.to_string()))?;
                    match more.map(RawValue::get) {
                        Some("true") => {}
                        Some("false" | "null") => break,
                        _ => {
                            let message = format!("page {page}: `{has_next}` does not say whether there is more");
                            return Err(wrong("http-no-cursor", &url, &message)
                                .fix("let the query ask for pageInfo { endCursor hasNextPage }, and `pagination_path` lead to it")
                                .into());
                        }
                    }
                    let Some(next) = page::word(said, cursor, &url)? else {
                        let message = format!("page {page}: there is more, but no cursor at `{cursor}`");
                        let fix = "let the query ask for endCursor";
                        return Err(wrong("http-no-cursor", &url, &message).fix(fix).into());
                    };
                    if last.as_ref() == Some(&next) {
                        return Err(again().into());
                    }
                    variables.insert(variable.clone(), next.clone().into());
                    last = Some(next);
                }
            }
        }
        gather.finish()
    }
}

/// What a server says went wrong, although it answered: rows could be missing.
fn errors(answer: &RawValue, page: u64, url: &reqwest::Url) -> Result<(), Diagnostic> {
    let found = Path::parse("errors").find(answer).ok().flatten();
    let Some(found) = found.filter(|errors| !matches!(errors.get(), "null" | "[]")) else { return Ok(()) };
    let list: Vec<&RawValue> = serde_json::from_str(found.get()).unwrap_or_else(|_| vec![found]);
    if list.is_empty() {
        return Ok(());
    }
    let text = |error: &&RawValue| {
        let message = Path::parse("message").find(error).ok().flatten();
        let text = message.and_then(|message| serde_json::from_str::<String>(message.get()).ok());
        text.unwrap_or_else(|| error.get().chars().take(200).collect())
    };
    let said: Vec<String> = list.iter().take(SHOWN).map(text).collect();
    Err(wrong("graphql-errors", url, &format!("page {page}: the server reports {} errors", list.len()))
        .why(secret::message(&said.join("; ")))
        .fix("correct the query; rows could be missing, so none are taken"))
}
