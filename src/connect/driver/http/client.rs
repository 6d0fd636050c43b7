//! Asking a server: paced, patient with what passes, never longer and never more than allowed. A request to
//! another origin than the server's own carries no credentials, whoever sent it there.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LINK, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::auth::{Auth, Client as OauthClient, basic};
use super::link;
use super::options::{Server, header_value};
use super::wrong::{causes, passes, status, wrong};
use crate::connect::driver::flow::Halt;
use crate::diagnostic::Diagnostic;
use crate::secret;

/// Requests that a redirect may lead to.
const MAX_REDIRECTS: usize = 5;
/// The longest wait between two tries, whatever the server asks for.
const MAX_WAIT: Duration = Duration::from_secs(120);
/// Bytes of an answer that says no which are shown.
const SHOWN: u64 = 4096;
/// Bytes of an answer that holds a token.
const TOKEN_BYTES: u64 = 1 << 20;
/// A token is fetched anew this long before it ends.
const TOKEN_MARGIN: Duration = Duration::from_secs(30);

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub method: Method,
    pub url: Url,
    pub body: Option<String>,
}

/// What came.
pub(super) struct Answer {
    pub text: String,
    /// The next page, as the `Link` header says.
    pub next: Option<String>,
}

/// Asks one server.
pub(super) struct Client {
    http: reqwest::Client,
    server: Server,
    /// When the next request may be sent.
    free: Instant,
    /// A token that was fetched, and until when it is good.
    token: Option<(SecretString, Option<Instant>)>,
}

/// Why a try failed.
enum Failed {
    /// It may go well later; the server may have said when.
    Passing(Diagnostic, Option<Duration>),
    /// The token that was fetched is not taken.
    Token(Diagnostic),
    /// It won't.
    Lasting(Diagnostic),
}

impl Client {
    /// # Errors
    /// The system has no certificates to trust.
    pub fn new(server: Server) -> Result<Client, Diagnostic> {
        // Fails when another client has installed it already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("pipesmith/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(server.timeout.min(Duration::from_secs(30)))
            .timeout(server.timeout)
            .redirect(reqwest::redirect::Policy::none());
        let token_url = match &server.auth {
            Auth::Client(client) => Some(&client.url),
            _ => None,
        };
        if server.url.scheme() == "http" && token_url.is_none_or(|url| url.scheme() == "http") {
            builder = builder.tls_certs_only([]);
        }
        let host = server.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
            builder = builder.no_proxy();
        }
        if !server.validate_ssl {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        let http = builder.build().map_err(|error| {
            wrong("http-client", &server.url, "the HTTP client can't be set up")
                .why(causes(error))
                .fix("an https address needs the system's CA certificates (package ca-certificates)")
        })?;
        Ok(Client { http, server, free: Instant::now(), token: None })
    }

    /// Asks, again where it may help.
    ///
    /// # Errors
    /// What the server or the line says at last.
    pub async fn ask(&mut self, request: &Request) -> Result<Answer, Halt> {
        let mut tries = 0;
        let mut renewed = false;
        loop {
            let failed = match self.once(request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let (diagnostic, asked) = match failed {
                Failed::Lasting(diagnostic) => return Err(diagnostic.into()),
                Failed::Token(_) if !renewed => {
                    renewed = true;
                    self.token = None;
                    continue;
                }
                Failed::Token(diagnostic) => return Err(diagnostic.into()),
                Failed::Passing(diagnostic, asked) => (diagnostic, asked),
            };
            if tries >= self.server.retries {
                let why = diagnostic.why.clone().map(|why| format!("{why}; ")).unwrap_or_default();
                return Err(diagnostic.why(format!("{why}it was tried {} times", tries + 1)).into());
            }
            tries += 1;
            let backoff = self.server.retry_delay.saturating_mul(2u32.saturating_pow(tries - 1));
            tokio::time::sleep(asked.unwrap_or(backoff).min(MAX_WAIT)).await;
        }
    }

    /// One try, with its redirects.
    async fn once(&mut self, request: &Request) -> Result<Answer, Failed> {
        let mut request = request.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.send(&request).await?;
            let code = answer.status().as_u16();
            if !matches!(code, 301 | 302 | 303 | 307 | 308) {
                return self.take(&request.url, answer).await;
            }
            let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
            let to = join(&request.url, to)
                .ok_or_else(|| Failed::Lasting(status(&request.url, code, b"it sends on to no address")))?;
            if request.method != Method::GET && matches!(code, 301..=303) {
                return Err(Failed::Lasting(status(&request.url, code, b"a POST can't be sent on")));
            }
            request.url = to;
        }
        Err(Failed::Lasting(wrong("http-redirects", &request.url, "the server sends on and on")))
    }

