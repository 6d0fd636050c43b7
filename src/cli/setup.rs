//! From a workspace's configuration and the environment to what a session works with.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::SecretString;

use super::place;
use crate::agent::TurnSettings;
use crate::contract::LiveRegistry;
use crate::diagnostic::Diagnostic;
use crate::model::openai::{OpenAiClient, OpenAiSettings};
use crate::model::recorded::{Pace, RecordedClient, Recorder};
use crate::model::{ModelClient, Models, Terms, Unavailable};
use crate::pipeline::run::LocalEngine;
use crate::secret::Variables;
use crate::session::host::HostSetup;
use crate::store::Store;
use crate::workspace::config::{ModelConfig, Structured};
use crate::workspace::{ModelTerms, Workspace};

/// The recording that is compiled in.
pub const DEMO_RECORDING: &[u8] = include_bytes!("../../fixtures/recordings/demo.jsonl");

/// The vendor's server; asked when no other is configured.
const VENDOR: &str = "https://api.openai.com/v1";
/// Variables for the key, in order.
const KEY_VARIABLES: [&str; 2] = ["PIPESMITH_API_KEY", "OPENAI_API_KEY"];
/// How long a server may take to list its models.
const LIST: Duration = Duration::from_secs(5);
/// A recording larger than this is something else.
const MAX_RECORDING_BYTES: u64 = 256 * 1024 * 1024;

/// What a session of this workspace works with. A model that can't be asked is no reason to keep the
/// workbench shut: the first message tells why.
pub fn host(workspace: &Workspace, pace: Pace, record: Option<&Path>) -> HostSetup {
    let config = &workspace.config;
    let model = model(workspace, pace).and_then(|client| match record {
        Some(path) => Recorder::wrap(client, path),
        None => Ok(client),
    });
    let model = model.unwrap_or_else(|diagnostic| Arc::new(Unavailable::new(config.model.name.clone(), diagnostic)));
    HostSetup {
        root: workspace.root.clone(),
        workspace: workspace.name(),
        model,
        models: Arc::new(Offer { workspace: workspace.clone(), recorded: record.is_some() }),
        compact_percent: config.model.compact_percent,
        registry: LiveRegistry::load(Some(&workspace.components())),
        turn: TurnSettings {
            max_repairs: config.model.max_repairs,
            temperature: config.model.temperature,
            max_tokens: config.model.max_tokens,
            // A recording is played to the requests that it was made with, and those of a recording ask for
            // no form: what plays it can't be held to one.
            structured: if record.is_some() { Structured::Off } else { config.model.structured },
        },
        engine: Arc::new(LocalEngine),
        limits: place::limits(config, workspace.spill()),
        approver: Some(person()),
        keep: config.run.keep,
        lineage: config.run.lineage.clone().map(|to| (to, lineage_key(&workspace.root))),
        discovery: place::discovery(config),
        profile: config.run.profile.clone(),
    }
}

/// Who sits at the terminal, as the system knows them.
fn person() -> String {
    let named = std::env::var("USER").ok().filter(|name| !name.is_empty() && !name.chars().any(char::is_control));
    named.unwrap_or_else(|| "the person at the terminal".to_owned())
}

/// The models that a workspace can choose from.
struct Offer {
    workspace: Workspace,
    /// Whether answers are recorded.
    recorded: bool,
}

impl Models for Offer {
    fn configured(&self) -> Vec<String> {
        let config = &self.workspace.config;
        let first = config.model.name.clone();
        let others = config.models.keys().filter(|name| **name != first).cloned();
        std::iter::once(first.clone()).chain(others).collect()
    }

    fn terms(&self, name: &str) -> Terms {
        self.workspace.config.models.get(name).map(ModelTerms::terms).unwrap_or_default()
    }

    fn named(&self, name: &str) -> Result<Arc<dyn ModelClient>, Diagnostic> {
        if self.recorded || self.workspace.config.model.recording.is_some() {
            return Err(Diagnostic::error("model-fixed", format!("the model can't be changed to {name}"))
                .why("answers come from a recording, or go into one, and it is of one model")
                .fix("take `recording` out of pipesmith.toml, or begin without --record"));
        }
        let settings = OpenAiSettings { model: name.to_owned(), ..settings(&self.workspace) };
        Ok(Arc::new(OpenAiClient::new(settings)?))
    }

    fn listed(&self) -> BoxFuture<'static, Result<Vec<String>, Diagnostic>> {
        let client = match self.workspace.config.model.recording {
            Some(_) => return Box::pin(std::future::ready(Ok(Vec::new()))),
            None => OpenAiClient::new(settings(&self.workspace)),
        };
        Box::pin(async move { client?.models(LIST).await })
    }
}

