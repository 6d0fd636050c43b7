//! Getting events to where they are told: lines of a file, or requests to a server. Bounded in number and in
//! time; what does not get there is counted.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::diagnostic::Diagnostic;
use crate::secret;

/// Events that wait to be sent.
const WAITING: usize = 512;
/// How long one request may take, and all that are left at the end of a run.
const REQUEST: Duration = Duration::from_secs(5);
const END: Duration = Duration::from_secs(10);
/// Failures in a row after which a server is left alone.
const PATIENCE: u32 = 3;
/// Where servers take events, if the address says nothing else.
const PATH: &str = "/api/v1/lineage";

/// Where events go.
pub(super) enum Place {
    File(PathBuf),
    Server(Url),
}

/// Reads where events go: an address with `http://` or `https://`, else a file.
///
/// # Errors
/// An address that can't be understood, or has a login in it.
pub(super) fn place(to: &str, root: &Path) -> Result<Place, Diagnostic> {
    if !to.contains("://") {
        return Ok(Place::File(root.join(to)));
    }
    let refuse = |why: &str| {
        Diagnostic::error("lineage-target", "the address for events of lineage can't be used")
            .why(why)
            .fix("write http(s)://host:port, or a file; a key comes from the variable OPENLINEAGE_API_KEY")
    };
    let mut url = Url::parse(to).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(refuse("it is no http or https address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it has a login in it, which would be seen in the list of processes"));
    }
    if url.path() == "/" {
        url.set_path(PATH);
    }
    url.set_fragment(None);
    Ok(Place::Server(url))
}

/// Sends events.
pub(super) struct Sender {
    to: To,
    /// Events that were not even tried, and the first reason why.
    lost: u64,
    why: Option<String>,
    sent: u64,
}

enum To {
    File(Option<File>, PathBuf),
    Server { queue: mpsc::Sender<String>, task: JoinHandle<Told>, at: String },
}

/// What became of requests.
#[derive(Default)]
struct Told {
    lost: u64,
    why: Option<String>,
}

impl Sender {
    pub fn to(to: &str, root: &Path, key: Option<SecretString>) -> Result<Sender, Diagnostic> {
        let mut sender = Sender { to: To::File(None, PathBuf::new()), lost: 0, why: None, sent: 0 };
        match place(to, root)? {
            Place::File(path) => {
                let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
                let file = folder.and_then(|()| File::options().create(true).append(true).open(&path));
                let file = file.map_err(|error| sender.why = Some(error.to_string())).ok();
                sender.to = To::File(file, path);
            }
            Place::Server(url) => {
                let at = format!("{}{}", url.origin().ascii_serialization(), url.path());
                let (queue, events) = mpsc::channel(WAITING);
                let task = tokio::spawn(work(url, key, events));
                sender.to = To::Server { queue, task, at };
            }
        }
        Ok(sender)
    }

    /// Sends an event, or puts it into the queue. Does not wait.
    pub fn send(&mut self, event: &Value) {
        self.sent += 1;
        let mut line = event.to_string();
        let failed = match &mut self.to {
            To::File(None, _) => Some(None),
            To::File(Some(file), _) => {
                line.push('\n');
                file.write_all(line.as_bytes()).err().map(|error| Some(error.to_string()))
            }
            To::Server { queue, .. } => queue.try_send(line).err().map(|_| Some("the server is too slow".to_owned())),
        };
        if let Some(why) = failed {
            self.lost += 1;
            self.why = self.why.take().or(why);
        }
    }

    /// Waits for what is under way.
    pub async fn end(self) -> Option<Diagnostic> {
        let (mut lost, mut why, sent) = (self.lost, self.why, self.sent);
        let at = match self.to {
            To::File(_, path) => path.display().to_string(),
            To::Server { queue, mut task, at } => {
                drop(queue);
                match tokio::time::timeout(END, &mut task).await {
                    Ok(Ok(told)) => {
                        lost += told.lost;
                        why = why.or(told.why);
                    }
                    Ok(Err(_)) | Err(_) => {
                        task.abort();
                        lost = lost.max(1);
                        why = why.or_else(|| Some(format!("not all were taken within {} s", END.as_secs())));
                    }
                }
                at
            }
        };
        (lost > 0).then(|| {
            Diagnostic::warning("lineage-not-told", format!("{lost} of {sent} events of lineage did not get to {at}"))
                .why(secret::message(&why.unwrap_or_default()))
                .fix(
                    "the run is not concerned; check where the events go (--lineage, or run.lineage of pipesmith.toml)",
                )
        })
    }
}

async fn work(url: Url, key: Option<SecretString>, mut events: mpsc::Receiver<String>) -> Told {
    let mut told = Told::default();
    let client = match client(&url, key) {
        Ok(client) => Some(client),
        Err(why) => {
            told.why = Some(why);
            None
        }
    };
    let mut failures = 0;
    while let Some(event) = events.recv().await {
        let Some(client) = client.as_ref().filter(|_| failures < PATIENCE) else {
            told.lost += 1;
            continue;
        };
        match post(client, &url, event).await {
            Ok(()) => failures = 0,
            Err(why) => {
                failures += 1;
                told.lost += 1;
                told.why.get_or_insert(why);
            }
        }
    }
    told
}

async fn post(client: &Client, url: &Url, event: String) -> Result<(), String> {
    let answer = client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(event).send().await;
    let answer = answer.map_err(|error| {
        let error = error.without_url();
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause}")
    })?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("the server answered {}", status.as_u16())),
    }
}

fn client(url: &Url, key: Option<SecretString>) -> Result<Client, String> {
    // Fails when another client has installed it already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        let value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()));
        let mut value = value.map_err(|_| "the key can't be sent".to_owned())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let mut builder = Client::builder()
        .user_agent(concat!("pipesmith/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .timeout(REQUEST)
        // A redirect would carry the key to an address that nobody chose.
        .redirect(reqwest::redirect::Policy::none());
    if url.scheme() == "http" {
        builder = builder.tls_certs_only([]);
    }
    if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_events_go_is_read() {
        let root = Path::new("/work");
        let shown = |to: &str| match place(to, root) {
            Ok(Place::File(path)) => path.display().to_string(),
            Ok(Place::Server(url)) => url.to_string(),
            Err(diagnostic) => diagnostic.code,
        };
        assert_eq!(shown("out/lineage.jsonl"), "/work/out/lineage.jsonl");
        assert_eq!(shown("http://marquez.test:5000"), "http://marquez.test:5000/api/v1/lineage");
        assert_eq!(shown("https://x.test/events?a=1"), "https://x.test/events?a=1");
        for wrong in ["ftp://x.test/", "http://", "http://me:geheim@x.test/", "http://me@x.test/"] {
            assert_eq!(shown(wrong), "lineage-target", "{wrong}");
        }
    }
}
