//! The host turns commands into effects and journals every event before any face sees it. It is the
//! only writer of a session.
//!
//! Owns: the order of events, what may happen while something else does, the effects' lifetimes. Does
//! not own: the work itself (`agent`, `pipeline`), the disk (`journal`).

mod apply;
mod approve;
mod branch;
mod build;
mod compact;
mod export;
mod health;
mod history;
mod look;
mod mention;
mod models;
mod open;
mod queue;
mod review;
mod turn;
mod version;

pub(super) use build::compiled;

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::catalogue::SessionSummary;
use super::clock::Clock;
use super::event::{Fact, FormerRun};
use super::journal::Journal;
use super::{Command, Link, State};
use crate::agent::{TurnFact, TurnSettings};
use crate::connect::discovery::{Cache, Settings};
use crate::connect::health::Health;
use crate::contract::LiveRegistry;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{ModelClient, Models};
use crate::pipeline::run::look::LookFact;
use crate::pipeline::run::{Engine, Limits, RunFact, RunOutcome};
use crate::secret;
use crate::store::Store;

/// Which session to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A new one.
    New,
    /// A new one, with this id.
    Begin(String),
    /// The one with this id.
    Resume(String),
}

/// What a session works with.
#[derive(Clone)]
pub struct HostSetup {
    /// The workspace's folder.
    pub root: PathBuf,
    /// Its name on screens.
    pub workspace: String,
    /// Who answers.
    pub model: Arc<dyn ModelClient>,
    /// Who else could.
    pub models: Arc<dyn Models>,
    /// Percent of the model's window that the conversation may take.
    pub compact_percent: u8,
    /// The contracts.
    pub registry: LiveRegistry,
    /// How a turn is done.
    pub turn: TurnSettings,
    /// Where pipelines run.
    pub engine: Arc<dyn Engine>,
    /// Who is asked before a run replaces rows of tables; nobody where starting it says so already.
    pub approver: Option<String>,
    /// What a run may use.
    pub limits: Limits,
    /// Whether runs keep what reading and transforming steps hand on.
    pub keep: bool,
    /// Where runs tell lineage, and the key for that.
    pub lineage: Option<(String, Option<SecretString>)>,
    /// How connections are looked at.
    pub discovery: Settings,
    /// The profile to compile for.
    pub profile: Option<String>,
}

/// Opens a session and begins to serve it. Returns at once: `prepare` gathers what the session works
/// with and opens the store, on a thread that may block; what goes wrong is told through [`Link::ended`].
///
/// Must be called inside a tokio runtime.
pub fn spawn<F>(opening: Opening, prepare: F) -> Link
where
    F: FnOnce() -> Result<(HostSetup, Store), Diagnostic> + Send + 'static,
{
    begin(opening, None, prepare)
}

/// Whether something goes on in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// Something does, or it is still being opened.
    pub busy: bool,
    /// Commands that have been taken in.
    pub taken: u64,
}

/// What a session has that several faces look at.
#[derive(Debug)]
pub struct Served {
    /// Learns whether something goes on.
    pub rest: watch::Sender<Rest>,
    /// Told when the session has been opened.
    pub notice: Option<String>,
}

/// The same for somebody who has the history already and lets several faces look.
pub fn serve<F>(opening: Opening, served: Served, prepare: F) -> Link
where
    F: FnOnce() -> Result<(HostSetup, Store), Diagnostic> + Send + 'static,
{
    served.rest.send_replace(Rest { busy: true, taken: 0 });
    begin(opening, Some(served), prepare)
}

fn begin<F>(opening: Opening, served: Option<Served>, prepare: F) -> Link
where
    F: FnOnce() -> Result<(HostSetup, Store), Diagnostic> + Send + 'static,
{
    let (past_sender, past) = watch::channel(None);
    let (commands, incoming) = mpsc::unbounded_channel();
    let (faces, events) = mpsc::unbounded_channel();
    let (ended_sender, ended) = oneshot::channel();
    tokio::spawn(async move {
        let loading = {
            let faces = faces.clone();
            let history = served.is_none();
            tokio::task::spawn_blocking(move || open::load(prepare, &opening, Some(&faces).filter(|_| history)))
        };
        let loaded = match loading.await {
            Ok(loaded) => loaded,
            Err(error) => Err(Diagnostic::error("session-unreadable", format!("opening the session failed: {error}"))),
        };
        match loaded {
            Err(diagnostic) => {
                let _ = ended_sender.send(Err(Box::new(diagnostic)));
            }
            Ok(loaded) => {
                past_sender.send_replace(Some(loaded.state.seq));
                let store = loaded.store.clone();
                let cache = Cache::new(Some(loaded.store.clone()), loaded.setup.discovery);
                let journal = Journal::start(loaded.store, loaded.session.clone(), faces, ended_sender);
                match journal {
                    Ok(journal) => {
                        Host::new(loaded.setup, loaded.state, store, cache, journal, served)
                            .serve(loaded.session, incoming)
                            .await
                    }
                    Err(error) => tracing::error!(%error, "the journal's thread can't be started"),
                }
            }
        }
    });
    Link { commands, events, past, ended }
}

