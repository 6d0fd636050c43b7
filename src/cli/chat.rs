//! `pipesmith chat`: one turn without a terminal.

use std::io::Read;

use serde_json::json;
use tokio::sync::watch;

use super::args::ChatArgs;
use super::exit::{Ended, Exit, Failure};
use super::headless::Headless;
use super::{host, logging, output, place, run, setup};
use crate::agent::{TurnFact, TurnOutcome};
use crate::diagnostic::{self, Diagnostic};
use crate::pipeline::oml::hunk::Decision;
use crate::secret::MASK;
use crate::session::event::{Event, Fact};
use crate::session::state::ItemBody;
use crate::session::talk::{TalkCommand, TalkFact};
use crate::session::wire::{Face, Manner, Wish};
use crate::session::{Command, State};

/// Standard input is read whole; a message larger than this is something else.
const MAX_MESSAGE_BYTES: u64 = 1024 * 1024;

pub fn run(args: &ChatArgs) -> Ended {
    let workspace = place::workspace(args.json)?;
    let message = message(args)?;
    let _log = logging::start(&workspace);
    let wish = args.session.clone().map_or_else(Wish::new, Wish::Resume);
    let manner = Manner { instant: true, record: host::absolute(args.record.as_deref()) };
    let runtime = setup::runtime().map_err(|d| Failure::new(d, Exit::Other, args.json))?;
    let ended = runtime.block_on(async {
        let link = host::attach(&workspace, wish, Face::Verb, manner);
        let past = link.past.clone();
        converse(Headless::new(link, args.json), args, message, past).await
    });
    runtime.shutdown_background();
    ended
}

fn message(args: &ChatArgs) -> Result<String, Failure> {
    let refused = |d: Diagnostic| Failure::new(d, Exit::Configuration, args.json);
    let text = if args.prompt == "-" {
        let mut text = String::new();
        let read = std::io::stdin().take(MAX_MESSAGE_BYTES + 1).read_to_string(&mut text);
        let size = read.map_err(|e| {
            refused(Diagnostic::error("unreadable-input", format!("standard input can't be read: {e}")))
        })?;
        if size as u64 > MAX_MESSAGE_BYTES {
            return Err(refused(Diagnostic::error(
                "message-too-long",
                format!("the message is longer than {MAX_MESSAGE_BYTES} bytes"),
            )));
        }
        text
    } else {
        args.prompt.clone()
    };
    if text.trim().is_empty() {
        return Err(refused(
            Diagnostic::error("empty-message", "there is nothing to say")
                .fix("give the message: pipesmith chat -p 'keep paid orders'"),
        ));
    }
    Ok(text)
}

async fn converse(
    mut session: Headless,
    args: &ChatArgs,
    message: String,
    past: watch::Receiver<Option<u64>>,
) -> Ended {
    let interrupt = tokio::spawn(run::interrupted());
    tokio::pin!(interrupt);
    // Events of the past come first; none of them answers this message. Where others are in the session,
    // theirs come in between.
    session.send(Command::Send { text: message.clone() });
    let ours = |e: &Event| match &e.fact {
        // Secrets in it are hidden by now.
        Fact::Said { text, .. } | Fact::Talk(TalkFact::Queued { text, .. }) => *text == message || text.contains(MASK),
        Fact::Refused { diagnostic } => diagnostic.code == "queue-full",
        _ => false,
    };
    let is_new = |e: &Event| past.borrow().is_some_and(|past| e.seq > past);
    let said = tokio::select! {
        said = session.until(|e, _| show(args, e), |e, _| is_new(e) && ours(e)) => said?,
        _ = &mut interrupt => {
            session.close().await?;
            return Ok(Exit::Other);
        }
    };
    if !matches!(said.fact, Fact::Said { .. }) {
        // It waits; who calls a verb does not.
        if let Fact::Talk(TalkFact::Queued { number, .. }) = &said.fact {
            session.send(Command::Talk(TalkCommand::RemoveQueued { number: *number }));
        }
        let diagnostic = Diagnostic::error("session-busy", "Message not sent: something else goes on in the session")
            .why("another face of this session is at work; one turn runs at a time")
            .fix("wait until it is done, or say it in a session of its own (without --session)");
        session.leave().await?;
        return Err(Failure::new(diagnostic, Exit::Other, args.json));
    }
    let ended = loop {
        tokio::select! {
            ended = session.until(|e, _| show(args, e), |e, _| matches!(e.fact, Fact::Turn(TurnFact::TurnFinished { .. }))) => break ended?,
            _ = &mut interrupt, if !interrupt.is_finished() => session.send(Command::CancelTurn),
        }
    };
    let outcome = match &ended.fact {
        Fact::Turn(TurnFact::TurnFinished { outcome, .. }) => *outcome,
        _ => TurnOutcome::Failed,
    };
    let faulty = diagnostic::has_errors(&session.state.diagnostics);
    let proposal = session.state.review.clone();
    let mut applied = None;
    if let Some(review) = proposal.as_ref().filter(|_| args.accept && !faulty && outcome == TurnOutcome::Completed) {
        session.send(Command::DecideOpen { proposal: review.proposal, decision: Decision::Accepted });
        session.send(Command::Apply { proposal: review.proposal });
        let told = session
            .until(|e, _| show(args, e), |e, _| matches!(e.fact, Fact::Applied { .. } | Fact::Notice { .. }))
            .await?;
        applied = matches!(told.fact, Fact::Applied { .. }).then(|| review.file.clone());
        if applied.is_none() && !args.json {
            tell_notices(&session.state);
        }
    }
    let refused = args.accept && proposal.is_some() && applied.is_none();
    let state = session.close().await?;
    let exit = match outcome {
        TurnOutcome::Failed if failed_by_configuration(&state) => Exit::Configuration,
        TurnOutcome::Failed | TurnOutcome::Cancelled => Exit::Other,
        TurnOutcome::Completed if faulty => Exit::Validation,
        TurnOutcome::Completed if refused => Exit::Other,
        TurnOutcome::Completed => Exit::Success,
    };
    if args.json {
        output::json(&json!({
            "ok": exit == Exit::Success,
            "session": state.session,
            "outcome": outcome,
            "answer": last_answer(&state),
            "proposal": proposal.as_ref().map(|r| json!({ "file": r.file, "text": r.text })),
            "diagnostics": failure(&state).map_or_else(|| state.diagnostics.clone(), |d| vec![d.clone()]),
            "applied": applied,
            "usage": state.usage,
        }));
    } else if !args.events {
        summary(&state, proposal.is_some(), faulty, applied.as_deref());
    }
    Ok(exit)
}

