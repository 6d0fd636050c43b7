//! Recording the demo: a model server on loopback says the authored answers, and the real program asks
//! it and records. Needed whenever the prompt, the contracts or the demo's data change, because a
//! recording is found by the hash of the request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::cargo;

/// Characters of a piece, about a model's token.
const PIECE: usize = 5;
/// Time between pieces, as a model of middling speed would take.
const PAUSE: Duration = Duration::from_millis(20);

pub fn demo() -> Result<(), String> {
    let recordings = cargo::root().join("fixtures/recordings");
    let answers = read_answers(&recordings.join("demo"))?;
    let target = recordings.join("demo.jsonl");
    let cargo = cargo::Cargo::new()?;
    cargo.run(&["build", "--bin", "pipesmith"], &[])?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("no port: {e}"))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    std::thread::spawn(move || serve(&listener, &answers));
    let folder = std::env::temp_dir().join(format!("pipesmith-record-{}", std::process::id()));
    // Recorded beside the old one: the program that records holds the old one compiled in.
    let fresh = folder.join("recording.jsonl");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let workspace = folder.join("demo").display().to_string();
    let arguments = ["demo", &workspace, "--headless", "--record", &fresh.display().to_string()].map(str::to_owned);
    let environment = [("PIPESMITH_BASE_URL", format!("http://{address}/v1"))];
    let ran = cargo::call(&cargo.binary("debug"), &arguments, &environment);
    let kept =
        ran.and_then(|()| std::fs::copy(&fresh, &target).map(|_| ()).map_err(|e| format!("{}: {e}", target.display())));
    let _ = std::fs::remove_dir_all(&folder);
    kept?;
    println!("\nrecorded {}; build again to compile it in", target.display());
    Ok(())
}

/// `answer-1.md`, `answer-2.md`, … in order.
fn read_answers(folder: &Path) -> Result<Vec<String>, String> {
    let mut answers = Vec::new();
    while let Ok(text) = std::fs::read_to_string(folder.join(format!("answer-{}.md", answers.len() + 1))) {
        answers.push(text);
    }
    if answers.is_empty() { Err(format!("{} holds no answer-1.md", folder.display())) } else { Ok(answers) }
}

fn serve(listener: &TcpListener, answers: &[String]) {
    let mut next = answers.iter();
    for stream in listener.incoming().filter_map(Result::ok) {
        let answer = next.next().map_or("I have nothing more to say.", String::as_str);
        if let Err(error) = respond(stream, answer) {
            eprintln!("xtask: the scripted model lost its client: {error}");
        }
    }
}

fn respond(mut stream: TcpStream, answer: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")?;
    let characters: Vec<char> = answer.chars().collect();
    for piece in characters.chunks(PIECE) {
        let text = quote(&piece.iter().collect::<String>());
        let chunk = format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{text}}},\"finish_reason\":null}}]}}\n\n"
        );
        stream.write_all(chunk.as_bytes())?;
        stream.flush()?;
        std::thread::sleep(PAUSE);
    }
    let tokens = characters.len().div_ceil(4);
    let last = format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":{},\"completion_tokens\":{tokens}}}}}\n\ndata: [DONE]\n\n",
        length / 4
    );
    stream.write_all(last.as_bytes())?;
    stream.flush()
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn quoting_is_json() {
        assert_eq!(super::quote("a\"\\\n\u{1}ž"), "\"a\\\"\\\\\\n\\u0001ž\"");
    }
}
