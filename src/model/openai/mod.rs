//! Any server that speaks the OpenAI chat-completions format: the vendor, llama.cpp's `llama-server`,
//! Ollama, vLLM and many more.
//!
//! Owns: the settings of a server, the request, its retries and timeouts, and the streamed answer. Does
//! not own: where the settings come from (`workspace`), nor what is asked (`agent`).

mod call;
mod decode;
mod failure;
mod models;
mod wire;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use self::call::Call;
use self::wire::Dialect;
use crate::diagnostic::{Diagnostic, causes};
use crate::model::{Answer, ModelClient, ModelInfo, ModelRequest, Source};
use crate::secret;

/// Most bytes of one answer, thinking included.
pub const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// The wait before the first retry, when nobody asks for another.
const RETRY_WAIT: Duration = Duration::from_millis(500);

/// A server and how it is to be treated.
#[derive(Clone, Debug)]
pub struct OpenAiSettings {
    /// The API's address, e.g. `http://127.0.0.1:8080/v1`.
    pub base_url: String,
    /// The model's name as the server knows it.
    pub model: String,
    /// The key, if there is one.
    pub api_key: Option<SecretString>,
    /// Name of the environment variable that the key comes from; told when it is missing.
    pub key_variable: Option<String>,
    /// Whether the server needs a key; without one nothing is sent.
    pub key_required: bool,
    /// Longest time to get a connection.
    pub connect_timeout: Duration,
    /// Longest time from the request to the first bytes of the answer.
    pub first_byte_timeout: Duration,
    /// Longest silence inside an answer.
    pub idle_timeout: Duration,
    /// How often a failed call is made again.
    pub max_retries: u32,
}

impl OpenAiSettings {
    /// Settings that fit most servers: no key, 10 s to connect, 5 minutes to the first bytes (a local
    /// model reads a long context slowly), 2 minutes of silence, 3 retries.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> OpenAiSettings {
        OpenAiSettings {
            base_url: base_url.into(),
            model: model.into(),
            api_key: None,
            key_variable: None,
            key_required: false,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(300),
            idle_timeout: Duration::from_secs(120),
            max_retries: 3,
        }
    }
}

/// A client of one server. Each answer has its own connection, closed when the answer is dropped.
pub struct OpenAiClient {
    shared: Arc<Shared>,
    /// The wait before the first retry of a call; it doubles with each.
    retry_wait: Duration,
}

/// What a client and its calls have in common.
struct Shared {
    settings: OpenAiSettings,
    endpoint: Url,
    /// Made for the first call: certificates and cryptography are nothing to wait for at the start.
    http: OnceLock<reqwest::Client>,
    dialect: Mutex<Dialect>,
}

impl Shared {
    fn http(&self) -> Result<&reqwest::Client, Diagnostic> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = http_client(&self.settings, &self.endpoint).map_err(|error| {
            Diagnostic::error("http-client", "the HTTP client cannot be set up")
                .source(self.settings.base_url.clone())
                .why(causes(&error))
                .fix("an https address needs the system's CA certificates (package ca-certificates)")
        })?;
        Ok(self.http.get_or_init(|| http))
    }

    fn dialect(&self) -> Dialect {
        *self.dialect.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, dialect: Dialect) {
        *self.dialect.lock().unwrap_or_else(PoisonError::into_inner) = dialect;
    }
}

impl OpenAiClient {
    /// A client; nothing is sent yet. Fails on an address that is none.
    pub fn new(mut settings: OpenAiSettings) -> Result<OpenAiClient, Diagnostic> {
        let (base, endpoint) = addresses(&settings.base_url)?;
        settings.base_url = base;
        // A key that came with a line end or as an empty variable.
        settings.api_key = settings
            .api_key
            .map(|key| SecretString::from(key.expose_secret().trim().to_owned()))
            .filter(|key| !key.expose_secret().is_empty());
        if let Some(key) = &settings.api_key {
            secret::remember(key);
        }
        let shared = Shared { settings, endpoint, http: OnceLock::new(), dialect: Mutex::default() };
        Ok(OpenAiClient { shared: Arc::new(shared), retry_wait: RETRY_WAIT })
    }

