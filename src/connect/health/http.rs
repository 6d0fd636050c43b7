//! Whether an HTTP API answers: one bounded request, which no redirect leads astray.

use std::error::Error as _;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::Unwell;
use crate::connect::Connection;
use crate::connect::open::FailureKind;
use crate::diagnostic::causes;
use crate::secret;

/// Most bytes of an answer that are read.
const MAX_BYTES: usize = 64 * 1024;

pub(super) async fn rest(connection: &Connection, timeout: Duration) -> Result<String, Unwell> {
    let url = address(connection, "base_url", "")?;
    let client = client(connection, &url, timeout)?;
    let request = client.get(url.clone()).headers(headers(connection)?);
    let answer = send(connection, "base_url", request).await?;
    let status = answer.status();
    refused(connection, "auth_token", status)?;
    Ok(format!("{} answers ({})", host(&url), status.as_u16()))
}

pub(super) async fn graphql(connection: &Connection, timeout: Duration) -> Result<String, Unwell> {
    let url = address(connection, "endpoint", "")?;
    let client = client(connection, &url, timeout)?;
    let body = serde_json::json!({ "query": "{ __typename }" });
    let request = client.post(url.clone()).headers(headers(connection)?).json(&body);
    let answer = send(connection, "endpoint", request).await?;
    let status = answer.status();
    refused(connection, "auth_token", status)?;
    let text = bounded(answer).await;
    let said: Option<Value> = serde_json::from_slice(&text).ok();
    match said.as_ref().and_then(Value::as_object) {
        Some(said) if said.contains_key("data") || said.contains_key("errors") => {
            Ok(format!("{} answers GraphQL", host(&url)))
        }
        _ => Err(Unwell::new(
            FailureKind::WrongDatabase,
            connection,
            "endpoint",
            format!("there is no GraphQL at the endpoint of {}", connection.reference()),
            format!("the server answered {} and no GraphQL", status.as_u16()),
            "correct the path of `endpoint`; it often is /graphql",
        )),
    }
}

/// The data API of a project.
pub(super) async fn supabase(connection: &Connection, timeout: Duration) -> Result<String, Unwell> {
    let url = match text(connection, "url")? {
        Some(_) => address(connection, "url", "/rest/v1/")?,
        None => {
            let project = text(connection, "project_id")?.unwrap_or_default();
            parse(connection, "project_id", &format!("https://{project}.supabase.co/rest/v1/"))?
        }
    };
    let client = client(connection, &url, timeout)?;
    let mut all = HeaderMap::new();
    if let Some(key) = resolved(connection, "key")? {
        all.insert(HeaderName::from_static("apikey"), value(connection, "key", key.expose_secret())?);
        all.insert(AUTHORIZATION, value(connection, "key", &format!("Bearer {}", key.expose_secret()))?);
    }
    let answer = send(connection, "url", client.get(url.clone()).headers(all)).await?;
    refused(connection, "key", answer.status())?;
    Ok(format!("{} answers ({})", host(&url), answer.status().as_u16()))
}

fn resolved(connection: &Connection, field: &str) -> Result<Option<SecretString>, Unwell> {
    connection.resolve(field).map_err(|diagnostic| Unwell { kind: FailureKind::Other, diagnostic })
}

fn text(connection: &Connection, field: &str) -> Result<Option<String>, Unwell> {
    Ok(resolved(connection, field)?.map(|value| value.expose_secret().to_owned()).filter(|value| !value.is_empty()))
}

fn address(connection: &Connection, field: &str, path: &str) -> Result<Url, Unwell> {
    let Some(text) = text(connection, field)? else {
        let diagnostic = connection
            .error(field, "missing-connection-field", format!("{} has no `{field}`", connection.reference()))
            .why("nobody could connect without it")
            .fix(format!("add `{field}`"));
        return Err(Unwell { kind: FailureKind::Other, diagnostic });
    };
    parse(connection, field, &format!("{}{path}", if path.is_empty() { &text } else { text.trim_end_matches('/') }))
}

fn parse(connection: &Connection, field: &str, text: &str) -> Result<Url, Unwell> {
    let found = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    found.ok_or_else(|| {
        let diagnostic = connection
            .error(field, "invalid-connection-field", format!("`{field}` is no address"))
            .why("it has to begin with http:// or https:// and to name a host")
            .fix("correct the address");
        Unwell { kind: FailureKind::Other, diagnostic }
    })
}

fn client(connection: &Connection, url: &Url, timeout: Duration) -> Result<Client, Unwell> {
    // Fails when another client has installed it already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("pipesmith/", env!("CARGO_PKG_VERSION")))
        .timeout(timeout)
        // A redirect would carry the token to an address that nobody chose.
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0);
    if url.scheme() == "http" {
        builder = builder.tls_certs_only([]);
    }
    let local = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    if local == "localhost" || local.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
        builder = builder.no_proxy();
    }
    if text(connection, "validate_ssl")?.as_deref() == Some("false") {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    builder.build().map_err(|error| {
        Unwell::new(
            FailureKind::Tls,
            connection,
            "base_url",
            "the HTTP client cannot be set up",
            causes(&error),
            "an https address needs the system's CA certificates (package ca-certificates)",
        )
    })
}

