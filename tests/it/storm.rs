//! What a terminal does to a program: a thousand sizes, a large paste, a stop in the middle.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::hostile::foreign;
use crate::program::Folder;
use crate::terminal::Terminal;

const ENTER: &str = "\r";
const QUIT: &str = "\x11";

fn quiet() -> Folder {
    Folder::workspace("http://127.0.0.1:9/v1")
}

#[test]
fn a_thousand_sizes_end_in_the_right_screen() {
    let folder = quiet();
    folder.write("pipelines/p.yaml", "oml_version: \"0.1.0\"\nname: wide-你好-name\nsteps: []\n");
    let mut terminal = Terminal::run(&folder, &["--file", "pipelines/p.yaml"], 120, 40);
    terminal.shows("wide-你好-name");
    let before = terminal.raw().len();
    for n in 0..1_000u32 {
        let (columns, rows) = (1 + n * 37 % 200, 1 + n * 23 % 60);
        terminal.resize(u16::try_from(columns).unwrap(), u16::try_from(rows).unwrap());
    }
    terminal.resize(80, 24);
    terminal.shows("wide-你好-name");
    terminal.press("\x1b1");
    terminal.press("typed after the storm");
    let shown = terminal.shows("typed after the storm");
    // Drawn anew it is the same.
    let drawn = terminal.raw().len();
    terminal.press("\x0c");
    terminal.happens("a new frame", || terminal.raw().len() > drawn + 1_000);
    let rows = |text: &str| text.lines().map(|row| row.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(rows(&terminal.shows("typed after the storm")), rows(&shown));
    let written = drawn - before;
    assert!(written < 1_001 * 24 * 1024, "{written} bytes: more than a whole screen for each size");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    assert!(terminal.is_restored());
    assert!(foreign(&terminal.raw()).is_empty());
}

#[test]
fn a_paste_of_a_mebibyte_arrives_whole_and_draws_little() {
    let folder = quiet();
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    let line = "a line of the paste with words, numbers 12345 and žluťoučký 你好 kůň\n";
    let paste = format!("FIRST\n{}LAST", line.repeat((1 << 20) / line.len()));
    let before = terminal.raw().len();
    terminal.press(&format!("\x1b[200~{paste}\x1b[201~"));
    // A key pressed behind it is no part of it.
    terminal.press("!");
    terminal.until("the folded paste", |s| s.contains("[paste 1: ") && s.contains('!'));
    let echoed = terminal.raw().len() - before;
    assert!(echoed < 16 * 1024, "{echoed} bytes were drawn for a paste");
    terminal.press(ENTER);
    // No model is asked for so much; what was said is kept whole all the same.
    terminal.shows("Turn failed");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    let told = String::from_utf8(folder.run(&["sessions", "export", "last"]).stdout).unwrap();
    let sent = serde_json::to_string(&format!("{paste}!")).unwrap();
    assert!(told.contains(&sent), "something of {} bytes is lost", paste.len());
}

/// Whether the process is stopped.
fn stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().trim_start().starts_with('T')
}

#[test]
fn a_stop_gives_the_terminal_back_and_going_on_takes_it_again() {
    let folder = quiet();
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    terminal.press("half a message");
    terminal.shows("half a message");
    let pid = terminal.pid();
    let group = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    for by_key in [true, false, true] {
        if by_key {
            terminal.press("\x1a");
        } else {
            // As `kill -TSTP` does.
            kill_process(group, Signal::TSTP).unwrap();
        }
        terminal.happens("the stop", || stopped(pid));
        terminal.happens("giving the terminal back", || terminal.is_restored());
        kill_process_group(group, Signal::CONT).unwrap();
        terminal.until("what was there", |s| s.contains("half a message") && s.contains("idle"));
        terminal.happens("taking the terminal again", || !terminal.is_restored());
    }
    terminal.press(" and the rest");
    terminal.shows("half a message and the rest");
    // Stopped without a word, as the kernel does it: what the shell made of the terminal is undone.
    kill_process_group(group, Signal::STOP).unwrap();
    terminal.happens("the stop", || stopped(pid));
    kill_process_group(group, Signal::CONT).unwrap();
    terminal.press("!");
    terminal.shows("half a message and the rest!");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    assert!(terminal.is_restored());
}
