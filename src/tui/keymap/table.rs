//! The table of keys.

use super::Action;

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// Everywhere, after the others.
    Global,
    /// The chat with its composer.
    Composer,
    /// Every pane but the chat.
    Pane,
    /// The document.
    Document,
    /// The document while a proposal is under review.
    Review,
    /// The editor in the place of the document.
    Editor,
    /// The problems.
    Problems,
    /// The components.
    Components,
    /// The connections.
    Connections,
    /// The letters that the components are filtered by.
    Filter,
    /// The session picker.
    Picker,
    /// A list that is narrowed by typing.
    Chooser,
    /// A few words that are asked for.
    Prompt,
    /// The help.
    Help,
    /// The replay player.
    Replay,
}

impl Context {
    /// All of them, in the order of the help.
    pub const ALL: [Context; 15] = [
        Context::Global,
        Context::Composer,
        Context::Pane,
        Context::Document,
        Context::Review,
        Context::Editor,
        Context::Problems,
        Context::Components,
        Context::Connections,
        Context::Filter,
        Context::Picker,
        Context::Chooser,
        Context::Prompt,
        Context::Help,
        Context::Replay,
    ];

    /// Its heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Context::Global => "Everywhere",
            Context::Composer => "Chat",
            Context::Pane => "Other panes",
            Context::Document => "Document",
            Context::Review => "Review of a proposal",
            Context::Editor => "Editor of the document",
            Context::Problems => "Problems",
            Context::Components => "Components",
            Context::Connections => "Connections",
            Context::Filter => "Filter of the components",
            Context::Picker => "Session picker",
            Context::Chooser => "List to choose from",
            Context::Prompt => "A few words",
            Context::Help => "Help",
            Context::Replay => "Replay",
        }
    }
}

/// Keys that do something somewhere.
#[derive(Debug)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// The keys, the one to show first.
    pub keys: &'static [&'static str],
    /// What they do.
    pub action: Action,
}

const fn bind(context: Context, keys: &'static [&'static str], action: Action) -> Binding {
    Binding { context, keys, action }
}

use Action as A;
use Context::{
    Chooser, Components, Composer, Connections, Document, Editor, Filter, Global, Help, Pane, Picker, Problems, Prompt,
    Replay, Review,
};

