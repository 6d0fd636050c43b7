//! Handing the terminal to another program, and taking it back.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command as Program, ExitStatus};

use tokio::sync::oneshot;

use super::{App, Dirty};
use crate::session::Command;
use crate::tui::options::{Exit, TuiError};
use crate::tui::term::{Keys, Signal, stop_group};
use crate::tui::update::{Outside, OwnFile};

/// Bytes of an edited text that are read back.
const MOST: u64 = 4 << 20;

/// How an editor ended.
enum Ended {
    Edited(String),
    Failed(String),
    /// The terminal went meanwhile.
    Gone,
    /// The program is to end.
    Signal(i32),
}

impl App {
    /// Has a text of the document edited by `$VISUAL`, `$EDITOR` or vi.
    pub(super) async fn edit_outside(&mut self, outside: Outside) -> Result<(), TuiError> {
        let Some(text) = self.hand_over(outside.text(), ".yaml").await? else { return Ok(()) };
        match outside.command(&text) {
            Some(command) => self.send(command),
            None => self.ui.say("Nothing was changed.", self.now()),
        }
        Ok(())
    }

    /// Has the message written there.
    pub(super) async fn compose_outside(&mut self, message: &str) -> Result<(), TuiError> {
        if let Some(text) = self.hand_over(message, ".md").await? {
            // Editors end a text with a line end; a message needs none.
            self.ui.composer.set(text.strip_suffix('\n').unwrap_or(&text));
        }
        Ok(())
    }

    /// Hands the terminal and a text to the editor; the text as it is then, unless that failed. The session goes
    /// on meanwhile; what it tells is taken in afterwards.
    async fn hand_over(&mut self, text: &str, suffix: &str) -> Result<Option<String>, TuiError> {
        self.writer.settle().await;
        self.input.stop().await;
        self.claim.release();
        let ended = self.edit(text, suffix).await;
        if matches!(ended, Ended::Gone) {
            return Err(self.hang_up().await);
        }
        if let Ended::Signal(number) = ended {
            self.close_session(Command::Close, super::leave::CLOSE).await?;
            return Err(TuiError::Signal(number));
        }
        if self.take_back().is_err() {
            return Err(self.hang_up().await);
        }
        Ok(match ended {
            Ended::Edited(text) => Some(text),
            Ended::Failed(why) => {
                self.ui.say(format!("{why}; nothing was changed."), self.now());
                None
            }
            Ended::Gone | Ended::Signal(_) => None,
        })
    }

    /// Has a file of the workspace edited. A configuration that has changed is read anew: the session is
    /// opened again with it.
    pub(super) async fn edit_file(&mut self, which: OwnFile) -> Result<(), TuiError> {
        let file = match which {
            OwnFile::Config => self.files.0.clone(),
            OwnFile::Connections => self.files.1.clone(),
        };
        let Some(file) = file else { return Ok(()) };
        let before = std::fs::read(&file).ok();
        self.writer.settle().await;
        self.input.stop().await;
        self.claim.release();
        let editor = editor();
        let ended = match spawn(&editor, &file) {
            Ok(child) => self.wait(child).await,
            Err(error) => Ok(Err(error)),
        };
        match ended {
            Err(Ended::Signal(number)) => {
                self.close_session(Command::Close, super::leave::CLOSE).await?;
                return Err(TuiError::Signal(number));
            }
            Err(_) => return Err(self.hang_up().await),
            Ok(_) => {}
        }
        self.take_back()?;
        let now = self.now();
        let changed = std::fs::read(&file).ok() != before;
        match ended {
            Ok(Err(error)) => self.ui.say(format!("{editor} can't be started: {error}"), now),
            Ok(Ok(status)) if !status.success() => self.ui.say(format!("{editor} ended with {status}"), now),
            _ if changed && which == OwnFile::Config => {
                let state = self.source.state();
                let again = (state.turns > 0).then(|| Exit::Switch(state.session.clone()));
                self.leave = Some(again.unwrap_or(Exit::New));
            }
            _ if changed => self.ui.say("The connections are read anew.", now),
            _ => self.ui.say("Nothing was changed.", now),
        }
        Ok(())
    }

    /// Takes the terminal back from the other program.
    fn take_back(&mut self) -> Result<(), TuiError> {
        // Keys meant for the editor are no keys of ours.
        let _ = rustix::termios::tcflush(rustix::stdio::stdin(), rustix::termios::QueueSelector::IFlush);
        self.claim.again()?;
        self.input = Keys::read()?;
        self.encoder.forget();
        self.dirty = Dirty::Now;
        self.continued = false;
        Ok(())
    }

    async fn edit(&mut self, text: &str, suffix: &str) -> Ended {
        let file = tempfile::Builder::new().prefix("pipesmith-").suffix(suffix).tempfile();
        let file = file.and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file));
        let file = match file {
            Ok(file) => file,
            Err(error) => return Ended::Failed(format!("No file could be made to edit: {error}")),
        };
        let editor = editor();
        let child = match spawn(&editor, file.path()) {
            Ok(child) => child,
            Err(error) => return Ended::Failed(format!("{editor} can't be started: {error}")),
        };
        match self.wait(child).await {
            Ok(Ok(status)) if status.success() => {
                // The editor may have put another file in its place.
                let read = std::fs::File::open(file.path()).and_then(|file| {
                    let mut text = String::new();
                    file.take(MOST + 1).read_to_string(&mut text).map(|_| text)
                });
                match read {
                    Ok(text) if text.len() as u64 > MOST => Ended::Failed(format!("It has more than {MOST} bytes")),
                    Ok(text) => Ended::Edited(text),
                    Err(error) => Ended::Failed(format!("What was edited can't be read: {error}")),
                }
            }
            Ok(Ok(status)) => Ended::Failed(format!("{editor} ended with {status}")),
            Ok(Err(error)) => Ended::Failed(format!("{editor} can't be waited for: {error}")),
            Err(ended) => ended,
        }
    }

    async fn wait(&mut self, mut child: Child) -> Result<std::io::Result<ExitStatus>, Ended> {
        let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let (sender, mut ended) = oneshot::channel();
        let waiting = std::thread::Builder::new().name("editor".to_owned()).spawn(move || {
            let _ = sender.send(child.wait());
        });
        if let Err(error) = waiting {
            return Ok(Err(error));
        }
        let end = || {
            if let Some(pid) = pid {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::HUP);
            }
        };
        loop {
            tokio::select! {
                biased;
                status = &mut ended => return Ok(status.unwrap_or_else(|_| Err(std::io::Error::other("its end was lost")))),
                () = self.gone.notified() => {
                    end();
                    return Err(Ended::Gone);
                }
                signal = self.signals.next() => match signal {
                    Signal::HangUp => {
                        end();
                        return Err(Ended::Gone);
                    }
                    // ctrl-c is the editor's business.
                    Signal::End(2) | Signal::Continued => {}
                    Signal::End(number) => {
                        end();
                        return Err(Ended::Signal(number));
                    }
                    Signal::Stop => {
                        if let Err(error) = stop_group() {
                            tracing::warn!(%error, "the process group can't be stopped");
                        }
                    }
                }
            }
        }
    }
}

/// As git does it: the variable may hold a program and its options.
fn spawn(editor: &str, file: &std::path::Path) -> std::io::Result<Child> {
    Program::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(file).spawn()
}

fn editor() -> String {
    let set = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    set.map(|value| value.trim().to_owned()).find(|value| !value.is_empty()).unwrap_or_else(|| "vi".to_owned())
}
