//! A session as a story for people: what was said, answered, proposed, decided, written and run, in order.

use crate::agent::TurnFact;
use crate::diagnostic::Diagnostic;
use crate::pipeline::oml::hunk::{self, Decision};
use crate::pipeline::run::RunFact;
use crate::session::event::{Event, Fact};
use crate::session::state::State;

/// A piece of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A turn begins.
    Turn { number: u32, wall_ms: i64 },
    /// The person said something.
    Said(String),
    /// The model answered; Markdown.
    Answer { model: String, text: String, about: String },
    /// A text in a language, under a caption.
    Code { caption: String, language: &'static str, text: String },
    /// A list under a caption.
    List { caption: String, items: Vec<String> },
    /// A sentence.
    Line(String),
}

/// The title and the pieces of a session.
pub(super) struct Story {
    pub state: State,
    pub pieces: Vec<Piece>,
}

/// Tells a session.
pub(super) fn story(events: &[Event]) -> Story {
    let mut teller = Teller::default();
    let mut state = State::default();
    for event in events {
        teller.take(event, &state);
        state.apply(event);
    }
    teller.end_answer(String::new());
    Story { state, pieces: teller.pieces }
}

#[derive(Default)]
struct Teller {
    pieces: Vec<Piece>,
    model: String,
    answer: String,
    rows: Vec<String>,
}

impl Teller {
    fn push(&mut self, piece: Piece) {
        self.pieces.push(piece);
    }

    fn line(&mut self, text: impl Into<String>) {
        self.push(Piece::Line(text.into()));
    }

    fn end_answer(&mut self, about: String) {
        let text = std::mem::take(&mut self.answer);
        if !text.trim().is_empty() {
            let model = self.model.clone();
            self.push(Piece::Answer { model, text, about });
        }
    }

    fn diagnostics(&mut self, caption: &str, found: &[Diagnostic]) {
        if !found.is_empty() {
            let items = found.iter().map(one).collect();
            self.push(Piece::List { caption: caption.to_owned(), items });
        }
    }

    /// What a text changes of another.
    fn change(&mut self, caption: String, before: &str, text: &str) {
        if before.is_empty() {
            self.push(Piece::Code { caption, language: "yaml", text: text.to_owned() });
            return;
        }
        let (old, new) = (hunk::lines(before), hunk::lines(text));
        let mut out = String::new();
        for hunk in hunk::hunks(before, text) {
            out.push_str(&format!("@@ line {} @@\n", hunk.old.start + 1));
            let lines =
                old[hunk.old].iter().map(|line| ('-', line)).chain(new[hunk.new].iter().map(|line| ('+', line)));
            for (sign, line) in lines {
                out.push_str(&format!("{sign}{}\n", line.trim_end_matches(['\n', '\r'])));
            }
        }
        self.push(Piece::Code { caption, language: "diff", text: out });
    }

    fn take(&mut self, event: &Event, state: &State) {
        match &event.fact {
            Fact::Opened { parent: Some(parent), .. } => {
                self.line(format!("A {} of session {} at event {}.", parent.how.word(), parent.session, parent.seq));
            }
            Fact::Said { text, .. } => {
                self.push(Piece::Turn { number: state.turns + 1, wall_ms: event.wall_ms });
                self.push(Piece::Said(text.clone()));
            }
            Fact::Turn(fact) => self.turn(fact, state),
            Fact::FixProposed { proposal, file, base, text, code, diagnostics } => {
                self.change(format!("Proposal {proposal} for {file}: the fix of `{code}`"), base, text);
                self.diagnostics("Found in it", diagnostics);
            }
            Fact::VersionProposed { proposal, file, base, text, diagnostics, .. } => {
                self.change(format!("Proposal {proposal} for {file}: a former version"), base, text);
                self.diagnostics("Found in it", diagnostics);
            }
            Fact::ProposalEdited { proposal, file, base, text, diagnostics } => {
                self.change(format!("Proposal {proposal} for {file}: edited by hand"), base, text);
                self.diagnostics("Found in it", diagnostics);
            }
            Fact::Commented { hunk, text, .. } => self.line(format!("Comment on hunk {}: {text}", hunk + 1)),
            Fact::Applied { file, before, text, accepted, rejected, diagnostics, .. } => {
                let review = state.review.as_ref().map(|r| r.count(Decision::Rejected)).unwrap_or_default();
                let refused = if review > 0 { format!(", {review} of them rejected") } else { String::new() };
                let caption = format!("Written to {file}: {accepted} hunks accepted, {rejected} not{refused}");
                self.change(caption, before.as_deref().unwrap_or_default(), text);
                self.diagnostics("Found in it", diagnostics);
            }
            Fact::Discarded { proposal } => self.line(format!("Proposal {proposal} was put away.")),
            Fact::Edited { file, before, text, diagnostics } => {
                self.change(format!("{file}, edited by hand"), before, text);
                self.diagnostics("Found in it", diagnostics);
            }
            Fact::Restored { file, .. } => self.line(format!("The last write of {file} was taken back.")),
            Fact::FilesRestored { files } => {
                let items = files.iter().map(|f| f.file.clone()).collect();
                self.push(Piece::List { caption: "As they were at this point again".to_owned(), items });
            }
            Fact::Compiled { file, manifest, steps, .. } => {
                self.line(format!("Compiled {file}: {steps} steps, manifest {manifest}."));
            }
            Fact::CompileFailed { file, diagnostics } => {
                self.diagnostics(&format!("{file} was not compiled"), diagnostics);
            }
            Fact::Refused { diagnostic } => {
                self.push(Piece::List { caption: "Not done".to_owned(), items: vec![one(diagnostic)] });
            }
            Fact::Run(fact) => self.run(fact),
            Fact::Branched { session, seq, how } => {
                self.line(format!("Session {session} began as a {} of this one at event {seq}.", how.word()));
            }
            _ => {}
        }
    }

