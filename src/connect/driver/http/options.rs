//! What REST and GraphQL steps have in common: where the server is, how requests prove who they are from,
//! how patient they are, and how rows become columns. What a connection says counts where the step says
//! nothing else; a default that was filled in is nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::super::config::Config;
use super::super::csv::options::dtype;
use super::super::part::Setup;
use super::auth::Auth;
use super::rows::Wanted;
use crate::connect::Connection;
use crate::diagnostic::Diagnostic;
use crate::secret;

/// Rows that decide on the columns where nothing else is said.
const INFER_ROWS: u64 = 1000;

/// How a server is asked.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// Its address.
    pub url: Url,
    /// Headers of every request to its origin.
    pub headers: HeaderMap,
    /// How requests prove who they are from.
    pub auth: Auth,
    /// How long to wait for an answer.
    pub timeout: Duration,
    /// How often a request is tried again.
    pub retries: u32,
    /// The wait before the first new try.
    pub retry_delay: Duration,
    /// The time between two requests at least.
    pub pace: Duration,
    /// Bytes of an answer at most.
    pub most_bytes: u64,
    /// Whether certificates are checked.
    pub validate_ssl: bool,
}

/// Reads keys of a step and of its connection.
pub(super) struct Reading<'a> {
    pub config: Config<'a>,
    connection: Option<&'a Connection>,
    at: String,
    wrong: Vec<Diagnostic>,
}

