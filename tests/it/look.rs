//! The graph, the rows of a step before anything runs, and the run, in a terminal.

use crate::program::Folder;
use crate::terminal::Terminal;

const QUIT: &str = "\x11";
const ESC: &str = "\x1b";
const GRAPH: &str = "\x1b8";
const RUN: &str = "\x1b6";
const FILE: &str = "pipelines/paid.yaml";

/// Two files are joined and written twice.
const DOCUMENT: &str = "oml_version: \"0.1.0\"
name: paid
steps:
  - id: orders
    component: filesystem.csv_extractor
    mode: read
    config: {path: data/orders.csv}
  - id: customers
    component: filesystem.csv_extractor
    mode: read
    config: {path: data/customers.csv}
  - id: joined
    component: sql.transform
    mode: transform
    needs: [orders, customers]
    config:
      query: SELECT c.name, o.amount, o.status FROM df_orders o JOIN df_customers c ON c.id = o.customer ORDER BY o.id
  - id: write-joined
    component: filesystem.csv_writer
    mode: write
    needs: [joined]
    config: {path: output/joined.csv}
";

/// Names that would drive a terminal that they reached.
const HOSTILE: &str = "Ann\u{1b}]0;owned\u{7}\u{1b}[2J\n2,Bob \u{9b}31m\u{202e}x";

/// A workspace with the document and its files.
fn workspace(document: &str, names: &str) -> Folder {
    let folder = Folder::workspace("http://127.0.0.1:9");
    folder.write(FILE, document);
    let orders: String =
        (1..=40).map(|n| format!("{n},{},{}.50,{}\n", n % 2 + 1, n, if n % 4 == 0 { "" } else { "paid" })).collect();
    folder.write("data/orders.csv", format!("id,customer,amount,status\n{orders}"));
    folder.write("data/customers.csv", format!("id,name\n1,{names}\n"));
    folder
}

fn open(folder: &Folder, arguments: &[&str], columns: u16, rows: u16) -> Terminal {
    let arguments: Vec<&str> = [&["--file", FILE], arguments].concat();
    let terminal = Terminal::run(folder, &arguments, columns, rows);
    terminal.until("the document", |s| s.contains("oml_version") && s.contains("idle"));
    terminal
}

#[test]
fn the_rows_of_a_step_are_read_before_anything_runs() {
    let folder = workspace(DOCUMENT, HOSTILE);
    let mut terminal = open(&folder, &[], 120, 40);
    terminal.press(GRAPH);
    terminal.until("the graph", |s| s.contains("· orders │") && s.contains("· joined │") && s.contains('┬'));
    terminal.press("j");
    terminal.shows("▌· orders │");
    terminal.press("j");
    terminal.shows("▌· joined │");
    // The document follows.
    terminal.shows("▌12     - id: joined");
    terminal.press("\r");
    terminal.until("the rows and their types", |s| {
        s.contains("40 rows, 3 columns") && s.contains("VARCHAR") && s.contains("DOUBLE") && s.contains("15.5")
    });
    terminal.shows("NULL");
    terminal.press("\x1b[F");
    terminal.shows("to 40 of 40");
    terminal.press("p");
    terminal.until("the profile", |s| s.contains("distinct") && s.contains("1.5 → 40.5") || s.contains("1.50 → 40.50"));
    terminal.press("jj");
    terminal.until("the most frequent values", |s| s.contains("status: the most frequent values") && s.contains(" 30"));
    // What a step that writes would take in.
    terminal.press("p]");
    terminal.shows("write-joined");
    terminal.press("\r");
    terminal.shows("40 rows of joined");
    assert!(!folder.at("output").exists() && !folder.at("run_logs").exists() && !folder.at("build").exists());
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    terminal.drained();
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for evil in ["\u{1b}]0;owned", "\u{9b}", "\u{202e}"] {
        assert!(!raw.contains(evil), "{evil:?} reached the terminal");
    }

    // The replay shows the same and reads nothing.
    std::fs::remove_file(folder.at("data/orders.csv")).unwrap();
    let mut player = Terminal::run(&folder, &["sessions", "replay", "last"], 120, 40);
    player.shows("REPLAY");
    player.press("\x1b[F");
    player.press(GRAPH);
    player.shows("· write-joined │");
    player.press("G");
    player.shows("▌· write-joined │");
    player.press("d");
    player.shows("40 rows of joined");
    player.press("q");
    assert_eq!(player.ended(), 0);
}

