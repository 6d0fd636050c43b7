//! Text that would drive the terminal if it reached it: from the model, documents, file names, specs,
//! connections and rows. Every byte that the program writes is looked at.

use crate::program::Folder;
use crate::terminal::Terminal;
use crate::wire_server::{Act, WireServer, ending, stream_head, words};

const ENTER: &str = "\r";
const QUIT: &str = "\x11";

/// Title, clipboard, bell, clearing, modes, questions, C1, direction, invisible characters.
const EVIL: &str = "ev\u{1b}]0;owned\u{7}\u{1b}]52;c;aGFja2Vk\u{1b}\\\u{1b}[?1003h\u{1b}[6n\u{1b}[5i\u{1b}c\u{1b}P+q\u{1b}\\\u{9b}31m\u{9d}52;c;x\u{9c}\u{202e}rtl\u{2066}\u{200b}\u{feff}\u{e0041}il";

/// What is in the bytes that a workbench has no reason to write.
pub fn foreign(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8(raw.to_vec()).expect("what is written is UTF-8");
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if c != '\u{1b}' {
            let control = c.is_control() && !matches!(c, '\r' | '\n');
            let hidden = matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
            if control || hidden {
                found.push(format!("{c:?} in {:?}", &rest.chars().take(30).collect::<String>()));
            }
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let length = ours(rest);
        if length == 0 {
            found.push(format!("{:?}", &rest.chars().take(30).collect::<String>()));
        }
        rest = &rest[length.max(1)..];
    }
    found
}

