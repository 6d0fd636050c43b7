//! The workbench as lines, for screen readers and simple terminals: one after the other, each with a label,
//! none drawn over; no other screen, no cursor addressing. What is wanted is typed by line.
//!
//! Owns: the loop, the orders and the letters of the review, how facts become lines. Does not own: any work;
//! like the other faces it sends commands and is told events.

mod changes;
mod order;
mod tell;

use std::cell::Cell;
use std::io::{BufRead as _, IsTerminal as _};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::exit::{Ended, Exit, Failure};
use super::{host, output, setup};
use crate::diagnostic;
use crate::pipeline::oml;
use crate::pipeline::oml::hunk::{Cut, Decision};
use crate::session::state::Activity;
use crate::session::talk::TalkCommand;
use crate::session::wire::{Face, Manner, Wish};
use crate::session::{Command, Event, Link, State};
use crate::workspace::Workspace;
use order::{LETTERS, Letter, ORDERS, Order};
use tell::Teller;

/// A typed line is not longer.
const MAX_LINE: u64 = 1024 * 1024;
/// What follows a decision is told when nothing more has come for so long.
const QUIET: Duration = Duration::from_millis(60);
/// So long an answer of the session is waited for.
const ANSWER: Duration = Duration::from_secs(3);
/// A second ctrl-c within this leaves.
const TWICE: Duration = Duration::from_secs(2);

/// Runs it on a session until it is left, or there is nothing more to read.
pub fn run(workspace: &Workspace, wish: Wish, file: Option<String>, draft: Option<String>, why: &str) -> Ended {
    let runtime = setup::runtime().map_err(|d| Failure::new(d, Exit::Other, false))?;
    let ended = runtime.block_on(async {
        let link = host::attach(workspace, wish, Face::Workbench, Manner::default());
        let mut desk = Desk::new(link, workspace.clone(), draft);
        desk.line(format!(
            "Pipesmith, line by line ({why}). Type a message to the model, or /help. ctrl-c interrupts."
        ));
        if let Some(draft) = desk.draft.clone() {
            desk.line(format!("Suggestion, an empty line sends it: {draft}"));
        }
        if let Some(file) = file {
            desk.send(Command::OpenDocument { file });
        }
        desk.serve().await
    });
    runtime.shutdown_background();
    ended
}

struct Desk {
    link: Link,
    workspace: Workspace,
    state: State,
    teller: Teller,
    /// The change that is asked about.
    change: Option<usize>,
    /// Events of this opening: those before are the past.
    here: bool,
    /// A message that an empty line sends.
    draft: Option<String>,
    /// Something was told since the last prompt.
    prompt: bool,
    /// When something was asked of the session, and the last event then: an answer is waited for.
    asked: Cell<Option<(u64, Instant)>>,
    /// Lines are typed by somebody, who may interrupt.
    live: bool,
}

impl Desk {
    fn new(link: Link, workspace: Workspace, draft: Option<String>) -> Desk {
        let (state, teller, change) = (State::default(), Teller::default(), None);
        let (asked, live) = (Cell::default(), std::io::stdin().is_terminal());
        Desk { link, workspace, state, teller, change, here: false, draft, prompt: true, asked, live }
    }

    fn line(&mut self, text: impl AsRef<str>) {
        self.prompt = true;
        for line in text.as_ref().lines() {
            output::line(output::safe(line));
        }
    }

    fn send(&self, command: Command) {
        self.asked.set(Some((self.state.seq, Instant::now())));
        // A session that has ended is noticed by the loop.
        let _ = self.link.commands.send(command);
    }

    fn busy(&self) -> bool {
        self.state.activity != Activity::Idle
    }

    /// Asks for something whose end is prompted after.
    fn ask_for(&mut self, command: Command) {
        self.prompt = true;
        self.send(command);
    }

    /// Whether the session has not answered yet. Not everything that is asked for has an answer.
    fn waits(&self) -> bool {
        self.asked.get().is_some_and(|(seq, at)| self.state.seq == seq && at.elapsed() < ANSWER)
    }

