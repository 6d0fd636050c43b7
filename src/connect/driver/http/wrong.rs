//! What goes wrong between a step and a server, as a person is told it. No address is shown with its query:
//! keys stand there.

use reqwest::Url;

use crate::diagnostic::{self, Diagnostic};
use crate::secret;

/// An address without what may be secret in it.
pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

/// A diagnostic about a server.
pub(super) fn wrong(code: &str, url: &Url, what: &str) -> Diagnostic {
    let at = shown(url);
    Diagnostic::error(code, secret::message(&format!("{at}: {what}"))).source(secret::hide(&at).into_owned())
}

/// What an error of the line says, with its causes and without the address.
pub(super) fn causes(error: reqwest::Error) -> String {
    secret::message(&diagnostic::causes(&error.without_url()))
}

/// Whether a status says that the same request may go well later.
pub(super) fn passes(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// What a server says with a status that is none of success.
pub(super) fn status(url: &Url, status: u16, said: &[u8]) -> Diagnostic {
    let said = secret::message(&String::from_utf8_lossy(said));
    let code = if passes(status) { "http-busy" } else { "http-status" };
    let diagnostic = wrong(code, url, &format!("the server answered {status}"));
    let diagnostic = if said.trim().is_empty() { diagnostic } else { diagnostic.why(said) };
    match status {
        401 => diagnostic.fix("check how the request proves who it is from: `auth_type` and its key"),
        403 => diagnostic.fix("ask for the right to read this, or use another key"),
        404 => diagnostic.fix("check the address and `path`"),
        status if passes(status) || status >= 500 => {
            diagnostic.fix("try again later; `max_retries` and `retry_delay` allow more")
        }
        300..=399 => diagnostic.fix("correct the address: the server sends on to another"),
        _ => diagnostic.fix("correct what the step asks for"),
    }
}
