//! The newest events of a session as JSON, for all its faces; who is further behind reads the journal. So
//! a face that is slow, or stopped, holds nobody and costs nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::session::{Event, catalogue};
use crate::store::Store;

/// Events and bytes that are kept at hand.
const EVENTS: usize = 1024;
const BYTES: usize = 2 * 1024 * 1024;
/// Events and bytes of one frame, about.
const PAGE_EVENTS: usize = 1024;
const PAGE_BYTES: usize = 512 * 1024;

pub(super) struct Feed {
    /// Number of the last event.
    pub(super) last: watch::Sender<u64>,
    near: Mutex<Near>,
}

#[derive(Default)]
struct Near {
    events: VecDeque<(u64, Arc<str>)>,
    bytes: usize,
}

impl Feed {
    /// A feed after so many events.
    pub(super) fn after(past: u64) -> Feed {
        Feed { last: watch::Sender::new(past), near: Mutex::default() }
    }

    /// Takes a new event in, which has been journalled.
    pub(super) fn push(&self, event: &Event) {
        // Plain data has no way to fail.
        let json: Arc<str> = event.to_json().unwrap_or_default().into();
        let mut near = self.near.lock().unwrap_or_else(PoisonError::into_inner);
        near.bytes += json.len();
        near.events.push_back((event.seq, json));
        while near.events.len() > EVENTS || near.bytes > BYTES {
            let Some((_, gone)) = near.events.pop_front() else { break };
            near.bytes -= gone.len();
        }
        drop(near);
        self.last.send_replace(event.seq);
    }

    /// Some of the events from number `from` on, which is not after the last one.
    pub(super) async fn page(&self, store: &Store, session: &str, from: u64) -> Result<Vec<Arc<str>>, Diagnostic> {
        if let Some(page) = self.near(from) {
            return Ok(page);
        }
        let (store, session, last) = (store.clone(), session.to_owned(), *self.last.borrow());
        let read = move || far(&store, &session, from, last);
        let unreadable = |e: tokio::task::JoinError| Diagnostic::error("session-unreadable", e.to_string());
        tokio::task::spawn_blocking(read).await.map_err(unreadable)?
    }

    fn near(&self, from: u64) -> Option<Vec<Arc<str>>> {
        let near = self.near.lock().unwrap_or_else(PoisonError::into_inner);
        let first = near.events.front()?.0;
        let skip = usize::try_from(from.checked_sub(first)?).ok()?;
        let mut bytes = 0;
        let small = |(_, json): &&(u64, Arc<str>)| {
            let fits = bytes < PAGE_BYTES;
            bytes += json.len();
            fits
        };
        Some(near.events.iter().skip(skip).take_while(small).map(|(_, json)| json.clone()).collect())
    }
}

/// Events of the journal.
fn far(store: &Store, session: &str, from: u64, last: u64) -> Result<Vec<Arc<str>>, Diagnostic> {
    let mut page: Vec<Arc<str>> = Vec::new();
    let mut bytes = 0;
    for (entry, expected) in store.events_from(session, from).zip(from..=last) {
        let (seq, json) = entry.map_err(|e| catalogue::unreadable(store, &e.to_string()))?;
        let text = String::from_utf8(json).ok().filter(|_| seq == expected);
        let text = text.ok_or_else(|| catalogue::unreadable(store, &format!("event {expected} is not there")))?;
        // What was journalled before its secrets were known.
        let text = match secret::known().holds(&text).then(|| serde_json::from_str::<Event>(&text)) {
            Some(Ok(event)) => secret::hide_in(event).to_json().unwrap_or_default(),
            _ => text,
        };
        bytes += text.len();
        page.push(text.into());
        if bytes >= PAGE_BYTES || page.len() >= PAGE_EVENTS {
            break;
        }
    }
    if page.is_empty() {
        return Err(catalogue::unreadable(store, &format!("event {from} is not there")));
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::event::{EVENT_VERSION, Fact};

    fn event(seq: u64, text: &str) -> Event {
        let fact = Fact::said(text);
        Event { v: EVENT_VERSION, seq, wall_ms: 0, mono_us: 0, turn: None, request: None, step: None, fact }
    }

    #[tokio::test]
    async fn every_event_comes_once_in_order_from_near_or_far() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let feed = Feed::after(100);
        let large = "x".repeat(BYTES / 40);
        for seq in 1..=1500 {
            let event = event(seq, if seq % 20 == 0 { &large } else { "small" });
            store.append("S", [(seq, event.to_json().unwrap().as_bytes())]).unwrap();
            if seq > 100 {
                feed.push(&event);
            }
        }
        assert!(feed.near(1500).is_some() && feed.near(700).is_none(), "what is at hand is bounded");
        assert!(feed.near.lock().unwrap().bytes <= BYTES);
        let mut next = 1;
        while next <= *feed.last.borrow() {
            for json in feed.page(&store, "S", next).await.unwrap() {
                assert_eq!(serde_json::from_str::<Event>(&json).unwrap().seq, next);
                next += 1;
            }
        }
        assert_eq!(next, 1501);
        let missing = Feed::after(2000);
        assert_eq!(missing.page(&store, "S", 1700).await.unwrap_err().code, "session-unreadable");
    }
}
