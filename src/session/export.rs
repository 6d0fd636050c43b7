//! Sessions as JSON lines: a header line, then one event a line. The format is documented in
//! `docs/reference/session-export.md`.

mod html;
mod markdown;
mod story;

use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};

use super::catalogue::SessionSummary;
use super::event::{EVENT_VERSION, Event, Fact};
use super::{State, catalogue, fork};
use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::store::Store;

pub use html::html;
pub use markdown::markdown;

/// Name of the format, in the header line.
pub const FORMAT: &str = "pipesmith-session";
/// Version of the format: of the header and of what lines there are. Events carry their own.
pub const FORMAT_VERSION: u16 = 1;
/// A line longer than this is not an event; 64 MiB.
const MAX_LINE: usize = 64 * 1024 * 1024;
/// A file larger than this is not read: it is held in memory as a whole; 2 GiB.
const MAX_FILE: u64 = 2 * 1024 * 1024 * 1024;

/// The first line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`FORMAT_VERSION`].
    pub version: u16,
    /// The session's id.
    pub session: String,
    /// How many events follow.
    pub events: u64,
}

impl Header {
    /// That of a session.
    pub fn of(session: &str, events: &[Event]) -> Header {
        Header {
            format: FORMAT.to_owned(),
            version: FORMAT_VERSION,
            session: session.to_owned(),
            events: events.len() as u64,
        }
    }
}

/// Writes a session as JSON lines.
pub fn export(session: &str, events: &[Event], out: &mut dyn Write) -> std::io::Result<()> {
    let header = Header::of(session, events);
    serde_json::to_writer(&mut *out, &header)?;
    out.write_all(b"\n")?;
    for event in events {
        serde_json::to_writer(&mut *out, event)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Reads an export and checks that it is whole: header, versions, numbers without a gap.
pub fn read(source: &str, input: &mut dyn BufRead) -> Result<(Header, Vec<Event>), Diagnostic> {
    read_up_to(MAX_FILE, source, input)
}

fn read_up_to(most: u64, source: &str, input: &mut dyn BufRead) -> Result<(Header, Vec<Event>), Diagnostic> {
    let bad = |line: usize, what: String| {
        Diagnostic::error("bad-session-export", format!("line {line}: {what}"))
            .source(source)
            .why("an export is a header line and then one event a line, numbered from 1 without a gap")
            .fix("export the session again with `pipesmith sessions export`; nothing was imported")
    };
    let mut lines = BoundedLines { input, number: 0, left: most };
    let first = lines.next(&bad)?.ok_or_else(|| bad(1, "the file is empty".to_owned()))?;
    let header: Header = serde_json::from_str(&first).map_err(|e| bad(1, format!("this is no session export: {e}")))?;
    if header.format != FORMAT {
        return Err(bad(1, format!("the format is `{}`, not `{FORMAT}`", header.format)));
    }
    if header.version > FORMAT_VERSION {
        return Err(bad(1, format!("format version {} is newer than this program's {FORMAT_VERSION}", header.version)));
    }
    let mut events: Vec<Event> = Vec::new();
    while let Some(line) = lines.next(&bad)? {
        if line.trim().is_empty() {
            continue;
        }
        let event: Event =
            serde_json::from_str(&line).map_err(|e| bad(lines.number, format!("this is no event: {e}")))?;
        if event.v > EVENT_VERSION {
            return Err(bad(
                lines.number,
                format!("event version {} is newer than this program's {EVENT_VERSION}", event.v),
            ));
        }
        if event.seq != events.len() as u64 + 1 {
            return Err(bad(
                lines.number,
                format!("event {} stands where event {} should", event.seq, events.len() + 1),
            ));
        }
        events.push(secret::hide_in(event));
    }
    if events.len() as u64 != header.events {
        return Err(bad(
            lines.number,
            format!("the header announces {} events, the file has {}", header.events, events.len()),
        ));
    }
    if !matches!(events.first().map(|e| &e.fact), Some(Fact::Opened { session, .. }) if *session == header.session) {
        return Err(bad(2, "the first event does not open the session that the header names".to_owned()));
    }
    if header.session.len() != 26 || header.session.parse::<ulid::Ulid>().is_err() {
        return Err(bad(1, "the session's id is no ULID of 26 characters".to_owned()));
    }
    Ok((header, events))
}

/// Imports a session that was read. One that is already there is refused, unless it is the very same
/// (then nothing happens).
pub fn import(store: &Store, header: &Header, events: &[Event]) -> Result<SessionSummary, Diagnostic> {
    let present = catalogue::events(store, &header.session)?;
    if !present.is_empty() {
        if present == events {
            return Ok(SessionSummary::of(&State::fold(events)));
        }
        return Err(Diagnostic::error(
            "session-exists",
            format!("session {} is already here, with other events", header.session),
        )
        .why("an import never changes a session that exists")
        .fix("import it into another workspace: `pipesmith init DIR`, then import there"));
    }
    fork::keep(store, &header.session, events).map_err(|error| {
        Diagnostic::error("import-failed", format!("the session can't be written: {error}"))
            .source(store.path().display().to_string())
    })
}

struct BoundedLines<'a> {
    input: &'a mut dyn BufRead,
    number: usize,
    /// Bytes that may still come.
    left: u64,
}

impl BoundedLines<'_> {
    fn next(&mut self, bad: &dyn Fn(usize, String) -> Diagnostic) -> Result<Option<String>, Diagnostic> {
        self.number += 1;
        let mut bytes = Vec::new();
        let mut limited = std::io::Read::take(&mut *self.input, MAX_LINE as u64 + 1);
        let read =
            limited.read_until(b'\n', &mut bytes).map_err(|e| bad(self.number, format!("it can't be read: {e}")))?;
        if read == 0 {
            return Ok(None);
        }
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(bad(self.number, "the file is larger than any session that can be read".to_owned())),
        }
        if read > MAX_LINE {
            return Err(bad(self.number, format!("the line is longer than {MAX_LINE} bytes")));
        }
        String::from_utf8(bytes).map(Some).map_err(|_| bad(self.number, "the line is not UTF-8".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scenes;

    #[test]
    fn what_is_too_large_is_refused_before_it_is_held() {
        let events = scenes::whole_session();
        let mut bytes = Vec::new();
        export(&State::fold(&events).session, &events, &mut bytes).unwrap();
        let read = |most| read_up_to(most, "x", &mut std::io::Cursor::new(&bytes));
        assert!(read(bytes.len() as u64).is_ok());
        let refused = read(bytes.len() as u64 - 1).unwrap_err();
        assert_eq!(refused.code, "bad-session-export");
        assert!(refused.message.contains("larger"), "{}", refused.message);
    }
}