impl<'a> Reading<'a> {
    pub fn of(setup: &'a Setup<'_>, family: &str) -> Result<Reading<'a>, Vec<Diagnostic>> {
        let mut config = Config::new(setup.config, &setup.at());
        config.get("connection");
        let connection = setup.connection(family).map_err(|diagnostic| vec![diagnostic])?;
        Ok(Reading { config, connection, at: setup.at(), wrong: Vec::new() })
    }

    /// Ends the reading.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut all = self.config.finish();
        all.extend(self.wrong);
        all
    }

    fn fault(&mut self, key: &str, message: impl Into<String>, fix: &str) {
        self.config.wrong(key, message, fix);
    }

    /// A text of the step, else of the connection.
    pub fn secret(&mut self, key: &'static str) -> Option<SecretString> {
        if let Some(text) = self.config.text(key).filter(|text| !text.is_empty()) {
            let value = SecretString::from(text.to_owned());
            if secret_key(key) {
                secret::remember(&value);
            }
            return Some(value);
        }
        self.connected(key)
    }

    fn connected(&mut self, key: &str) -> Option<SecretString> {
        match self.connection?.resolve(key) {
            Ok(value) => value.filter(|value| !value.expose_secret().is_empty()),
            Err(diagnostic) => {
                self.wrong.push(diagnostic);
                None
            }
        }
    }

    /// The same of a value that is no secret; one that is the default counts as none.
    pub fn text(&mut self, key: &'static str, default: &str) -> String {
        let own = self.config.text(key).filter(|text| *text != default).map(str::to_owned);
        own.or_else(|| self.connected(key).map(|value| value.expose_secret().to_owned()))
            .unwrap_or_else(|| default.to_owned())
    }

    fn seconds(&mut self, key: &'static str, default: f64, range: (f64, f64)) -> Duration {
        let own = self.config.get(key).and_then(Value::as_f64).filter(|seconds| *seconds != default);
        let connected = self.connected(key).and_then(|text| text.expose_secret().trim().parse::<f64>().ok());
        let seconds = own.or(connected).unwrap_or(default);
        if !(range.0..=range.1).contains(&seconds) {
            self.fault(key, format!("`{key}` is {seconds}"), &format!("use seconds from {} to {}", range.0, range.1));
            return Duration::from_secs(1);
        }
        Duration::from_secs_f64(seconds)
    }

    /// Where the server is and how it is asked. `address` is the key of its address.
    pub fn server(&mut self, address: &'static str) -> Option<Server> {
        let url = self.address(address);
        let headers = self.headers();
        let auth = Auth::of(self);
        let validate = self.config.boolean("validate_ssl").unwrap_or(true);
        let connected = self.connected("validate_ssl").is_none_or(|text| text.expose_secret() != "false");
        let timeout = self.seconds("timeout", 30.0, (1.0, 300.0));
        let retry_delay = self.seconds("retry_delay", 1.0, (0.0, 60.0));
        let per_second = self.config.get("requests_per_second").map(Value::as_f64);
        let pace = match per_second {
            None => Duration::ZERO,
            Some(Some(n)) if (0.001..=10_000.0).contains(&n) => Duration::from_secs_f64(1.0 / n),
            Some(_) => {
                self.fault("requests_per_second", "`requests_per_second` is no rate", "write a number above 0");
                Duration::ZERO
            }
        };
        Some(Server {
            url: url?,
            headers: headers?,
            auth: auth?,
            timeout,
            retries: self.config.number("max_retries", 0).map_or(3, |n| n.min(10) as u32),
            retry_delay,
            pace,
            most_bytes: self.config.number("max_response_mb", 1).map_or(64, |n| n.min(1024)) << 20,
            validate_ssl: validate && connected,
        })
    }

    fn address(&mut self, key: &'static str) -> Option<Url> {
        let Some(text) = self.secret(key) else {
            let path = format!("{}.{key}", self.at);
            let diagnostic = Diagnostic::error("missing-config-key", format!("`{key}` is missing")).path(path);
            self.wrong.push(diagnostic.fix(format!("name a connection, or give `{key}`")));
            return None;
        };
        let url = Url::parse(text.expose_secret().trim()).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            self.fault(key, format!("`{key}` is no address"), "write http:// or https:// and a host");
        }
        url
    }

    fn headers(&mut self) -> Option<HeaderMap> {
        let mut texts: BTreeMap<String, SecretString> = BTreeMap::new();
        match self.connection.map(|connection| connection.resolve_map("headers")) {
            Some(Ok(headers)) => texts.extend(headers),
            Some(Err(diagnostic)) => self.wrong.push(diagnostic),
            None => {}
        }
        match self.config.get("headers") {
            None => {}
            Some(Value::Object(map)) => {
                for (name, value) in map {
                    let text = match value {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    texts.retain(|known, _| !known.eq_ignore_ascii_case(name));
                    texts.insert(name.clone(), text.into());
                }
            }
            Some(other) => {
                let _: Option<()> = self.config.mistyped("headers", "names with texts", other);
            }
        }
        let mut headers = HeaderMap::new();
        for (name, text) in texts {
            let pair = HeaderName::from_bytes(name.as_bytes()).ok().zip(header_value(&text));
            let Some((name, value)) = pair else {
                self.fault(
                    "headers",
                    "a header can't be sent",
                    "names have letters, digits and `-`; values no line end",
                );
                return None;
            };
            headers.insert(name, value);
        }
        Some(headers)
    }

    /// How rows become columns.
    pub fn wanted(&mut self) -> Wanted {
        let infer_rows = self.config.number("infer_rows", 1).unwrap_or(INFER_ROWS).min(100_000);
        Wanted {
            columns: self.config.texts("columns").filter(|columns| !columns.is_empty()),
            dtype: dtype(&mut self.config),
            all_text: self.config.choice("types", &[("infer", false), ("text", true)]).unwrap_or(false),
            flatten: self.config.boolean("flatten_result").unwrap_or(true),
            infer_rows: usize::try_from(infer_rows).unwrap_or(1),
            limit: self.config.number("limit", 0).unwrap_or(u64::MAX),
        }
    }
}

fn secret_key(key: &str) -> bool {
    matches!(key, "auth_token" | "auth_client_secret")
}

/// The value of a header that nobody prints.
pub(super) fn header_value(text: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text.expose_secret()).ok()?;
    value.set_sensitive(true);
    Some(value)
}
