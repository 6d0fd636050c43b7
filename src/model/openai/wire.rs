//! The chat-completions format: what is sent, and what comes back from the servers that speak it, each
//! with its own accent (the vendor, llama.cpp, Ollama, vLLM, OpenRouter, Mistral). Pure.

use serde_json::{Map, Value, json};

use crate::model::{FinishReason, ModelRequest, Usage};

/// Most characters kept of a finish reason that is not one of the known ones.
const MAX_REASON_CHARS: usize = 60;

/// Which parameters the server takes; learnt from its refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// `stream_options`, which asks for the usage of a streamed answer.
    pub stream_options: bool,
    /// `max_completion_tokens` in place of `max_tokens`.
    pub completion_tokens: bool,
    /// `response_format`, which says what an answer may look like.
    pub response_format: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { stream_options: true, completion_tokens: false, response_format: true }
    }
}

impl Dialect {
    /// The dialect to try after the server has refused this one with `message`; `None` when the refusal
    /// is about something else.
    pub(super) fn after_refusal(self, message: &str) -> Option<Dialect> {
        if self.stream_options && message.contains("stream_options") {
            return Some(Dialect { stream_options: false, ..self });
        }
        if !self.completion_tokens && message.contains("max_completion_tokens") {
            return Some(Dialect { completion_tokens: true, ..self });
        }
        None
    }

    /// The same without `response_format`, when the refusal is about that or about the schema in it.
    pub(super) fn without_response_format(self, message: &str) -> Option<Dialect> {
        let message = message.to_lowercase();
        let about =
            ["response_format", "response format", "json_schema", "json schema", "grammar", "structured output"];
        let refused = self.response_format && about.iter().any(|words| message.contains(words));
        refused.then_some(Dialect { response_format: false, ..self })
    }
}

/// The body of a request.
pub(super) fn body(request: &ModelRequest, dialect: Dialect) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("messages".into(), json!(request.messages));
    body.insert("stream".into(), json!(true));
    if dialect.stream_options {
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
    if let Some(temperature) = request.temperature {
        body.insert("temperature".into(), json!(temperature));
    }
    if let Some(tokens) = request.max_tokens {
        let name = if dialect.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
        body.insert(name.into(), json!(tokens));
    }
    if let Some(format) = request.response_format.as_ref().filter(|_| dialect.response_format) {
        let schema = json!({"name": format.name, "strict": format.strict, "schema": format.schema});
        body.insert("response_format".into(), json!({"type": "json_schema", "json_schema": schema}));
    }
    Value::Object(body)
}

/// An error that the server reports, in a body or in the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServerError {
    /// Its words.
    pub message: String,
    /// Its code or type, when it has one.
    pub code: Option<String>,
}

impl ServerError {
    /// Whether asking again may help.
    pub(super) fn passes(&self) -> bool {
        match self.code.as_deref() {
            Some("rate_limit_exceeded" | "server_error" | "overloaded_error" | "unavailable_error") => true,
            Some(code) => code.parse::<u16>().is_ok_and(passing_status),
            None => false,
        }
    }
}

/// Whether a call that ended with this status may work when it is made again.
pub(super) fn passing_status(status: u16) -> bool {
    status == 429 || status == 408 || (500..600).contains(&status)
}

/// What one JSON object of an answer says: a chunk of a stream or a whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Piece {
    /// Words.
    pub text: String,
    /// Thinking.
    pub thinking: String,
    /// Why the answer ended.
    pub finish: Option<FinishReason>,
    /// The count so far.
    pub usage: Option<Usage>,
    /// The server's error.
    pub error: Option<ServerError>,
}

/// Reads a chunk of a stream or a whole answer. `None` when the text is not a JSON object.
pub(super) fn read(json: &str) -> Option<Piece> {
    let value: Value = serde_json::from_str(json).ok()?;
    let object = value.as_object()?;
    let mut piece = Piece { usage: usage(object), error: error(object), ..Piece::default() };
    let choices = object.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // We ask for one choice; a server that sends more is not understood as one text.
    let first = choices.iter().find(|c| c.get("index").and_then(Value::as_u64).unwrap_or(0) == 0);
    if let Some(choice) = first {
        if let Some(words) = choice.get("delta").or_else(|| choice.get("message")) {
            piece.text = content(words.get("content"));
            piece.text.push_str(words.get("refusal").and_then(Value::as_str).unwrap_or_default());
            // Two names for the same thing; some servers send both.
            let thinking = ["reasoning_content", "reasoning"].iter().map(|name| content(words.get(name)));
            piece.thinking = thinking.into_iter().find(|t| !t.is_empty()).unwrap_or_default();
        }
        piece.finish = choice.get("finish_reason").and_then(Value::as_str).map(finish);
    }
    Some(piece)
}

