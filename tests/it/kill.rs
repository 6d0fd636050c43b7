//! `kill -9` at random points: what a face was shown is in the store afterwards, and the store opens.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Stdio;

use pipesmith::session::Event;

use crate::program::Folder;

const ROUNDS: u32 = 32;

/// A model that talks on and on until its client is gone; each of its answers begins another way.
pub fn endless_model() -> String {
    model_at(std::time::Duration::from_millis(2))
}

/// The same with this pause between two words.
pub fn model_at(pause: std::time::Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                    line.clear();
                }
                let mut out = stream;
                let _ =
                    out.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
                for n in 0u64.. {
                    let chunk =
                        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"word{n} \"}}}}]}}\n\n");
                    if out.write_all(chunk.as_bytes()).and_then(|()| out.flush()).is_err() {
                        return;
                    }
                    std::thread::park_timeout(pause);
                }
            });
        }
    });
    format!("http://{address}/v1")
}

#[test]
fn every_acknowledged_event_survives_kill_9() {
    let folder = Folder::workspace(&endless_model());
    let mut acknowledged: Vec<Event> = Vec::new();
    let mut seed = 0x1234_5678_u64;
    for round in 0..ROUNDS {
        let mut arguments = vec!["chat", "--events", "-p", "talk to me"];
        if round > 0 {
            arguments.extend(["--session", "last"]);
        }
        let mut child = folder.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // A number of events that differs from round to round: sometimes before the model speaks,
        // sometimes in the midst of it. A resumed session tells its whole history first.
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let more = 1 + usize::try_from(seed >> 33).unwrap() % 40;
        let mut seen: Vec<Event> = Vec::new();
        while seen.len() < acknowledged.len() + more {
            let line = lines.next().unwrap_or_else(|| panic!("round {round}: the program ended by itself")).unwrap();
            seen.push(serde_json::from_str(&line).unwrap());
        }
        child.kill().unwrap();
        // What was written before the kill has been acknowledged as well. The last line may be cut.
        seen.extend(lines.map_while(Result::ok).filter_map(|line| serde_json::from_str::<Event>(&line).ok()));
        child.wait().unwrap();
        assert_eq!(
            seen[..acknowledged.len()],
            acknowledged[..],
            "round {round}: what was acknowledged before is still there"
        );
        acknowledged = seen;
    }
    let output = folder.run(&["sessions", "export", "last"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stored: Vec<Event> =
        output.stdout.lines().skip(1).map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect();
    assert!(stored.len() >= acknowledged.len());
    assert_eq!(stored[..acknowledged.len()], acknowledged[..]);
    assert!(stored.iter().zip(1u64..).all(|(event, seq)| event.seq == seq), "numbers without a gap");
    assert!(acknowledged.len() > ROUNDS as usize * 3, "only {} events were lived through", acknowledged.len());
}
