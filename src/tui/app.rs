//! The loop: the only place of the workbench with effects. Takes in keys, events, signals and the clock;
//! draws on demand, keys at once, everything else at most thirty times a second.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::Event as Input;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::Notify;

use crate::session::link::End;
use crate::session::{Command, Event, Link, State};
use crate::tui::kept::Kept;
use crate::tui::keymap::Chord;
use crate::tui::options::{Exit, Left, Options, Surroundings, TuiError};
use crate::tui::pane::composer::Composer;
use crate::tui::replay::Player;
use crate::tui::screen::Liking;
use crate::tui::term::{
    Claim, Encoder, Keys, Modes, Outside, Pace, QUESTION, Replies, Signal, Signals, Taken, Writer, Written, panicked,
    watch_hangup,
};
use crate::tui::text::Highlighter;
use crate::tui::theme::Depth;
use crate::tui::ui::{Millis, Ui};
use crate::tui::update::Effect;
use crate::tui::view;

mod beside;
mod check;
mod clock;
mod leave;
mod library;
mod outside;
mod source;
mod wardrobe;

use clock::SPIN;
use source::{Live, Source};
use wardrobe::{Wardrobe, utf8};

/// Events folded between two looks at the keyboard.
const BATCH: usize = 512;
/// No terminal is larger than this.
const LARGEST: (u16, u16) = (1000, 500);

/// Runs the workbench on a session until it is left. Owns the terminal meanwhile; on return the terminal
/// is as it was and the session is closed. Must be called inside a Tokio runtime with signals and time.
///
/// # Errors
/// [`TuiError`] says which; the terminal has been given back.
pub async fn run(link: Link, options: Options) -> Result<Left, TuiError> {
    App::open(Source::Live(Box::new(Live { link, state: State::default(), open: true })), options)?.main().await
}

/// Plays a recorded session. Nothing is triggered by it.
///
/// # Errors
/// [`TuiError`] says which; the terminal has been given back.
pub async fn replay(events: Vec<Event>, options: Options) -> Result<Left, TuiError> {
    let player = Player::with(events, options.gap_us, options.markers.clone());
    App::open(Source::Replay(Box::new(player)), options)?.main().await
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    No,
    Soon,
    Now,
}

struct App {
    source: Source,
    ui: Ui,
    surroundings: Option<tokio::sync::watch::Receiver<Surroundings>>,
    // The order of the fields is the order of the end: input first, the terminal last.
    input: Keys,
    signals: Signals,
    gone: Arc<Notify>,
    _watch: crate::tui::term::Watch,
    bell: Arc<Notify>,
    encoder: Encoder,
    writer: Writer,
    spare: Vec<u8>,
    checks: Option<check::Checks>,
    librarian: Option<library::Librarian>,
    wardrobe: Wardrobe,
    /// The files of the workspace that can be edited as a whole.
    files: (Option<PathBuf>, Option<PathBuf>),
    /// Where it is remembered how the screen is liked, and what is remembered.
    liking: Option<(PathBuf, Liking)>,
    /// Where it is kept what the screen shows when it is left.
    screens: Option<PathBuf>,
    stop_on_hangup: bool,
    claim: Claim,
    start: Instant,
    dirty: Dirty,
    drawn: Instant,
    pace: Pace,
    outside: Outside,
    /// Bytes that go to the terminal with the next frame, beside the screen.
    beside: Vec<u8>,
    /// The title that the window has; none where it is left alone.
    title: Option<String>,
    replies: Replies,
    spun: Instant,
    played: Instant,
    generation: u64,
    continued: bool,
    leave: Option<Exit>,
}

