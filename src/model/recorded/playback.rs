//! Plays recorded answers, found by the hash of the request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::format::{self, Chunk, Entry, Header, Kind};
use super::miss;
use crate::diagnostic::Diagnostic;
use crate::model::{Answer, ModelClient, ModelError, ModelEvent, ModelInfo, ModelRequest, Source};

/// The longest wait before a chunk, whatever the file says.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// How fast recorded words come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As they came when they were recorded.
    Real,
    /// Without waits.
    Instant,
    /// Waits times this factor: 0.5 is twice as fast. Anything that is no positive number is no wait.
    Scaled(f32),
}

impl Pace {
    fn wait(self, recorded_ms: u64) -> Duration {
        let recorded = Duration::from_millis(recorded_ms).min(MAX_WAIT);
        match self {
            Pace::Real => recorded,
            Pace::Instant => Duration::ZERO,
            Pace::Scaled(factor) => {
                let seconds = recorded.as_secs_f64() * f64::from(factor);
                Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO).min(MAX_WAIT)
            }
        }
    }
}

/// A client that knows the answers of a recording and no others.
#[derive(Debug)]
pub struct RecordedClient {
    name: String,
    header: Header,
    entries: Vec<Arc<Entry>>,
    warnings: Vec<Diagnostic>,
    pace: Pace,
    /// How often each request was asked.
    asked: Mutex<HashMap<String, usize>>,
}

impl RecordedClient {
    /// Reads the recording `bytes`, called `name` on screens.
    pub fn open(name: impl Into<String>, bytes: &[u8], pace: Pace) -> Result<RecordedClient, Diagnostic> {
        let name = name.into();
        let recording = format::read(&name, bytes)?;
        Ok(RecordedClient {
            name,
            header: recording.header,
            entries: recording.entries.into_iter().map(Arc::new).collect(),
            warnings: recording.warnings,
            pace,
            asked: Mutex::default(),
        })
    }

    /// What the recording says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What is wrong with the recording without making it useless: a last call that was cut off.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The recorded requests, in order: what has to be asked to hear the answers.
    pub fn requests(&self) -> impl Iterator<Item = &ModelRequest> {
        self.entries.iter().map(|entry| &entry.request)
    }

    /// The recording of a request; of several, each in its turn, then the last again and again.
    fn find(&self, request: &ModelRequest) -> Option<Arc<Entry>> {
        let hash = request.hash();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = asked.entry(hash.clone()).or_default();
        let mut fitting = self.entries.iter().filter(|entry| entry.hash == hash);
        let entry = fitting.clone().nth(*turn).or_else(|| fitting.next_back())?;
        *turn += 1;
        Some(Arc::clone(entry))
    }
}

impl ModelClient for RecordedClient {
    fn info(&self) -> ModelInfo {
        // A recording without calls is refused, so there is a first.
        let model = self.entries.first().map(|entry| entry.request.model.clone());
        ModelInfo { name: model.unwrap_or_default(), source: Source::Recorded { recording: self.name.clone() } }
    }

