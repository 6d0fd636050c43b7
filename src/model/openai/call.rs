//! One call: asks, waits and asks again while that may help, and passes the answer on piece by piece.
//! All of it lives inside the answer's stream: dropping the stream drops the connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::decode::{Decoder, Fault, Item};
use super::failure::Place;
use super::wire::{self, Dialect, Piece, ServerError};
use super::{MAX_ANSWER_BYTES, Shared};
use crate::diagnostic::{Diagnostic, causes};
use crate::model::{Answer, FinishReason, ModelError, ModelEvent, ModelRequest, Usage, retry};
use crate::secret::{self, StreamRedactor};

/// Most bytes read of an error's body.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// How long the usage may lag behind the end of an answer.
const AFTER_FINISH: Duration = Duration::from_secs(2);

pub(super) struct Call {
    shared: Arc<Shared>,
    retry_wait: Duration,
    request: ModelRequest,
    /// Tries made so far.
    attempt: u32,
    phase: Phase,
    out: VecDeque<Result<ModelEvent, ModelError>>,
}

enum Phase {
    Ask,
    Wait(Duration),
    Read(Box<Reading>),
    Over,
}

/// An answer on its way.
struct Reading {
    response: Response,
    decoder: Decoder,
    /// When the first bytes must have come.
    first_by: Instant,
    begun: bool,
    text: StreamRedactor,
    thinking: StreamRedactor,
    arrived_bytes: usize,
    arrived_chars: usize,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
}

impl Call {
    pub(super) fn begin(shared: Arc<Shared>, retry_wait: Duration, request: ModelRequest) -> Answer {
        let call = Call { shared, retry_wait, request, attempt: 0, phase: Phase::Ask, out: VecDeque::new() };
        Box::pin(futures_util::stream::unfold(call, |mut call| async move {
            let item = call.next().await?;
            Some((item, call))
        }))
    }

    async fn next(&mut self) -> Option<Result<ModelEvent, ModelError>> {
        loop {
            if let Some(item) = self.out.pop_front() {
                return Some(item);
            }
            // Taken out, so that leaving a phase drops the connection it holds.
            match std::mem::replace(&mut self.phase, Phase::Over) {
                Phase::Over => return None,
                Phase::Wait(time) => {
                    sleep(time).await;
                    self.phase = Phase::Ask;
                }
                Phase::Ask => self.send().await,
                Phase::Read(reading) => self.read(reading).await,
            }
        }
    }

    async fn send(&mut self) {
        let shared = Arc::clone(&self.shared);
        let place = Place { settings: &shared.settings };
        let headers = match headers(&place) {
            Ok(headers) => headers,
            Err(diagnostic) => return self.fail(diagnostic),
        };
        self.attempt += 1;
        let dialect = shared.dialect();
        let first_by = Instant::now() + shared.settings.first_byte_timeout;
        let http = match shared.http() {
            Ok(http) => http,
            Err(diagnostic) => return self.fail(diagnostic),
        };
        let call = http.post(shared.endpoint.clone()).headers(headers).json(&wire::body(&self.request, dialect));
        let response = match timeout_at(first_by, call.send()).await {
            Err(_) => return self.retry(place.timeout(shared.settings.first_byte_timeout), "no answer in time", None),
            Ok(Err(error)) => {
                let reason = causes(&error.without_url());
                return self.retry(place.unreachable(&reason), &reason, None);
            }
            Ok(Ok(response)) => response,
        };
        let status = response.status();
        tracing::debug!(attempt = self.attempt, status = status.as_u16(), "model server answered");
        if status.is_success() {
            self.phase = Phase::Read(Box::new(Reading::new(response, first_by)));
        } else if status.is_redirection() {
            let location = response.headers().get(LOCATION).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
            self.fail(place.redirected(status.as_u16(), &location.unwrap_or_default()));
        } else {
            self.refused(response, first_by, dialect).await;
        }
    }

