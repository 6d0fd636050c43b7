use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::session::State;
use crate::tui::scenes::{self, Script};

struct Fixture {
    chat: Chat,
    state: State,
    theme: Theme,
    highlighter: Highlighter,
}

impl Fixture {
    fn new(events: &[crate::session::Event]) -> Fixture {
        Fixture {
            chat: Chat::new(),
            state: State::fold(events),
            theme: Theme::plain(),
            highlighter: Highlighter::off(),
        }
    }

    fn draw(&mut self, columns: u16, rows: u16, streaming: bool) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buf = Buffer::empty(area);
        let mut means =
            Means { transcript: &self.state.transcript, theme: &self.theme, highlighter: &mut self.highlighter };
        self.chat.draw(area, &mut buf, streaming, &mut means);
        (0..rows)
            .map(|y| (0..columns).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned())
            .collect()
    }

    fn scroll(&mut self, rows: isize) {
        let mut means =
            Means { transcript: &self.state.transcript, theme: &self.theme, highlighter: &mut self.highlighter };
        self.chat.scroll(rows, &mut means);
    }
}

fn numbered(count: usize) -> Vec<crate::session::Event> {
    let mut s = Script::opened();
    let text: Vec<String> = (0..count).map(|n| format!("line {n}")).collect();
    s.said(&text.join("\n"));
    s.events
}

#[test]
fn the_end_is_in_sight_and_scrolling_moves_by_rows() {
    let mut f = Fixture::new(&numbered(1000));
    assert_eq!(f.draw(40, 5, false).last().unwrap(), "  line 999");
    f.scroll(-1);
    assert_eq!(f.draw(40, 5, false).last().unwrap(), "  line 998");
    f.scroll(-500);
    assert_eq!(f.draw(40, 5, false).last().unwrap(), "  line 498");
    f.scroll(100);
    assert_eq!(f.draw(40, 5, false).last().unwrap(), "  line 598");
    f.scroll(10_000);
    assert_eq!(f.draw(40, 5, false).last().unwrap(), "  line 999");
    f.chat.go_to_start();
    assert_eq!(f.draw(40, 5, false)[1], "  line 0");
    f.scroll(-10);
    assert_eq!(f.draw(40, 5, false)[1], "  line 0");
}

#[test]
fn a_place_survives_another_width() {
    let mut f = Fixture::new(&numbered(1000));
    f.draw(40, 10, false);
    f.scroll(-500);
    let before = f.draw(40, 10, false)[0].clone();
    f.draw(8, 10, false);
    assert_eq!(f.draw(40, 10, false)[0], before);
}

#[test]
fn while_streaming_the_tail_grows_into_free_rows() {
    let mut script = Script::opened();
    script.said("go").stage(crate::agent::Stage::Think).requested(1, crate::agent::Purpose::Answer);
    let mut f = Fixture::new(&script.events);
    let mut moves = 0;
    let mut first = String::new();
    for n in 0..300 {
        script.delta(&format!("paragraph {n}\n\n"));
        f.state.apply(script.events.last().unwrap());
        let rows = f.draw(40, 30, true);
        assert!(rows.contains(&format!("  paragraph {n}")), "{n}: {rows:#?}");
        if rows[0] != first {
            first.clone_from(&rows[0]);
            moves += 1;
        }
    }
    // 600 rows; ten at a time.
    assert!(moves <= 65, "the pane moved {moves} times");
}

#[test]
fn a_reader_above_is_not_disturbed() {
    let mut script = Script::opened();
    script.said("go").requested(1, crate::agent::Purpose::Answer);
    script.delta(&"paragraph\n\n".repeat(100));
    let mut f = Fixture::new(&script.events);
    f.draw(40, 10, true);
    f.scroll(-50);
    let before = f.draw(40, 10, true);
    script.delta(&"more\n\n".repeat(100));
    f.state.apply(script.events.last().unwrap());
    assert_eq!(f.draw(40, 10, true), before);
    assert!(f.chat.more().1);
}