impl App {
    fn open(source: Source, options: Options) -> Result<App, TuiError> {
        let tty = |fd: std::os::fd::BorrowedFd<'_>| rustix::termios::isatty(fd);
        if !tty(rustix::stdio::stdin()) || !tty(rustix::stdio::stdout()) {
            return Err(TuiError::NotATerminal);
        }
        let env = |name: &str| std::env::var(name).ok();
        let depth = if options.no_color { Depth::None } else { Depth::detect(env) };
        let default = match depth {
            Depth::None => "mono",
            Depth::Sixteen => "ansi16",
            Depth::Palette | Depth::True => "dark",
        };
        let liking = options.liking.as_deref().map(Liking::read).unwrap_or_default();
        // A theme that was chosen on a terminal with colours is nothing for one without.
        let liked = liking.theme.as_deref().filter(|_| depth > Depth::Sixteen);
        let wardrobe = Wardrobe { dirs: options.theme_dirs, depth, ascii: options.ascii || !utf8(env) };
        let (theme, problems) = wardrobe.theme(options.theme.as_deref().or(liked).unwrap_or(default));
        // Where nobody chose a theme, the terminal is asked whether it is light; the first frame does not wait.
        let asks = options.theme.is_none() && liked.is_none() && depth > Depth::Sixteen;
        let mut replies = Replies::default();
        if asks {
            replies.expect();
        }
        let bell = Arc::new(Notify::new());
        let gone = Arc::new(Notify::new());
        let mut ui = Ui::new(theme, Highlighter::new(bell.clone()));
        (ui.division, ui.liked_theme) = (liking.division, liking.theme.clone());
        ui.themes = crate::tui::theme::names(&wardrobe.dirs);
        ui.recorded = options.recorded;
        ui.hint = options.hint;
        ui.composer = options.draft.as_deref().map(Composer::with).unwrap_or_default();
        ui.resumes = options.session.is_some();
        let kept = options.screens.as_deref().zip(options.session.as_deref());
        if let Some(kept) = kept.and_then(|(folder, session)| Kept::read(folder, session)) {
            kept.restore(&mut ui);
        }
        ui.ascii_only = !utf8(env);
        ui.mouse = options.mouse;
        ui.still = options.reduce_motion || options.low_bandwidth;
        ui.keymap = options.keymap.clone();
        ui.which_key = !options.no_which_key;
        ui.setting_problems(&[options.problems.as_slice(), &problems].concat(), 0);
        if let (Source::Live(live), Some(file)) = (&source, options.document) {
            // A session that could not be opened says so itself.
            let _ = live.link.commands.send(Command::OpenDocument { file });
            ui.focus(crate::tui::pane::Pane::Document);
        }
        let mut surroundings = options.surroundings;
        if let Some(surroundings) = &mut surroundings {
            ui.surround(&surroundings.borrow_and_update());
        }
        if let Source::Replay(player) = &source {
            ui.replay = Some(player.line());
            ui.markers = player.markers().to_vec();
        }
        let signals = Signals::listen()?;
        Claim::want(Modes::Mouse, options.mouse);
        Claim::want(Modes::Title, !options.no_title);
        let claim = Claim::take()?;
        let now = Instant::now();
        Ok(App {
            source,
            ui,
            surroundings,
            input: Keys::read()?,
            signals,
            _watch: watch_hangup(gone.clone())?,
            gone,
            bell,
            encoder: Encoder::default(),
            writer: Writer::stdout()?,
            spare: Vec::with_capacity(16 * 1024),
            checks: options.checker.map(check::Checks::start),
            librarian: options.library.map(library::Librarian::start),
            wardrobe,
            files: (options.config, options.connections),
            liking: options.liking.map(|path| (path, liking)),
            screens: options.screens,
            stop_on_hangup: options.stop_on_hangup,
            claim,
            start: now,
            dirty: Dirty::Now,
            drawn: now,
            pace: Pace::new(if options.fps == 0 { 30 } else { options.fps }, options.low_bandwidth),
            outside: Outside::detect(options.notify, env),
            beside: if asks { QUESTION.to_vec() } else { Vec::new() },
            title: (!options.no_title).then(String::new),
            replies,
            spun: now,
            played: now,
            generation: 0,
            continued: false,
            leave: None,
        })
    }

