//! What went wrong with a call, as diagnostics that say what to do.

use std::time::Duration;

use super::OpenAiSettings;
use super::wire::ServerError;
use crate::diagnostic::Diagnostic;
use crate::secret;

/// Where a call goes.
pub(super) struct Place<'a> {
    pub settings: &'a OpenAiSettings,
}

impl Place<'_> {
    fn address(&self) -> &str {
        &self.settings.base_url
    }

    fn said(&self, text: &str) -> String {
        secret::message(text)
    }

    fn error(&self, code: &str, message: impl AsRef<str>) -> Diagnostic {
        Diagnostic::error(code, self.said(message.as_ref())).source(self.said(self.address()))
    }

    /// How a person gives a key.
    fn key_fix(&self) -> String {
        match &self.settings.key_variable {
            Some(name) => format!("set the environment variable {name} to a valid key and start again"),
            None => "name the environment variable that holds the key in the configuration".to_owned(),
        }
    }

    pub(super) fn missing_key(&self) -> Diagnostic {
        let message = format!("the model at {} needs a key, and there is none", self.address());
        let why = match &self.settings.key_variable {
            Some(name) => format!("the environment variable {name} is not set or empty; nothing was sent"),
            None => "no environment variable is named for the key; nothing was sent".to_owned(),
        };
        self.error("missing-api-key", message).why(why).fix(self.key_fix())
    }

    pub(super) fn bad_key(&self) -> Diagnostic {
        self.error("bad-api-key", "the key cannot be sent: it holds characters that no key has")
            .why("a line end or a control character, perhaps copied along with the key; nothing was sent")
            .fix(self.key_fix())
    }

    pub(super) fn unreachable(&self, reason: &str) -> Diagnostic {
        self.error("model-unreachable", format!("no model server answers at {}", self.address()))
            .why(self.said(reason))
            .fix("start the server, or correct the base URL in the configuration")
            .example("llama-server -m model.gguf --port 8080   # base URL http://127.0.0.1:8080/v1")
    }

    pub(super) fn timeout(&self, waited: Duration) -> Diagnostic {
        let message = format!("the model server did not begin to answer within {} s", waited.as_secs_f64());
        self.error("model-timeout", message)
            .why("it may still be loading the model, or the context is large for it")
            .fix("ask again, shorten the conversation, or raise the first-byte timeout in the configuration")
    }

    /// An answer that stopped on its way: what arrived is kept, and nothing is asked again by itself.
    pub(super) fn broken(&self, reason: &str, arrived: usize) -> Diagnostic {
        self.error("model-answer-broken", format!("the answer stopped before its end: {}", self.said(reason)))
            .why(format!("{arrived} characters had arrived; they are kept"))
            .fix("ask again")
    }

    pub(super) fn too_large(&self, reason: &str) -> Diagnostic {
        self.error("model-answer-too-large", format!("the answer is refused: {reason}"))
            .why("no pipeline is that long; the rest was not read, what arrived is kept")
            .fix("check the server; limit the tokens of an answer in the configuration")
    }

    pub(super) fn malformed(&self, reason: &str) -> Diagnostic {
        self.error("model-answer-malformed", "the answer is not in the chat-completions format")
            .why(self.said(reason))
            .fix("the base URL must name an OpenAI-compatible API; for most servers it ends in /v1")
    }

    pub(super) fn redirected(&self, status: u16, location: &str) -> Diagnostic {
        let target = location.split(['?', '#']).next().unwrap_or_default();
        let message = format!("{} answers with a redirect ({status}), which is not followed", self.address());
        self.error("model-redirected", message)
            .why(format!("the key would be sent to {}", self.said(target)))
            .fix("if that address is right, make it the base URL in the configuration")
    }

    /// An error status, or an error object inside an answer (`status` is `None` then).
    pub(super) fn refused(&self, status: Option<u16>, model: &str, error: &ServerError) -> Diagnostic {
        let said = self.said(&error.message);
        let words = if said.is_empty() { "it gives no reason".to_owned() } else { format!("it says: {said}") };
        let low = said.to_lowercase();
        let code = error.code.as_deref().unwrap_or_default();
        let status_or_code = status.or_else(|| code.parse().ok());
        let shown = status.map(|s| format!(" ({s})")).unwrap_or_default();
        let too_long = code == "context_length_exceeded"
            || code == "exceed_context_size_error"
            || (low.contains("context") && (low.contains("length") || low.contains("exceed")));
        let diagnostic = match status_or_code {
            _ if too_long => self
                .error("model-context-too-long", format!("the request is too long for the model `{model}`"))
                .fix("begin a new session, name fewer connections, or use a model with a larger context"),
            Some(401 | 403) => {
                self.error("model-unauthorized", format!("the server refused the key{shown}")).fix(self.key_fix())
            }
            Some(404) if low.contains("model") => self
                .error("model-not-found", format!("the server does not know the model `{model}`"))
                .fix("correct the model's name in the configuration; the server lists its models at /models"),
            Some(404 | 405) => self
                .error("model-path-not-found", format!("the server has no chat completions at {}", self.address()))
                .fix("correct the base URL in the configuration; for most servers it ends in /v1"),
            Some(429) if code == "insufficient_quota" => self
                .error("model-quota", "the account has no quota left")
                .fix("check plan and billing of the account, or use another model"),
            Some(429) => self
                .error("model-rate-limited", "the server limits how often it may be asked, and tries were in vain")
                .fix("wait a little and ask again"),
            Some(s) if s == 408 || s >= 500 => self
                .error("model-server-error", format!("the server failed{shown}"))
                .fix("ask again; if it stays so, look at the server's log"),
            Some(_) => self
                .error("model-bad-request", format!("the server refused the request{shown}"))
                .fix("check the model's name, the temperature and the token limit in the configuration"),
            None => self
                .error("model-server-error", "the server reports an error in its answer")
                .fix("ask again; if it stays so, look at the server's log"),
        };
        diagnostic.why(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> OpenAiSettings {
        let mut settings = OpenAiSettings::new("http://127.0.0.1:8080/v1", "tiny");
        let key = secrecy::SecretString::from("sk-topsecret");
        secret::remember(&key);
        settings.api_key = Some(key);
        settings.key_variable = Some("MY_KEY".into());
        settings
    }

    fn code(status: Option<u16>, message: &str, code: Option<&str>) -> String {
        let error = ServerError { message: message.into(), code: code.map(str::to_owned) };
        Place { settings: &settings() }.refused(status, "tiny", &error).code
    }

    #[test]
    fn a_refusal_is_told_by_status_code_and_words() {
        assert_eq!(code(Some(401), "no", None), "model-unauthorized");
        assert_eq!(code(Some(403), "no", None), "model-unauthorized");
        assert_eq!(code(Some(404), "model \"x\" not found, try pulling it first", None), "model-not-found");
        assert_eq!(code(Some(404), "404 page not found", None), "model-path-not-found");
        assert_eq!(code(Some(400), "bad temperature", None), "model-bad-request");
        assert_eq!(code(Some(400), "maximum context length is 4096", None), "model-context-too-long");
        assert_eq!(code(Some(400), "n", Some("context_length_exceeded")), "model-context-too-long");
        assert_eq!(code(Some(429), "slow", None), "model-rate-limited");
        assert_eq!(code(Some(429), "pay", Some("insufficient_quota")), "model-quota");
        assert_eq!(code(Some(503), "Loading model", None), "model-server-error");
        assert_eq!(code(None, "Loading model", Some("503")), "model-server-error");
        assert_eq!(code(None, "boom", None), "model-server-error");
    }

    #[test]
    fn no_message_holds_the_key() {
        let error = ServerError { message: "bad key sk-topsecret \u{1b}[2J".into(), code: None };
        let place_settings = settings();
        let place = Place { settings: &place_settings };
        let all = [
            place.refused(Some(401), "tiny", &error),
            place.unreachable("sk-topsecret"),
            place.broken("sk-topsecret", 3),
            place.malformed("sk-topsecret"),
            place.redirected(302, "http://other/sk-topsecret?key=sk-topsecret"),
            place.missing_key(),
        ];
        for diagnostic in all {
            let shown = serde_json::to_string(&diagnostic).unwrap();
            assert!(!shown.contains("topsecret") && !shown.contains("\\u001b"), "{shown}");
            assert!(diagnostic.fix.is_some() && diagnostic.why.is_some(), "{shown}");
        }
    }
}
