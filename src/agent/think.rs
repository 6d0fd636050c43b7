//! Asks the model and tells its words as they come. Cancelling drops the answer, which closes the
//! connection; what has arrived is told before.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until};

use super::coalesce::{Coalescer, Delta};
use super::stages::{Stages, Stop, micros};
use super::structured::Translator;
use super::{Purpose, TurnFact};
use crate::diagnostic::Diagnostic;
use crate::model::{FinishReason, ModelClient, ModelError, ModelEvent, ModelRequest, Usage};
use crate::secret::{self, StreamRedactor};

/// Most bytes of one answer, thinking included, whoever gives it.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// A complete answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub text: String,
    pub finish: FinishReason,
}

/// An answer as far as it has come.
struct Listening<'a> {
    stages: &'a Stages<'a>,
    request: u32,
    begun: Instant,
    words: Coalescer,
    /// Of an answer that was asked for in a form.
    translator: Option<Translator>,
    /// Whatever the model repeats: a secret in an answer would be shown, kept and written.
    hidden: [StreamRedactor; 2],
    text: String,
    bytes: usize,
    first_us: Option<u64>,
    usage: Option<Usage>,
}

/// Asks, and listens until the answer is complete.
pub(super) async fn ask(
    stages: &Stages<'_>,
    model: &dyn ModelClient,
    number: u32,
    purpose: Purpose,
    request: ModelRequest,
) -> Result<Answer, Stop> {
    let request = secret::hide_in(request);
    stages.tell(TurnFact::ModelRequested {
        request: number,
        purpose,
        model: model.info(),
        hash: request.hash(),
        body: serde_json::to_string(&request).unwrap_or_default(),
    });
    let mut heard = Listening {
        stages,
        request: number,
        begun: Instant::now(),
        words: Coalescer::default(),
        translator: request.response_format.as_ref().map(|_| Translator::default()),
        hidden: Default::default(),
        text: String::new(),
        bytes: 0,
        first_us: None,
        usage: None,
    };
    let mut answer = model.ask(request);
    let mut rest: Option<Duration> = None;
    loop {
        let due = heard.words.due();
        let listening = Instant::now();
        let item = tokio::select! {
            biased;
            () = stages.cancel.cancelled() => {
                // Before anything else: the server is to stop working.
                drop(answer);
                heard.end();
                return Err(Stop::Cancelled);
            }
            () = sleep_until(heard.begun + rest.unwrap_or_default()), if rest.is_some() => {
                rest = None;
                continue;
            }
            () = sleep_until(heard.begun + due.unwrap_or_default()), if due.is_some() => {
                heard.tell_due();
                continue;
            }
            item = answer.next(), if rest.is_none() => item,
        };
        match item {
            Some(Ok(event)) => {
                if let Some(finish) = heard.take(event)? {
                    return Ok(Answer { text: heard.text, finish });
                }
                rest = heard.words.rest(heard.begun.elapsed(), listening.elapsed());
            }
            Some(Err(ModelError(diagnostic))) => return Err(heard.fail(*diagnostic)),
            None => {
                let unfinished = Diagnostic::error("model-answer-broken", "the answer stopped before its end")
                    .why("what had arrived is kept")
                    .fix("ask again");
                return Err(heard.fail(unfinished));
            }
        }
    }
}

impl Listening<'_> {
    /// Takes an event in; returns how the answer ended when it has.
    fn take(&mut self, event: ModelEvent) -> Result<Option<FinishReason>, Stop> {
        match event {
            ModelEvent::Text(text) => {
                self.count(&text)?;
                let text = self.hidden[0].push(&text);
                let text = self.translator.as_mut().map_or_else(|| text.clone(), |t| t.push(&text));
                self.hear(&text, false);
            }
            ModelEvent::Thinking(text) => {
                self.count(&text)?;
                let text = self.hidden[1].push(&text);
                self.hear(&text, true);
            }
            ModelEvent::Retrying { attempt, wait_ms, reason } => {
                self.flush();
                self.stages.tell(TurnFact::ModelRetried { request: self.request, attempt, wait_ms, reason });
            }
            ModelEvent::Usage(usage) => self.usage = Some(usage),
            ModelEvent::Finished(finish) => {
                self.end();
                let duration_us = micros(self.begun.elapsed());
                self.stages.tell(TurnFact::ModelFinished {
                    request: self.request,
                    finish: finish.clone(),
                    usage: self.usage,
                    first_us: self.first_us.unwrap_or(duration_us),
                    duration_us,
                });
                return Ok(Some(finish));
            }
        }
        Ok(None)
    }

    /// Counts words that have arrived.
    fn count(&mut self, text: &str) -> Result<(), Stop> {
        if text.is_empty() {
            return Ok(());
        }
        self.first_us.get_or_insert(micros(self.begun.elapsed()));
        self.bytes += text.len();
        if self.bytes > MAX_ANSWER_BYTES {
            let message = format!("the answer is larger than {} MiB", MAX_ANSWER_BYTES >> 20);
            let too_large = Diagnostic::error("model-answer-too-large", message)
                .why("no pipeline is that long; what had arrived is kept")
                .fix("limit the tokens of an answer in the configuration, or use another model");
            return Err(self.fail(too_large));
        }
        Ok(())
    }

    fn hear(&mut self, text: &str, thinking: bool) {
        if text.is_empty() {
            return;
        }
        if !thinking {
            self.text.push_str(text);
        }
        self.words.push(text, thinking);
        self.tell_due();
    }

    /// No more words will come.
    fn end(&mut self) {
        let [text, thinking] = [self.hidden[0].finish(), self.hidden[1].finish()];
        self.hear(&thinking, true);
        let text = self.translator.as_mut().map_or_else(|| text.clone(), |t| t.push(&text));
        self.hear(&text, false);
        if let Some(mut translator) = self.translator.take() {
            self.hear(&translator.finish(), false);
        }
        self.flush();
    }

    fn tell_due(&mut self) {
        if let Some(delta) = self.words.take(self.begun.elapsed()) {
            self.tell(delta);
        }
    }

    fn flush(&mut self) {
        for delta in self.words.flush() {
            self.tell(delta);
        }
    }

    fn tell(&self, Delta { text, thinking }: Delta) {
        self.stages.tell(TurnFact::ModelDelta { request: self.request, text, thinking });
    }

    fn fail(&mut self, diagnostic: Diagnostic) -> Stop {
        self.end();
        let stop = Stop::Failed(diagnostic.message.clone());
        self.stages.tell(TurnFact::ModelFailed { request: self.request, diagnostic: Box::new(diagnostic) });
        stop
    }
}