/// Every binding.
pub const BINDINGS: &[Binding] = &[
    bind(Global, &["f1"], A::Help),
    bind(Global, &["tab"], A::NextPane),
    bind(Global, &["shift-tab"], A::PreviousPane),
    bind(Global, &["alt-1", "f2"], A::PaneChat),
    bind(Global, &["alt-2", "f3"], A::PaneDocument),
    bind(Global, &["alt-3", "f4"], A::PaneTrace),
    bind(Global, &["alt-4", "f5"], A::PaneProblems),
    bind(Global, &["alt-5", "f6"], A::PaneComponents),
    bind(Global, &["alt-6", "f7"], A::PaneRun),
    bind(Global, &["alt-7", "f10"], A::PaneConnections),
    bind(Global, &["f8"], A::NextProblem),
    bind(Global, &["shift-f8"], A::PreviousProblem),
    bind(Global, &["ctrl-b"], A::Compile),
    bind(Global, &["ctrl-r"], A::Run),
    bind(Global, &["ctrl-o"], A::Sessions),
    bind(Global, &["alt-x", "f9"], A::Palette),
    bind(Global, &["alt-o"], A::OpenDocument),
    bind(Global, &["alt-v"], A::Versions),
    bind(Global, &["alt-z"], A::Zoom),
    bind(Global, &["esc"], A::Interrupt),
    bind(Global, &["ctrl-c"], A::Clear),
    bind(Global, &["ctrl-q"], A::Quit),
    bind(Global, &["ctrl-z"], A::Suspend),
    bind(Global, &["ctrl-l"], A::Redraw),
    bind(Composer, &["enter"], A::Send),
    bind(Composer, &["ctrl-j", "alt-enter"], A::Newline),
    bind(Composer, &["left"], A::CharLeft),
    bind(Composer, &["right", "ctrl-f"], A::CharRight),
    bind(Composer, &["alt-b", "ctrl-left", "alt-left"], A::WordLeft),
    bind(Composer, &["alt-f", "ctrl-right", "alt-right"], A::WordRight),
    bind(Composer, &["ctrl-a", "home"], A::LineStart),
    bind(Composer, &["ctrl-e", "end"], A::LineEnd),
    bind(Composer, &["up", "ctrl-p"], A::UpOrHistory),
    bind(Composer, &["down", "ctrl-n"], A::DownOrHistory),
    bind(Composer, &["backspace", "ctrl-h"], A::DeleteBack),
    bind(Composer, &["delete", "ctrl-d"], A::DeleteForward),
    bind(Composer, &["ctrl-w", "alt-backspace"], A::DeleteWord),
    bind(Composer, &["ctrl-u"], A::DeleteToStart),
    bind(Composer, &["ctrl-k"], A::DeleteToEnd),
    bind(Composer, &["ctrl-y"], A::Yank),
    bind(Composer, &["ctrl-_"], A::Undo),
    bind(Composer, &["alt-_"], A::Redo),
    bind(Composer, &["pgup"], A::PageUp),
    bind(Composer, &["pgdn"], A::PageDown),
    bind(Composer, &["alt-up", "ctrl-up"], A::ScrollUp),
    bind(Composer, &["alt-down", "ctrl-down"], A::ScrollDown),
    bind(Pane, &["?"], A::Help),
    bind(Pane, &[":"], A::Palette),
    bind(Pane, &["up", "k"], A::Up),
    bind(Pane, &["down", "j"], A::Down),
    bind(Pane, &["left", "h"], A::Left),
    bind(Pane, &["right", "l"], A::Right),
    bind(Pane, &["pgup"], A::PageUp),
    bind(Pane, &["pgdn", "space"], A::PageDown),
    bind(Pane, &["home"], A::First),
    bind(Pane, &["end", "G"], A::Last),
    bind(Pane, &["enter"], A::Open),
    bind(Pane, &["z"], A::Zoom),
    bind(Document, &["c"], A::Compile),
    bind(Document, &["g"], A::Run),
    bind(Document, &["K"], A::OpenContract),
    bind(Document, &["e", "i"], A::Edit),
    bind(Document, &["o"], A::OpenDocument),
    bind(Document, &["v"], A::ToggleDiff),
    bind(Document, &["E"], A::EditOutside),
    bind(Document, &["u"], A::Restore),
    bind(Document, &["V"], A::Versions),
    bind(Editor, &["ctrl-s"], A::Write),
    bind(Editor, &["esc"], A::LeaveEditor),
    bind(Editor, &["enter", "ctrl-j"], A::Newline),
    bind(Editor, &["tab"], A::Indent),
    bind(Editor, &["alt-enter"], A::FixHere),
    bind(Editor, &["left", "ctrl-b"], A::CharLeft),
    bind(Editor, &["right", "ctrl-f"], A::CharRight),
    bind(Editor, &["up", "ctrl-p"], A::Up),
    bind(Editor, &["down", "ctrl-n"], A::Down),
    bind(Editor, &["alt-b", "ctrl-left", "alt-left"], A::WordLeft),
    bind(Editor, &["alt-f", "ctrl-right", "alt-right"], A::WordRight),
    bind(Editor, &["ctrl-a", "home"], A::LineStart),
    bind(Editor, &["ctrl-e", "end"], A::LineEnd),
    bind(Editor, &["pgup"], A::PageUp),
    bind(Editor, &["pgdn"], A::PageDown),
    bind(Editor, &["ctrl-home", "alt-<"], A::First),
    bind(Editor, &["ctrl-end", "alt->"], A::Last),
    bind(Editor, &["backspace", "ctrl-h"], A::DeleteBack),
    bind(Editor, &["delete", "ctrl-d"], A::DeleteForward),
    bind(Editor, &["ctrl-w", "alt-backspace"], A::DeleteWord),
    bind(Editor, &["ctrl-u"], A::DeleteToStart),
    bind(Editor, &["ctrl-k"], A::DeleteToEnd),
    bind(Editor, &["ctrl-y"], A::Yank),
    bind(Editor, &["ctrl-_"], A::Undo),
    bind(Editor, &["alt-_"], A::Redo),
    bind(Review, &["a"], A::AcceptHunk),
    bind(Review, &["r"], A::RejectHunk),
    bind(Review, &["t"], A::AcceptStep),
    bind(Review, &["T"], A::RejectStep),
    bind(Review, &["s"], A::SplitHunk),
    bind(Review, &["m"], A::CommentHunk),
    bind(Review, &["u"], A::UndoDecision),
    bind(Review, &["backspace"], A::ReopenHunk),
    bind(Review, &["A"], A::AcceptOpen),
    bind(Review, &["R"], A::RejectOpen),
    bind(Review, &["j", "n"], A::NextHunk),
    bind(Review, &["k", "p"], A::PreviousHunk),
    bind(Review, &["w", "enter"], A::Apply),
    bind(Review, &["x"], A::Discard),
    bind(Problems, &["f"], A::FixProblem),
    bind(Problems, &["m"], A::TellProblem),
    bind(Problems, &["K"], A::OpenContract),
    bind(Components, &["/"], A::Filter),
    bind(Connections, &["enter", "t"], A::TestConnection),
    bind(Connections, &["T"], A::TestConnections),
    bind(Filter, &["enter", "tab", "down"], A::FilterKeep),
    bind(Filter, &["esc", "ctrl-c"], A::FilterDrop),
    bind(Filter, &["backspace", "ctrl-h"], A::FilterBack),
    bind(Picker, &["up", "k", "ctrl-p"], A::Up),
    bind(Picker, &["down", "j", "ctrl-n"], A::Down),
    bind(Picker, &["pgup"], A::PageUp),
    bind(Picker, &["pgdn"], A::PageDown),
    bind(Picker, &["home"], A::First),
    bind(Picker, &["end"], A::Last),
    bind(Picker, &["enter"], A::Open),
    bind(Picker, &["n"], A::NewSession),
    bind(Picker, &["esc", "q", "ctrl-o", "ctrl-c"], A::Close),
    bind(Chooser, &["up", "ctrl-p"], A::Up),
    bind(Chooser, &["down", "ctrl-n", "tab"], A::Down),
    bind(Chooser, &["pgup"], A::PageUp),
    bind(Chooser, &["pgdn"], A::PageDown),
    bind(Chooser, &["backspace", "ctrl-h"], A::FilterBack),
    bind(Chooser, &["enter"], A::Open),
    bind(Chooser, &["esc", "ctrl-c"], A::Close),
    bind(Prompt, &["enter"], A::Keep),
    bind(Prompt, &["esc", "ctrl-c"], A::Close),
    bind(Prompt, &["ctrl-j", "alt-enter"], A::Newline),
    bind(Prompt, &["left", "ctrl-b"], A::CharLeft),
    bind(Prompt, &["right", "ctrl-f"], A::CharRight),
    bind(Prompt, &["up"], A::Up),
    bind(Prompt, &["down"], A::Down),
    bind(Prompt, &["alt-b", "ctrl-left", "alt-left"], A::WordLeft),
    bind(Prompt, &["alt-f", "ctrl-right", "alt-right"], A::WordRight),
    bind(Prompt, &["ctrl-a", "home"], A::LineStart),
    bind(Prompt, &["ctrl-e", "end"], A::LineEnd),
    bind(Prompt, &["backspace", "ctrl-h"], A::DeleteBack),
    bind(Prompt, &["delete", "ctrl-d"], A::DeleteForward),
    bind(Prompt, &["ctrl-w", "alt-backspace"], A::DeleteWord),
    bind(Prompt, &["ctrl-u"], A::DeleteToStart),
    bind(Prompt, &["ctrl-k"], A::DeleteToEnd),
    bind(Prompt, &["ctrl-y"], A::Yank),
    bind(Prompt, &["ctrl-_"], A::Undo),
    bind(Prompt, &["alt-_"], A::Redo),
    bind(Help, &["up", "k"], A::Up),
    bind(Help, &["down", "j"], A::Down),
    bind(Help, &["pgup"], A::PageUp),
    bind(Help, &["pgdn", "space"], A::PageDown),
    bind(Help, &["home"], A::First),
    bind(Help, &["end"], A::Last),
    bind(Help, &["esc", "q", "?", "f1", "enter", "ctrl-c"], A::Close),
    bind(Replay, &["space"], A::PlayPause),
    bind(Replay, &["right"], A::NextEvent),
    bind(Replay, &["left"], A::PreviousEvent),
    bind(Replay, &["]"], A::NextTurn),
    bind(Replay, &["["], A::PreviousTurn),
    bind(Replay, &["+", "="], A::Faster),
    bind(Replay, &["-"], A::Slower),
    bind(Replay, &["home"], A::SeekStart),
    bind(Replay, &["end"], A::SeekEnd),
    bind(Replay, &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], A::SeekTenth),
    bind(Replay, &["q", "ctrl-c"], A::Quit),
];
