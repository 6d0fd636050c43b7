//! The conversation: what was said, answered, proposed, compiled and run, in order.

use serde::Serialize;

use super::spend::Spent;
use crate::agent::{Mention, Purpose, TurnOutcome};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{FinishReason, Usage};
use crate::pipeline::run::{Output, Preview, RunOutcome};
use crate::session::talk::{Approval, Compaction};

/// An answer of the model, complete or still arriving.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Why it was asked for.
    pub purpose: Purpose,
    /// The words, Markdown.
    pub text: String,
    /// What the model thought.
    pub thinking: String,
    /// Whether more may come.
    pub streaming: bool,
    /// Why it ended, when it did so by itself.
    pub finish: Option<FinishReason>,
    /// Microseconds, once it has ended.
    pub duration_us: u64,
    /// How it was asked for.
    pub asked: Asked,
}

/// How an answer was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Asked {
    /// The model's name.
    pub model: String,
    /// The hash of the request.
    pub hash: String,
    /// Names of the contracts that it was shown.
    pub contracts: Vec<String>,
    /// Connections whose discovery it was shown.
    pub discoveries: Vec<String>,
    /// The document that it was shown.
    pub document: Option<String>,
    /// Bytes of the request.
    pub bytes: u64,
    /// Tokens, where the server counted them.
    pub usage: Option<Usage>,
    /// Microseconds until the first words; 0 before them.
    pub first_us: u64,
}

/// What an item of the transcript is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ItemBody {
    /// The person said something.
    Said {
        /// The message.
        text: String,
        /// What it mentions.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<Mention>,
    },
    /// The model answered.
    Answer(Answer),
    /// The answer held a proposal, and it was checked.
    Proposed {
        /// Its number.
        proposal: u32,
        /// The file it is for.
        file: String,
        /// How many changes it has.
        hunks: u32,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// The model is asked to repair its proposal.
    Repair {
        /// From 1.
        attempt: u32,
        /// The limit.
        of: u32,
        /// How many errors it is told of.
        errors: u32,
    },
    /// The call to the model failed.
    Failed {
        /// What went wrong.
        diagnostic: Box<Diagnostic>,
    },
    /// What was asked for was not done.
    Refused {
        /// What is in the way.
        diagnostic: Box<Diagnostic>,
    },
    /// The turn ended.
    TurnEnded {
        /// How.
        outcome: TurnOutcome,
        /// Microseconds.
        duration_us: u64,
        /// Tokens, and what they cost.
        spent: Spent,
    },
    /// Something waits for an approval, or waited.
    Approval {
        /// What.
        approval: Approval,
        /// Whether it was approved, and by whom.
        decided: Option<(bool, String)>,
        /// Why it is not done any more, where nobody answered.
        withdrawn: Option<String>,
    },
    /// The older part of the conversation is not shown to the model any more.
    Compacted(Compaction),
    /// Hunks were written to the file.
    Applied {
        /// The proposal.
        proposal: u32,
        /// The file.
        file: String,
        /// How many hunks were accepted.
        accepted: u32,
        /// How many were not.
        rejected: u32,
    },
    /// The proposal was put away.
    Discarded {
        /// The proposal.
        proposal: u32,
    },
    /// The document was compiled.
    Compiled {
        /// The file.
        file: String,
        /// Fingerprint of the manifest.
        manifest: String,
        /// Where the build lies.
        build: String,
        /// Number of steps.
        steps: u32,
        /// Microseconds.
        duration_us: u64,
    },
    /// The document could not be compiled.
    CompileFailed {
        /// The file.
        file: String,
        /// Why.
        diagnostics: Vec<Diagnostic>,
    },
    /// A run began.
    RunStarted {
        /// Its id.
        run: String,
        /// The pipeline.
        pipeline: String,
        /// Where.
        engine: String,
    },
    /// A run ended.
    RunEnded {
        /// How.
        outcome: RunOutcome,
        /// Microseconds.
        duration_us: u64,
        /// What it wrote.
        outputs: Vec<Output>,
        /// The first rows of it.
        previews: Vec<Preview>,
        /// What went wrong, if it failed.
        failure: Option<Box<Diagnostic>>,
    },
    /// The program tells the person something.
    Notice {
        /// How bad.
        severity: Severity,
        /// What.
        text: String,
    },
}

/// One entry of the transcript.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Number of the event that made it: its identity.
    pub id: u64,
    /// Number of the last event that changed it: what a view caches by.
    pub version: u64,
    /// What it is.
    pub body: ItemBody,
    /// It is set aside: no part of the conversation any more, only of its history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aside: Option<Aside>,
}

/// How an item was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// Number of the event that did it.
    pub by: u64,
    /// The item is the message that another one stands in the place of; so many others went with it.
    pub others: Option<usize>,
}

impl Item {
    /// Whether it is part of what was said, and not of what was done.
    fn is_said(&self) -> bool {
        matches!(
            self.body,
            ItemBody::Said { .. }
                | ItemBody::Answer(_)
                | ItemBody::Proposed { .. }
                | ItemBody::Repair { .. }
                | ItemBody::Failed { .. }
                | ItemBody::Discarded { .. }
                | ItemBody::TurnEnded { .. }
        )
    }
}

