//! How requests prove who they are from.

use base64::Engine as _;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};
use secrecy::{ExposeSecret as _, SecretString};

use super::options::{Reading, header_value};
use crate::secret;

/// How requests prove who they are from.
#[derive(Clone, Debug)]
pub(super) enum Auth {
    /// They don't.
    None,
    /// With a header.
    Header(HeaderName, SecretString),
    /// With a value in the address's query.
    Query(String, SecretString),
    /// With a token that is fetched (OAuth 2, client credentials).
    Client(Client),
}

/// A client that fetches tokens.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// Where tokens are.
    pub url: Url,
    pub id: String,
    pub secret: SecretString,
    pub scope: Option<String>,
}

impl Auth {
    /// Reads it; `None` when something is wrong with it, which is said.
    pub fn of(reading: &mut Reading<'_>) -> Option<Auth> {
        let kind = reading.text("auth_type", "none");
        let token = reading.secret("auth_token");
        let user = reading.secret("auth_username");
        let header = reading.text("auth_header_name", "X-API-Key");
        let query = reading.text("auth_query_name", "");
        let token_url = reading.text("auth_token_url", "");
        let id = reading.text("auth_client_id", "");
        let client_secret = reading.secret("auth_client_secret");
        let scope = reading.text("auth_scope", "");
        let mut missing = |key: &'static str| {
            let fix = format!("the connection holds `{key}`; `auth_type: {kind}` needs it");
            reading.config.wrong(key, format!("`{key}` is missing"), fix);
        };
        match kind.as_str() {
            "none" => Some(Auth::None),
            "oauth2" => {
                let url = Url::parse(&token_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
                if url.is_none() {
                    missing("auth_token_url");
                }
                if id.is_empty() {
                    missing("auth_client_id");
                }
                if client_secret.is_none() {
                    missing("auth_client_secret");
                }
                let scope = Some(scope).filter(|scope| !scope.is_empty());
                let id = Some(id).filter(|id| !id.is_empty())?;
                Some(Auth::Client(Client { url: url?, id, secret: client_secret?, scope }))
            }
            "bearer" | "basic" | "api_key" => {
                let Some(token) = token else {
                    missing("auth_token");
                    return None;
                };
                let header = match kind.as_str() {
                    "bearer" => (AUTHORIZATION, format!("Bearer {}", token.expose_secret()).into()),
                    "basic" => {
                        let Some(user) = user else {
                            missing("auth_username");
                            return None;
                        };
                        (AUTHORIZATION, basic(user.expose_secret(), &token))
                    }
                    _ if !query.is_empty() => return Some(Auth::Query(query, token)),
                    _ => match HeaderName::from_bytes(header.as_bytes()) {
                        Ok(name) => (name, token),
                        Err(_) => {
                            let fix = "use letters, digits and `-`";
                            reading.config.wrong("auth_header_name", "`auth_header_name` is no name of a header", fix);
                            return None;
                        }
                    },
                };
                if header_value(&header.1).is_none() {
                    let fix = "it holds a line end or a control character, perhaps copied along";
                    reading.config.wrong("auth_token", "the key can't be sent", fix);
                    return None;
                }
                Some(Auth::Header(header.0, header.1))
            }
            other => {
                let fix = "use one of: none, bearer, basic, api_key, oauth2";
                reading.config.wrong("auth_type", format!("`auth_type` is `{other}`"), fix);
                None
            }
        }
    }

    /// Puts it into a request.
    pub fn put(&self, token: Option<&SecretString>, headers: &mut HeaderMap, url: &mut Url) {
        match self {
            Auth::None => {}
            Auth::Header(name, value) => {
                if let Some(value) = header_value(value) {
                    headers.insert(name, value);
                }
            }
            Auth::Query(name, value) => {
                let pairs: Vec<(String, String)> =
                    url.query_pairs().filter(|(key, _)| key != name).map(|(k, v)| (k.into(), v.into())).collect();
                url.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value.expose_secret());
            }
            Auth::Client(_) => {
                let bearer = token.and_then(|t| header_value(&format!("Bearer {}", t.expose_secret()).into()));
                if let Some(value) = bearer {
                    headers.insert(AUTHORIZATION, value);
                }
            }
        }
    }
}

/// `Basic …`, whose encoded form is as secret as the password.
pub(super) fn basic(user: &str, password: &SecretString) -> SecretString {
    let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.expose_secret()));
    secret::remember(&login.clone().into());
    format!("Basic {login}").into()
}