#[test]
fn a_look_that_takes_long_is_interrupted() {
    let cross = "SELECT count(*) AS n FROM df_orders a, df_orders b, df_orders c, df_orders d, df_orders e, df_orders f, df_orders g, df_orders h, df_customers WHERE a.id + b.id + c.id + d.id + e.id + f.id + g.id + h.id = 7";
    let from = DOCUMENT.find("SELECT").unwrap();
    let to = from + DOCUMENT[from..].find('\n').unwrap();
    let folder = workspace(&format!("{}{cross}{}", &DOCUMENT[..from], &DOCUMENT[to..]), "Ann\n2,Bob");
    let mut terminal = open(&folder, &[], 80, 24);
    terminal.press(GRAPH);
    terminal.shows("[Graph]");
    terminal.press("jj");
    terminal.shows("▌· joined │");
    terminal.press("\r");
    terminal.shows("reading; esc interrupts it");
    terminal.press(ESC);
    terminal.shows("interrupted; enter reads again");
    // A step that can be read is read; what went wrong with one is said.
    terminal.press("[[");
    terminal.press("\r");
    terminal.shows("40 rows, 4 columns");
    std::fs::remove_file(folder.at("data/customers.csv")).unwrap();
    terminal.press("]");
    terminal.press("\r");
    terminal.shows("data/customers.csv");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_run_is_compared_with_the_one_before() {
    let folder = workspace(DOCUMENT, "Ann\n2,Bob");
    let mut terminal = open(&folder, &[], 120, 40);
    terminal.press("g");
    terminal.until("the end of the run", |s| s.contains("✓ finished") && s.contains("40 → 40 rows"));
    terminal.press("\x1b6G");
    terminal.shows("every step did its work");
    terminal.press("\x1b[H");
    assert!(!terminal.text().contains("before:"));
    let less: String = folder.read("data/orders.csv").lines().take(31).map(|l| format!("{l}\n")).collect();
    folder.write("data/orders.csv", less);
    terminal.press("\x12");
    terminal.until("the comparison", |s| s.contains("before: ") && s.contains("(was 40)"));
    terminal.press(RUN);
    terminal.press("]]]]");
    terminal.press("\x1b9");
    terminal.shows("run: 30 → 30 rows (before 40 → 40)");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn the_graph_is_drawn_in_ascii_where_that_is_wanted() {
    let folder = workspace(DOCUMENT, "Ann\n2,Bob");
    let mut terminal = open(&folder, &["--ascii"], 80, 24);
    terminal.press(GRAPH);
    terminal.until("the graph", |s| s.contains("| . orders |") && s.contains("| . joined |"));
    assert!(terminal.text().is_ascii(), "{}", terminal.text());
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_theme_and_a_layout_are_remembered() {
    let folder = workspace(DOCUMENT, "Ann\n2,Bob");
    let mut terminal = open(&folder, &[], 120, 40);
    terminal.press("\x1bt");
    terminal.shows("Themes");
    terminal.press("gruvb");
    terminal.until("the one that fits", |s| s.contains("gruvbox") && !s.contains("dracula"));
    terminal.press("\r");
    terminal.until("no window", |s| !s.contains("Themes"));
    terminal.press("\x1bl");
    terminal.shows("Layout: chat");
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
    let kept: serde_json::Value = serde_json::from_str(&folder.read(".pipesmith/screen.json")).unwrap();
    assert_eq!((kept["theme"].as_str(), kept["division"]["chat"].as_u64()), (Some("gruvbox"), Some(68)));
    let mut terminal = open(&folder, &[], 120, 40);
    terminal.press("\x1bt");
    terminal.until("the theme of before", |s| s.contains("gruvbox") && s.contains("worn now"));
    terminal.press("\x1b");
    terminal.until("no window", |s| !s.contains("Themes"));
    terminal.press(QUIT);
    assert_eq!(terminal.ended(), 0);
}