/// How often the document's file is looked at: another program may have changed it.
const LOOK: std::time::Duration = std::time::Duration::from_millis(500);

/// What is going on beside the conversation.
enum Busy {
    Turn(CancellationToken),
    Build,
    Branch,
    Run(CancellationToken),
    Look(CancellationToken),
}

/// What the tasks of the host tell it.
enum Report {
    Turn(TurnFact),
    TurnEnded,
    Built(Box<build::Built>),
    Run(RunFact),
    RunEnded(RunOutcome, Option<(String, FormerRun)>),
    Look(LookFact),
    Models(Result<Vec<String>, Box<Diagnostic>>),
    Exported(Result<(String, u64), Box<Diagnostic>>),
    Health(Box<Health>),
    Branched(Box<branch::Branched>),
}

struct Host {
    setup: HostSetup,
    state: State,
    clock: Clock,
    /// Both before the journal, which tells that the store is free: they are dropped in this order.
    store: Store,
    cache: Cache,
    journal: Journal,
    busy: Option<Busy>,
    /// The run that waits for an approval.
    waiting: Option<approve::Waiting>,
    /// What the document's file was when it was last looked at.
    seen: Option<(std::time::SystemTime, u64)>,
    reports: mpsc::UnboundedSender<Report>,
    incoming_reports: Option<mpsc::UnboundedReceiver<Report>>,
    closing: Option<String>,
    served: Option<Served>,
    taken: u64,
}

impl Host {
    fn new(
        setup: HostSetup,
        state: State,
        store: Store,
        cache: Cache,
        journal: Journal,
        served: Option<Served>,
    ) -> Host {
        let (reports, incoming_reports) = mpsc::unbounded_channel();
        let clock = Clock::after(state.mono_us);
        Host {
            setup,
            state,
            clock,
            store,
            cache,
            journal,
            busy: None,
            waiting: None,
            seen: None,
            reports,
            incoming_reports: Some(incoming_reports),
            closing: None,
            served,
            taken: 0,
        }
    }

