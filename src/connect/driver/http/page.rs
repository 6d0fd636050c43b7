//! A page: an answer, and the rows in it.

use std::hash::{DefaultHasher, Hash, Hasher};

use reqwest::Url;
use serde_json::value::RawValue;

use super::super::flow::Halt;
use super::super::json::Path;
use super::rows::{At, Gather};
use super::wrong::wrong;
use crate::diagnostic::Diagnostic;

/// Keys of an answer that a diagnostic names.
const SHOWN: usize = 20;

/// An answer that is JSON.
///
/// # Errors
/// It is not.
pub(super) fn parse<'a>(text: &'a str, url: &Url) -> Result<&'a RawValue, Diagnostic> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        wrong("http-not-json", url, &format!("the answer is no JSON: {error}"))
            .fix("check the address and `path`; a page for people is no answer of an API")
    })
}

/// Hands the rows of an answer on; how many there were.
///
/// # Errors
/// There is nothing at the path, or a row does not fit.
pub(super) fn rows(answer: &RawValue, path: &Path, page: u64, url: &Url, gather: &mut Gather<'_>) -> Result<u64, Halt> {
    let found = path.find(answer).map_err(|error| wrong("http-not-json", url, &error.to_string()))?;
    let Some(found) = found else {
        let message = format!("page {page}: there is nothing at `{path}`");
        let diagnostic = wrong("json-path-not-found", url, &message);
        let keys = keys(answer);
        return Err(match keys.is_empty() {
            true => diagnostic.fix("correct `data_path`: the keys that lead to the list, with dots"),
            false => diagnostic.fix(format!("correct `data_path`; the answer has the keys: {keys}")),
        }
        .into());
    };
    match found.get().as_bytes().first() {
        Some(b'n') => Ok(0),
        Some(b'[') => {
            let items: Vec<&RawValue> =
                serde_json::from_str(found.get()).map_err(|error| wrong("http-not-json", url, &error.to_string()))?;
            for (row, item) in (1..).zip(&items) {
                gather.push(At { page, row }, item.get())?;
            }
            Ok(items.len() as u64)
        }
        // One object is one row.
        _ => gather.push(At { page, row: 1 }, found.get()).map(|()| 1),
    }
}

fn keys(answer: &RawValue) -> String {
    let mut row = Vec::new();
    if super::super::json::read_row(answer.get(), false, &mut row).is_err() {
        return String::new();
    }
    row.iter().take(SHOWN).map(|(name, _)| name.chars().take(40).collect::<String>()).collect::<Vec<_>>().join(", ")
}

/// Notices an API that hands out the same page again and again.
#[derive(Default)]
pub(super) struct Same {
    last: Option<u64>,
}

impl Same {
    /// Whether a page with rows is the one before.
    pub fn is(&mut self, text: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let now = hasher.finish();
        self.last.replace(now) == Some(now)
    }
}

/// The value at a path as a text; `None` where there is none or an empty one.
///
/// # Errors
/// Broken JSON, or an object or a list.
pub(super) fn word(answer: &RawValue, path: &Path, url: &Url) -> Result<Option<String>, Diagnostic> {
    let found = path.find(answer).map_err(|error| wrong("http-not-json", url, &error.to_string()))?;
    let Some(found) = found else { return Ok(None) };
    match found.get().as_bytes().first() {
        // `false` is how some say that there is none.
        Some(b'n' | b'f') => Ok(None),
        Some(b'"') => {
            let text: String =
                serde_json::from_str(found.get()).map_err(|error| wrong("http-not-json", url, &error.to_string()))?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        }
        Some(b'{' | b'[') => {
            Err(wrong("http-no-cursor", url, &format!("what is at `{path}` is no text and no number"))
                .fix("correct the path of the cursor"))
        }
        _ => Ok(Some(found.get().to_owned())),
    }
}
