//! A face without a screen: it folds the events of a link and waits for what it is told to.

use std::sync::Arc;

use super::exit::{Exit, Failure};
use crate::diagnostic::Diagnostic;
use crate::session::{Command, Event, Link, State};

/// A link and the state that its events make.
pub struct Headless {
    link: Link,
    /// The fold of all events so far.
    pub state: State,
    json: bool,
}

impl Headless {
    /// Takes a link.
    pub fn new(link: Link, json: bool) -> Headless {
        Headless { link, state: State::default(), json }
    }

    /// Says what is wanted.
    pub fn send(&self, command: Command) {
        // A session that has ended is noticed by the next wait.
        let _ = self.link.commands.send(command);
    }

    /// Takes in events until `done` says so; each is shown to `see` first.
    pub async fn until(
        &mut self,
        mut see: impl FnMut(&Event, &State),
        mut done: impl FnMut(&Event, &State) -> bool,
    ) -> Result<Arc<Event>, Failure> {
        while let Some(event) = self.link.events.recv().await {
            self.state.apply(&event);
            see(&event, &self.state);
            if done(&event, &self.state) {
                return Ok(event);
            }
        }
        Err(self.ended().await)
    }

    /// Closes the session and waits until everything is journalled.
    pub async fn close(mut self) -> Result<State, Failure> {
        self.send(Command::Close);
        while let Some(event) = self.link.events.recv().await {
            self.state.apply(&event);
        }
        match (&mut self.link.ended).await {
            Ok(Err(diagnostic)) => Err(Failure { diagnostic, exit: Exit::Other, json: self.json }),
            Ok(Ok(_)) | Err(_) => Ok(self.state),
        }
    }

    /// Leaves the session as it is.
    pub async fn leave(mut self) -> Result<(), Failure> {
        self.send(Command::Detach);
        while self.link.events.recv().await.is_some() {}
        match (&mut self.link.ended).await {
            Ok(Err(diagnostic)) => Err(Failure { diagnostic, exit: Exit::Other, json: self.json }),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    async fn ended(&mut self) -> Failure {
        let diagnostic = match (&mut self.link.ended).await {
            Ok(Err(diagnostic)) => diagnostic,
            Ok(Ok(_)) | Err(_) => {
                Box::new(Diagnostic::error("session-ended", "the session ended before the work was done"))
            }
        };
        Failure { diagnostic, exit: Exit::Other, json: self.json }
    }
}
