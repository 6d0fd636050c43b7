//! Makes a recording of live calls. What is written is what the agent asked and what the model said;
//! address, key and headers never come near it.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::format::{self, Chunk, Entry, Header, Kind};
use crate::diagnostic::Diagnostic;
use crate::model::{Answer, FinishReason, ModelClient, ModelError, ModelEvent, ModelInfo, ModelRequest, Usage};

/// A client that writes down every complete answer of another.
///
/// An answer that failed or was cancelled is not written: played back it would look complete.
pub struct Recorder {
    inner: Arc<dyn ModelClient>,
    file: Arc<Mutex<RecordingFile>>,
}

struct RecordingFile {
    path: PathBuf,
    header: Header,
}

impl Recorder {
    /// Records into `path`; calls are added when the file is a recording already.
    ///
    /// # Errors
    /// A file that can't be written, or that is something else.
    pub fn wrap(inner: Arc<dyn ModelClient>, path: impl Into<PathBuf>) -> Result<Arc<dyn ModelClient>, Diagnostic> {
        let path = path.into();
        let title = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let note = format!("Answers of {}.", inner.info().name);
        Recorder::wrap_as(inner, path, Header::new(title, note))
    }

    /// The same, with the header that a new file gets.
    ///
    /// # Errors
    /// As for [`Recorder::wrap`].
    pub fn wrap_as(
        inner: Arc<dyn ModelClient>,
        path: impl Into<PathBuf>,
        header: Header,
    ) -> Result<Arc<dyn ModelClient>, Diagnostic> {
        let file = RecordingFile { path: path.into(), header };
        // Told now, before somebody has waited for an answer that can't be kept.
        append(&file.path, &file.header, None)?;
        Ok(Arc::new(Recorder { inner, file: Arc::new(Mutex::new(file)) }))
    }
}

/// What was heard of one answer.
struct Heard {
    answer: Answer,
    file: Arc<Mutex<RecordingFile>>,
    request: ModelRequest,
    chunks: Vec<Chunk>,
    usage: Option<Usage>,
    last: Instant,
}

impl ModelClient for Recorder {
    fn info(&self) -> ModelInfo {
        self.inner.info()
    }

    fn ask(&self, request: ModelRequest) -> Answer {
        let heard = Heard {
            answer: self.inner.ask(request.clone()),
            file: Arc::clone(&self.file),
            request,
            chunks: Vec::new(),
            usage: None,
            last: Instant::now(),
        };
        Box::pin(futures_util::stream::unfold(heard, |mut heard| async move {
            let mut item = heard.answer.next().await?;
            match &item {
                Ok(ModelEvent::Text(words)) => heard.hear(Kind::Text, words),
                Ok(ModelEvent::Thinking(words)) => heard.hear(Kind::Thinking, words),
                Ok(ModelEvent::Usage(usage)) => heard.usage = Some(*usage),
                Ok(ModelEvent::Finished(finish)) => {
                    let finish = finish.clone();
                    // Before the end is told, so that an answer that was heard whole is on disk.
                    if let Err(diagnostic) = heard.write(finish).await {
                        item = Err(diagnostic);
                    }
                }
                Ok(ModelEvent::Retrying { .. }) | Err(_) => {}
            }
            Some((item, heard))
        }))
    }
}

impl Heard {
    fn hear(&mut self, kind: Kind, words: &str) {
        let now = Instant::now();
        let wait = u64::try_from(now.duration_since(self.last).as_millis()).unwrap_or(u64::MAX);
        self.last = now;
        self.chunks.push(Chunk(wait, kind, words.to_owned()));
    }

    async fn write(&mut self, finish: FinishReason) -> Result<(), ModelError> {
        let entry = Entry {
            hash: self.request.hash(),
            request: self.request.clone(),
            chunks: std::mem::take(&mut self.chunks),
            usage: self.usage,
            finish,
        };
        let file = Arc::clone(&self.file);
        let written = tokio::task::spawn_blocking(move || {
            let file = file.lock().unwrap_or_else(PoisonError::into_inner);
            append(&file.path, &file.header, Some(&entry))
        });
        let outcome = written.await.unwrap_or_else(|e| {
            Err(Diagnostic::error("recording-write", "the recording could not be written").why(e.to_string()))
        });
        outcome.map_err(ModelError::from)
    }
}