    fn turn(&mut self, fact: &TurnFact, state: &State) {
        match fact {
            TurnFact::ModelRequested { model, .. } => {
                self.end_answer(String::new());
                self.model.clone_from(&model.name);
            }
            TurnFact::ModelDelta { text, thinking: false, .. } => self.answer.push_str(text),
            TurnFact::ModelFinished { usage, duration_us, .. } => {
                let tokens = usage.map(|u| format!("{} tokens in, {} out, ", u.input, u.output)).unwrap_or_default();
                self.end_answer(format!("{tokens}{}", seconds(*duration_us)));
            }
            TurnFact::ModelFailed { diagnostic, .. } => {
                self.end_answer("it stopped here".to_owned());
                self.push(Piece::List {
                    caption: "The call to the model failed".to_owned(),
                    items: vec![one(diagnostic)],
                });
            }
            TurnFact::Checked { proposal, diagnostics, .. } => {
                let Some(review) = state.review.as_ref().filter(|r| r.proposal == *proposal) else { return };
                let caption = format!("Proposal {proposal} for {}", review.file);
                // The whole of a new document stands in the answer.
                if review.base.is_empty() {
                    self.line(format!("{caption}: {} hunks.", review.hunks.len()));
                } else {
                    self.change(caption, &review.base.clone(), &review.text.clone());
                }
                self.diagnostics("Found in it", diagnostics);
            }
            TurnFact::RepairRequested { attempt, of, errors } => {
                self.line(format!("Repair {attempt} of {of}: {errors} errors were sent back to the model."));
            }
            _ => {}
        }
    }

    fn run(&mut self, fact: &RunFact) {
        match fact {
            RunFact::RunStarted { run, pipeline, engine, .. } => {
                self.rows.clear();
                self.line(format!("Run {run} of {pipeline} on {engine}."));
            }
            RunFact::StepFinished { step, rows_out, duration_us, .. } => {
                self.rows.push(format!("{step}: {rows_out} rows, {}", seconds(*duration_us)));
            }
            RunFact::StepFailed { step, diagnostic, .. } => {
                self.rows.push(format!("{step} failed: {}", one(diagnostic)))
            }
            RunFact::RunFinished { outcome, duration_us, outputs, .. } => {
                let mut items = std::mem::take(&mut self.rows);
                items.extend(outputs.iter().map(|o| format!("wrote {}: {} rows, {} bytes", o.path, o.rows, o.bytes)));
                let caption = format!("Run {} after {}", format!("{outcome:?}").to_lowercase(), seconds(*duration_us));
                self.push(Piece::List { caption, items });
            }
            _ => {}
        }
    }
}

fn one(d: &Diagnostic) -> String {
    let place = d.span.map(|s| format!(" line {}", s.line)).unwrap_or_default();
    let fix = d.fix.as_ref().map(|fix| format!(" ({})", fix.text)).unwrap_or_default();
    format!("{} [{}]{place}: {}{fix}", d.severity, d.code, d.message)
}

fn seconds(us: u64) -> String {
    format!("{}.{:02} s", us / 1_000_000, us / 10_000 % 100)
}

/// The day and time in UTC: the same on every host.
pub(super) fn when(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|t| t.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default()
}