    async fn serve(&mut self) -> Ended {
        let mut typed = typed_lines();
        let mut pressed: Option<Instant> = None;
        // After the end of the input what runs is waited for.
        let mut open = true;
        loop {
            if self.here && !open && !self.busy() && !self.waits() && !self.prompt {
                return self.leave().await;
            }
            tokio::select! {
                biased;
                event = self.link.events.recv() => match event {
                    Some(event) => self.take(&event),
                    None => return self.ended().await,
                },
                // A clock that was put back does not keep anybody from typing.
                () = tokio::time::sleep(QUIET * 5), if !self.here && self.state.seq > 0 => self.here = true,
                () = tokio::time::sleep(QUIET), if self.here && self.prompt && !self.busy() => {
                    if !self.waits() {
                        self.ask(open);
                    }
                }
                line = typed.recv(), if self.here && open && self.listens() => match line {
                    Some(line) => if self.obey(&line) { return self.leave().await },
                    None => open = false,
                },
                interrupted = tokio::signal::ctrl_c() => {
                    if interrupted.is_err() || pressed.is_some_and(|at| at.elapsed() < TWICE) {
                        return self.leave().await;
                    }
                    pressed = Some(Instant::now());
                    if !self.stop() {
                        self.line("ctrl-c again leaves; the session is kept.");
                    }
                }
            }
        }
    }

    /// Whether a line is read now: after a prompt, and from a person also while something is at work.
    fn listens(&self) -> bool {
        if self.busy() { self.live } else { !self.prompt }
    }

    fn take(&mut self, event: &Event) {
        self.state.apply(event);
        if !self.here {
            // What was said before is in `sessions show`; it is not read out again.
            self.here = self.link.past.borrow().is_some_and(|past| event.seq >= past.max(1));
            return;
        }
        if self.state.review.is_none() {
            self.change = None;
        }
        for line in self.teller.tell(event, &self.state, Instant::now()) {
            self.line(line);
        }
    }

    /// Prompts for a line.
    fn ask(&mut self, open: bool) {
        if let Some(number) = self.change {
            for line in changes::read(&self.state, number) {
                output::line(line);
            }
            output::line(format!("Review: {} Letter, ? tells them:", changes::standing(&self.state)));
        } else if open && let Some(approval) = &self.state.approval {
            output::line(output::safe(&format!("Approval: {}. Yes does it, no does not:", approval.question())));
        } else if open {
            output::line("You:");
        }
        self.prompt = false;
    }

    /// Interrupts what is at work.
    fn stop(&mut self) -> bool {
        let command = match self.state.activity {
            Activity::Idle => return false,
            Activity::Running => Command::CancelRun,
            Activity::Looking => Command::CancelLook,
            Activity::Turn(_) => Command::CancelTurn,
        };
        self.send(command);
        self.line("Interrupting.");
        true
    }

