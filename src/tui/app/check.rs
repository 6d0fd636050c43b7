//! Checks of the text that is being edited, on a thread of their own: a key never waits for one.

use std::sync::mpsc;

use tokio::sync::mpsc as answers;

use crate::diagnostic::Diagnostic;
use crate::tui::options::Checker;

struct Question {
    revision: u64,
    file: String,
    text: String,
}

/// The way to the thread and back.
pub struct Checks {
    questions: mpsc::Sender<Question>,
    answers: answers::UnboundedReceiver<(u64, Vec<Diagnostic>)>,
}

impl Checks {
    /// Starts the thread; it ends with this value.
    pub fn start(checker: Checker) -> Checks {
        let (questions, inbox) = mpsc::channel::<Question>();
        let (results, answers) = answers::unbounded_channel();
        let work = move || {
            while let Ok(first) = inbox.recv() {
                // The newest text wins: what came while the last one was checked is passed over.
                let question = inbox.try_iter().last().unwrap_or(first);
                let found = (checker.0)(&question.file, &question.text);
                if results.send((question.revision, found)).is_err() {
                    return;
                }
            }
        };
        // Without a thread nothing is checked while typing; it is when it is written.
        let _ = std::thread::Builder::new().name("check".to_owned()).spawn(work);
        Checks { questions, answers }
    }

    /// Asks for a check.
    pub fn ask(&self, revision: u64, file: String, text: String) {
        // A thread that is gone answers nothing; the text stays marked as not checked.
        let _ = self.questions.send(Question { revision, file, text });
    }
}

/// The next result; never where there is no thread.
pub async fn next(checks: &mut Option<Checks>) -> (u64, Vec<Diagnostic>) {
    let answer = match checks {
        Some(checks) => checks.answers.recv().await,
        None => None,
    };
    match answer {
        Some(answer) => answer,
        None => std::future::pending().await,
    }
}
