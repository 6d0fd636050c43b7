//! Steps that read a REST API.

use reqwest::{Method, Url};
use serde_json::Value;

use super::super::dataset::Dataset;
use super::super::flow::{Halt, Io, Rows, Source};
use super::super::json::Path;
use super::super::part::{Part, Setup};
use super::client::{Client, Request, join};
use super::options::{Reading, Server};
use super::page::{self, Same};
use super::rows::{Gather, Wanted};
use super::wrong::{shown, wrong};
use crate::diagnostic::Diagnostic;

/// How an API numbers its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pages {
    /// Not.
    None,
    /// From a first number on.
    Number,
    /// By the rows to skip.
    Offset,
    /// By a word of the answer.
    Cursor,
    /// By an address in the answer.
    Next,
    /// By the `Link` header.
    Link,
}

struct Rest {
    server: Server,
    request: Request,
    wanted: Wanted,
    data_path: Path,
    pages: Pages,
    page_param: String,
    size_param: String,
    page_size: u64,
    page_start: u64,
    cursor_path: Path,
    max_pages: u64,
}

/// Makes the part of a step.
pub(super) fn open(setup: &Setup<'_>) -> Result<Part, Vec<Diagnostic>> {
    let mut reading = Reading::of(setup, "rest")?;
    let server = reading.server("base_url");
    let wanted = reading.wanted();
    let config = &mut reading.config;
    let path = config.text("path").unwrap_or("/").to_owned();
    let method = config.choice("method", &[("GET", false), ("POST", true)]).unwrap_or(false);
    let params = pairs(config.get("params"));
    let body = config.get("body").map(Value::to_string);
    if body.is_some() && !method {
        config.wrong("body", "a GET request has no body", "use `method: POST`");
    }
    let kinds = [
        ("none", Pages::None),
        ("page", Pages::Number),
        ("offset", Pages::Offset),
        ("cursor", Pages::Cursor),
        ("next", Pages::Next),
        ("link", Pages::Link),
    ];
    let pages = config.choice("pagination", &kinds).unwrap_or(Pages::None);
    let cursor_path = config.text("cursor_path").map(Path::parse).unwrap_or_default();
    if matches!(pages, Pages::Cursor | Pages::Next) && cursor_path.keys().is_empty() {
        config.wrong("cursor_path", "`cursor_path` is missing", "write the keys that lead to the cursor, with dots");
    }
    let data_path = config.text("data_path").map(Path::parse).unwrap_or_default();
    let page_param = config.text("page_param").unwrap_or("page").to_owned();
    let size_param = config.text("page_size_param").unwrap_or("per_page").to_owned();
    let page_size = config.number("page_size", 1).unwrap_or(100);
    let page_start = config.number("page_start", 0).unwrap_or(1);
    let max_pages = config.number("max_pages", 0).unwrap_or(0);
    let url = server.as_ref().map(|server| address(&server.url, &path, &params));
    if matches!(url, Some(None)) {
        config.wrong("path", "`path` and `base_url` make no address", "write what follows the address: /orders");
    }
    let wrong = reading.finish();
    let (Some(server), Some(Some(url)), true) = (server, url, wrong.is_empty()) else { return Err(wrong) };
    let method = if method { Method::POST } else { Method::GET };
    Ok(Part::Source(Box::new(Rest {
        request: Request { method, url, body },
        server,
        wanted,
        data_path,
        pages,
        page_param,
        size_param,
        page_size,
        page_start,
        cursor_path,
        max_pages,
    })))
}

fn pairs(params: Option<&Value>) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let map = params.and_then(Value::as_object);
    map.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// The address of a step: the path follows that of the server, whose query stays.
