//! What the screen remembers beside the session's state. Pure: no clock but the one passed in, no I/O.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::session::State;
use crate::session::state::{Activity, ItemBody};
use crate::tui::keymap::{Context, Keymap, Times};
use crate::tui::modal::chooser::Chooser;
use crate::tui::modal::compare::Compare;
use crate::tui::modal::help::Help;
use crate::tui::modal::picker::Picker;
use crate::tui::modal::prompt::Prompt;
use crate::tui::modal::search::Search;
use crate::tui::options::{Contracts, SessionEntry, Surroundings};
use crate::tui::pane::Pane;
use crate::tui::pane::chat::Chat;
use crate::tui::pane::completion::{Around, Completion};
use crate::tui::pane::components::Components;
use crate::tui::pane::composer::Composer;
use crate::tui::pane::connections::ConnectionsPane;
use crate::tui::pane::data::DataPane;
use crate::tui::pane::document::DocumentPane;
use crate::tui::pane::editor::Editor;
use crate::tui::pane::graph::GraphPane;
use crate::tui::pane::meant::Drafts;
use crate::tui::pane::problems::Problems;
use crate::tui::pane::run::RunPane;
use crate::tui::pane::steps::Steps;
use crate::tui::pane::trace::TracePane;
use crate::tui::replay::{Marker, ReplayLine};
use crate::tui::screen::{Division, Liking};
use crate::tui::text::Highlighter;
use crate::tui::theme::Theme;

mod keys;
mod told;

pub use keys::{LETTERS, Prefix, WHICH_KEY};

/// Milliseconds since the start of the program.
pub type Millis = u64;

/// Keys typed before a proposal took the focus never decide about it: so much quiet must pass first.
pub const GRACE: Millis = 425;
/// How long a notice stays.
pub const NOTICE: Millis = 6_000;
/// How long a second press counts as one.
pub const TWICE: Millis = 2_000;

/// A window over the panes.
#[derive(Debug)]
pub enum Overlay {
    /// The keys.
    Help(Help),
    /// The sessions.
    Picker(Picker),
    /// Documents, versions or actions.
    Chooser(Chooser),
    /// A few words.
    Prompt(Prompt),
    /// Former messages.
    Search(Search),
    /// Two sessions side by side.
    Compare(Box<Compare>),
}

/// What a second press of a key would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Quit.
    Quit,
    /// Put this proposal away.
    Discard(u32),
    /// Write this proposal although hunks are open.
    Apply(u32),
    /// Take the last write of the document back.
    Restore,
    /// Leave the editor although its text is not written.
    LeaveEditor,
}