fn headers(connection: &Connection) -> Result<HeaderMap, Unwell> {
    let mut all = HeaderMap::new();
    let own = connection.resolve_map("headers").map_err(|d| Unwell { kind: FailureKind::Other, diagnostic: d })?;
    for (name, content) in own {
        all.insert(header(connection, &name)?, value(connection, "headers", content.expose_secret())?);
    }
    let Some(token) = resolved(connection, "auth_token")? else { return Ok(all) };
    let token = token.expose_secret();
    match text(connection, "auth_type")?.as_deref() {
        Some("bearer") => {
            all.insert(AUTHORIZATION, value(connection, "auth_token", &format!("Bearer {token}"))?);
        }
        Some("basic") => {
            use base64::Engine as _;
            let user = text(connection, "auth_username")?.unwrap_or_default();
            let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{token}"));
            secret::remember(&login.clone().into());
            all.insert(AUTHORIZATION, value(connection, "auth_token", &format!("Basic {login}"))?);
        }
        Some("api_key") => {
            let name = text(connection, "auth_header_name")?.unwrap_or_else(|| "X-API-Key".to_owned());
            all.insert(header(connection, &name)?, value(connection, "auth_token", token)?);
        }
        _ => {}
    }
    Ok(all)
}

fn header(connection: &Connection, name: &str) -> Result<HeaderName, Unwell> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        let diagnostic = connection
            .error("headers", "invalid-connection-field", "a header has a name that none can have")
            .why("names have letters, digits and `-`")
            .fix("correct the name");
        Unwell { kind: FailureKind::Other, diagnostic }
    })
}

fn value(connection: &Connection, field: &str, text: &str) -> Result<HeaderValue, Unwell> {
    let made = HeaderValue::from_str(text).map(|mut value| {
        value.set_sensitive(true);
        value
    });
    made.map_err(|_| {
        let diagnostic = connection
            .error(field, "invalid-connection-field", format!("the value of `{field}` can't be sent"))
            .why("it holds a line end or a control character, perhaps copied along")
            .fix("copy it again without");
        Unwell { kind: FailureKind::Other, diagnostic }
    })
}

async fn send(connection: &Connection, field: &str, request: RequestBuilder) -> Result<Response, Unwell> {
    request.send().await.map_err(|error| {
        let error = error.without_url();
        let reference = connection.reference();
        let (kind, message, fix) = match kind_of(&error) {
            FailureKind::Timeout => (
                FailureKind::Timeout,
                format!("the server of {reference} does not answer"),
                "check the address and the firewalls between; `--timeout` allows more seconds",
            ),
            FailureKind::Refused => (
                FailureKind::Refused,
                format!("the server of {reference} refuses connections"),
                "check the address and the port, and that the server runs",
            ),
            FailureKind::Dns => (
                FailureKind::Dns,
                format!("the host of {reference} is not known"),
                "correct the address, or check the name server (and the VPN) of this machine",
            ),
            FailureKind::Tls => (
                FailureKind::Tls,
                format!("no encrypted line to the server of {reference} can be made"),
                "check the certificate of the server, and that the address is one of https",
            ),
            _ => (
                FailureKind::Other,
                format!("{reference} can't be asked"),
                "see the reason; `pipesmith connections doctor` tries again",
            ),
        };
        Unwell::new(kind, connection, field, message, causes(&error), fix)
    })
}

/// What the server says with its status.
fn refused(connection: &Connection, field: &str, status: StatusCode) -> Result<(), Unwell> {
    let reference = connection.reference();
    match status.as_u16() {
        401 | 403 => Err(Unwell::new(
            FailureKind::Auth,
            connection,
            field,
            format!("{reference} may not log in"),
            format!("the server answered {}", status.as_u16()),
            format!("check `{field}` and what it is allowed to do"),
        )),
        500.. => Err(Unwell::new(
            FailureKind::Other,
            connection,
            field,
            format!("the server of {reference} is out of order"),
            format!("it answered {}", status.as_u16()),
            "try again later, or ask those who run it",
        )),
        _ => Ok(()),
    }
}

fn kind_of(error: &reqwest::Error) -> FailureKind {
    if error.is_timeout() {
        return FailureKind::Timeout;
    }
    let mut cause = error.source();
    while let Some(one) = cause {
        if is_tls(one) {
            return FailureKind::Tls;
        }
        if let Some(io) = one.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::ConnectionRefused => return FailureKind::Refused,
                std::io::ErrorKind::TimedOut => return FailureKind::Timeout,
                _ => {}
            }
        }
        // The resolver has no type of its own that could be seen.
        if one.to_string() == "dns error" {
            return FailureKind::Dns;
        }
        cause = one.source();
    }
    FailureKind::Other
}

/// Errors of TLS come inside of errors of the line, which tell of their causes only.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| is_tls(inner))
}

async fn bounded(mut answer: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(part)) = answer.chunk().await {
        bytes.extend_from_slice(&part[..part.len().min(MAX_BYTES - bytes.len())]);
        if bytes.len() >= MAX_BYTES {
            break;
        }
    }
    bytes
}

fn host(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}
