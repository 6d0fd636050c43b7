//! The codes of all rooms, joined.

use serde::Serialize;

use crate::diagnostic::{Brief, Entry, Severity};
use crate::pipeline::{compile, oml, run};
use crate::{agent, connect, contract, model, secret, session, store, tui, workspace};

/// A group of codes, as people look for them.
pub struct Room {
    /// Short, for programs.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// Where such a diagnostic comes from, one sentence.
    pub about: &'static str,
    /// In their order.
    pub codes: Vec<Known>,
}

/// The explanation of a code.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub enum Known {
    /// With a document that has it and one that does not.
    Shown(&'static Entry),
    /// In words.
    Told(&'static Brief),
}

impl Known {
    pub fn code(self) -> &'static str {
        match self {
            Known::Shown(entry) => entry.code,
            Known::Told(brief) => brief.code,
        }
    }

    pub fn severity(self) -> Severity {
        match self {
            Known::Shown(entry) => entry.severity,
            Known::Told(brief) => brief.severity,
        }
    }

    pub fn summary(self) -> &'static str {
        match self {
            Known::Shown(entry) => entry.summary,
            Known::Told(brief) => brief.summary,
        }
    }

    pub fn why(self) -> &'static str {
        match self {
            Known::Shown(entry) => entry.why,
            Known::Told(brief) => brief.why,
        }
    }

    pub fn fix(self) -> &'static str {
        match self {
            Known::Shown(entry) => entry.fix,
            Known::Told(brief) => brief.fix,
        }
    }
}

fn room(
    name: &'static str,
    title: &'static str,
    about: &'static str,
    shown: impl IntoIterator<Item = &'static Entry>,
    told: &'static [Brief],
) -> Room {
    let mut codes: Vec<Known> = shown.into_iter().map(Known::Shown).chain(told.iter().map(Known::Told)).collect();
    codes.sort_by_key(|known| known.code());
    Room { name, title, about, codes }
}

/// All of them, along the way of a pipeline: written, compiled, run, and what stands around it.
pub fn rooms() -> Vec<Room> {
    let none = || [].into_iter();
    vec![
        room("oml", "Pipeline documents", "What the check of a document finds.", oml::catalogue(), &[]),
        room(
            "contract",
            "Component specs",
            "What `components validate` finds in a spec, and what is told when specs are loaded.",
            contract::codes::ENTRIES,
            contract::codes::CODES,
        ),
        room(
            "connect",
            "Connections",
            "What is wrong with the connections file, or keeps a connection from being opened.",
            connect::catalogue(),
            connect::codes::CODES,
        ),
        room(
            "secret",
            "Secrets and variables",
            "What keeps `.env` or the secrets file from being used.",
            none(),
            secret::codes::CODES,
        ),
        room(
            "compile",
            "Builds and manifests",
            "What keeps a build from being made or used.",
            none(),
            compile::codes::CODES,
        ),
        room("run", "Runs", "What a run is refused for, or ends with.", none(), run::codes::CODES),
        room(
            "files",
            "Data files",
            "What is wrong with a file that a step reads or writes.",
            none(),
            connect::driver::codes::CODES,
        ),
        room("apis", "APIs", "What keeps a step from reading an API.", none(), connect::driver::http_codes),
        room(
            "tables",
            "Tables of databases",
            "What keeps a step from reading or writing a table.",
            none(),
            connect::driver::table_codes::CODES,
        ),
        room(
            "model",
            "Models and recordings",
            "What keeps a model or a recording from answering.",
            none(),
            model::codes::CODES,
        ),
        room("agent", "Turns", "What keeps a message from becoming a proposal.", none(), agent::codes::CODES),
        room(
            "session",
            "Sessions",
            "What is wrong with a session, its journal or its export.",
            none(),
            session::codes::CODES,
        ),
        room(
            "socket",
            "Sharing the store",
            "What keeps a second process from the sessions of the first.",
            none(),
            crate::socket::codes::CODES,
        ),
        room("store", "The session store", "What keeps the store from being opened.", none(), store::codes::CODES),
        room(
            "workspace",
            "Workspace and configuration",
            "What is wrong with the folder or its `pipesmith.toml`.",
            none(),
            workspace::codes::CODES,
        ),
        room("workbench", "The workbench", "What is wrong with what is typed into it.", none(), tui::codes::CODES),
        room("theme", "Themes", "What is wrong with a theme file.", none(), tui::theme::codes::CODES),
        room("keys", "Keys", "What is wrong with a file of keys.", none(), tui::keymap::codes::CODES),
        room("cli", "Commands", "What a command is refused for, or ends with.", none(), super::super::codes::CODES),
    ]
}