/// Everything of the screen.
pub struct Ui {
    /// Its look.
    pub theme: Theme,
    /// Clicks and the wheel are ours.
    pub mouse: bool,
    /// The panes of the last frame, and where each drew.
    pub places: Vec<(Pane, ratatui::layout::Rect)>,
    /// A session that is there already is being read: what it holds comes soon.
    pub resumes: bool,
    /// The terminal is looked at, as far as it tells.
    pub focused: bool,
    /// Nothing turns by itself.
    pub still: bool,
    /// The line is slow: fewer frames are drawn.
    pub slow: bool,
    /// The terminal shows nothing but ASCII.
    pub ascii_only: bool,
    /// What keys do.
    pub keymap: Keymap,
    /// Keys that begin a longer binding.
    pub prefix: Option<Prefix>,
    /// How often what follows is done.
    pub times: Times,
    /// What may follow such keys is shown after a moment.
    pub which_key: bool,
    /// Letters move and edit instead of being typed.
    pub normal: bool,
    /// The pane with the focus.
    pub focus: Pane,
    /// The tab that is shown at the lower right of a wide screen.
    pub tab: Pane,
    /// The pane with the focus has the whole screen.
    pub zoomed: bool,
    /// How a wide screen is divided.
    pub division: Division,
    /// The themes to choose from.
    pub themes: Vec<String>,
    /// The theme that was chosen.
    pub liked_theme: Option<String>,
    /// The message being written.
    pub composer: Composer,
    /// What the word at the cursor can become.
    pub completion: Option<Completion>,
    /// Where a word begins whose completion is not wanted.
    pub no_completion: Option<usize>,
    /// What can be named beside what the session knows.
    pub around: Around,
    /// What it will be, and what else is being written.
    pub drafts: Drafts,
    /// The messages of former sessions, oldest first.
    pub sent: Arc<Vec<String>>,
    /// The chat.
    pub chat: Chat,
    /// The document.
    pub document: DocumentPane,
    /// What is edited by hand, in the place of the document.
    pub editor: Option<Editor>,
    /// When its text is to be checked.
    pub check_at: Option<Millis>,
    /// The trace.
    pub trace: TracePane,
    /// The problems.
    pub problems: Problems,
    /// The components.
    pub components: Components,
    /// The run.
    pub run: RunPane,
    /// The connections.
    pub connections: ConnectionsPane,
    /// The graph of the steps.
    pub graph: GraphPane,
    /// The rows of a step.
    pub data: DataPane,
    /// The steps, and the one that is selected in all panes.
    pub steps: Steps,
    /// The step whose contract was opened last because it was selected.
    pub read_step: Option<String>,
    /// Session time of the last event, microseconds, and when it came.
    pub clock: (u64, Millis),
    /// The time of the frame.
    pub now: Millis,
    /// Colours of code.
    pub highlighter: Highlighter,
    /// The contracts.
    pub contracts: Contracts,
    /// Why no model can be asked.
    pub model_problem: Option<Arc<Diagnostic>>,
    /// Its surroundings are known.
    pub surrounded: bool,
    /// What is wrong with specs.
    pub contract_problems: Arc<Vec<Diagnostic>>,
    /// The sessions.
    pub sessions: Vec<SessionEntry>,
    /// The documents of the workspace, relative to it.
    pub documents: Arc<Vec<String>>,
    /// A window over the panes.
    pub overlay: Option<Overlay>,
    /// A passing notice and when it came.
    pub notice: Option<(String, Millis)>,
    /// What a second press would do, and until when.
    pub pending: Option<(Pending, Millis)>,
    /// The recording that the model's words come from.
    pub recorded: Option<String>,
    /// A sentence above the composer until the first message.
    pub hint: Option<String>,
    /// The session is replayed: nothing can be changed.
    pub replay: Option<ReplayLine>,
    /// Frame of the spinner.
    pub spin: usize,
    /// When the last key came.
    pub last_key: Millis,
    /// Deciding keys hold only after quiet since then.
    pub grace: Option<Millis>,
    /// The proposal that has been shown.
    pub seen_proposal: u32,
    /// The approval that has been shown.
    pub seen_approval: u32,
    /// The last item of the chat that was there when it was looked at.
    pub seen_item: u64,
    /// The session has ended.
    pub ended: bool,
    /// The player's markers.
    pub markers: Vec<Marker>,
    /// Branches that were there when a branch was asked for: a new one is where to go.
    pub branching: Option<usize>,
}

impl Ui {
    /// A fresh screen.
    pub fn new(theme: Theme, highlighter: Highlighter) -> Ui {
        Ui {
            theme,
            mouse: false,
            places: Vec::new(),
            resumes: false,
            focused: true,
            still: false,
            slow: false,
            ascii_only: false,
            keymap: Keymap::default(),
            prefix: None,
            times: Times::default(),
            which_key: true,
            normal: false,
            focus: Pane::Chat,
            tab: Pane::Trace,
            zoomed: false,
            division: Division::default(),
            themes: Vec::new(),
            liked_theme: None,
            composer: Composer::default(),
            drafts: Drafts::default(),
            completion: None,
            no_completion: None,
            around: Around::default(),
            sent: Arc::default(),
            chat: Chat::new(),
            document: DocumentPane::default(),
            editor: None,
            check_at: None,
            trace: TracePane::default(),
            problems: Problems::default(),
            components: Components::default(),
            run: RunPane::default(),
            connections: ConnectionsPane::default(),
            graph: GraphPane::default(),
            data: DataPane::default(),
            steps: Steps::default(),
            read_step: None,
            clock: (0, 0),
            now: 0,
            highlighter,
            contracts: Contracts::default(),
            model_problem: None,
            surrounded: false,
            contract_problems: Arc::default(),
            sessions: Vec::new(),
            documents: Arc::default(),
            overlay: None,
            notice: None,
            pending: None,
            recorded: None,
            hint: None,
            replay: None,
            spin: 0,
            last_key: 0,
            grace: None,
            seen_proposal: 0,
            seen_approval: 0,
            seen_item: 0,
            ended: false,
            markers: Vec::new(),
            branching: None,
        }
    }