    async fn send(&mut self, request: &Request) -> Result<Response, Failed> {
        let own = same_origin(&request.url, &self.server.url);
        let mut url = request.url.clone();
        let mut headers = HeaderMap::new();
        if own {
            if let Auth::Client(client) = self.server.auth.clone() {
                self.log_in(&client).await?;
            }
            headers = self.server.headers.clone();
            let token = self.token.as_ref().map(|(token, _)| token);
            self.server.auth.put(token, &mut headers, &mut url);
        }
        if !headers.contains_key(ACCEPT) {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        tokio::time::sleep_until(self.free).await;
        self.free = Instant::now() + self.server.pace;
        let mut sent = self.http.request(request.method.clone(), url).headers(headers.clone());
        if let Some(body) = &request.body {
            if !headers.contains_key(CONTENT_TYPE) {
                sent = sent.header(CONTENT_TYPE, "application/json");
            }
            sent = sent.body(body.clone());
        }
        sent.send().await.map_err(|error| lost(&request.url, error))
    }

    async fn take(&mut self, url: &Url, answer: Response) -> Result<Answer, Failed> {
        let code = answer.status().as_u16();
        if !answer.status().is_success() {
            let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
            let said = body(url, answer, SHOWN, true).await.unwrap_or_default();
            let diagnostic = status(url, code, &said);
            return Err(match code {
                code if passes(code) => Failed::Passing(diagnostic, asked),
                401 if self.token.is_some() => Failed::Token(diagnostic),
                _ => Failed::Lasting(diagnostic),
            });
        }
        let mut links = answer.headers().get_all(LINK).iter().filter_map(|value| value.to_str().ok());
        let next = links.find_map(link::next).map(str::to_owned);
        let bytes = body(url, answer, self.server.most_bytes, false).await?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failed::Lasting(wrong("http-not-json", url, "the answer is no UTF-8 text")))?;
        Ok(Answer { text, next })
    }

    /// Fetches a token where none is at hand. The client says who it is in a header; servers that want it in
    /// the body are asked so.
    async fn log_in(&mut self, client: &OauthClient) -> Result<(), Failed> {
        if self.token.as_ref().is_some_and(|(_, until)| until.is_none_or(|until| Instant::now() < until)) {
            return Ok(());
        }
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(client.scope.as_deref().map(|scope| ("scope", scope)));
        let login = header_value(&basic(&encoded(&client.id), &encoded(client.secret.expose_secret()).into()));
        let first = self.token_of(client, &form, login).await;
        let text = match first {
            Err(Failed::Lasting(_)) => {
                form.extend([("client_id", client.id.as_str()), ("client_secret", client.secret.expose_secret())]);
                self.token_of(client, &form, None).await?
            }
            other => other?,
        };
        let said: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        let Some(token) = said["access_token"].as_str().filter(|token| !token.is_empty()) else {
            return Err(Failed::Lasting(wrong("http-login", &client.url, "the answer holds no access_token")));
        };
        let token = SecretString::from(token.to_owned());
        secret::remember(&token);
        let seconds = said["expires_in"].as_u64().or_else(|| said["expires_in"].as_str()?.parse().ok());
        let good = seconds.map(|seconds| Duration::from_secs(seconds.min(365 * 86_400)).saturating_sub(TOKEN_MARGIN));
        // One that ends at once is used once: the margin must not make it useless.
        let until = good.map(|good| Instant::now() + good.max(Duration::from_secs(1)));
        self.token = Some((token, until));
        Ok(())
    }