/// Adds an entry, behind a header where the file has none, in one write, so that a process killed in it leaves at most a last line that is cut.
fn append(path: &Path, header: &Header, entry: Option<&Entry>) -> Result<(), Diagnostic> {
    let failed = |why: String| {
        Diagnostic::error("recording-write", "the recording can't be written")
            .source(path.display().to_string())
            .why(why)
            .fix("check the folder, its permissions and the space on the disk")
    };
    let io = |e: std::io::Error| failed(e.to_string());
    let json = |value: serde_json::Result<String>| value.map_err(|e| failed(e.to_string()));
    let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).map_err(io)?;
    let mut text = String::new();
    if end_of_whole_lines(&mut file).map_err(io)? == 0 {
        text += &json(serde_json::to_string(header))?;
        text.push('\n');
    } else {
        check_header(path, &mut file)?;
    }
    if let Some(entry) = entry {
        text += &json(serde_json::to_string(entry))?;
        text.push('\n');
    }
    file.seek(SeekFrom::End(0)).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.sync_data().map_err(io)
}

/// Cuts off a last line that has no end, which only a killed writer leaves, and returns the length.
fn end_of_whole_lines(file: &mut File) -> std::io::Result<u64> {
    const STEP: u64 = 8 * 1024;
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = length;
    let mut buffer = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(STEP);
        file.seek(SeekFrom::Start(start))?;
        buffer.clear();
        (&*file).take(end - start).read_to_end(&mut buffer)?;
        if let Some(at) = memchr::memrchr(b'\n', &buffer) {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length {
        file.set_len(end)?;
    }
    Ok(end)
}

/// Refuses to add to a file that is something else.
fn check_header(path: &Path, file: &mut File) -> Result<(), Diagnostic> {
    const MAX_HEADER_BYTES: u64 = 64 * 1024;
    let mut head = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| (&*file).take(MAX_HEADER_BYTES).read_to_end(&mut head));
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let ours = read.is_ok()
        && serde_json::from_slice::<Header>(line)
            .is_ok_and(|header| header.format == format::FORMAT && header.version == format::VERSION);
    if ours {
        return Ok(());
    }
    Err(Diagnostic::error("recording-format", "the file to record into is not a recording of this version")
        .source(path.display().to_string())
        .why("nothing was written to it")
        .fix("name another file with --record, or move that one away"))
}

#[cfg(test)]
mod tests {
    use super::super::{Pace, RecordedClient};
    use super::*;
    use crate::model::{Message, Role};

    fn entry(text: &str) -> Entry {
        let request = ModelRequest {
            model: "m".into(),
            messages: vec![Message::new(Role::User, text)],
            temperature: None,
            max_tokens: None,
            response_format: None,
        };
        Entry { hash: request.hash(), request, chunks: vec![], usage: None, finish: FinishReason::Stop }
    }

    #[test]
    fn entries_are_added_after_the_header_also_behind_a_cut_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        let header = Header::new("t", "");
        append(&path, &header, Some(&entry("one"))).unwrap();
        append(&path, &header, Some(&entry("two"))).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..60 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            append(&path, &header, Some(&entry("three"))).unwrap();
            let client = RecordedClient::open("r", &std::fs::read(&path).unwrap(), Pace::Instant).unwrap();
            assert!(client.warnings().is_empty(), "cut {cut}");
            let asked: Vec<_> = client.requests().map(|r| r.messages[0].content.clone()).collect();
            assert_eq!(asked, ["one", "three"], "cut {cut}");
        }
    }

    #[test]
    fn a_header_that_was_cut_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        std::fs::write(&path, "{\"format\":\"pipe").unwrap();
        append(&path, &Header::new("t", ""), Some(&entry("one"))).unwrap();
        assert!(RecordedClient::open("r", &std::fs::read(&path).unwrap(), Pace::Instant).is_ok());
    }

    #[test]
    fn another_file_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "dear diary\n").unwrap();
        let diagnostic = append(&path, &Header::new("t", ""), Some(&entry("one"))).unwrap_err();
        assert_eq!(diagnostic.code, "recording-format");
        assert_eq!(std::fs::read(&path).unwrap(), b"dear diary\n");
        assert_eq!(
            append(&folder.path().join("no/where"), &Header::new("", ""), None).unwrap_err().code,
            "recording-write"
        );
    }
}