/// The error of a body that came with an error status. Falls back to the body's own text.
pub(super) fn read_error(body: &str) -> ServerError {
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    let found = parsed.as_ref().and_then(|value| match value {
        Value::Object(object) => error(object).or_else(|| {
            let text = ["message", "detail", "error_message"].iter().find_map(|k| object.get(*k));
            text.map(|t| ServerError { message: words(t), code: code(object) })
        }),
        // Google's server answers with a list.
        Value::Array(list) => list.first().and_then(Value::as_object).and_then(error),
        _ => None,
    });
    found.unwrap_or_else(|| ServerError { message: page_text(body), code: None })
}

fn content(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        // Parts; only those with text are words.
        Some(Value::Array(parts)) => parts.iter().filter_map(|p| p.get("text").and_then(Value::as_str)).collect(),
        _ => String::new(),
    }
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "stop" | "eos" | "end_turn" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::Length,
        other => FinishReason::Other(other.chars().filter(|c| !c.is_control()).take(MAX_REASON_CHARS).collect()),
    }
}

fn usage(object: &Map<String, Value>) -> Option<Usage> {
    let usage = object.get("usage")?.as_object()?;
    let count = |name| usage.get(name).and_then(Value::as_u64);
    let (input, output) = (count("prompt_tokens"), count("completion_tokens"));
    if input.is_none() && output.is_none() {
        return None;
    }
    Some(Usage { input: input.unwrap_or(0), output: output.unwrap_or(0) })
}

fn error(object: &Map<String, Value>) -> Option<ServerError> {
    match object.get("error") {
        Some(Value::Object(inner)) => {
            let message = inner.get("message").map(words).unwrap_or_else(|| words(&Value::Object(inner.clone())));
            Some(ServerError { message, code: code(inner) })
        }
        Some(Value::String(text)) => Some(ServerError { message: text.clone(), code: code(object) }),
        _ if object.get("object").and_then(Value::as_str) == Some("error") => {
            let message = object.get("message").map(words).unwrap_or_default();
            Some(ServerError { message, code: code(object) })
        }
        _ => None,
    }
}