fn address(base: &Url, path: &str, params: &[(String, String)]) -> Option<Url> {
    let mut url = base.clone();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let begin = base.path().trim_end_matches('/');
    let path = path.trim_start_matches('/');
    url.set_path(&if path.is_empty() { begin.to_owned() } else { format!("{begin}/{path}") });
    url.set_fragment(None);
    let asked = Url::parse(&format!("http://localhost/?{query}")).ok()?;
    {
        let mut pairs = url.query_pairs_mut();
        pairs.extend_pairs(asked.query_pairs());
        pairs.extend_pairs(params);
    }
    if url.query() == Some("") {
        url.set_query(None);
    }
    // A path must not lead to another host.
    (url.origin() == base.origin()).then_some(url)
}

impl Rest {
    /// The address of a page: with its place and its size.
    fn at(&self, place: Option<&str>) -> Url {
        let mut url = self.request.url.clone();
        let replaced = |name: &str| place.is_some() && name == self.page_param || name == self.size_param;
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !replaced(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        {
            let mut pairs = url.query_pairs_mut();
            pairs.clear().extend_pairs(kept);
            if let Some(place) = place.filter(|_| !self.page_param.is_empty()) {
                pairs.append_pair(&self.page_param, place);
            }
            if !self.size_param.is_empty() {
                pairs.append_pair(&self.size_param, &self.page_size.to_string());
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        url
    }

    fn first(&self) -> Url {
        match self.pages {
            Pages::None => self.request.url.clone(),
            Pages::Number => self.at(Some(&self.page_start.to_string())),
            Pages::Offset => self.at(Some("0")),
            Pages::Cursor | Pages::Next | Pages::Link => self.at(None),
        }
    }
}

impl Source for Rest {
    fn dataset(&self) -> Option<Dataset> {
        Some(Dataset::address(&self.request.url))
    }

    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let name = shown(&self.request.url);
        let mut client = Client::new(self.server.clone())?;
        let mut gather = Gather::new(&self.wanted, &name, rows);
        let mut same = Same::default();
        let mut request = Request { url: self.first(), ..self.request.clone() };
        let (mut page, mut skipped) = (0, 0);
        let mut cursor: Option<String> = None;
        while !gather.is_full() {
            page += 1;
            let answer = io.wait(client.ask(&request))?;
            let json = page::parse(&answer.text, &request.url)?;
            let count = page::rows(json, &self.data_path, page, &request.url, &mut gather)?;
            if self.max_pages > 0 && page >= self.max_pages {
                break;
            }
            let again = |what: &str| {
                wrong("http-same-page", &request.url, &format!("page {page} is the one before again"))
                    .why("reading would never end")
                    .fix(format!("check `{what}`: the API takes no notice of it"))
            };
            request.url = match self.pages {
                Pages::None => break,
                Pages::Number | Pages::Offset if count == 0 => break,
                Pages::Number | Pages::Offset if same.is(&answer.text) => return Err(again("page_param").into()),
                Pages::Number => self.at(Some(&self.page_start.saturating_add(page).to_string())),
                Pages::Offset => {
                    skipped += count;
                    self.at(Some(&skipped.to_string()))
                }
                Pages::Cursor => {
                    let Some(next) = page::word(json, &self.cursor_path, &request.url)? else { break };
                    if cursor.as_ref() == Some(&next) {
                        return Err(again("page_param").into());
                    }
                    let url = self.at(Some(&next));
                    cursor = Some(next);
                    url
                }
                Pages::Next | Pages::Link => {
                    let next = match self.pages {
                        Pages::Next => page::word(json, &self.cursor_path, &request.url)?,
                        _ => answer.next,
                    };
                    let Some(next) = next else { break };
                    let url = join(&request.url, &next).ok_or_else(|| {
                        wrong("http-no-cursor", &request.url, &format!("page {page} names no address as the next"))
                            .fix("correct `cursor_path`, or use `pagination: cursor`")
                    })?;
                    if url == request.url {
                        return Err(again("cursor_path").into());
                    }
                    url
                }
            };
        }
        gather.finish()
    }
}