    fn ask(&self, request: ModelRequest) -> Answer {
        let Some(entry) = self.find(&request) else {
            let requests: Vec<Entry> = self.entries.iter().map(|e| Entry::clone(e)).collect();
            let missed = ModelError::from(miss::diagnostic(&self.name, &request, &requests));
            return Box::pin(futures_util::stream::iter([Err(missed)]));
        };
        let pace = self.pace;
        Box::pin(futures_util::stream::unfold((entry, 0), move |(entry, at)| async move {
            let event = match entry.chunks.get(at) {
                Some(Chunk(wait, kind, words)) => {
                    let wait = pace.wait(*wait);
                    if wait.is_zero() {
                        // A long answer without waits leaves room for others, e.g. for the one who cancels.
                        tokio::task::yield_now().await;
                    } else {
                        tokio::time::sleep(wait).await;
                    }
                    match kind {
                        Kind::Text => ModelEvent::Text(words.clone()),
                        Kind::Thinking => ModelEvent::Thinking(words.clone()),
                    }
                }
                // Behind the chunks: the usage, where there is one, and the end.
                None => match (at - entry.chunks.len(), entry.usage) {
                    (0, Some(usage)) => ModelEvent::Usage(usage),
                    (0, None) | (1, Some(_)) => ModelEvent::Finished(entry.finish.clone()),
                    _ => return None,
                },
            };
            Some((Ok(event), (entry, at + 1)))
        }))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;
    use crate::model::{FinishReason, Message, Role, Usage};

    fn request(text: &str) -> ModelRequest {
        ModelRequest {
            model: "tiny".into(),
            messages: vec![Message::new(Role::User, text)],
            temperature: None,
            max_tokens: None,
            response_format: None,
        }
    }

    fn recording(calls: &[(&str, &str)]) -> Vec<u8> {
        let mut text = serde_json::to_string(&Header::new("t", "")).unwrap() + "\n";
        for (question, answer) in calls {
            let request = request(question);
            let entry = Entry {
                hash: request.hash(),
                request,
                chunks: vec![Chunk(40_000, Kind::Thinking, "hm".into()), Chunk(u64::MAX, Kind::Text, (*answer).into())],
                usage: Some(Usage { input: 1, output: 2 }),
                finish: FinishReason::Stop,
            };
            text += &(serde_json::to_string(&entry).unwrap() + "\n");
        }
        text.into_bytes()
    }

    async fn answer(client: &RecordedClient, question: &str) -> String {
        let events: Vec<_> = client.ask(request(question)).collect().await;
        events.into_iter().map(|e| if let Ok(ModelEvent::Text(t)) = e { t } else { String::new() }).collect()
    }

    #[tokio::test]
    async fn an_answer_is_played_whole() {
        let client = RecordedClient::open("d.jsonl", &recording(&[("q", "a")]), Pace::Instant).unwrap();
        assert_eq!(client.info().name, "tiny");
        assert_eq!(client.info().source, Source::Recorded { recording: "d.jsonl".into() });
        let events: Vec<_> = client.ask(request("q")).map(Result::unwrap).collect().await;
        assert_eq!(
            events,
            [
                ModelEvent::Thinking("hm".into()),
                ModelEvent::Text("a".into()),
                ModelEvent::Usage(Usage { input: 1, output: 2 }),
                ModelEvent::Finished(FinishReason::Stop),
            ]
        );
    }

    #[tokio::test]
    async fn several_answers_come_in_turn_and_the_last_stays() {
        let bytes = recording(&[("q", "one"), ("r", "other"), ("q", "two")]);
        let client = RecordedClient::open("d", &bytes, Pace::Scaled(0.0)).unwrap();
        let mut heard = Vec::new();
        for question in ["q", "q", "r", "q", "r"] {
            heard.push(answer(&client, question).await);
        }
        assert_eq!(heard, ["one", "two", "other", "two", "other"]);
    }

    #[tokio::test]
    async fn a_miss_is_an_error_and_nothing_else() {
        let client = RecordedClient::open("d", &recording(&[("what is it", "a")]), Pace::Instant).unwrap();
        let events: Vec<_> = client.ask(request("what was it")).collect().await;
        assert_eq!(events.len(), 1);
        let diagnostic = events[0].clone().unwrap_err().0;
        assert_eq!(diagnostic.code, "recording-miss");
        assert!(diagnostic.why.unwrap_or_default().contains("\"what is it\""));
    }

    #[test]
    fn the_pace_scales_what_was_recorded() {
        let second = Duration::from_secs(1);
        assert_eq!(Pace::Real.wait(1000), second);
        assert_eq!(Pace::Scaled(0.5).wait(1000), second / 2);
        assert_eq!(Pace::Instant.wait(1000), Duration::ZERO);
        assert_eq!(Pace::Real.wait(u64::MAX), MAX_WAIT);
    }

    #[test]
    fn odd_factors_are_no_wait() {
        for factor in [f32::NAN, -1.0, f32::NEG_INFINITY, 0.0] {
            assert_eq!(Pace::Scaled(factor).wait(1000), Duration::ZERO);
        }
        assert_eq!(Pace::Scaled(f32::INFINITY).wait(1000), Duration::ZERO);
        assert_eq!(Pace::Scaled(1e9).wait(1000), MAX_WAIT);
    }
}