    /// Waits `wait` before the first retry in place of half a second; it doubles with each.
    pub fn retry_wait(mut self, wait: Duration) -> OpenAiClient {
        self.retry_wait = wait;
        self
    }
}

impl ModelClient for OpenAiClient {
    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: self.shared.settings.model.clone(),
            source: Source::Live { base_url: self.shared.settings.base_url.clone() },
        }
    }

    fn ask(&self, request: ModelRequest) -> Answer {
        Call::begin(Arc::clone(&self.shared), self.retry_wait, request)
    }
}

/// The base address as it is shown, and the address that is asked.
fn addresses(base_url: &str) -> Result<(String, Url), Diagnostic> {
    let bad = |why: &str| {
        // An address that may hold a password is not shown.
        Diagnostic::error("bad-base-url", "the model's base URL is not usable")
            .why(why)
            .fix("give scheme, host and path; the key comes from an environment variable")
            .example("http://127.0.0.1:8080/v1")
    };
    let trimmed = base_url.trim().trim_end_matches('/');
    let trimmed = trimmed.strip_suffix("/chat/completions").unwrap_or(trimmed).trim_end_matches('/');
    let base = Url::parse(trimmed).map_err(|e| bad(&format!("it is not a URL: {e}")))?;
    if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
        return Err(bad("it must begin with http:// or https:// and name a host"));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(bad("it holds a user name or a password, which would be shown and journalled"));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(bad("it holds a query (`?…`) or a fragment (`#…`)"));
    }
    let shown = base.as_str().trim_end_matches('/').to_owned();
    let endpoint =
        Url::parse(&format!("{shown}/chat/completions")).map_err(|e| bad(&format!("it is not a URL: {e}")))?;
    Ok((shown, endpoint))
}

fn http_client(settings: &OpenAiSettings, endpoint: &Url) -> reqwest::Result<reqwest::Client> {
    // Fails when another client has installed it already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("pipesmith/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        // A redirect would carry prompt and key to an address that nobody chose.
        .redirect(reqwest::redirect::Policy::none())
        // A connection that lives on after its answer can't be seen to close.
        .pool_max_idle_per_host(0);
    if endpoint.scheme() == "http" {
        // Needs no certificates; a machine without any can still talk to its own server.
        builder = builder.tls_certs_only([]);
    }
    if is_loopback(endpoint) {
        builder = builder.no_proxy();
    }
    builder.build()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_whole() {
        for text in [
            "http://127.0.0.1:8080/v1",
            " http://127.0.0.1:8080/v1/ ",
            "http://127.0.0.1:8080/v1/chat/completions",
            "http://127.0.0.1:8080/v1/chat/completions/",
        ] {
            let (base, endpoint) = addresses(text).unwrap();
            assert_eq!(base, "http://127.0.0.1:8080/v1");
            assert_eq!(endpoint.as_str(), "http://127.0.0.1:8080/v1/chat/completions");
        }
        assert_eq!(addresses("http://host").unwrap().1.as_str(), "http://host/chat/completions");
    }

    #[test]
    fn bad_addresses_are_told_without_their_secrets() {
        for text in
            ["", "host:80", "ftp://h/", "http://", "http://u:hunter2@h/v1", "http://h/v1?key=hunter2", "file:///etc"]
        {
            let diagnostic = addresses(text).err().unwrap();
            assert_eq!(diagnostic.code, "bad-base-url", "{text}");
            assert!(!serde_json::to_string(&diagnostic).unwrap().contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn loopback_is_recognised() {
        let url = |t: &str| Url::parse(t).unwrap();
        assert!(is_loopback(&url("http://127.0.0.1:1/")) && is_loopback(&url("http://[::1]:1/")));
        assert!(is_loopback(&url("http://localhost/")) && !is_loopback(&url("http://10.0.0.1/")));
    }

    #[test]
    fn an_https_client_can_be_made_or_says_what_is_missing() {
        let client = OpenAiClient::new(OpenAiSettings::new("https://api.example.com/v1", "m")).unwrap();
        if let Err(diagnostic) = client.shared.http() {
            assert_eq!(diagnostic.code, "http-client");
        }
    }
}
