//! `pipesmith.toml`: what it may say, and the environment that overrides it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::ModelTerms;
use crate::diagnostic::{Diagnostic, Span, did_you_mean};

mod ui;

pub use ui::{Notify, UiConfig};

/// The whole file. Every part may be left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who answers.
    pub model: ModelConfig,
    /// What is known of models, by their names.
    pub models: BTreeMap<String, ModelTerms>,
    /// How pipelines run.
    pub run: RunConfig,
    /// How connections are looked at.
    pub discovery: DiscoveryConfig,
    /// How sessions are left.
    pub session: SessionConfig,
    /// How the workbench looks.
    pub ui: UiConfig,
    /// The log files.
    pub log: LogConfig,
}

/// `[model]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// Base address of an OpenAI-compatible server, with its `/v1`.
    pub base_url: Option<String>,
    /// The model's name.
    pub name: String,
    /// The environment variable that holds the key.
    pub api_key_env: Option<String>,
    /// Play a recording instead of asking a server: `demo`, or a file.
    pub recording: Option<String>,
    /// Sampling temperature, 0 to 2.
    pub temperature: Option<f64>,
    /// Most tokens of an answer.
    pub max_tokens: Option<u64>,
    /// Whether the model is held to answers that fit the contracts.
    pub structured: Structured,
    /// Percent of the model's window that the conversation may take before its older part is compacted, 5 to 90.
    pub compact_percent: u8,
    /// Repairs of a faulty proposal before it is handed over as it is, 0 to 5.
    pub max_repairs: u32,
    /// Seconds to wait for a connection.
    pub connect_timeout_s: u64,
    /// Seconds to wait for the first words.
    pub first_token_timeout_s: u64,
    /// Seconds to wait between words.
    pub idle_timeout_s: u64,
    /// Tries again after a failure that passes.
    pub max_retries: u32,
}

/// Whether the server is asked to let the model write nothing but documents that fit the contracts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Structured {
    /// Where nothing is lost by it.
    #[default]
    Auto,
    /// Also where the comments and the layout of the current document are lost.
    On,
    /// Never.
    Off,
}

impl Default for ModelConfig {
    fn default() -> Self {
        ModelConfig {
            base_url: None,
            name: "gpt-5-mini".to_owned(),
            api_key_env: None,
            recording: None,
            temperature: None,
            max_tokens: None,
            structured: Structured::Auto,
            compact_percent: 50,
            max_repairs: 2,
            connect_timeout_s: 10,
            first_token_timeout_s: 120,
            idle_timeout_s: 60,
            max_retries: 3,
        }
    }
}

/// `[run]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunConfig {
    /// Memory of one SQL step, in MiB; the rest spills to disk.
    pub memory_mib: Option<u64>,
    /// Threads of one SQL step.
    pub threads: Option<usize>,
    /// Groups of steps that are at work at once.
    pub parallel: Option<usize>,
    /// How often a step is tried again that fails with something that passes.
    pub retries: Option<u32>,
    /// Seconds that a step may take.
    pub timeout_s: Option<u64>,
    /// Whether what reading and transforming steps hand on is kept in the record.
    pub keep: bool,
    /// Where events of OpenLineage go: a file, or an address.
    pub lineage: Option<String>,
    /// The profile that documents are compiled for.
    pub profile: Option<String>,
}

/// `[discovery]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscoveryConfig {
    /// Seconds for which what was found counts; 0 remembers nothing.
    pub ttl_s: u64,
    /// Seconds that one query may take, 1 to 600.
    pub timeout_s: u64,
    /// Rows of samples of a table, where a connection allows them, 0 to 100.
    pub sample_rows: u32,
}

impl Default for DiscoveryConfig {
    fn default() -> Self {
        DiscoveryConfig { ttl_s: 600, timeout_s: 30, sample_rows: 3 }
    }
}

/// `[session]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// What a terminal that is gone means while a turn or a run is in progress.
    pub on_hangup: OnHangup,
    /// Longest time of a replay in which nothing happens, in seconds; 0 plays every gap as it was.
    pub replay_gap_s: f64,
}

impl Default for SessionConfig {
    fn default() -> Self {
        SessionConfig { on_hangup: OnHangup::default(), replay_gap_s: 2.0 }
    }
}

/// What becomes of a turn or a run whose terminal is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnHangup {
    /// It goes on; `pipesmith attach` comes back to it.
    #[default]
    Detach,
    /// It is interrupted.
    Stop,
}