#[test]
fn only_what_is_in_sight_is_made() {
    let events = scenes::long_stream(50_000);
    let mut f = Fixture::new(&events);
    f.draw(80, 40, true);
    assert!(f.chat.rows.len() < 2 * KEPT, "{} blocks", f.chat.rows.len());
    for _ in 0..100 {
        f.scroll(-38);
        f.draw(80, 40, true);
    }
    assert!(f.chat.rows.len() < 2 * KEPT, "{} blocks", f.chat.rows.len());
}

#[test]
fn blocks_together_are_what_the_whole_would_be() {
    let text = "# A\n\npara one\nstill\n\n- a\n- b\n\n```sql\nSELECT 1\n```\n\nlast `x`\n";
    let mut script = Script::opened();
    script.said("go").requested(1, crate::agent::Purpose::Answer);
    for piece in text.split_inclusive(|c: char| c.is_whitespace()) {
        script.delta(piece);
    }
    let mut f = Fixture::new(&script.events);
    let shown: Vec<String> = f.draw(40, 60, true).into_iter().skip(4).collect();
    let (whole, _) = crate::tui::text::markdown::render(text, 38, &f.theme, &mut f.highlighter);
    let whole: Vec<String> = whole.iter().map(|l| format!("  {l}").trim_end().to_owned()).collect();
    assert_eq!(shown[..whole.len()], whole[..]);
}

/// The rows of a text drawn block by block, as the pane does it.
fn by_blocks(text: &str) -> Vec<String> {
    let mut script = Script::opened();
    script.said("go").requested(1, crate::agent::Purpose::Answer).delta(text);
    let f = Fixture::new(&script.events);
    let item = f.state.transcript.items.last().unwrap();
    let blocks = ItemBlocks::of(item, false);
    let mut rows = Vec::new();
    for n in 2..blocks.count(item) {
        let part = blocks.part(item, n);
        rows.extend(item::draw(item, &part, (false, false), 42, &f.theme, &mut Highlighter::off()).0);
    }
    rows.iter().map(|l| l.to_string().trim().to_owned()).collect()
}

fn whole(text: &str) -> Vec<String> {
    let (rows, _) = crate::tui::text::markdown::render(text, 40, &Theme::plain(), &mut Highlighter::off());
    rows.iter().map(|l| l.to_string().trim().to_owned()).collect()
}

fn markdown() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let block = prop_oneof![
        Just("a paragraph that is long enough to be wrapped once or twice\nand goes on"),
        Just("# heading"),
        Just("- one\n- two\n\n  inside\n- three"),
        Just("1. one\n   ```\n   x\n\n   y\n   ```\n2. two"),
        Just("> quoted\n> on"),
        Just("```yaml\na: 1\n\nb: 2\n```"),
        Just("~~~\n```\n~~~"),
        Just("| a | b |\n|---|---|\n| 1 | 2 |"),
        Just("**bold** and `code` é👩‍👩‍👧 你好"),
        Just("    indented code"),
        Just("---"),
    ];
    proptest::collection::vec(block, 1..8).prop_map(|blocks| blocks.join("\n\n") + "\n")
}

proptest::proptest! {
    #[test]
    fn stable_prefix_and_tail_are_the_whole(text in markdown()) {
        proptest::prop_assert_eq!(by_blocks(&text), whole(&text));
    }
}

#[test]
fn one_comes_back_to_the_place_that_was_left() {
    let mut left = Fixture::new(&numbered(1000));
    left.draw(40, 5, false);
    left.scroll(-500);
    let seen = left.draw(40, 5, false);
    let mut back = Fixture::new(&[]);
    back.chat.go_to(left.chat.place());
    // The history comes piece by piece.
    back.draw(40, 5, false);
    back.state = State::fold(&numbered(1000));
    assert_eq!(back.draw(40, 5, false), seen);
    left.chat.go_to_end();
    back.chat.go_to(left.chat.place());
    assert_eq!(back.draw(40, 5, false).last().unwrap(), "  line 999");
}