fn show(args: &ChatArgs, event: &Event) {
    if args.events {
        output::line(event.to_json().unwrap_or_default());
        return;
    }
    if args.json {
        return;
    }
    match &event.fact {
        Fact::Turn(TurnFact::ModelDelta { text, thinking: false, .. }) => output::piece(&output::safe(text)),
        Fact::Turn(TurnFact::ModelFinished { .. }) => output::line(""),
        Fact::Turn(TurnFact::ModelRetried { reason, wait_ms, .. }) => {
            output::note(format!("the model call failed ({}); again in {wait_ms} ms", output::safe(reason)));
        }
        Fact::Turn(TurnFact::ModelFailed { diagnostic, .. }) => {
            output::diagnostics(std::slice::from_ref(diagnostic), None)
        }
        Fact::Turn(TurnFact::Checked { diagnostics, proposal, .. }) => {
            output::note(format!("\nproposal {proposal}: {}", diagnostic::summary(diagnostics)));
        }
        Fact::Turn(TurnFact::RepairRequested { attempt, of, errors }) => {
            output::note(format!("repair {attempt} of {of}: {errors} errors sent back to the model\n"));
        }
        _ => {}
    }
}

fn summary(state: &State, proposed: bool, faulty: bool, applied: Option<&str>) {
    if let Some(review) = state.review.as_ref().filter(|_| faulty) {
        output::diagnostics(&state.diagnostics, Some(&review.text));
        output::note("The proposal still has errors, so it was not written.");
    } else if let Some(file) = applied {
        output::note(format!("Wrote {file}. Run it with: pipesmith run {file}"));
    } else if proposed {
        output::note(format!("Nothing was written. Review it with: pipesmith sessions resume {}", state.session));
    }
}

fn tell_notices(state: &State) {
    for item in state.transcript.items.iter().rev().take(2) {
        if let ItemBody::Notice { text, .. } = &item.body {
            output::note(output::safe(text));
        }
    }
}

fn last_answer(state: &State) -> Option<&str> {
    state.transcript.items.iter().rev().find_map(|item| match &item.body {
        ItemBody::Answer(answer) => Some(answer.text.as_str()),
        _ => None,
    })
}

fn failure(state: &State) -> Option<&Diagnostic> {
    state.transcript.items.iter().rev().take(4).find_map(|item| match &item.body {
        ItemBody::Failed { diagnostic } => Some(&**diagnostic),
        _ => None,
    })
}

fn failed_by_configuration(state: &State) -> bool {
    failure(state)
        .is_some_and(|d| matches!(d.code.as_str(), "missing-api-key" | "unreadable-recording" | "invalid-config"))
}
