//! What may go wrong around a session: processes that are killed, two that want the store, a disk that is
//! full or can't be written, a clock that goes backwards, faces that are slow. The numbers of rounds are those
//! of a run of all tests; `cargo xtask soak` runs many.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};
use std::time::{Duration, Instant, SystemTime};

use pipesmith::agent::TurnFact;
use pipesmith::session::event::{EVENT_VERSION, Event};
use pipesmith::session::wire::{Face, Gone, Manner, Told, Want, Wish};
use pipesmith::session::{Command, Fact};
use pipesmith::socket::greeting::{Answer, Hello};
use pipesmith::socket::{Purpose, frame, place};
use pipesmith::store::{Note, Store};
use rustix::process::{Pid, test_kill_process};

use crate::hosts::{Dice, Watcher, exported, kill, link, often, owner, start, store, until_free};
use crate::kill::endless_model;
use crate::program::{Folder, text};
use crate::terminal::Terminal;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn session_of(watcher: &Watcher) -> String {
    match &watcher.seen[0].fact {
        Fact::Opened { session, .. } => session.clone(),
        other => panic!("the first event is {other:?}"),
    }
}

/// The owner or a face is killed in the midst of things, again and again. Whoever is left goes on; what any
/// face was told is there in the end, once and in order.
#[test]
fn kills_at_random_points_lose_nothing_that_was_told() {
    let rounds = often("PIPESMITH_SOAK_KILLS", 20);
    let folder = Folder::workspace(&endless_model());
    let runtime = runtime();
    let mut dice = Dice(7);
    let mut owners = 0;
    let longest = runtime.block_on(async {
        let wish = Wish::new();
        let mut faces: Vec<Watcher> = Vec::new();
        for _ in 0..3 {
            faces.push(Watcher::new(link(folder.path(), wish.clone())));
        }
        faces[0].until(|fact| matches!(fact, Fact::Opened { .. })).await;
        let session = session_of(&faces[0]);
        let mut longest = Duration::ZERO;
        for round in 0..rounds {
            let speaker = usize::try_from(dice.below(faces.len() as u64)).unwrap();
            faces[speaker].link.commands.send(Command::Send { text: format!("round {round}") }).unwrap();
            // Another program listens, too, and is killed.
            let mut chat = folder
                .command(&["chat", "--events", "--session", &session, "-p", "me too"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            for _ in 0..=dice.below(12) {
                let event = faces[speaker].next().await;
                // The end of the turn of the round before, or that it was still going on: no more may come.
                if matches!(event.fact, Fact::Notice { .. } | Fact::Turn(TurnFact::TurnFinished { .. })) {
                    break;
                }
            }
            let (host, face) = match dice.below(3) {
                0 => (true, false),
                1 => (false, true),
                _ => (true, true),
            };
            if face {
                chat.kill().unwrap();
            }
            if host {
                owners += 1;
                let killed = Instant::now();
                kill(owner(folder.path()));
                for face in &mut faces {
                    let resumed = |face: &Watcher| {
                        face.seen.iter().filter(|event| matches!(event.fact, Fact::Resumed { .. })).count()
                    };
                    while resumed(face) < owners {
                        face.next().await;
                    }
                }
                longest = longest.max(killed.elapsed());
            }
            let _ = chat.kill();
            chat.wait().unwrap();
            faces[speaker].link.commands.send(Command::CancelTurn).unwrap();
            if dice.below(4) == 0 {
                // A face goes without a word and another comes.
                let at = usize::try_from(dice.below(faces.len() as u64)).unwrap();
                faces[at] = Watcher::new(link(folder.path(), wish.clone()));
            }
        }
        for face in &faces {
            face.link.commands.send(Command::Close).unwrap();
        }
        for face in &mut faces {
            while let Some(event) = face.link.events.recv().await {
                face.seen.push(event);
            }
        }
        let stored = exported(&folder, &session);
        assert!(stored.iter().zip(1u64..).all(|(event, seq)| event.seq == seq), "numbers without a gap");
        for face in &faces {
            assert!(face.seen.len() > 1 && face.seen.len() <= stored.len());
            assert!(face.seen.iter().zip(&stored).all(|(seen, stored)| **seen == *stored), "what was told is there");
        }
        longest
    });
    assert!(owners > 0);
    println!("{rounds} rounds, {owners} owners killed; longest until all faces went on: {longest:?}");
}

/// Several want the store at once, the one before was killed: one gets it.
#[test]
fn of_two_that_want_the_store_one_gets_it() {
    let rounds = often("PIPESMITH_SOAK_RACES", 10);
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let root = folder.path().to_owned();
    let mut longest = Duration::ZERO;
    for round in 0..rounds {
        let begun = Instant::now();
        let racers: Vec<_> = (0..2)
            .map(|_| {
                let root = root.clone();
                std::thread::spawn(move || (start(&root), Instant::now()))
            })
            .collect();
        let mut ready = Vec::new();
        for racer in racers {
            let ((mut child, said), at) = racer.join().unwrap();
            if said == "ready" {
                longest = longest.max(at - begun);
                ready.push(child);
            } else {
                assert_eq!(said["failed"]["code"], "store-held", "round {round}: {said}");
                child.wait().unwrap();
            }
        }
        assert_eq!(ready.len(), 1, "round {round}: one has it");
        let mut winner = ready.remove(0);
        assert_eq!(Note::read(&store(&root)).pid, Some(winner.id()));
        assert!(matches!(greet(&store(&root)), Answer::Welcome { pid, .. } if pid == winner.id()));
        winner.kill().unwrap();
        winner.wait().unwrap();
    }
    println!("{rounds} rounds; longest until one had the store: {longest:?}");
}

fn greet(path: &Path) -> Answer {
    let mut stream = place::connect(&Note::read(path).socket.unwrap()).unwrap();
    frame::write(&mut stream, &Hello::of(path, Purpose::Control).unwrap()).unwrap();
    frame::read(&mut stream, frame::GREETING).unwrap()
}

/// A small file system of its own, gone with the value.
struct Mount(PathBuf);

impl Mount {
    fn new(at: PathBuf, options: &str) -> Mount {
        std::fs::create_dir_all(&at).unwrap();
        let mount = Mount(at);
        mount.call("mount", &["-t", "tmpfs", "-o", options, "tmpfs"]);
        mount
    }

    /// Mounting takes rights; a test that can't have them says so and fails.
    fn call(&self, program: &str, arguments: &[&str]) {
        let output = Program::new(program).args(arguments).arg(&self.0).output();
        let output = output.unwrap_or_else(|e| panic!("{program} can't be called: {e}"));
        assert!(
            output.status.success(),
            "this test needs the right to mount a tmpfs (be root, or run it in `unshare -rm`): {}",
            text(&output.stderr)
        );
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Program::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_told() {
    let folder = Folder::workspace(&endless_model());
    let mount = Mount::new(folder.at(".pipesmith/store"), "size=24m");
    let mut child = folder
        .command(&["chat", "--events", "-p", "talk to me"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let event = |line: std::io::Result<String>| serde_json::from_str::<Event>(&line.unwrap()).unwrap();
    let mut told: Vec<Event> = lines.by_ref().take(8).map(event).collect();
    // What is left of the disk is taken away.
    let ballast = folder.at(".pipesmith/store/ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    told.extend(lines.map(event));
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("journal-failed") || said.contains("host-lost") || said.contains("store-unreadable"),
        "{said}"
    );
    until_free(&folder);
    std::fs::remove_file(ballast).unwrap();
    let stored = exported(&folder, "last");
    assert!(told.len() >= 8 && stored.len() >= told.len(), "{} of {}", stored.len(), told.len());
    assert_eq!(stored[..told.len()], told[..], "what was told is there");
    let (code, _) = folder.json(&["sessions", "list", "--json"]);
    assert_eq!(code, 0, "the store is whole");
    drop(mount);
}

#[test]
fn a_workspace_that_is_read_only_is_told_and_read() {
    let folder = Folder::empty();
    let mount = Mount::new(folder.at("disk"), "size=8m");
    let at = |arguments: &[&str]| folder.command(arguments).current_dir(folder.at("disk")).output().unwrap();
    assert!(at(&["init"]).status.success());
    folder.write("disk/pipelines/a.yaml", "oml_version: \"0.1.0\"\nname: a\nsteps: []\n");
    mount.call("mount", &["-o", "remount,ro"]);
    let chat = at(&["chat", "-p", "hello", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&chat.stdout).unwrap();
    assert_eq!((chat.status.code(), told["diagnostics"][0]["code"].as_str()), (Some(1), Some("store-unreadable")));
    assert!(told["diagnostics"][0]["message"].as_str().unwrap().contains("ead-only"), "{told}");
    assert_ne!(at(&["oml", "validate", "pipelines/a.yaml"]).status.code(), Some(1), "what needs no store works");
    let script = format!("cd disk && exec {}", crate::program::BINARY);
    let mut terminal = Terminal::command(&folder, "sh", &["-c", &script], 100, 30);
    assert_eq!(terminal.ended(), 1);
    terminal.drained();
    assert!(terminal.is_restored() && terminal.text().contains("store-unreadable"), "{}", terminal.text());
}

/// A home, a folder for sockets and a place for temporary files that can't be written are no hindrance.
#[test]
fn a_read_only_home_is_no_hindrance() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let _mount = Mount::new(folder.at("home"), "ro,mode=700");
    let home = folder.at("home").display().to_string();
    let variables = [("HOME", home.as_str()), ("XDG_RUNTIME_DIR", &home), ("XDG_CACHE_HOME", &home)];
    let mut terminal = Terminal::with(&folder, &[], 100, 30, &variables);
    terminal.until("its session", |s| s.contains("idle  01"));
    assert_eq!(Note::read(&store(folder.path())).socket, Some(folder.at(".pipesmith/store.sock")));
    assert!(folder.run(&["sessions", "list"]).status.success(), "it is found with another environment");
    terminal.press("\x11");
    assert_eq!(terminal.ended(), 0);
}

/// The socket lies in the folder that the session manager gives, where it is one's own.
#[test]
fn the_socket_lies_in_the_runtime_folder() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let run = folder.at("run");
    std::fs::create_dir(&run).unwrap();
    for (mode, inside) in [(0o700, true), (0o755, false)] {
        std::fs::set_permissions(&run, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let folder_for_sockets = run.display().to_string();
        let mut terminal = Terminal::with(&folder, &[], 100, 30, &[("XDG_RUNTIME_DIR", &folder_for_sockets)]);
        terminal.until("its session", |s| s.contains("idle  01"));
        let socket = Note::read(&store(folder.path())).socket.unwrap();
        assert_eq!(socket.starts_with(run.join("pipesmith")), inside, "{}", socket.display());
        assert!(folder.run(&["sessions", "list"]).status.success());
        terminal.press("\x11");
        assert_eq!(terminal.ended(), 0);
        until_free(&folder);
    }
}

/// Since the events of a session were written, the clock was set back by a year.
#[test]
fn a_clock_that_goes_backwards_changes_no_order() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    let runtime = runtime();
    let session = runtime.block_on(async {
        let mut face = Watcher::new(link(folder.path(), Wish::new()));
        face.link.commands.send(Command::Send { text: "hello".into() }).unwrap();
        face.until(|fact| matches!(fact, Fact::Turn(TurnFact::TurnFinished { .. }))).await;
        face.link.commands.send(Command::Close).unwrap();
        face.until(|fact| matches!(fact, Fact::Closed { .. })).await;
        session_of(&face)
    });
    until_free(&folder);
    // Its times are of next year, as those are which a wrong clock gave.
    let year = 366 * 24 * 3600 * 1000;
    let mut events = exported(&folder, &session);
    events.iter_mut().for_each(|event| event.wall_ms += year);
    {
        let opened = Store::open(&store(folder.path())).unwrap();
        let json: Vec<String> = events.iter().map(|event| event.to_json().unwrap()).collect();
        opened.append(&session, events.iter().map(|e| e.seq).zip(json.iter().map(|j| j.as_bytes()))).unwrap();
    }
    let (code, told) = folder.json(&["chat", "-p", "still there?", "--session", &session, "--json"]);
    assert_eq!((code, told["outcome"].as_str()), (1, Some("failed")), "the model can't be reached: {told}");
    let after = exported(&folder, &session);
    assert_eq!(after[..events.len()], events[..]);
    let later = &after[events.len()..];
    let now = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    assert!(!later.is_empty() && later.iter().all(|event| event.wall_ms <= now), "the wall clock is told as it is");
    assert!(after.windows(2).all(|two| two[0].seq + 1 == two[1].seq && two[0].mono_us <= two[1].mono_us));
    assert!(folder.run(&["sessions", "replay", &session, "--plain"]).status.success());
    assert!(folder.run(&["sessions", "show", &session]).status.success());
}

/// Memory of a process that is its own, KiB.
fn memory(pid: Pid) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A face that is let in and reads nothing.
fn deaf(root: &Path, session: &str) -> std::os::unix::net::UnixStream {
    let path = store(root);
    let mut stream = place::connect(&Note::read(&path).socket.unwrap()).unwrap();
    frame::write(&mut stream, &Hello::of(&path, Purpose::Session).unwrap()).unwrap();
    let answer: Answer = frame::read(&mut stream, frame::GREETING).unwrap();
    assert!(matches!(answer, Answer::Welcome { .. }));
    let session = Wish::Resume(session.to_owned());
    let want =
        Want { session, after: 0, face: Face::Verb, gone: Gone::Detach, manner: Manner::default(), environment: None };
    frame::write(&mut stream, &want).unwrap();
    stream
}

/// A model that says a word every few milliseconds, eight faces that look, and one that does not read.
#[test]
fn many_faces_and_a_slow_one_are_served() {
    let seconds = often("PIPESMITH_SOAK_SECONDS", 3);
    let folder = Folder::workspace(&crate::kill::model_at(Duration::from_millis(5)));
    let runtime = runtime();
    runtime.block_on(async {
        let wish = Wish::new();
        let mut first = Watcher::new(link(folder.path(), wish.clone()));
        first.until(|fact| matches!(fact, Fact::Opened { .. })).await;
        let session = session_of(&first);
        let host = owner(folder.path());
        let mut slow = deaf(folder.path(), &session);
        first.link.commands.send(Command::Send { text: "talk".into() }).unwrap();
        let end = Instant::now() + Duration::from_secs(u64::from(seconds));
        let watch = |mut face: Watcher| async move {
            let mut worst = 0;
            let mut behind = Vec::new();
            while Instant::now() < end {
                let event = face.next().await;
                let now = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
                // What was there before it came tells nothing.
                if face.link.past.borrow().is_some_and(|past| event.seq > past) {
                    worst = worst.max(now - event.wall_ms);
                    behind.push(now - event.wall_ms);
                }
            }
            behind.sort_unstable();
            (face, worst, behind[behind.len() * 99 / 100])
        };
        let mut tasks = Vec::new();
        for _ in 0..7 {
            tasks.push(tokio::spawn(watch(Watcher::new(link(folder.path(), wish.clone())))));
        }
        tasks.push(tokio::spawn(watch(first)));
        let mut memories = Vec::new();
        while Instant::now() < end {
            memories.push(memory(host) / 1024);
            tokio::time::sleep(Duration::from_secs(u64::from(seconds).div_ceil(10))).await;
        }
        let mut faces = Vec::new();
        let (mut worst, mut most) = (0, 0);
        for task in tasks {
            let (face, late, usual) = task.await.unwrap();
            (worst, most) = (worst.max(late), most.max(usual));
            faces.push(face);
        }
        assert!(test_kill_process(host).is_ok(), "the host is the same");
        faces[0].link.commands.send(Command::CancelTurn).unwrap();
        for face in &mut faces {
            face.until(|fact| matches!(fact, Fact::Turn(TurnFact::TurnFinished { .. }))).await;
        }
        let all = faces[0].seen.len();
        assert!(faces.iter().all(|face| face.seen == faces[0].seen), "all saw the same");
        // The slow one gets everything in the end.
        let mut got = Vec::new();
        while got.len() < all {
            match frame::read::<Told>(&mut slow, frame::MOST).unwrap() {
                Told::Attached { .. } => {}
                Told::Events(events) => got.extend(events),
                other => panic!("{other:?}"),
            }
        }
        assert!(got.iter().zip(&faces[0].seen).all(|(got, seen)| *got == **seen));
        println!(
            "{seconds} s, {all} events, 8 faces: worst {worst} ms behind, 99 of 100 at most {most} ms; memory of the host, MiB: {memories:?}"
        );
        assert!(got.iter().all(|event| event.v == EVENT_VERSION));
    });
}