/// What [`LogConfig::level`] may be.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// `[log]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// Daily files that are kept.
    pub keep_files: usize,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig { level: "info".to_owned(), keep_files: 7 }
    }
}

impl ModelConfig {
    /// Seconds as a duration, at least one.
    pub fn seconds(value: u64) -> Duration {
        Duration::from_secs(value.max(1))
    }
}

impl Config {
    /// Reads the file and takes the environment over it: `PIPESMITH_BASE_URL` (or `OPENAI_BASE_URL`),
    /// `PIPESMITH_MODEL`, `PIPESMITH_RECORDING`, `PIPESMITH_THEME`, `PIPESMITH_KEYS`, `ACCESSIBLE`,
    /// `PIPESMITH_LOG`.
    pub fn read(path: &Path) -> Result<Config, Diagnostic> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Diagnostic::error("unreadable-config", format!("the configuration can't be read: {error}"))
                .source(shown.as_str())
                .fix("check that it is a file of UTF-8 text that you may read")
        })?;
        let mut config = Config::parse(&shown, &text)?;
        config.overlay(&|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
        config.validate(&shown)?;
        Ok(config)
    }

    /// Parses the text of the file.
    pub fn parse(source: &str, text: &str) -> Result<Config, Diagnostic> {
        let config: Config = toml::from_str(text).map_err(|error| explain(source, text, &error))?;
        config.validate(source)?;
        Ok(config)
    }

    fn validate(&self, source: &str) -> Result<(), Diagnostic> {
        let out_of_range = |path: &str, message: String, fix: &str| {
            Err(Diagnostic::error("invalid-config", message)
                .source(source)
                .path(path)
                .why("the value is not one of those that it may have")
                .fix(fix))
        };
        if let Some(t) = self.model.temperature.filter(|t| !(0.0..=2.0).contains(t)) {
            return out_of_range("model.temperature", format!("temperature is {t}"), "choose a number from 0 to 2");
        }
        if self.model.max_repairs > 5 {
            return out_of_range(
                "model.max_repairs",
                format!("max_repairs is {}", self.model.max_repairs),
                "choose 0 to 5",
            );
        }
        if !(5..=90).contains(&self.model.compact_percent) {
            let found = format!("compact_percent is {}", self.model.compact_percent);
            return out_of_range("model.compact_percent", found, "choose 5 to 90");
        }
        for (name, terms) in &self.models {
            if let Some((key, fix)) = terms.problem() {
                let path = format!("models.{name}.{key}");
                return out_of_range(&path, format!("{key} of the model `{name}` can't be used"), fix);
            }
        }
        if self.run.memory_mib.is_some_and(|m| m < 64) {
            return out_of_range(
                "run.memory_mib",
                "memory_mib is below 64".to_owned(),
                "give a SQL step at least 64 MiB",
            );
        }
        if !(1..=600).contains(&self.discovery.timeout_s) {
            let found = format!("timeout_s is {}", self.discovery.timeout_s);
            return out_of_range("discovery.timeout_s", found, "choose 1 to 600 seconds");
        }
        if self.discovery.sample_rows > 100 {
            let found = format!("sample_rows is {}", self.discovery.sample_rows);
            return out_of_range("discovery.sample_rows", found, "choose 0 to 100");
        }
        if !(0.0..=86_400.0).contains(&self.session.replay_gap_s) {
            let found = format!("replay_gap_s is {}", self.session.replay_gap_s);
            return out_of_range("session.replay_gap_s", found, "choose 0 to 86400 seconds");
        }
        if !LEVELS.contains(&self.log.level.as_str()) {
            return out_of_range(
                "log.level",
                format!("level is `{}`", self.log.level),
                "choose error, warn, info, debug or trace",
            );
        }
        if !(1..=60).contains(&self.ui.fps) {
            return out_of_range("ui.fps", format!("fps is {}", self.ui.fps), "choose 1 to 60 frames a second");
        }
        if self.run.threads == Some(0) {
            return out_of_range("run.threads", "threads is 0".to_owned(), "give a SQL step at least one thread");
        }
        if self.run.parallel.is_some_and(|n| !(1..=256).contains(&n)) {
            return out_of_range("run.parallel", "parallel is not from 1 to 256".to_owned(), "choose 1 to 256 groups");
        }
        if self.run.retries.is_some_and(|n| n > 19) {
            return out_of_range("run.retries", "retries is over 19".to_owned(), "choose 0 to 19");
        }
        if self.run.timeout_s.is_some_and(|n| !(1..=604_800).contains(&n)) {
            let found = "timeout_s is not from 1 to 604800".to_owned();
            return out_of_range("run.timeout_s", found, "choose 1 second to 7 days");
        }
        Ok(())
    }

    fn overlay(&mut self, env: &dyn Fn(&str) -> Option<String>) {
        if let Some(url) = env("PIPESMITH_BASE_URL").or_else(|| env("OPENAI_BASE_URL")) {
            self.model.base_url = Some(url);
            self.model.recording = None;
        }
        if let Some(name) = env("PIPESMITH_MODEL") {
            self.model.name = name;
        }
        if let Some(recording) = env("PIPESMITH_RECORDING") {
            self.model.recording = Some(recording);
        }
        if let Some(theme) = env("PIPESMITH_THEME") {
            self.ui.theme = Some(theme);
        }
        if let Some(keys) = env("PIPESMITH_KEYS") {
            self.ui.keys = Some(keys);
        }
        if env("ACCESSIBLE").is_some_and(|value| value != "0") {
            self.ui.linear = true;
        }
        if let Some(level) = env("PIPESMITH_LOG") {
            self.log.level = level;
        }
    }
}

