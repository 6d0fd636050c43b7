//! `pipesmith doctor`: what does not work here, and how to mend it.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::args::DoctorArgs;
use super::exit::{Ended, Exit, Failure};
use super::{output, setup};
use crate::connect::Connections;
use crate::diagnostic::{self, Diagnostic};
use crate::model::Source;
use crate::model::openai::OpenAiClient;
use crate::model::recorded::Pace;
use crate::store::Store;
use crate::workspace::{ValidationMode, Workspace};

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Ok,
    Warning,
    Failed,
}

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, detail: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Ok, detail: detail.into(), fix: None }
    }

    fn warning(check: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Warning, detail: detail.into(), fix: Some(fix.into()) }
    }

    fn of(check: &'static str, diagnostic: &Diagnostic) -> Finding {
        let verdict = if diagnostic.is_error() { Verdict::Failed } else { Verdict::Warning };
        let fix = diagnostic.fix.as_ref().map(|f| f.text.clone());
        Finding { check, verdict, detail: diagnostic.message.clone(), fix }
    }
}

pub fn run(args: &DoctorArgs) -> Ended {
    let mut findings = vec![terminal(), locale()];
    findings.extend(multiplexer());
    findings.push(sql_engine());
    match Workspace::find(Path::new(".")) {
        Err(diagnostic) => findings.push(Finding::of("workspace", &diagnostic)),
        Ok(workspace) => {
            crate::connect::remember_secrets(&workspace.root);
            findings.push(Finding::ok("workspace", workspace.root.display().to_string()));
            findings.push(store(&workspace));
            findings.push(contracts(&workspace));
            findings.push(connections(&workspace));
            let runtime = setup::runtime().map_err(|d| Failure::new(d, Exit::Other, args.json))?;
            findings.push(runtime.block_on(model(&workspace)));
            runtime.shutdown_background();
        }
    }
    let failed = findings.iter().any(|f| f.verdict == Verdict::Failed);
    if args.json {
        output::json(&json!({ "ok": !failed, "version": env!("CARGO_PKG_VERSION"), "findings": findings }));
    } else {
        for f in &findings {
            let word = match f.verdict {
                Verdict::Ok => "ok     ",
                Verdict::Warning => "warning",
                Verdict::Failed => "FAILED ",
            };
            output::line(format!("{word}  {:<12} {}", f.check, output::safe(&f.detail)));
            if let Some(fix) = &f.fix {
                output::line(format!("                       fix: {}", output::safe(fix)));
            }
        }
    }
    Ok(if failed { Exit::Configuration } else { Exit::Success })
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

fn terminal() -> Finding {
    if !std::io::stdout().is_terminal() {
        return Finding::warning(
            "terminal",
            "standard output is no terminal",
            "the workbench needs one; other verbs do not",
        );
    }
    let term = env("TERM").unwrap_or_default();
    let colours = match (env("NO_COLOR"), env("COLORTERM")) {
        (Some(_), _) => "no colour (NO_COLOR is set)",
        (None, Some(c)) if c.contains("truecolor") || c.contains("24bit") => "true colour",
        _ if term.contains("256color") => "256 colours",
        _ => "16 colours",
    };
    if term.is_empty() || term == "dumb" {
        return Finding::warning(
            "terminal",
            format!("TERM is `{term}`"),
            "set TERM to what your terminal is, e.g. xterm-256color",
        );
    }
    Finding::ok("terminal", format!("{term}, {colours}"))
}

fn locale() -> Finding {
    let name = env("LC_ALL").or_else(|| env("LC_CTYPE")).or_else(|| env("LANG")).unwrap_or_default();
    let lower = name.to_lowercase();
    if lower.contains("utf-8") || lower.contains("utf8") {
        Finding::ok("locale", name)
    } else {
        let shown =
            if name.is_empty() { "no locale is set".to_owned() } else { format!("the locale is {name}, not UTF-8") };
        Finding::warning("locale", shown, "set LC_ALL=C.UTF-8, or use --ascii")
    }
}

fn multiplexer() -> Option<Finding> {
    env("TMUX")?;
    Some(Finding::warning(
        "tmux",
        "inside tmux",
        "`set -sg escape-time 10` makes Esc answer at once; tmux 3.4 and newer pass synchronized output on",
    ))
}

fn sql_engine() -> Finding {
    match crate::pipeline::run::sql_engine_version() {
        Ok(version) => Finding::ok("sql engine", format!("DuckDB {version}")),
        Err(diagnostic) => Finding::of("sql engine", &diagnostic),
    }
}

fn store(workspace: &Workspace) -> Finding {
    match Store::reach(&workspace.store()) {
        Ok(store) => {
            Finding::ok("sessions", format!("{} in {}", store.sessions().count(), workspace.shown(store.path())))
        }
        // Held by a workbench that is open is how it should be.
        Err(diagnostic) if diagnostic.code == "store-held" => {
            Finding { verdict: Verdict::Ok, fix: None, ..Finding::of("sessions", &diagnostic) }
        }
        Err(diagnostic) => Finding::of("sessions", &diagnostic),
    }
}

fn contracts(workspace: &Workspace) -> Finding {
    let registry = crate::contract::Registry::load(Some(&workspace.components()));
    match registry.diagnostics().iter().max_by_key(|d| d.severity) {
        Some(worst) => Finding::of("components", worst),
        None => Finding::ok("components", format!("{} contracts", registry.len())),
    }
}

fn connections(workspace: &Workspace) -> Finding {
    let mode = match ValidationMode::choose(None) {
        Ok(mode) => mode,
        Err(diagnostic) => return Finding::of("connections", &diagnostic),
    };
    let registry = crate::contract::Registry::load(Some(&workspace.components()));
    let (connections, problems) = Connections::open(&workspace.root, &registry, mode);
    match problems.iter().max_by_key(|d| d.severity) {
        Some(worst) => Finding::of("connections", worst),
        None => Finding::ok("connections", connections.references().join(", ")),
    }
}

/// Whether the model could be asked. A server is asked for its list of models: that costs no tokens.
async fn model(workspace: &Workspace) -> Finding {
    let client = match setup::model(workspace, Pace::Instant) {
        Ok(client) => client,
        Err(diagnostic) => return Finding::of("model", &diagnostic),
    };
    let info = client.info();
    match info.source {
        Source::Recorded { recording } => {
            Finding::ok("model", format!("words are played from the recording `{recording}`"))
        }
        Source::Live { base_url } => {
            let server = OpenAiClient::new(setup::settings(workspace));
            let listed = match server {
                Ok(server) => server.models(Duration::from_secs(5)).await,
                Err(diagnostic) => Err(diagnostic),
            };
            match listed {
                Ok(models) if models.is_empty() || models.contains(&info.name) => {
                    Finding::ok("model", format!("{} at {base_url}", info.name))
                }
                Ok(models) => {
                    let near = diagnostic::did_you_mean(&info.name, models.iter().map(String::as_str));
                    let known: Vec<&str> = models.iter().take(8).map(String::as_str).collect();
                    let fix =
                        near.map_or_else(|| format!("it has {}", known.join(", ")), |n| format!("did you mean {n}?"));
                    Finding::warning("model", format!("{base_url} does not list the model {}", info.name), fix)
                }
                Err(diagnostic) => Finding::of("model", &diagnostic),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_becomes_a_finding_with_its_fix() {
        let finding = Finding::of("x", &Diagnostic::error("c", "broken").fix("mend it"));
        assert!(finding.verdict == Verdict::Failed && finding.fix.as_deref() == Some("mend it"));
    }
}
