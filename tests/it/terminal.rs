//! A terminal that plays the person: it runs the real binary, types, and looks at the screen.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::program::{BINARY, CLEARED, Folder};

/// How long a screen may take to show what it should. Generous: it bounds a hang, it measures nothing.
const PATIENCE: Duration = Duration::from_secs(60);

struct Shared {
    screen: Mutex<Screen>,
    changed: Condvar,
}

struct Screen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    closing: bool,
    over: bool,
}

pub struct Terminal {
    shared: Arc<Shared>,
    writer: Option<Box<dyn Write + Send>>,
    master: Option<Box<dyn MasterPty + Send>>,
    child: Box<dyn Child + Send + Sync>,
}

impl Terminal {
    /// Runs the program in a folder.
    pub fn run(folder: &Folder, arguments: &[&str], columns: u16, rows: u16) -> Terminal {
        Terminal::command(folder, BINARY, arguments, columns, rows)
    }

    /// The same with variables.
    pub fn with(folder: &Folder, arguments: &[&str], columns: u16, rows: u16, variables: &[(&str, &str)]) -> Terminal {
        Terminal::begin(folder, BINARY, arguments, columns, rows, variables)
    }

    /// Runs any program in a folder.
    pub fn command(folder: &Folder, program: &str, arguments: &[&str], columns: u16, rows: u16) -> Terminal {
        Terminal::begin(folder, program, arguments, columns, rows, &[])
    }

    fn begin(
        folder: &Folder,
        program: &str,
        arguments: &[&str],
        columns: u16,
        rows: u16,
        variables: &[(&str, &str)],
    ) -> Terminal {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(folder.path());
        for name in CLEARED {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let parser = vt100::Parser::new(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap(), 0);
        let shared = Arc::new(Shared {
            screen: Mutex::new(Screen { parser, raw: Vec::new(), closing: false, over: false }),
            changed: Condvar::new(),
        });
        let told = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut bytes = [0; 65536];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                let mut screen = told.screen.lock().unwrap();
                if screen.closing {
                    break;
                }
                screen.parser.process(&bytes[..n]);
                screen.raw.extend_from_slice(&bytes[..n]);
                told.changed.notify_all();
            }
            drop(reader);
            told.screen.lock().unwrap().over = true;
            told.changed.notify_all();
        });
        Terminal { shared, writer: Some(writer), master: Some(pair.master), child }
    }

    /// What the screen shows.
    pub fn text(&self) -> String {
        self.shared.screen.lock().unwrap().parser.screen().contents()
    }

    /// Every byte the program wrote.
    pub fn raw(&self) -> Vec<u8> {
        self.shared.screen.lock().unwrap().raw.clone()
    }

    /// Waits until the screen satisfies `wanted`.
    pub fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        if self.within(PATIENCE, wanted) {
            return self.text();
        }
        panic!("the screen never showed {what}; it shows:\n{}", self.text());
    }

    /// Waits until the screen shows a text.
    pub fn shows(&self, text: &str) -> String {
        self.until(&format!("`{text}`"), |screen| screen.contains(text))
    }

    /// Presses keys, given as the bytes a terminal sends.
    pub fn press(&mut self, bytes: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Presses a key until the screen satisfies `wanted`: just after a proposal has come, deciding keys
    /// count only once the keyboard was quiet for a moment.
    pub fn insist(&mut self, key: &str, what: &str, wanted: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !self.within(Duration::from_secs(1), &wanted) {
            assert!(Instant::now() < end, "the screen never showed {what}; it shows:\n{}", self.text());
            self.press(key);
        }
    }

    fn within(&self, time: Duration, wanted: impl Fn(&str) -> bool) -> bool {
        let end = Instant::now() + time;
        let mut screen = self.shared.screen.lock().unwrap();
        loop {
            if wanted(&screen.parser.screen().contents()) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || screen.over {
                return false;
            }
            screen = self.shared.changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Waits until something about the program is so that the screen does not show.
    pub fn happens(&self, what: &str, wanted: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !wanted() {
            assert!(Instant::now() < end, "{what} never happened; the screen shows:\n{}", self.text());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let (c, r) = (NonZeroU16::new(columns).unwrap(), NonZeroU16::new(rows).unwrap());
        self.shared.screen.lock().unwrap().parser.screen_mut().set_size(r, c);
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Closes the terminal, as a dropped SSH connection does.
    pub fn hang_up(&mut self) {
        // The reader holds the terminal open as well. It lets go at the next output, of which there is some.
        self.shared.screen.lock().unwrap().closing = true;
        let other_end = self.master.as_ref().unwrap().tty_name().unwrap();
        std::fs::OpenOptions::new().write(true).open(other_end).unwrap().write_all(b" ").unwrap();
        self.drained();
        self.writer = None;
        self.master = None;
    }

    /// Waits until the program has ended; its exit code.
    pub fn ended(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(Instant::now() < end, "the program did not end; the screen shows:\n{}", self.text());
            std::thread::yield_now();
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// After the end: everything written has been read.
    pub fn drained(&self) {
        let end = Instant::now() + PATIENCE;
        let mut screen = self.shared.screen.lock().unwrap();
        while !screen.over {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the terminal's output never ended");
            screen = self.shared.changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Whether the program left the terminal as a shell needs it.
    pub fn is_restored(&self) -> bool {
        let screen = self.shared.screen.lock().unwrap();
        let screen = screen.parser.screen();
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
