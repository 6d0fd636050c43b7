//! Questions about other sessions, answered on a thread of their own: a key never waits for one.

use std::sync::mpsc;

use tokio::sync::mpsc as answers;

use super::{App, Source};

use crate::tui::modal::compare::Compare;
use crate::tui::options::{Answer, Library, Request};
use crate::tui::replay::Player;
use crate::tui::ui::{Millis, Overlay, Ui};

/// The way to the thread and back.
pub struct Librarian {
    requests: mpsc::Sender<Request>,
    answers: answers::UnboundedReceiver<Answer>,
}

impl Librarian {
    /// Starts the thread; it ends with this value.
    pub fn start(library: Library) -> Librarian {
        let (requests, inbox) = mpsc::channel::<Request>();
        let (results, answers) = answers::unbounded_channel();
        let work = move || {
            while let Ok(first) = inbox.recv() {
                // The newest question wins: what was typed before is not waited for.
                let request = inbox.try_iter().last().unwrap_or(first);
                if results.send((library.0)(request)).is_err() {
                    return;
                }
            }
        };
        // Without a thread nothing is answered; titles are searched all the same.
        let _ = std::thread::Builder::new().name("library".to_owned()).spawn(work);
        Librarian { requests, answers }
    }

    /// Asks.
    pub fn ask(&self, request: Request) {
        let _ = self.requests.send(request);
    }
}

/// The next answer; never where there is no thread.
pub async fn next(librarian: &mut Option<Librarian>) -> Answer {
    let answer = match librarian {
        Some(librarian) => librarian.answers.recv().await,
        None => None,
    };
    match answer {
        Some(answer) => answer,
        None => std::future::pending().await,
    }
}

/// Shows an answer.
pub fn show(ui: &mut Ui, answer: Answer, now: Millis) {
    match answer {
        Answer::Found(words, found) => ui.found(&words, found),
        Answer::Compared(found) => ui.overlay = Some(Overlay::Compare(Box::new(Compare::new(&found)))),
        Answer::Failed(problem) => ui.say(problem.message, now),
    }
}

impl App {
    /// Has the player do something, and says what it says.
    pub(super) fn play(&mut self, now: Millis, act: impl FnOnce(&mut Player) -> Option<String>) {
        if let Source::Replay(player) = &mut self.source {
            let said = act(player);
            self.ui.markers = player.markers().to_vec();
            if let Some(said) = said {
                self.ui.say(said, now);
            }
        }
    }
}