    async fn serve(mut self, session: String, mut commands: mpsc::UnboundedReceiver<Command>) {
        let Some(mut reports) = self.incoming_reports.take() else { return };
        let problem = self.choose_again();
        let model = self.setup.model.info();
        let app = env!("CARGO_PKG_VERSION").to_owned();
        if self.state.seq == 0 {
            let workspace = self.setup.workspace.clone();
            self.record(Fact::Opened { session, workspace, app, model, parent: None });
        } else {
            let interrupted = self.state.interrupted();
            let branched = self.is_new_branch();
            self.record(Fact::Resumed { app, model, interrupted });
            if branched {
                self.propose_branched_document();
            } else {
                self.reopen_document();
            }
        }
        self.tell_terms();
        if let Some(diagnostic) = problem {
            self.refuse(diagnostic);
        }
        if let Some(text) = self.served.as_mut().and_then(|served| served.notice.take()) {
            self.notice(Severity::Warning, text);
        }
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if let Some(Served { rest, .. }) = &self.served {
                let now = Rest { busy: self.busy.is_some(), taken: self.taken };
                rest.send_if_modified(|rest| std::mem::replace(rest, now) != now);
            }
            let alive = tokio::select! {
                biased;
                report = reports.recv() => match report {
                    Some(report) => self.take(report),
                    None => false,
                },
                command = commands.recv(), if self.closing.is_none() => {
                    self.taken += 1;
                    // A face that has gone without a word is a face that was closed.
                    self.obey(command.unwrap_or(Command::Close))
                }
                _ = look.tick(), if self.busy.is_none() && self.closing.is_none() => self.look_at_document()
            };
            let alive = alive && self.go_on();
            if !alive || (self.closing.is_some() && self.busy.is_none()) {
                break;
            }
        }
        let reason = self.closing.take().unwrap_or_else(|| "journal failed".to_owned());
        self.record(Fact::Closed { reason });
    }

    /// Hides secrets in a fact, numbers, times, folds and journals it. `false` when the journal is gone.
    fn record(&mut self, fact: Fact) -> bool {
        // Before it is folded, so that the state never holds what the journal must not.
        let fact = secret::hide_in(fact);
        let event = self.clock.event(&self.state, fact);
        self.state.apply(&event);
        let written = matches!(
            event.fact,
            Fact::Applied { .. } | Fact::Edited { .. } | Fact::Restored { .. } | Fact::DocumentOpened { .. }
        );
        // Words alone change nothing that a list of sessions shows but their number, which it counts.
        let words = matches!(event.fact, Fact::Turn(TurnFact::ModelDelta { .. }));
        let summary = (!words).then(|| SessionSummary::of(&self.state));
        self.journal.write(Arc::new(event), summary) && (!written || self.withdraw("the document is another one now"))
    }

    fn refuse(&mut self, diagnostic: impl Into<Box<Diagnostic>>) -> bool {
        self.record(Fact::Refused { diagnostic: diagnostic.into() })
    }

    fn notice(&mut self, severity: Severity, text: impl Into<String>) -> bool {
        self.record(Fact::Notice { severity, text: text.into() })
    }

    /// Carries out a command. `false` when the session can't go on.
    fn obey(&mut self, command: Command) -> bool {
        match command {
            Command::Send { text } => self.say(text),
            Command::Talk(command) => self.talk(command),
            Command::CancelTurn => {
                if let Some(Busy::Turn(cancel)) = &self.busy {
                    cancel.cancel();
                }
                true
            }
            Command::CancelRun => {
                if let Some(Busy::Run(cancel)) = &self.busy {
                    cancel.cancel();
                }
                true
            }
            Command::Look { step } => self.begin_look(step),
            Command::CancelLook => {
                if let Some(Busy::Look(cancel)) = &self.busy {
                    cancel.cancel();
                }
                true
            }
            Command::Decide { proposal, hunk, decision } => self.decide(proposal, hunk, decision),
            Command::DecideOpen { proposal, decision } => self.decide_open(proposal, decision),
            Command::DecideStep { proposal, hunk, decision } => self.decide_step(proposal, hunk, decision),
            Command::SplitHunk { proposal, hunk, cut } => self.split_hunk(proposal, hunk, cut),
            Command::Comment { proposal, hunk, text } => self.comment(proposal, hunk, &text),
            Command::UndoDecision { proposal } => self.undo_decision(proposal),
            Command::Restore => self.restore(),
            Command::ProposeVersion { version } => self.propose_version(version),
            Command::Apply { proposal } => self.apply_proposal(proposal),
            Command::Discard { proposal } => self.discard(proposal),
            Command::ProposeFix { diagnostic, code } => self.propose_fix(diagnostic, &code),
            Command::Edit { file, proposal, base, text } => self.take_edit(file, proposal, &base, text),
            Command::OpenDocument { file } => self.open_document(&file),
            Command::TestConnections { connection } => self.test_connections(connection.as_deref()),
            Command::Compile => self.begin_build(None),
            Command::Run => self.begin_build(Some(None)),
            Command::RunFrom { step } => self.begin_build(Some(Some(step))),
            Command::Fork { at } => self.branch(at, None),
            Command::Rewind { at, files } => self.branch(at, Some(files)),
            Command::Rename { session, title } => self.rename(&session, title),
            Command::Tag { session, tags } => self.tag(&session, tags),
            Command::Delete { session } => self.delete(&session),
            Command::Undelete { session } => self.undelete(&session),
            Command::Close | Command::Detach => {
                let reason = if command == Command::Close { "quit" } else { "detached" };
                self.closing = Some(reason.to_owned());
                match &self.busy {
                    Some(Busy::Turn(cancel) | Busy::Run(cancel) | Busy::Look(cancel)) => cancel.cancel(),
                    Some(Busy::Build | Busy::Branch) | None => {}
                }
                true
            }
        }
    }

    /// Takes in what a task tells. `false` when the session can't go on.
    fn take(&mut self, report: Report) -> bool {
        match report {
            Report::Turn(fact) => self.record(Fact::Turn(fact)),
            Report::TurnEnded => {
                self.busy = None;
                true
            }
            Report::Built(built) => self.built(*built),
            Report::Health(health) => self.found(*health),
            Report::Models(listed) => self.models_listed(listed),
            Report::Exported(written) => self.exported(written),
            Report::Run(fact) => self.record(Fact::Run(fact)),
            Report::RunEnded(outcome, before) => {
                tracing::info!(?outcome, "run ended");
                self.busy = None;
                before.is_none_or(|(run, before)| self.record(Fact::RunCompared { run, before }))
            }
            Report::Branched(branched) => self.branched(*branched),
            Report::Look(fact) => {
                self.busy = None;
                self.record(Fact::Look(fact))
            }
        }
    }

    /// Whether something is going on; if so the person is told.
    fn is_busy(&mut self, wanted: &str) -> bool {
        let doing = match &self.busy {
            None => return false,
            Some(Busy::Turn(_)) => "a turn is running (Esc interrupts it)",
            Some(Busy::Branch) => "a branch of the session is being made",
            Some(Busy::Build) => "the document is being compiled",
            Some(Busy::Run(_)) => "a run is going on (Esc interrupts it)",
            Some(Busy::Look(_)) => "the rows of a step are being read (Esc interrupts it)",
        };
        self.notice(Severity::Warning, format!("{wanted}: not now, {doing}."));
        true
    }
}