    fn now(&self) -> Millis {
        Millis::try_from(self.start.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    fn soon(&mut self) {
        self.dirty = self.dirty.max(Dirty::Soon);
    }

    async fn main(mut self) -> Result<Left, TuiError> {
        loop {
            if let Some(exit) = self.leave.take() {
                self.remember();
                self.close(&exit).await?;
                let state = self.source.state();
                let session = (state.turns > 0).then(|| state.session.clone());
                return Ok(Left { exit, session });
            }
            self.tick();
            for input in self.replies.tire(Instant::now()) {
                self.take_input(input).await?;
            }
            if self.due() {
                self.draw();
            }
            let deadline = self.deadline();
            tokio::select! {
                biased;
                () = panicked() => {
                    // The hook has given the terminal back. What is left of the session gets a moment.
                    let _ = self.close_session(Command::Close, leave::HANG_UP).await;
                    return Err(TuiError::Panicked);
                }
                () = self.gone.notified() => return Err(self.hang_up().await),
                signal = self.signals.next() => match signal {
                    Signal::HangUp => return Err(self.hang_up().await),
                    Signal::End(number) => {
                        self.close(&Exit::Quit).await?;
                        return Err(TuiError::Signal(number));
                    }
                    Signal::Stop => self.suspend().await?,
                    Signal::Continued => {
                        if self.continued().is_err() {
                            return Err(self.hang_up().await);
                        }
                    }
                },
                input = self.input.next() => match input {
                    Some(Ok(input)) => match self.replies.take(input, Instant::now()) {
                        Taken::Held => {}
                        Taken::Ground { light } => self.take_ground(light),
                        Taken::Inputs(inputs) => {
                            for input in inputs {
                                self.take_input(input).await?;
                            }
                        }
                    },
                    Some(Err(_)) | None => return Err(self.hang_up().await),
                },
                written = self.writer.written(), if self.writer.is_busy() => {
                    if written.hung_up {
                        return Err(self.hang_up().await);
                    }
                    self.take_written(written);
                }
                event = self.source.event() => self.take_event(event).await?,
                () = self.bell.notified() => {
                    if self.ui.highlighter.collect() {
                        self.soon();
                    }
                }
                (revision, found) = check::next(&mut self.checks) => {
                    self.ui.checked(revision, found);
                    self.soon();
                }
                answer = library::next(&mut self.librarian) => {
                    let now = self.now();
                    library::show(&mut self.ui, answer, now);
                    self.soon();
                }
                changed = changed(&mut self.surroundings) => {
                    match (changed, &mut self.surroundings) {
                        (true, Some(surroundings)) => self.ui.surround(&surroundings.borrow_and_update()),
                        _ => self.surroundings = None,
                    }
                    self.soon();
                }
                () = until(deadline) => {}
            }
        }
    }

    /// Writes down how the screen is liked, where that has changed.
    fn remember(&self) {
        let now = self.ui.liking();
        if let Some((path, _)) = self.liking.as_ref().filter(|(_, before)| *before != now) {
            now.write(path);
        }
    }

    /// What time alone changes.
    fn tick(&mut self) {
        let now = self.now();
        if self.ui.expire(now) | self.ui.tire_of_letters(self.source.state(), now) {
            self.soon();
        }
        if let (Some(checks), Some((revision, file, text))) = (&self.checks, self.ui.due_check(now)) {
            checks.ask(revision, file, text);
        }
        if let Source::Replay(player) = &mut self.source {
            let passed = self.played.elapsed();
            self.played += passed;
            if player.advance(passed) {
                self.dirty = self.dirty.max(Dirty::Soon);
            }
            if self.generation != player.generation() {
                self.generation = player.generation();
                self.ui.reset();
            }
            self.ui.replay = Some(player.line());
        }
        if self.spins() && self.spun.elapsed() >= SPIN {
            self.spun = Instant::now();
            self.ui.spin = self.ui.spin.wrapping_add(1);
            self.soon();
        }
    }

    fn draw(&mut self) {
        let (columns, rows) = match rustix::termios::tcgetwinsize(rustix::stdio::stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => (80, 24),
        };
        let area = Rect::new(0, 0, columns.min(LARGEST.0), rows.min(LARGEST.1));
        let mut next = Buffer::empty(area);
        self.ui.now = self.now();
        let cursor = view::draw(&mut self.ui, self.source.state(), area, &mut next);
        let mut bytes = std::mem::take(&mut self.spare);
        self.encoder.frame(next, cursor, &mut bytes);
        self.name_window();
        bytes.append(&mut self.beside);
        if bytes.is_empty() {
            self.spare = bytes;
        } else {
            self.writer.write(bytes);
        }
        self.dirty = Dirty::No;
        self.drawn = Instant::now();
        // Every frame turns the spinner, so that it needs none of its own while others come.
        self.spun = self.drawn;
    }

    fn take_written(&mut self, written: Written) {
        self.spare = written.buffer;
        self.pace.written(written.took);
        if self.ui.slow != self.pace.is_slow() {
            self.ui.slow = self.pace.is_slow();
            self.soon();
        }
    }

    async fn take_input(&mut self, input: Input) -> Result<(), TuiError> {
        let now = self.now();
        let effects = match input {
            Input::Key(key) => match Chord::of(key) {
                Some(chord) => self.ui.key(chord, self.source.state(), now),
                None => return Ok(()),
            },
            Input::Paste(text) => {
                self.ui.paste(&text, now);
                Vec::new()
            }
            Input::Resize(..) => {
                // The terminal may have lost what it showed, even when it is back at its former size.
                self.encoder.forget();
                self.soon();
                return Ok(());
            }
            Input::Mouse(event) => self.ui.mouse(event, self.source.state(), now),
            Input::FocusGained | Input::FocusLost => {
                self.ui.focused = input == Input::FocusGained;
                return Ok(());
            }
        };
        self.dirty = Dirty::Now;
        for effect in effects {
            match effect {
                Effect::Send(command) => self.send(command),
                Effect::Leave(exit) => self.leave = Some(exit),
                Effect::Suspend => self.suspend().await?,
                Effect::EditOutside(outside) => self.edit_outside(*outside).await?,
                Effect::ComposeOutside(message) => self.compose_outside(&message).await?,
                Effect::EditFile(which) => self.edit_file(which).await?,
                Effect::Theme(name) => {
                    let (theme, problems) = self.wardrobe.theme(&name);
                    self.ui.wear(theme);
                    self.ui.setting_problems(&problems, now);
                }
                Effect::Redraw => self.encoder.forget(),
                Effect::Player(action, digit) => self.play(now, |player| player.act(action, digit)),
                Effect::Wish(wish) => self.play(now, |player| player.wish(wish)),
                Effect::Ask(request) => match &self.librarian {
                    Some(librarian) => librarian.ask(request),
                    None => self.ui.say("Other sessions can't be read here.", now),
                },
                Effect::Copy(text) => self.outside.clipboard(&text, &mut self.beside),
                Effect::Mouse(on) => self.beside.extend_from_slice(Claim::mouse(on)),
            }
        }
        Ok(())
    }

    fn send(&mut self, command: Command) {
        if let Source::Live(live) = &self.source
            && live.link.commands.send(command).is_err()
        {
            let now = self.now();
            self.ui.say("The session has ended.", now);
        }
    }

    async fn take_event(&mut self, event: Option<Arc<Event>>) -> Result<(), TuiError> {
        let now = self.now();
        let Source::Live(live) = &mut self.source else { return Ok(()) };
        match event {
            Some(event) => {
                // A short turn begins and ends within what has gathered.
                let mut told = self.ui.take(&mut live.state, &event);
                for _ in 0..BATCH {
                    match live.link.events.try_recv() {
                        Ok(event) => told = self.ui.take(&mut live.state, &event).or(told),
                        Err(_) => break,
                    }
                }
                self.ui.observe(&live.state, now);
                let branched = self.ui.branched(&live.state);
                self.leave = self.leave.take().or(branched);
                if let Some(text) = told {
                    self.outside.notify(&text, &mut self.beside);
                }
            }
            None => {
                live.open = false;
                let ended = (&mut live.link.ended).await;
                if let Ok(Ok(End::Detached)) = ended {
                    self.leave = Some(Exit::Detach);
                    return Ok(());
                }
                if let Ok(Err(diagnostic)) = ended {
                    self.writer.settle().await;
                    self.claim.release();
                    return Err(TuiError::Session(diagnostic));
                }
                self.ui.ended = true;
                self.ui.hint("The session has ended; {global quit} leaves.", now);
            }
        }
        self.soon();
        Ok(())
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

async fn changed(surroundings: &mut Option<tokio::sync::watch::Receiver<Surroundings>>) -> bool {
    match surroundings {
        Some(surroundings) => surroundings.changed().await.is_ok(),
        None => std::future::pending().await,
    }
}