    /// Another theme: what was drawn with the one before is forgotten.
    pub fn wear(&mut self, theme: Theme) {
        self.theme = theme;
        self.reset();
    }

    /// How the screen is liked.
    pub fn liking(&self) -> Liking {
        Liking { theme: self.liked_theme.clone(), division: self.division }
    }

    /// Shows a notice for a while.
    pub fn say(&mut self, text: impl Into<String>, now: Millis) {
        self.notice = Some((text.into(), now));
    }

    /// Says something for a while that names keys: see [`Keymap::fill`].
    pub fn hint(&mut self, sentence: &str, now: Millis) {
        let text = self.keymap.fill(sentence);
        self.say(text, now);
    }

    /// Gives a pane the focus.
    pub fn focus(&mut self, pane: Pane) {
        self.focus = pane;
        if pane.is_tab() {
            self.tab = pane;
        }
    }

    /// The contexts in which a key is looked up, the first decides.
    pub fn contexts(&self, state: &State) -> Vec<Context> {
        match &self.overlay {
            Some(Overlay::Help(_)) => return vec![Context::Help],
            Some(Overlay::Picker(picker)) if picker.typing => return vec![Context::Filter],
            Some(Overlay::Picker(_)) => return vec![Context::Picker],
            Some(Overlay::Compare(_)) => return vec![Context::Compare],
            Some(Overlay::Chooser(_) | Overlay::Search(_)) => return vec![Context::Chooser],
            Some(Overlay::Prompt(_)) => return vec![Context::Prompt],
            None => {}
        }
        let mut contexts = Vec::with_capacity(5);
        if self.focus == Pane::Document && self.editor.is_some() {
            contexts.extend(self.normal.then_some(Context::Normal));
            contexts.extend([Context::Editor, Context::Global]);
            return contexts;
        }
        if self.replay.is_some() {
            contexts.push(Context::Replay);
        } else if self.focus == Pane::Document && state.review.is_some() {
            contexts.push(Context::Review);
        }
        match self.focus {
            Pane::Chat if self.replay.is_none() => {
                let asked = state.approval.as_ref().filter(|_| self.composer.is_empty());
                contexts.extend(asked.map(|_| Context::Approval));
                contexts.extend(self.completion.as_ref().map(|_| Context::Completing));
                contexts.extend(self.normal.then_some(Context::Normal));
                contexts.push(Context::Composer);
            }
            Pane::Components if self.components.typing => return vec![Context::Filter],
            Pane::Document => contexts.extend([Context::Document, Context::Pane]),
            Pane::Problems => contexts.extend([Context::Problems, Context::Pane]),
            Pane::Components => contexts.extend([Context::Components, Context::Pane]),
            Pane::Connections => contexts.extend([Context::Connections, Context::Pane]),
            Pane::Graph => contexts.extend([Context::Graph, Context::Pane]),
            Pane::Data => contexts.extend([Context::Data, Context::Pane]),
            Pane::Run => contexts.extend([Context::Run, Context::Pane]),
            _ => contexts.push(Context::Pane),
        }
        contexts.push(Context::Global);
        contexts
    }

    /// Takes note of what new events mean for the screen.
    pub fn observe(&mut self, state: &State, now: Millis) {
        self.clock = (state.mono_us, now);
        self.document.meet(state);
        self.observe_editor(state);
        self.tell_refusals(state, now);
        if let Some(Overlay::Chooser(chooser)) = &mut self.overlay {
            chooser.know_models(state);
        }
        self.observe_approval(state, now);
        let Some(review) = state.review.as_ref().filter(|r| r.checked) else { return };
        let settled = state.activity == Activity::Idle;
        if review.proposal <= self.seen_proposal || !settled {
            return;
        }
        self.seen_proposal = review.proposal;
        if self.replay.is_some() {
            return;
        }
        if self.composer.is_empty() && self.overlay.is_none() && self.editor.is_none() && self.focus != Pane::Document {
            self.focus(Pane::Document);
            self.grace = Some(now);
        }
    }