    /// The server answered with an error status.
    async fn refused(&mut self, mut response: Response, by: Instant, dialect: Dialect) {
        let status = response.status();
        let asked = retry_after(response.headers());
        let mut body = Vec::new();
        // What is missing when this ends early is only a better explanation.
        while let Ok(Ok(Some(part))) = timeout_at(by, response.chunk()).await {
            body.extend_from_slice(&part[..part.len().min(MAX_ERROR_BYTES - body.len())]);
            if body.len() >= MAX_ERROR_BYTES {
                break;
            }
        }
        let error = wire::read_error(&String::from_utf8_lossy(&body));
        if matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
            && let Some(other) = dialect.after_refusal(&error.message)
        {
            tracing::debug!(?other, "the server does not take a parameter; asking without it");
            self.shared.learn(other);
            // Not a failed try: the next is another request.
            self.attempt -= 1;
            self.phase = Phase::Ask;
            return;
        }
        if self.request.response_format.is_some()
            && matches!(status.as_u16(), 400 | 422 | 500 | 501)
            && let Some(other) = dialect.without_response_format(&error.message)
        {
            self.shared.learn(other);
            let reason = format!("{} {}; asking without response_format", status.as_u16(), error.message);
            return self.ask_otherwise(&reason);
        }
        let shared = Arc::clone(&self.shared);
        let place = Place { settings: &shared.settings };
        let diagnostic = place.refused(Some(status.as_u16()), &self.request.model, &error);
        if wire::passing_status(status.as_u16()) && error.code.as_deref() != Some("insufficient_quota") {
            self.retry(diagnostic, &format!("{} {}", status.as_u16(), error.message), asked);
        } else {
            self.fail(diagnostic);
        }
    }

    async fn read(&mut self, mut reading: Box<Reading>) {
        let shared = Arc::clone(&self.shared);
        let place = Place { settings: &shared.settings };
        let silence = if reading.finish.is_some() { AFTER_FINISH } else { shared.settings.idle_timeout };
        let next = if reading.begun {
            timeout(silence, reading.response.chunk()).await
        } else {
            timeout_at(reading.first_by, reading.response.chunk()).await
        };
        let items = match next {
            Ok(Ok(Some(bytes))) => {
                reading.begun = true;
                reading.decoder.push(&bytes)
            }
            Ok(Ok(None)) => {
                let decoder = std::mem::replace(&mut reading.decoder, Decoder::new());
                let items = decoder.finish();
                return self.take(reading, items, true);
            }
            // After its end an answer is whole, however the connection ends.
            Ok(Err(_)) | Err(_) if reading.finish.is_some() => return self.conclude(*reading),
            Ok(Err(error)) => {
                let reason = causes(&error.without_url());
                return self.cut(*reading, place.unreachable(&reason), &reason);
            }
            Err(_) => {
                let waited = if reading.begun { silence } else { shared.settings.first_byte_timeout };
                let reason = format!("nothing came for {} s", waited.as_secs_f64());
                return self.cut(*reading, place.timeout(waited), &reason);
            }
        };
        self.take(reading, items, false);
    }

    /// Passes on what was decoded and decides how it goes on.
    fn take(&mut self, mut reading: Box<Reading>, items: Result<Vec<Item>, Fault>, ended: bool) {
        let shared = Arc::clone(&self.shared);
        let place = Place { settings: &shared.settings };
        let items = match items {
            Ok(items) => items,
            Err(fault) => {
                self.flush(&mut reading);
                return self.fail(match fault {
                    Fault::TooLarge(reason) => place.too_large(&reason),
                    Fault::Malformed(reason) => place.malformed(&reason),
                });
            }
        };
        for item in items {
            let Item::Piece(piece) = item else { return self.conclude(*reading) };
            if let Some(error) = piece.error {
                return self.reported(*reading, &error);
            }
            if !self.pass_on(&mut reading, piece) {
                self.flush(&mut reading);
                let reason = format!("it is larger than {} MiB", MAX_ANSWER_BYTES >> 20);
                return self.fail(place.too_large(&reason));
            }
        }
        if !ended {
            self.phase = Phase::Read(reading);
        } else if reading.finish.is_some() {
            self.conclude(*reading);
        } else {
            let reason = "the connection was closed before the answer's end";
            self.cut(*reading, place.unreachable(reason), reason);
        }
    }