/// The model that the configuration names.
pub fn model(workspace: &Workspace, pace: Pace) -> Result<Arc<dyn ModelClient>, Diagnostic> {
    let config = &workspace.config.model;
    match &config.recording {
        Some(name) => Ok(Arc::new(recording(workspace, name, pace)?)),
        None => Ok(Arc::new(OpenAiClient::new(settings(workspace))?)),
    }
}

/// Why the model can't be asked, as far as is known without asking it.
pub fn model_problem(workspace: &Workspace) -> Option<Diagnostic> {
    if let Err(diagnostic) = model(workspace, Pace::Instant) {
        return Some(diagnostic);
    }
    let settings = settings(workspace);
    let missing = workspace.config.model.recording.is_none() && settings.key_required && settings.api_key.is_none();
    let variable = settings.key_variable.as_deref().unwrap_or(KEY_VARIABLES[0]);
    missing.then(|| {
        Diagnostic::error("missing-api-key", format!("{} wants a key, and none is set", settings.base_url))
            .fix(format!("write {variable}=… into the file .env of the workspace, or export it, and open again"))
    })
}

/// The key for the server that lineage is told to.
pub fn lineage_key(root: &Path) -> Option<SecretString> {
    let key = Variables::of(root).text("OPENLINEAGE_API_KEY", true).ok().flatten()?.trim().to_owned();
    let key = SecretString::from(key);
    let _ = crate::secret::remember(&key);
    (!secrecy::ExposeSecret::expose_secret(&key).is_empty()).then_some(key)
}

/// Where the server is and how it is asked.
pub fn settings(workspace: &Workspace) -> OpenAiSettings {
    let config = &workspace.config.model;
    // As the secrets of connections are found. What is wrong with a file of them has been told by then.
    let variables = Variables::of(&workspace.root);
    let read_key = |name: &str| {
        let key = variables.text(name, true).ok().flatten()?.trim().to_owned();
        (!key.is_empty()).then(|| SecretString::from(key))
    };
    let named = config.api_key_env.as_deref().filter(|name| !name.is_empty());
    let (variable, key) = match named {
        Some(name) => (name.to_owned(), read_key(name)),
        None => KEY_VARIABLES
            .iter()
            .find_map(|name| read_key(name).map(|key| ((*name).to_owned(), Some(key))))
            .unwrap_or_else(|| (KEY_VARIABLES[1].to_owned(), None)),
    };
    let base_url = config.base_url.clone().unwrap_or_else(|| VENDOR.to_owned());
    OpenAiSettings {
        api_key: key,
        key_variable: Some(variable),
        // A server of one's own seldom wants a key; the vendor always does.
        key_required: named.is_some() || config.base_url.is_none(),
        connect_timeout: ModelConfig::seconds(config.connect_timeout_s),
        first_byte_timeout: ModelConfig::seconds(config.first_token_timeout_s),
        idle_timeout: ModelConfig::seconds(config.idle_timeout_s),
        max_retries: config.max_retries,
        ..OpenAiSettings::new(base_url, config.name.clone())
    }
}

fn recording(workspace: &Workspace, name: &str, pace: Pace) -> Result<RecordedClient, Diagnostic> {
    if name == "demo" {
        return RecordedClient::open("demo", DEMO_RECORDING, pace);
    }
    let path = workspace.root.join(name);
    let shown = path.display().to_string();
    let bad = |what: String| {
        Diagnostic::error("unreadable-recording", what)
            .source(shown.as_str())
            .path("model.recording")
            .fix("name `demo` or a file that `--record` made, relative to the workspace")
    };
    let found = std::fs::metadata(&path).map_err(|e| bad(format!("the recording can't be read: {e}")))?;
    if found.len() > MAX_RECORDING_BYTES {
        return Err(bad(format!("the recording has {} bytes, more than {MAX_RECORDING_BYTES}", found.len())));
    }
    let bytes = std::fs::read(&path).map_err(|e| bad(format!("the recording can't be read: {e}")))?;
    RecordedClient::open(name, &bytes, pace)
}

/// The store of a workspace by way of the host of its sessions, reached once for all that want it here.
#[derive(Clone, Default)]
pub struct SharedStore(Arc<OnceLock<Store>>);

impl SharedStore {
    /// One that was reached already.
    pub fn of(store: Store) -> SharedStore {
        SharedStore(Arc::new(OnceLock::from(store)))
    }

    /// The store; the first caller waits until the host serves it.
    pub fn open(&self, workspace: &Workspace) -> Result<Store, Diagnostic> {
        if let Some(store) = self.0.get() {
            return Ok(store.clone());
        }
        let store = Store::by_host(&workspace.store())?;
        Ok(self.0.get_or_init(|| store).clone())
    }
}

/// A runtime for sessions: the work is waiting, drawing and two blocking threads, so two workers do.
pub fn runtime() -> Result<tokio::runtime::Runtime, Diagnostic> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|e| {
        Diagnostic::error("no-runtime", format!("threads can't be started: {e}"))
            .fix("check `ulimit -u` and the memory limit")
    })
}