/// A TOML error with its place; an unknown key gets the nearest known one.
fn explain(source: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let message = error.message().to_owned();
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()).map(str::to_owned);
    let code = if unknown.is_some() { "unknown-key" } else { "invalid-config" };
    let mut diagnostic = Diagnostic::error(code, message.clone())
        .source(source)
        .why("the file is TOML, and every key must be a known one, so that a slip does not go unnoticed");
    let span = error.span().map(|range| Span::of(text, range));
    if let Some(span) = span {
        diagnostic = diagnostic.at(span);
    }
    let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
    match unknown.as_deref().and_then(|word| did_you_mean(word, known)) {
        Some(near) => {
            let text = format!("did you mean `{near}`?");
            match span {
                Some(span) => diagnostic.fix_edit(text, span, near),
                None => diagnostic.fix(text),
            }
        }
        None => diagnostic.fix("see docs/reference/configuration.md for all keys and their values"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_all_defaults() {
        assert_eq!(Config::parse("f", "").unwrap(), Config::default());
    }

    #[test]
    fn a_slip_in_a_key_has_a_place_and_a_proposal() {
        let found = Config::parse("pipesmith.toml", "[model]\nname = \"m\"\nbase_ulr = \"http://x\"\n").unwrap_err();
        assert_eq!(found.code, "unknown-key");
        assert_eq!(found.span.map(|s| (s.line, s.column)), Some((3, 1)));
        assert_eq!(found.fix.unwrap().text, "did you mean `base_url`?");
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for text in [
            "[model]\ntemperature = 3.0",
            "[model]\nmax_repairs = 6",
            "[model]\nstructured = \"maybe\"",
            "[run]\nmemory_mib = 1",
            "[run]\nthreads = 0",
            "[run]\nparallel = 0",
            "[run]\nretries = 20",
            "[run]\ntimeout_s = 0",
            "[log]\nlevel = \"loud\"",
            "[model]\ncompact_percent = 99",
            "[models.m]\ncontext_tokens = 10",
            "[models.m]\ninput_price = 1.0",
            "[models.m]\ninput_price = 1.0\noutput_price = 2.0",
            "[models.m]\ninput_price = -1.0\noutput_price = 2.0\ncurrency = \"EUR\"",
            "[models.m]\ncurrency = \"much too long\"",
            "[ui]\nfps = 0",
            "[ui]\nnotify = \"shout\"",
        ] {
            assert_eq!(Config::parse("f", text).unwrap_err().code, "invalid-config", "{text}");
        }
    }

    #[test]
    fn the_environment_wins_and_a_server_beats_a_recording() {
        let mut config = Config::parse("f", "[model]\nname = \"a\"\nrecording = \"demo\"\n").unwrap();
        config.overlay(&|name| (name == "OPENAI_BASE_URL").then(|| "http://h/v1".to_owned()));
        assert_eq!(config.model.base_url.as_deref(), Some("http://h/v1"));
        assert_eq!(config.model.recording, None);
        config.overlay(&|name| (name == "PIPESMITH_MODEL").then(|| "b".to_owned()));
        assert_eq!(config.model.name, "b");
    }
}