/// The conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Transcript {
    /// Oldest first.
    pub items: Vec<Item>,
    /// Number of the last event that changed items far above the end.
    pub reshaped: u64,
}

impl Transcript {
    pub(super) fn push(&mut self, seq: u64, body: ItemBody) {
        self.items.push(Item { id: seq, version: seq, body, aside: None });
    }

    pub(super) fn said(&mut self, seq: u64, text: String, mentions: Vec<Mention>) {
        self.push(seq, ItemBody::Said { text, mentions });
    }

    /// Sets aside the message that event `message` told, and what was said after it; what was done stays.
    /// Nothing happens when there is no such message, or it is set aside already.
    pub(super) fn set_aside(&mut self, seq: u64, message: u64) {
        let is_head =
            |item: &Item| item.id == message && item.aside.is_none() && matches!(item.body, ItemBody::Said { .. });
        let Some(head) = self.items.iter().position(is_head) else { return };
        let mut others = 0;
        for item in self.items[head + 1..].iter_mut().filter(|item| item.aside.is_none() && item.is_said()) {
            (item.aside, item.version) = (Some(Aside { by: seq, others: None }), seq);
            others += 1;
        }
        let head = &mut self.items[head];
        (head.aside, head.version) = (Some(Aside { by: seq, others: Some(others) }), seq);
        self.reshaped = seq;
    }

    /// Whether a proposal came after the message that event `message` told.
    pub fn came_after(&self, message: u64, proposal: u32) -> bool {
        let of = |body: &ItemBody| matches!(body, ItemBody::Proposed { proposal: n, .. } if *n == proposal);
        self.items.iter().any(|item| item.id > message && of(&item.body))
    }

    /// An approval was answered, or is not needed any more.
    pub(super) fn decided(&mut self, seq: u64, number: u32, answer: Option<(bool, String)>, why: Option<String>) {
        let of =
            |item: &&mut Item| matches!(&item.body, ItemBody::Approval { approval, .. } if approval.number == number);
        if let Some(item) = self.items.iter_mut().rev().find(of) {
            item.version = seq;
            if let ItemBody::Approval { decided, withdrawn, .. } = &mut item.body {
                (*decided, *withdrawn) = (answer, why);
            }
        }
    }

    /// The message of an event, if it is still part of the conversation.
    pub fn message(&self, id: u64) -> Option<&str> {
        self.messages().find(|(of, _)| *of == id).map(|(_, text)| text)
    }

    /// The messages that are part of the conversation, oldest first, each with the number of its event.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = (u64, &str)> {
        self.items.iter().filter(|item| item.aside.is_none()).filter_map(|item| match &item.body {
            ItemBody::Said { text, .. } => Some((item.id, text.as_str())),
            _ => None,
        })
    }

    pub(super) fn notice(&mut self, seq: u64, severity: Severity, text: String) {
        self.push(seq, ItemBody::Notice { severity, text });
    }

    pub(super) fn applied(&mut self, seq: u64, proposal: u32, file: String, accepted: u32, rejected: u32) {
        self.push(seq, ItemBody::Applied { proposal, file, accepted, rejected });
    }

    pub(super) fn discarded(&mut self, seq: u64, proposal: u32) {
        self.push(seq, ItemBody::Discarded { proposal });
    }

    pub(super) fn begin_answer(&mut self, seq: u64, purpose: Purpose, asked: Asked) {
        self.stop_streaming(seq);
        let answer = Answer {
            purpose,
            text: String::new(),
            thinking: String::new(),
            streaming: true,
            finish: None,
            duration_us: 0,
            asked,
        };
        self.push(seq, ItemBody::Answer(answer));
    }

    pub(super) fn delta(&mut self, seq: u64, text: &str, thinking: bool) {
        if let Some(answer) = self.streaming(seq) {
            if thinking {
                answer.thinking.push_str(text);
            } else {
                answer.text.push_str(text);
            }
        }
    }

    pub(super) fn end_answer(
        &mut self,
        seq: u64,
        finish: &FinishReason,
        (usage, first_us, duration_us): (Option<Usage>, u64, u64),
    ) {
        if let Some(answer) = self.streaming(seq) {
            (answer.asked.usage, answer.asked.first_us) = (usage, first_us);
            answer.streaming = false;
            answer.finish = Some(finish.clone());
            answer.duration_us = duration_us;
        }
    }

    pub(super) fn stop_streaming(&mut self, seq: u64) {
        if let Some(answer) = self.streaming(seq) {
            answer.streaming = false;
        }
    }

    /// The answer that is still arriving. Notices may stand after it, so a few items are looked at.
    fn streaming(&mut self, seq: u64) -> Option<&mut Answer> {
        let item = self.items.iter_mut().rev().take(8).find(|i| matches!(&i.body, ItemBody::Answer(_)))?;
        match &mut item.body {
            ItemBody::Answer(answer) if answer.streaming => {
                item.version = seq;
                Some(answer)
            }
            _ => None,
        }
    }
}
