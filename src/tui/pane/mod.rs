//! The panes: what each remembers between frames (scroll, selection, caches) and how it draws itself.
//!
//! Owns: the state of each pane. Does not own: the session's state (`session::State`), the arrangement of
//! panes on the screen (`view`), what a key means (`update`).

pub mod chat;
pub mod completion;
pub mod components;
pub mod composer;
pub mod connections;
pub mod data;
pub mod document;
pub mod editing;
pub mod editor;
pub mod graph;
mod kills;
pub mod list;
pub mod meant;
pub mod problems;
pub mod run;
pub mod steps;
pub mod trace;

/// The panes, in the order of the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The conversation and its composer.
    Chat,
    /// The pipeline file, or the proposal under review.
    Document,
    /// What happened, as a tree of spans.
    Trace,
    /// What is wrong.
    Problems,
    /// The contracts.
    Components,
    /// The last run.
    Run,
    /// The connections and how they are.
    Connections,
    /// The steps as a graph.
    Graph,
    /// The rows of a step.
    Data,
}

impl Pane {
    /// All of them.
    pub const ALL: [Pane; 9] = [
        Pane::Chat,
        Pane::Document,
        Pane::Trace,
        Pane::Problems,
        Pane::Components,
        Pane::Run,
        Pane::Connections,
        Pane::Graph,
        Pane::Data,
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Pane::Chat => "Chat",
            Pane::Document => "Document",
            Pane::Trace => "Trace",
            Pane::Problems => "Problems",
            Pane::Components => "Components",
            Pane::Run => "Run",
            Pane::Connections => "Connections",
            Pane::Graph => "Graph",
            Pane::Data => "Data",
        }
    }

    /// Its title where there is little room.
    pub fn short(self) -> &'static str {
        match self {
            Pane::Document => "Doc",
            Pane::Components => "Comps",
            Pane::Connections => "Conns",
            other => other.title(),
        }
    }

    /// Whether it is one of the tabs at the lower right of a wide screen.
    pub fn is_tab(self) -> bool {
        !matches!(self, Pane::Chat | Pane::Document)
    }
}
