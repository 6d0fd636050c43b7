//! Requests to the REST API of a project.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_RANGE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::connect::Connection;
use crate::connect::driver::config::Config;
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Halt, Io};
use crate::connect::driver::part::Setup;
use crate::diagnostic::Diagnostic;
use crate::secret;

/// Most bytes of an answer.
const MAX_BYTES: usize = 64 << 20;
/// The wait before the first repetition; it doubles.
const WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Characters of the server's words.
const SAID: usize = 400;

/// A project's API.
pub(super) struct Api {
    pub connection: Connection,
    pub schema: String,
    base: Url,
    timeout: Duration,
    retries: u32,
    client: OnceLock<Client>,
}

/// An answer that is no refusal.
pub(super) struct Answer {
    pub body: Vec<u8>,
    /// Rows as the server counts them, where it was asked to.
    pub total: Option<u64>,
}

/// Whether a request that may have been carried out can be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It changes nothing the second time.
    Harmless,
    /// It would do its work twice.
    Never,
}

/// A request.
pub(super) struct Request<'a> {
    pub method: Method,
    pub url: Url,
    /// Names and values.
    pub headers: &'a [(&'static str, &'a str)],
    pub body: Option<Vec<u8>>,
    pub again: Again,
    /// Completes "Supabase could not …".
    pub doing: &'a str,
}