    /// Does what a line says; whether that is to leave.
    fn obey(&mut self, line: &str) -> bool {
        if let Some(number) = self.change
            && let Some(letter) = order::letter(line)
        {
            self.decide(letter, number);
            return false;
        }
        if self.state.approval.is_some()
            && let Some(approved) = order::yes_or_no(line)
        {
            self.approve(approved);
            return false;
        }
        match order::order(line) {
            Order::Nothing => match self.draft.take() {
                Some(text) => self.ask_for(Command::Send { text }),
                None => self.prompt = true,
            },
            Order::Quit => return true,
            Order::Stop => {
                if !self.stop() {
                    self.line("Nothing is at work.");
                }
            }
            Order::Help => {
                for (order, does) in ORDERS {
                    self.line(format!("{order}: {does}."));
                }
            }
            Order::Problems(which) => self.problems(which),
            Order::Document => self.document(),
            Order::Documents => self.documents(),
            Order::Steps => self.steps(),
            Order::Status => self.status(),
            Order::Unknown(written, near) => {
                let near = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
                self.line(format!(
                    "There is no order {written}.{near} /help lists them; // begins a message with a slash."
                ));
            }
            // The session lets it wait until what runs has ended.
            Order::Say(text) => self.ask_for(Command::Send { text }),
            Order::Export(file) => self.ask_for(Command::Talk(TalkCommand::Export { file })),
            Order::Model(None) => {
                self.teller.forget_models();
                self.ask_for(Command::Talk(TalkCommand::ListModels));
            }
            _ if self.busy() => self.line("Something is at work; /stop interrupts it."),
            Order::Approve(approved) => self.approve(approved),
            Order::Compact => self.ask_for(Command::Talk(TalkCommand::Compact)),
            Order::Model(Some(name)) => self.ask_for(Command::Talk(TalkCommand::ChooseModel { name })),
            Order::Review => match changes::next_open(&self.state, 0).or(self.state.review.as_ref().map(|_| 0)) {
                Some(number) => (self.change, self.prompt) = (Some(number), true),
                None => self.line("There is no proposal to review."),
            },
            Order::Compile => self.ask_for(Command::Compile),
            Order::Run => self.ask_for(Command::Run),
            Order::Undo => self.ask_for(Command::Restore),
            Order::Rows(step) => self.ask_for(Command::Look { step }),
            Order::Connections => self.ask_for(Command::TestConnections { connection: None }),
            Order::Open(name) => self.open(&name),
            Order::Fix(number) => match self.state.diagnostics.get(number - 1) {
                Some(found) if found.fix.as_ref().is_some_and(|fix| fix.edit.is_some()) => {
                    let diagnostic = u32::try_from(number - 1).unwrap_or(u32::MAX);
                    self.ask_for(Command::ProposeFix { diagnostic, code: found.code.clone() });
                }
                Some(_) => self.line("This problem has no fix that could be made for you."),
                None => self.line(format!("There is no problem {number}.")),
            },
        }
        false
    }

    fn approve(&mut self, approved: bool) {
        match &self.state.approval {
            Some(approval) => {
                let approval = approval.number;
                self.ask_for(Command::Talk(TalkCommand::Decide { approval, approved }));
            }
            None => self.line("Nothing waits for an approval."),
        }
    }

    fn decide(&mut self, letter: Letter, number: usize) {
        let Some(review) = &self.state.review else { return };
        let (proposal, count) = (review.proposal, review.hunks.len());
        let hunk = u32::try_from(number).unwrap_or(u32::MAX);
        self.prompt = true;
        let next = |state: &State| changes::next_open(state, number + 1).filter(|n| *n != number);
        match letter {
            Letter::Accept | Letter::Reject => {
                let decision = if letter == Letter::Accept { Decision::Accepted } else { Decision::Rejected };
                self.send(Command::Decide { proposal, hunk, decision });
                self.change = next(&self.state).or(self.change);
            }
            Letter::AcceptStep => self.send(Command::DecideStep { proposal, hunk, decision: Decision::Accepted }),
            Letter::AcceptAll => self.send(Command::DecideOpen { proposal, decision: Decision::Accepted }),
            Letter::RejectAll => self.send(Command::DecideOpen { proposal, decision: Decision::Rejected }),
            Letter::Split => self.send(Command::SplitHunk { proposal, hunk, cut: Cut::Natural }),
            Letter::Comment(text) => self.send(Command::Comment { proposal, hunk, text }),
            Letter::Undo => self.send(Command::UndoDecision { proposal }),
            Letter::Next => self.change = Some((number + 1) % count.max(1)),
            Letter::Previous => self.change = Some((number + count.saturating_sub(1)) % count.max(1)),
            Letter::Again => {}
            Letter::Write => self.send(Command::Apply { proposal }),
            Letter::Discard => self.send(Command::Discard { proposal }),
            Letter::Leave => {
                self.change = None;
                self.line("The review waits; /review goes on with it.");
            }
            Letter::Help => self.line(format!("Letters: {LETTERS}.")),
        }
    }