    async fn token_of(
        &self,
        client: &OauthClient,
        form: &[(&str, &str)],
        login: Option<HeaderValue>,
    ) -> Result<Vec<u8>, Failed> {
        let mut request = self
            .http
            .post(client.url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(query(form));
        if let Some(login) = login {
            request = request.header(reqwest::header::AUTHORIZATION, login);
        }
        let answer = request.send().await.map_err(|error| lost(&client.url, error))?;
        let code = answer.status();
        let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
        let said = body(&client.url, answer, TOKEN_BYTES, true).await?;
        if code.is_success() {
            return Ok(said);
        }
        let said = wrong("http-login", &client.url, &format!("the server of tokens answered {}", code.as_u16()))
            .why(secret::message(&String::from_utf8_lossy(&said)))
            .fix("check `auth_client_id`, `auth_client_secret` and `auth_scope`");
        let passing = passes(code.as_u16());
        Err(if passing { Failed::Passing(said, asked) } else { Failed::Lasting(said) })
    }
}

/// An address that a server names, as far as it is one that can be asked.
pub(super) fn join(base: &Url, to: &str) -> Option<Url> {
    let mut url = base.join(to).ok().filter(|_| !to.trim().is_empty())?;
    url.set_fragment(None);
    (matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()).then_some(url)
}

/// Pairs as in the query of an address.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    // An address is made only to take them out of it again, encoded.
    let Ok(mut url) = Url::parse("http://localhost/") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

fn encoded(text: &str) -> String {
    query(&[("", text)]).trim_start_matches('=').to_owned()
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

fn lost(url: &Url, error: reqwest::Error) -> Failed {
    let what = if error.is_timeout() {
        "the server does not answer in time"
    } else if error.is_connect() {
        "there is no way to the server"
    } else {
        "the line to the server broke"
    };
    let builder = error.is_builder();
    let fix = "check the address and the network; `timeout`, `max_retries` and `retry_delay` allow more";
    let diagnostic = wrong("http-unreachable", url, what).why(causes(error)).fix(fix);
    if builder { Failed::Lasting(diagnostic) } else { Failed::Passing(diagnostic, None) }
}

/// The bytes of an answer; more than `most` are a fault, or cut off.
async fn body(url: &Url, mut answer: Response, most: u64, cut: bool) -> Result<Vec<u8>, Failed> {
    let large = || {
        let what = format!("the answer is larger than {} MB", most >> 20);
        Failed::Lasting(
            wrong("http-too-large", url, &what).fix("ask for smaller pages (`page_size`), or raise `max_response_mb`"),
        )
    };
    if !cut && answer.content_length().is_some_and(|length| length > most) {
        return Err(large());
    }
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(part)) => {
                bytes.extend_from_slice(&part);
                if bytes.len() as u64 > most {
                    if cut {
                        bytes.truncate(usize::try_from(most).unwrap_or(0));
                        return Ok(bytes);
                    }
                    return Err(large());
                }
            }
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(lost(url, error)),
        }
    }
}

/// What a `Retry-After` header asks for: seconds, or a date.
fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().map_or(MAX_WAIT, Duration::from_secs));
    }
    let then = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let now = jiff::Timestamp::try_from(SystemTime::now()).ok()?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_a_server_names_are_looked_at() {
        let base = Url::parse("https://a.test/v1/x?page=1").unwrap();
        let joined = |to| join(&base, to).map(|url| url.to_string());
        assert_eq!(joined("?page=2").as_deref(), Some("https://a.test/v1/x?page=2"));
        assert_eq!(joined("/y#z").as_deref(), Some("https://a.test/y"));
        assert_eq!(joined("//b.test/y").as_deref(), Some("https://b.test/y"));
        for none in ["", " ", "file:///etc/passwd", "ftp://a.test/", "https://user@b.test/", "http://"] {
            assert_eq!(joined(none), None, "{none}");
        }
    }

    #[test]
    fn pairs_are_encoded() {
        assert_eq!(query(&[("a b", "1&2"), ("č", "=")]), "a+b=1%262&%C4%8D=%3D");
        assert_eq!(encoded("a:b=c"), "a%3Ab%3Dc");
    }

    #[test]
    fn a_server_says_when_to_come_back() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("999999999999999999999"), Some(MAX_WAIT));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }
}