fn code(object: &Map<String, Value>) -> Option<String> {
    ["code", "type"].iter().find_map(|name| match object.get(*name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A web page's tags say nothing to the person.
fn page_text(body: &str) -> String {
    if !body.trim_start().starts_with('<') {
        return body.to_owned();
    }
    let mut inside = false;
    let text = body.chars().filter_map(|c| match c {
        '<' => {
            inside = true;
            Some(' ')
        }
        '>' => {
            inside = false;
            None
        }
        _ => (!inside).then_some(c),
    });
    text.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, ResponseFormat, Role};

    fn request() -> ModelRequest {
        ModelRequest {
            model: "m".into(),
            messages: vec![Message::new(Role::User, "hi")],
            temperature: Some(0.2),
            max_tokens: Some(9),
            response_format: None,
        }
    }

    #[test]
    fn the_body_follows_the_dialect() {
        insta::assert_snapshot!(body(&request(), Dialect::default()), @r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},"temperature":0.2,"max_tokens":9}"#);
        let other = Dialect { stream_options: false, completion_tokens: true, response_format: false };
        insta::assert_snapshot!(body(&request(), other), @r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"temperature":0.2,"max_completion_tokens":9}"#);
    }

    #[test]
    fn the_form_of_the_answer_is_asked_for_until_it_is_refused() {
        let schema = json!({"type": "object"});
        let format = ResponseFormat { name: "oml".into(), strict: true, schema };
        let asked = ModelRequest { response_format: Some(format), temperature: None, max_tokens: None, ..request() };
        insta::assert_snapshot!(body(&asked, Dialect::default())["response_format"], @r#"{"type":"json_schema","json_schema":{"name":"oml","strict":true,"schema":{"type":"object"}}}"#);
        for message in [
            "'response_format' of type 'json_schema' is not supported",
            "This response format is unavailable now",
            "failed to parse grammar",
            "Invalid JSON schema",
        ] {
            let other = Dialect::default().without_response_format(message).unwrap();
            assert_eq!(body(&asked, other).get("response_format"), None);
            assert_eq!(other.without_response_format(message), None);
        }
        assert_eq!(Dialect::default().without_response_format("model not found"), None);
    }

    #[test]
    fn a_refusal_changes_the_dialect_once() {
        let first = Dialect::default();
        let second = first.after_refusal("unknown field: stream_options").unwrap();
        assert_eq!(second.after_refusal("unknown field: stream_options"), None);
        let third = second.after_refusal("use 'max_completion_tokens' instead of max_tokens").unwrap();
        assert!(third.completion_tokens && !third.stream_options);
        assert_eq!(first.after_refusal("model not found"), None);
    }

    #[test]
    fn chunks_of_several_servers() {
        let vendor =
            read(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}"#);
        assert_eq!(vendor.unwrap().text, "Hi");
        let usage =
            read(r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#).unwrap();
        assert_eq!(usage.usage, Some(Usage { input: 3, output: 4 }));
        let llama = read(r#"{"choices":[{"delta":{"content":null,"reasoning_content":"hm"}}]}"#).unwrap();
        assert_eq!((llama.text.as_str(), llama.thinking.as_str()), ("", "hm"));
        let both = read(r#"{"choices":[{"delta":{"reasoning":"a","reasoning_content":"a"}}]}"#).unwrap();
        assert_eq!(both.thinking, "a");
        let parts = read(r#"{"choices":[{"delta":{"content":[{"type":"text","text":"x"},{"type":"ref"}]}}]}"#).unwrap();
        assert_eq!(parts.text, "x");
        let other = read(r#"{"choices":[{"index":1,"delta":{"content":"second"}}]}"#).unwrap();
        assert_eq!(other, Piece::default());
        let end = read(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}],"usage":null}"#).unwrap();
        assert_eq!(end.finish, Some(FinishReason::Length));
        let odd = read("{\"choices\":[{\"delta\":{},\"finish_reason\":\"tool\\u001bcalls\"}]}").unwrap();
        assert_eq!(odd.finish, Some(FinishReason::Other("toolcalls".into())));
    }

    #[test]
    fn a_whole_answer_reads_like_a_chunk() {
        let whole = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
        let piece = read(whole).unwrap();
        assert_eq!((piece.text.as_str(), piece.finish), ("Hi", Some(FinishReason::Stop)));
        assert_eq!(piece.usage, Some(Usage { input: 1, output: 2 }));
    }

    #[test]
    fn errors_of_several_servers() {
        let cases = [
            (
                r#"{"error":{"message":"bad","type":"invalid","code":"context_length_exceeded"}}"#,
                "bad",
                "context_length_exceeded",
            ),
            (r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#, "Loading model", "503"),
            (r#"{"error":"model \"x\" not found"}"#, "model \"x\" not found", ""),
            (r#"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#, "too long", "400"),
            (r#"{"detail":"Not Found"}"#, "Not Found", ""),
            (r#"[{"error":{"code":400,"message":"API key"}}]"#, "API key", "400"),
            ("<html><h1>502</h1>Bad</html>", "  502 Bad ", ""),
            ("plain", "plain", ""),
            ("", "", ""),
        ];
        for (body, message, code) in cases {
            let error = read_error(body);
            assert_eq!((error.message.as_str(), error.code.as_deref().unwrap_or("")), (message, code), "{body}");
        }
    }

    #[test]
    fn which_errors_pass() {
        let error = |code: &str| ServerError { message: String::new(), code: Some(code.into()) };
        assert!(error("503").passes() && error("429").passes() && error("overloaded_error").passes());
        assert!(!error("400").passes() && !error("insufficient_quota").passes());
    }

    #[test]
    fn what_is_not_an_object_is_not_read() {
        for text in ["", "[]", "1", "{", "null", "\u{0}"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