    fn problems(&mut self, which: Option<usize>) {
        let all = self.state.diagnostics.clone();
        match which {
            Some(number) => match all.get(number - 1) {
                Some(found) => self.line(tell::problem(&format!("Problem {number}"), found).join("\n")),
                None => self.line(format!("There is no problem {number}; there are {}.", all.len())),
            },
            None => {
                self.line(format!("Problems: {}.", diagnostic::summary(&all)));
                for (n, found) in all.iter().enumerate() {
                    self.line(&tell::problem(&format!("Problem {}", n + 1), found)[0]);
                }
            }
        }
    }

    fn shown(&self) -> Option<String> {
        let review = self.state.review.as_ref().map(|review| review.text.clone());
        review.or_else(|| self.state.document.as_ref().map(|document| document.text.clone()))
    }

    fn document(&mut self) {
        let Some(text) = self.shown() else { return self.line("There is no pipeline yet: ask for one.") };
        for (n, line) in text.lines().enumerate() {
            self.line(format!("{}: {line}", n + 1));
        }
    }

    fn steps(&mut self) {
        let steps = self.shown().map(|text| oml::outline(&text)).unwrap_or_default();
        self.line(format!("Steps: {}.", steps.len()));
        for step in &steps {
            let needs: Vec<&str> = step.needs.iter().filter_map(|n| Some(steps.get(*n)?.id.as_str())).collect();
            let after = if needs.is_empty() { String::new() } else { format!(", after {}", needs.join(" and ")) };
            self.line(format!("Step {}: {}{after}.", step.id, step.component));
        }
    }

    fn documents(&mut self) {
        let all = self.workspace.documents();
        self.line(format!("Documents: {}.", all.len()));
        for (n, file) in all.iter().enumerate() {
            self.line(format!("Document {}: {file}", n + 1));
        }
    }

    fn open(&mut self, name: &str) {
        let all = self.workspace.documents();
        let by_number = name.parse::<usize>().ok().and_then(|n| all.get(n.checked_sub(1)?).cloned());
        self.ask_for(Command::OpenDocument { file: by_number.unwrap_or_else(|| name.to_owned()) });
    }

    fn status(&mut self) {
        let state = &self.state;
        let model = state.model.as_ref().map_or("none", |model| model.name.as_str());
        let document = state.document.as_ref().map_or("none", |document| document.file.as_str());
        let at_work = if self.busy() { "something is at work" } else { "nothing is at work" };
        let text = format!(
            "Status: {at_work}. Session {}, {} turns. Model {model}. Document {document}, {}. {}",
            state.session,
            state.turns,
            diagnostic::summary(&state.diagnostics),
            changes::standing(state)
        );
        self.line(text);
    }

    async fn leave(&mut self) -> Ended {
        self.send(Command::Close);
        while let Some(event) = self.link.events.recv().await {
            self.state.apply(&event);
        }
        let ended = self.ended().await;
        if ended.is_ok() && self.state.turns > 0 {
            let id = self.state.session.clone();
            self.line(format!("Session kept. Go on with: pipesmith sessions resume {id}"));
        }
        ended
    }

    async fn ended(&mut self) -> Ended {
        match (&mut self.link.ended).await {
            Ok(Err(diagnostic)) => Err(Failure { diagnostic, exit: Exit::Other, json: false }),
            Ok(Ok(_)) | Err(_) => Ok(Exit::Success),
        }
    }
}

/// The lines of standard input, read on a thread of their own.
fn typed_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    let work = move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            let read = std::io::Read::take(&mut input, MAX_LINE).read_until(b'\n', &mut bytes);
            if !matches!(read, Ok(1..)) {
                return;
            }
            if sender.blocking_send(String::from_utf8_lossy(&bytes).trim_end().to_owned()).is_err() {
                return;
            }
        }
    };
    // Without a thread there is no input: as at its end.
    let _ = std::thread::Builder::new().name("lines".to_owned()).spawn(work);
    lines
}