    /// Queues the words of a piece. False when the answer has become too large.
    fn pass_on(&mut self, reading: &mut Reading, piece: Piece) -> bool {
        reading.arrived_bytes += piece.text.len() + piece.thinking.len();
        if reading.arrived_bytes > MAX_ANSWER_BYTES {
            return false;
        }
        reading.arrived_chars += piece.text.chars().count() + piece.thinking.chars().count();
        let thinking = reading.thinking.push(&piece.thinking);
        let text = reading.text.push(&piece.text);
        if !thinking.is_empty() {
            self.out.push_back(Ok(ModelEvent::Thinking(thinking)));
        }
        if !text.is_empty() {
            self.out.push_back(Ok(ModelEvent::Text(text)));
        }
        reading.usage = piece.usage.or(reading.usage);
        reading.finish = piece.finish.or(reading.finish.take());
        true
    }

    /// Queues what the redactors held back.
    fn flush(&mut self, reading: &mut Reading) {
        let thinking = reading.thinking.finish();
        let text = reading.text.finish();
        if !thinking.is_empty() {
            self.out.push_back(Ok(ModelEvent::Thinking(thinking)));
        }
        if !text.is_empty() {
            self.out.push_back(Ok(ModelEvent::Text(text)));
        }
    }

    fn conclude(&mut self, mut reading: Reading) {
        self.flush(&mut reading);
        if let Some(usage) = reading.usage {
            self.out.push_back(Ok(ModelEvent::Usage(usage)));
        }
        // A server that ends its stream properly but gives no reason was done.
        let finish = reading.finish.unwrap_or(FinishReason::Stop);
        self.out.push_back(Ok(ModelEvent::Finished(finish)));
    }

    /// The server reports an error inside its answer.
    fn reported(&mut self, reading: Reading, error: &ServerError) {
        let shared = Arc::clone(&self.shared);
        let place = Place { settings: &shared.settings };
        let diagnostic = place.refused(None, &self.request.model, error);
        if reading.arrived_chars == 0 && !error.passes() {
            return self.fail(diagnostic);
        }
        self.cut(reading, diagnostic, &format!("the server reports: {}", error.message));
    }

    /// The answer stopped on its way. Words that have arrived are never asked for again.
    fn cut(&mut self, mut reading: Reading, diagnostic: Diagnostic, reason: &str) {
        if reading.arrived_chars == 0 {
            return self.retry(diagnostic, reason, None);
        }
        self.flush(&mut reading);
        let shared = Arc::clone(&self.shared);
        let place = Place { settings: &shared.settings };
        self.fail(place.broken(reason, reading.arrived_chars));
    }

    /// Asks again after a wait, or fails when it has been tried often enough.
    fn retry(&mut self, diagnostic: Diagnostic, reason: &str, asked: Option<Duration>) {
        let settings = &self.shared.settings;
        if self.attempt > settings.max_retries {
            return self.fail(diagnostic);
        }
        let wait = retry::wait(self.retry_wait, self.attempt, asked);
        let reason = secret::message(reason);
        tracing::debug!(
            attempt = self.attempt,
            wait_ms = wait.as_millis() as u64,
            reason,
            "model call failed; waiting"
        );
        self.out.push_back(Ok(ModelEvent::Retrying {
            attempt: self.attempt,
            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            reason,
        }));
        self.phase = Phase::Wait(wait);
    }

    /// Asks at once for what the server does take. The person sees that, because the answer will look
    /// different. It is no failed try: the next is another request.
    fn ask_otherwise(&mut self, reason: &str) {
        let reason = secret::message(reason);
        self.out.push_back(Ok(ModelEvent::Retrying { attempt: self.attempt, wait_ms: 0, reason }));
        self.attempt -= 1;
        self.phase = Phase::Ask;
    }

    fn fail(&mut self, diagnostic: Diagnostic) {
        self.out.push_back(Err(diagnostic.into()));
    }
}

impl Reading {
    fn new(response: Response, first_by: Instant) -> Reading {
        Reading {
            response,
            decoder: Decoder::new(),
            first_by,
            begun: false,
            text: StreamRedactor::default(),
            thinking: StreamRedactor::default(),
            arrived_bytes: 0,
            arrived_chars: 0,
            usage: None,
            finish: None,
        }
    }
}

/// The headers of a request. Fails, before anything is sent, without the key that is needed.
pub(super) fn headers(place: &Place<'_>) -> Result<HeaderMap, Diagnostic> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
    match &place.settings.api_key {
        Some(key) => {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).map_err(|_| place.bad_key())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        None if place.settings.key_required => return Err(place.missing_key()),
        None => {}
    }
    Ok(headers)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    retry::retry_after(value, SystemTime::now())
}