impl Api {
    pub fn new(setup: &Setup<'_>, connection: Connection, schema: &str) -> Result<Api, Vec<Diagnostic>> {
        let mut config = Config::new(setup.config, &setup.at());
        let timeout = Duration::from_secs(config.number("timeout", 1).unwrap_or(30));
        let retries = config.number("retries", 0).unwrap_or(3).min(10) as u32;
        let one = |diagnostic: Diagnostic| vec![diagnostic];
        let text = |field: &str| -> Result<Option<String>, Vec<Diagnostic>> {
            let value = connection.resolve(field).map_err(one)?;
            Ok(value.map(|value| value.expose_secret().to_owned()).filter(|value| !value.is_empty()))
        };
        let address = match (text("url")?, text("project_id")?) {
            (Some(url), _) => url,
            (None, Some(project)) => format!("https://{project}.supabase.co"),
            (None, None) => {
                return Err(one(connection
                    .error(
                        "url",
                        "missing-connection-field",
                        format!("{} has neither `url` nor `project_id`", connection.reference()),
                    )
                    .fix("add `url`, or `pg_dsn`, which is much faster")));
            }
        };
        let base = Url::parse(&format!("{}/rest/v1/", address.trim_end_matches('/'))).ok();
        // The key goes with every request: in the open only to this machine itself.
        let base = base.filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_local(url)));
        let base = base.ok_or_else(|| {
            let message = "`url` is no https address";
            one(connection.error("url", "invalid-connection-field", message).fix("write https://<project>.supabase.co"))
        })?;
        Ok(Api { schema: schema.to_owned(), base, timeout, retries, client: OnceLock::new(), connection })
    }

    /// `@supabase.shop:public.orders`
    pub fn place(&self, table: &str) -> String {
        format!("{}:{}.{table}", self.connection.reference(), self.schema)
    }

    /// A table, as other programs know it.
    pub fn dataset(&self, table: &str) -> Dataset {
        Dataset { namespace: self.base.origin().ascii_serialization(), name: format!("{}.{table}", self.schema) }
    }

    /// The address of a table; of the API's description without one.
    pub fn url(&self, table: Option<&str>) -> Result<Url, Halt> {
        let mut url = self.base.clone();
        if let Some(table) = table {
            // As one segment: a name with a slash or a dot leads nowhere else.
            let pushed = url.path_segments_mut().map(|mut path| {
                path.pop_if_empty().push(table);
            });
            pushed.map_err(|()| Halt::from(Diagnostic::error("invalid-connection-field", "`url` is no address")))?;
        }
        Ok(url)
    }

    fn key(&self) -> Result<SecretString, Diagnostic> {
        for field in ["key", "service_role_key", "anon_key"] {
            if let Some(key) = self.connection.resolve(field)?.filter(|key| !key.expose_secret().is_empty()) {
                return Ok(key);
            }
        }
        let message = format!("{} has no `key`", self.connection.reference());
        Err(self.connection.error("key", "missing-connection-field", message).fix("add `key`, or `pg_dsn`"))
    }

    fn client(&self) -> Result<&Client, Diagnostic> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = self.make_client()?;
        Ok(self.client.get_or_init(|| client))
    }

    fn make_client(&self) -> Result<Client, Diagnostic> {
        // Fails when another client has installed it already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = self.key()?;
        let value = |text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| {
                self.connection.error("key", "invalid-connection-field", "the key can't be sent").fix("copy it again")
            })?;
            value.set_sensitive(true);
            Ok::<_, Diagnostic>(value)
        };
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("apikey"), value(key.expose_secret())?);
        headers.insert(AUTHORIZATION, value(&format!("Bearer {}", key.expose_secret()))?);
        let mut builder = Client::builder()
            .user_agent(concat!("pipesmith/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .timeout(self.timeout)
            // A redirect would carry the key to an address that nobody chose.
            .redirect(reqwest::redirect::Policy::none());
        if self.base.scheme() == "http" {
            builder = builder.tls_certs_only([]).no_proxy();
        }
        builder.build().map_err(|error| {
            Diagnostic::error("supabase-client", "the HTTP client can't be set up").why(error.to_string())
        })
    }

    /// Sends a request, again where that is harmless; waits for the whole answer.
    pub fn send(&self, io: &Io, request: Request<'_>) -> Result<Answer, Halt> {
        let client = self.client()?;
        let mut attempt = 0;
        loop {
            let mut building = client.request(request.method.clone(), request.url.clone());
            for (name, value) in request.headers {
                building = building.header(*name, *value);
            }
            if let Some(body) = &request.body {
                building = building.body(body.clone());
            }
            let end = io.wait(async { Ok::<_, Halt>(once(building).await) })?;
            let (again, failed, wait) = match end {
                Ok((status, total, _, body)) if (200..300).contains(&status) => return Ok(Answer { body, total }),
                Ok((status, _, wait, body)) => {
                    // 429 is said before anything is done.
                    let passes =
                        status == 429 || (matches!(status, 500 | 502..=504) && request.again == Again::Harmless);
                    (passes, self.refused(status, &body, request.doing), wait)
                }
                Err(error) => {
                    let unsent = error.is_connect();
                    let passes = unsent || request.again == Again::Harmless;
                    (passes, self.lost(&error, unsent, &request), None)
                }
            };
            if !again || attempt >= self.retries {
                return Err(failed.into());
            }
            let wait = wait.unwrap_or(WAIT * 2u32.pow(attempt)).min(LONGEST_WAIT);
            attempt += 1;
            io.wait(async {
                tokio::time::sleep(wait).await;
                Ok::<_, Halt>(())
            })?;
        }
    }

    fn refused(&self, status: u16, body: &[u8], doing: &str) -> Diagnostic {
        let text = String::from_utf8_lossy(body);
        let said: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let part = |name: &str| said.as_ref().and_then(|said| said[name].as_str()).filter(|text| !text.is_empty());
        let words = match part("message") {
            Some(message) => {
                let more: Vec<&str> = ["details", "hint", "code"].into_iter().filter_map(part).collect();
                if more.is_empty() { message.to_owned() } else { format!("{message} ({})", more.join("; ")) }
            }
            None => text.into_owned(),
        };
        let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID).collect();
        let fix = match status {
            401 | 403 => "check `key` and what it may do (row level security counts)",
            404 => "correct `table` and `schema`, and expose the schema to the API",
            409 => "write with `write_mode: upsert`, or take the rows that are there out before this step",
            413 => "send fewer rows at a time: `batch_size`",
            429 | 500.. => "try again later",
            _ => "correct what the reason names",
        };
        Diagnostic::error("supabase-refused", format!("Supabase could not {doing}"))
            .why(format!("it answered {status}: {}", secret::hide(&words)))
            .fix(fix)
    }

    fn lost(&self, error: &reqwest::Error, unsent: bool, request: &Request<'_>) -> Diagnostic {
        let mut why = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(deeper) = cause {
            why = format!("{why}: {deeper}");
            cause = deeper.source();
        }
        let why = secret::hide(&why).into_owned();
        let diagnostic = Diagnostic::error("supabase-line", format!("the answer was lost: {}", request.doing));
        if request.again == Again::Never && !unsent {
            return diagnostic
                .why(format!("{why}; the rows of this request may be there or not, so they were not sent again"))
                .fix("look at the table; `write_mode: upsert`, or a connection with `pg_dsn`, can be repeated safely");
        }
        diagnostic.why(why).fix("check the address and the line, and run it again")
    }
}

type Once = (u16, Option<u64>, Option<Duration>, Vec<u8>);

async fn once(building: reqwest::RequestBuilder) -> Result<Once, reqwest::Error> {
    let mut answer = building.send().await.map_err(reqwest::Error::without_url)?;
    let header = |name| answer.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let total = header(CONTENT_RANGE).and_then(|range| range.rsplit_once('/')?.1.parse().ok());
    let wait = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&part[..part.len().min(MAX_BYTES - body.len())]);
        if body.len() >= MAX_BYTES {
            break;
        }
    }
    Ok((status, total, wait, body))
}

fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