    /// What was refused is told at the bottom too: the chat may be out of sight.
    fn tell_refusals(&mut self, state: &State, now: Millis) {
        let Some(last) = state.transcript.items.last().filter(|item| item.id > self.seen_item) else { return };
        // What is read of the past when the session opens is no news.
        if matches!(last.body, ItemBody::Refused { .. }) {
            self.branching = None;
        }
        let news = self.seen_item > 0 && last.id == state.seq && self.replay.is_none();
        self.seen_item = last.id;
        let text = match &last.body {
            ItemBody::Notice { severity: Severity::Error | Severity::Warning, text } => text.clone(),
            ItemBody::Failed { diagnostic } | ItemBody::Refused { diagnostic } => {
                let fix = diagnostic.fix.as_ref().map(|fix| format!("; {}", fix.text)).unwrap_or_default();
                format!("{}{fix}", diagnostic.message)
            }
            _ => return,
        };
        if news && self.focus != Pane::Chat {
            self.say(text, now);
        }
    }

    /// Forgets what was cached of another state.
    pub fn reset(&mut self) {
        self.chat.reset();
        self.document.reset();
        self.graph.reset();
        self.data.reset();
        self.steps.reset();
    }

    /// Session time now, microseconds: what is at work goes on between two events.
    pub fn session_us(&self, state: &State) -> u64 {
        let (at_us, since) = self.clock;
        match self.replay.is_none() && at_us == state.mono_us && state.activity != Activity::Idle {
            true => state.mono_us + self.now.saturating_sub(since) * 1000,
            false => state.mono_us,
        }
    }

    /// Whether deciding keys hold.
    pub fn decides(&mut self, now: Millis) -> bool {
        let Some(since) = self.grace else { return true };
        let quiet_since = since.max(self.last_key);
        if now.saturating_sub(quiet_since) >= GRACE {
            self.grace = None;
            return true;
        }
        false
    }

    /// Lets go of what has had its time; says whether anything changed.
    pub fn expire(&mut self, now: Millis) -> bool {
        let shown = self.shows_which_key();
        self.now = now;
        let before = (self.notice.is_some(), self.pending.is_some());
        self.notice.take_if(|(_, since)| now.saturating_sub(*since) >= NOTICE);
        self.pending.take_if(|(_, until)| now >= *until);
        before != (self.notice.is_some(), self.pending.is_some()) || shown != self.shows_which_key()
    }

    /// The text to be checked now, its revision and its file.
    pub fn due_check(&mut self, now: Millis) -> Option<(u64, String, String)> {
        self.check_at.take_if(|at| now >= *at)?;
        let editor = self.editor.as_ref()?;
        Some((editor.editing.revision(), editor.file.clone(), editor.editing.text().to_owned()))
    }

    /// Takes in what a check found.
    pub fn checked(&mut self, revision: u64, diagnostics: Vec<Diagnostic>) {
        if let Some(editor) = &mut self.editor {
            editor.take_check(revision, diagnostics);
        }
    }

    /// Takes in what lies around the session.
    pub fn surround(&mut self, surroundings: &Surroundings) {
        self.sessions.clone_from(&surroundings.sessions);
        self.contracts = surroundings.contracts.clone();
        self.documents = surroundings.documents.clone();
        self.contract_problems = surroundings.contract_problems.clone();
        self.connections.all = surroundings.connections.clone();
        self.around = surroundings.around.clone();
        self.sent = surroundings.sent.clone();
        self.model_problem.clone_from(&surroundings.model_problem);
        self.surrounded |= !surroundings.contracts.is_empty();
    }

    /// When something will have had its time.
    pub fn next_expiry(&self) -> Option<Millis> {
        let notice = self.notice.as_ref().map(|(_, since)| since + NOTICE);
        let pending = self.pending.map(|(_, until)| until);
        notice.into_iter().chain(pending).chain(self.check_at).chain(self.prefix_expiry()).min()
    }
}

/// The word for what the session is doing.
pub fn state_word(state: &State) -> &'static str {
    match state.activity {
        _ if state.closed.is_some() => "closed",
        _ if state.seq == 0 => "opening",
        Activity::Running => "running",
        Activity::Looking => "reading",
        Activity::Turn(_) => "thinking",
        Activity::Idle if state.review.is_some() => "review",
        Activity::Idle => "idle",
    }
}