/// The length of the sequence at the start of the text, if it is one of the workbench's own.
fn ours(text: &str) -> usize {
    if let Some(title) = text.strip_prefix("\u{1b}]2;") {
        let end = title.find('\u{1b}').unwrap_or(0);
        let own = title[..end].starts_with("Pipesmith") && title[end..].starts_with("\u{1b}\\");
        return if own { 4 + end + 2 } else { 0 };
    }
    for fixed in ["\u{1b}]11;?\u{1b}\\", "\u{1b}[22;2t", "\u{1b}[23;2t"] {
        if text.starts_with(fixed) {
            return fixed.len();
        }
    }
    let Some(body) = text.strip_prefix("\u{1b}[") else { return 0 };
    let (private, body) = body.strip_prefix('?').map_or((false, body), |rest| (true, rest));
    let end = body.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(body.len());
    let (numbers, last) = (&body[..end], body[end..].chars().next());
    let known = match last {
        Some('h' | 'l') if private => ["25", "1004", "1049", "2004", "2026"].contains(&numbers),
        Some('m' | 'G' | 'H') if !private => true,
        Some('J') if !private => numbers == "2",
        _ => false,
    };
    if known { text.len() - body.len() + end + 1 } else { 0 }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn harmless(terminal: &mut Terminal) {
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    assert!(terminal.is_restored());
    let found = foreign(&terminal.raw());
    assert!(found.is_empty(), "{found:#?}");
}

/// Function keys of all panes, one after the other.
fn look_around(terminal: &mut Terminal, expected: &[(&str, &str)]) {
    for (key, shown) in expected {
        terminal.press(key);
        terminal.shows(shown);
    }
}

const PROBLEMS: &str = "\x1b[15~";
const COMPONENTS: &str = "\x1b[17~";
const TRACE: &str = "\x1bOS";
const GRAPH: &str = "\x1b8";
const DATA: &str = "\x1b9";
const CONNECTIONS: &str = "\x1b7";
const DOCUMENT: &str = "\x1b2";

#[test]
fn the_sieve_finds_what_is_not_ours() {
    assert!(foreign("\u{1b}[?2026h\u{1b}[1;2H\u{1b}[0;38;5;7mok 你好\r\n\u{1b}[2J\u{1b}[?2026l".as_bytes()).is_empty());
    assert!(foreign(EVIL.as_bytes()).len() >= 14, "{:#?}", foreign(EVIL.as_bytes()));
    assert_eq!(foreign("\u{1b}]2;owned\u{1b}\\".as_bytes()).len(), 2);
}

#[test]
fn what_a_model_says_does_not_reach_the_terminal_raw() {
    let runtime = runtime();
    let quoted = EVIL.replace('\u{1b}', "\\e").replace('\u{7}', "\\a");
    let document = format!(
        "oml_version: \"0.1.0\"\nname: \"{quoted}\"\nsteps:\n  - id: \"{quoted}\"\n    component: \"{quoted}\"\n    mode: read\n    config: {{path: \"{quoted}\"}}\n"
    );
    let answer = format!(
        "# {EVIL}\n\n{EVIL} **{EVIL}** `{EVIL}` [{EVIL}](http://{EVIL})\n\n| {EVIL} | b |\n|---|---|\n| {EVIL} | 2 |\n\n```{EVIL}\n{EVIL}\n```\n\n{}\n\n```yaml\n{document}```\n\nTHE-END",
        EVIL.repeat(1 + (1 << 20) / EVIL.len())
    );
    let pieces: Vec<char> = answer.chars().collect();
    let stream: String = pieces.chunks(50_000).map(|piece| words(&piece.iter().collect::<String>())).collect();
    let stream = stream + &ending();
    let server = runtime.block_on(WireServer::start(vec![vec![stream_head(), Act::Bytes(stream.into_bytes())]]));
    let folder = Folder::workspace(&server.base_url());
    let mut config = folder.read("pipesmith.toml");
    config.push_str("max_repairs = 0\n");
    folder.write("pipesmith.toml", &config);
    let mut terminal = Terminal::run(&folder, &[], 100, 30);
    terminal.shows("idle");
    terminal.press("hello");
    terminal.press(ENTER);
    terminal.until("the proposal", |s| s.contains("hunk 1 of") || s.contains("THE-END"));
    look_around(&mut terminal, &[(PROBLEMS, "error["), (TRACE, "turn 1"), (GRAPH, "step"), (DOCUMENT, "hunk 1 of")]);
    harmless(&mut terminal);
}

#[test]
fn what_lies_in_a_workspace_does_not_reach_the_terminal_raw() {
    let folder = Folder::workspace("http://127.0.0.1:9/v1");
    // A line end and a slash can't be in a name.
    let name = format!("pipelines/{}.yaml", EVIL.replace('/', ""));
    let document = format!(
        "# {EVIL}\noml_version: \"0.1.0\"\nname: paid\nsteps:\n  - id: orders\n    component: filesystem.csv_extractor\n    mode: read\n    config: {{path: data/in.csv}} # {EVIL}\n  - id: \"x{EVIL}\"\n    component: acme.evil\n"
    );
    folder.write("pipelines/paid.yaml", document.replace(['\u{1b}', '\u{7}', '\u{9b}'], ""));
    folder.write(&name, &document);
    folder.write("data/in.csv", format!("id,{EVIL}\n1,{EVIL}\n2,{}\n", "x".repeat(1 << 20)));
    let quoted = EVIL.replace('\u{1b}', "\\e").replace('\u{7}', "\\a");
    folder.write(
        "components/acme.evil/spec.yaml",
        format!("name: acme.evil\nversion: 1.0.0\ntitle: \"{quoted}\"\ndescription: \"{quoted}\"\nmodes: [read]\ncapabilities: {{}}\nconfigSchema:\n  type: object\n  properties: {{\"{quoted}\": {{type: string, description: \"{quoted}\"}}}}\n"),
    );
    folder.write(
        "pipesmith_connections.yaml",
        format!("connections:\n  filesystem:\n    \"{quoted}\":\n      base_dir: \"{quoted}\"\n"),
    );
    let mut terminal = Terminal::run(&folder, &["--file", "pipelines/paid.yaml"], 120, 40);
    terminal.until("the document", |s| s.contains("oml_version") && s.contains("idle"));
    look_around(
        &mut terminal,
        &[(COMPONENTS, "filesystem.csv_extractor"), (CONNECTIONS, "Connections"), (GRAPH, "orders")],
    );
    terminal.press("d");
    terminal.press(DATA);
    terminal.until("the rows or why there are none", |s| s.contains("rows") || s.contains("error"));
    terminal.press("p");
    terminal.press(PROBLEMS);
    terminal.shows("error");
    // The list of documents names the one with the evil name.
    terminal.press("\x1bo");
    terminal.shows("Open a document");
    terminal.press("evil");
    terminal.press(ENTER);
    terminal.until("the list gone", |s| !s.contains("Open a document"));
    look_around(&mut terminal, &[(PROBLEMS, "error"), (DOCUMENT, "oml_version")]);
    harmless(&mut terminal);
}
