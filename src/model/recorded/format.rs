//! The file: JSON lines, a header and then one entry a call, in the order of the calls.
//!
//! ```text
//! {"format":"pipesmith-recording","version":1,"title":"…","note":"…"}
//! {"hash":"<SHA-256 of the request>","request":{…},"chunks":[[25,"text","Sure"],…],"usage":{…},"finish":"stop"}
//! ```
//!
//! A chunk is the wait before it in milliseconds, `text` or `thinking`, and the words.

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Span};
use crate::model::{FinishReason, ModelRequest, Usage};

/// What the header's `format` says.
pub const FORMAT: &str = "pipesmith-recording";
/// The version written; newer ones are refused.
pub const VERSION: u32 = 1;
/// Most bytes of a recording.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// What it is, a few words.
    #[serde(default)]
    pub title: String,
    /// What a person should know of it.
    #[serde(default)]
    pub note: String,
}

impl Header {
    /// A header of this version.
    pub fn new(title: impl Into<String>, note: impl Into<String>) -> Header {
        Header { format: FORMAT.to_owned(), version: VERSION, title: title.into(), note: note.into() }
    }
}

/// What a chunk's words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Text,
    Thinking,
}

/// One chunk: milliseconds before it, kind, words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chunk(pub u64, pub Kind, pub String);

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub hash: String,
    pub request: ModelRequest,
    pub chunks: Vec<Chunk>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    pub finish: FinishReason,
}

/// A recording as it was read.
#[derive(Debug)]
pub(super) struct Recording {
    pub header: Header,
    pub entries: Vec<Entry>,
    /// A last line that was cut off.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a recording. A last line that a killed process left half written is a warning; anything else
/// that is wrong is an error.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Recording, Diagnostic> {
    let error = |code: &str, message: String| Diagnostic::error(code, message).source(name);
    let again = "record it again with --record";
    if bytes.len() > MAX_BYTES {
        let message = format!("the recording is larger than {} MiB", MAX_BYTES >> 20);
        return Err(error("recording-too-large", message).fix("record fewer calls into one file"));
    }
    let text = String::from_utf8_lossy(bytes);
    let corrupt = |start: usize, line: &str, why: String| {
        error("recording-corrupt", "a line of the recording can't be read".to_owned())
            .at(Span::of(&text, start..start + line.len()))
            .why(why)
            .fix(again)
    };
    let mut start = 0;
    let mut lines = Vec::new();
    for raw in text.split_inclusive('\n') {
        lines.push((start, raw.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}'), raw.ends_with('\n')));
        start += raw.len();
    }
    lines.retain(|(_, line, _)| !line.trim().is_empty());
    let mut lines = lines.into_iter().peekable();
    let Some((start, line, _)) = lines.next() else {
        return Err(error("recording-empty", "the recording is empty".to_owned()).fix(again));
    };
    let header: Header = serde_json::from_str(line).map_err(|e| corrupt(start, line, format!("the header: {e}")))?;
    if header.format != FORMAT {
        let why = format!("its format is `{}`, not `{FORMAT}`", header.format.chars().take(60).collect::<String>());
        return Err(error("recording-format", "the file is not a recording".to_owned()).why(why).fix(again));
    }
    if header.version > VERSION {
        let why = format!("it has version {}, this program reads up to {VERSION}", header.version);
        return Err(error("recording-version", "the recording is newer than this program".to_owned())
            .why(why)
            .fix("use a newer pipesmith, or record it again"));
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut warnings = Vec::new();
    while let Some((start, line, whole)) = lines.next() {
        match serde_json::from_str::<Entry>(line) {
            Ok(entry) if entry.hash == entry.request.hash() => entries.push(entry),
            Ok(_) => {
                return Err(corrupt(
                    start,
                    line,
                    "the hash is not that of the request: one of them was edited".to_owned(),
                ));
            }
            Err(e) if !whole && lines.peek().is_none() => {
                let warning =
                    Diagnostic::warning("recording-cut", "the last call of the recording was cut off and is left out")
                        .source(name)
                        .at(Span::of(&text, start..start + line.len()))
                        .why(format!("the program that recorded was ended while it wrote: {e}"))
                        .fix(again);
                warnings.push(warning);
            }
            Err(e) => return Err(corrupt(start, line, e.to_string())),
        }
    }
    if entries.is_empty() {
        return Err(error("recording-empty", "the recording holds no calls".to_owned()).fix(again));
    }
    Ok(Recording { header, entries, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, Role};

    pub(super) fn entry(question: &str, answer: &str) -> Entry {
        let request = ModelRequest {
            model: "m".into(),
            messages: vec![Message::new(Role::User, question)],
            temperature: None,
            max_tokens: None,
            response_format: None,
        };
        Entry {
            hash: request.hash(),
            request,
            chunks: vec![Chunk(5, Kind::Text, answer.into())],
            usage: Some(Usage { input: 1, output: 2 }),
            finish: FinishReason::Stop,
        }
    }

    fn file(entries: &[Entry]) -> String {
        let mut text = serde_json::to_string(&Header::new("t", "n")).unwrap() + "\n";
        for entry in entries {
            text += &(serde_json::to_string(entry).unwrap() + "\n");
        }
        text
    }

    fn code(text: &str) -> String {
        read("r.jsonl", text.as_bytes()).err().map(|d| d.code).unwrap_or_default()
    }

    #[test]
    fn the_format_is_as_documented() {
        let text = file(&[entry("q", "a")]);
        insta::assert_snapshot!(text, @r#"
        {"format":"pipesmith-recording","version":1,"title":"t","note":"n"}
        {"hash":"f0c3b0fe53fb259e16b7007d432e8c938ed6171d051763b075c4513b40ac6ea6","request":{"model":"m","messages":[{"role":"user","content":"q"}]},"chunks":[[5,"text","a"]],"usage":{"input":1,"output":2},"finish":"stop"}
        "#);
        let recording = read("r", text.as_bytes()).unwrap();
        assert_eq!((recording.entries, recording.warnings.len()), (vec![entry("q", "a")], 0));
        let windows = text.replace('\n', "\r\n");
        assert_eq!(read("r", windows.as_bytes()).unwrap().entries.len(), 1);
    }

    #[test]
    fn a_cut_last_line_is_a_warning_and_a_broken_line_is_an_error() {
        let text = file(&[entry("q", "a"), entry("r", "b")]);
        let cut = &text[..text.len() - 20];
        let recording = read("r", cut.as_bytes()).unwrap();
        assert_eq!((recording.entries.len(), recording.warnings[0].code.as_str()), (1, "recording-cut"));
        assert_eq!(code(&text.replacen("\"chunks\"", "\"chunk\"", 1)), "recording-corrupt");
        assert_eq!(code(&text.replacen("\"content\":\"q\"", "\"content\":\"Q\"", 1)), "recording-corrupt");
        let mut broken = text.into_bytes();
        let at = broken.len() - 10;
        broken[at] = 0xff;
        assert_eq!(read("r", &broken).err().unwrap().span.unwrap().line, 3);
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(code(""), "recording-empty");
        assert_eq!(code("\n \n"), "recording-empty");
        assert_eq!(code("hello"), "recording-corrupt");
        assert_eq!(code("{\"format\":\"x\",\"version\":1}\n"), "recording-format");
        assert_eq!(code("{\"format\":\"pipesmith-recording\",\"version\":2}\n"), "recording-version");
        assert_eq!(code("{\"format\":\"pipesmith-recording\",\"version\":1}\n"), "recording-empty");
    }
}
