use proptest::prelude::*;

use super::*;

fn typed(text: &str) -> Composer {
    let mut composer = Composer::default();
    for c in text.chars() {
        if c == '\n' { composer.newline() } else { composer.type_char(c) }
    }
    composer
}

#[test]
fn words_and_lines_are_deleted_and_yanked() {
    let mut c = typed("one two three");
    c.editing.delete_word();
    assert_eq!(c.message(), "one two ");
    c.editing.home();
    c.editing.yank();
    assert_eq!(c.message(), "threeone two ");
    c.editing.delete_to_end();
    assert_eq!(c.message(), "three");
    c.editing.undo();
    assert_eq!(c.message(), "threeone two ");
}

#[test]
fn graphemes_are_one_step() {
    let mut c = typed("a👩‍👩‍👧é");
    c.editing.left();
    c.editing.left();
    c.editing.delete_forward();
    assert_eq!(c.message(), "aé");
}

#[test]
fn a_large_paste_is_a_chip_and_one_undo_step() {
    let paste = "line\n".repeat(120);
    let mut c = typed("see ");
    c.paste(&paste).unwrap();
    assert_eq!(c.rows(40).0[0].text, "see [paste 1: 120 lines, 600 B]");
    assert_eq!(c.rows(40).0[0].chips.as_slice(), std::slice::from_ref(&(4..31)));
    assert_eq!(c.message(), format!("see {paste}"));
    c.editing.delete_back();
    assert_eq!(c.message(), "see ");
    c.editing.undo();
    assert_eq!(c.message(), format!("see {paste}"));
    c.editing.undo();
    assert_eq!(c.message(), "see ");
    assert_eq!(c.take(), "see ");
    assert!(c.is_empty());
}

#[test]
fn pasted_control_bytes_are_harmless() {
    let mut c = Composer::default();
    c.paste("a\u{1b}[31m\r\nb\rc\u{100000}").unwrap();
    assert_eq!(c.message(), "a\u{fffd}[31m\nb\nc\u{fffd}");
}

#[test]
fn history_goes_back_and_returns_to_the_draft() {
    let history = ["first", "second"];
    let mut c = typed("draft");
    let walk = |c: &mut Composer, older: bool| {
        let h = history.iter().copied();
        if older {
            c.older(h)
        } else {
            c.newer(h)
        }
        c.message()
    };
    assert_eq!(walk(&mut c, true), "second");
    assert_eq!(walk(&mut c, true), "first");
    assert_eq!(walk(&mut c, true), "first");
    assert_eq!(walk(&mut c, false), "second");
    assert_eq!(walk(&mut c, false), "draft");
    assert_eq!(walk(&mut c, false), "draft");
}

#[test]
fn the_cursor_is_where_it_is_drawn() {
    let mut c = typed("hello world again");
    assert_eq!(c.rows(6).1, (2, 5));
    c.editing.home();
    assert_eq!(c.rows(6).1, (0, 0));
    let c = typed("ab\n");
    assert_eq!(c.rows(6).1, (1, 0));
}

#[test]
fn up_and_down_keep_the_column() {
    let mut c = typed("abcd\nx\nefgh");
    assert!(c.editing.up() && c.editing.up() && !c.editing.up());
    assert_eq!(c.rows(10).1, (0, 4));
    assert!(c.editing.down() && c.editing.down() && !c.editing.down());
}

proptest! {
    #[test]
    fn edits_never_panic_and_keep_the_cursor_on_a_border(
        edits in proptest::collection::vec((0u8..23, "[a-z \n\t\u{1b}é你👩\u{200d}\u{301}]{0,12}"), 0..60),
        columns in 1usize..20,
    ) {
        let mut c = Composer::default();
        for (edit, text) in edits {
            match edit {
                0 => c.editing.left(),
                1 => c.editing.right(),
                2 => c.editing.word_left(),
                3 => c.editing.word_right(),
                4 => c.editing.home(),
                5 => c.editing.end(),
                6 => { c.editing.up(); }
                7 => { c.editing.down(); }
                8 => c.editing.delete_back(),
                9 => c.editing.delete_forward(),
                10 => c.editing.delete_word(),
                11 => c.editing.delete_to_start(),
                12 => c.editing.delete_to_end(),
                13 => c.editing.yank(),
                14 => { c.editing.undo(); }
                15 => c.paste(&text).unwrap_or(()),
                16 => c.paste(&text.repeat(200)).unwrap_or(()),
                20 => drop(c.unfold()),
                21 => c.editing.yank_older(),
                17 => c.older([text.as_str()].into_iter()),
                18 => c.newer([text.as_str()].into_iter()),
                19 => c.newline(),
                _ => text.chars().for_each(|ch| c.type_char(ch)),
            }
            prop_assert!(c.editing.text().is_char_boundary(c.editing.cursor()));
            let (rows, (row, at)) = c.rows(columns);
            prop_assert!(rows[row].text.is_char_boundary(at));
            prop_assert!(!c.message().chars().any(|ch| ch.is_control() && ch != '\n'));
        }
    }
}

#[test]
fn a_paste_is_unfolded_where_the_cursor_is_unless_it_is_too_long() {
    let mut c = typed("a ");
    c.paste(&"one\n".repeat(9)).unwrap();
    c.paste(&"two\n".repeat(9)).unwrap();
    c.editing.left();
    assert_eq!(c.unfold(), Ok(true));
    assert!(c.rows(80).0[0].text.starts_with("a one"), "{:?}", c.rows(80).0);
    assert_eq!(c.unfold(), Ok(true));
    assert_eq!(c.unfold(), Ok(false));
    assert_eq!(c.message(), format!("a {}{}", "one\n".repeat(9), "two\n".repeat(9)));
    c.paste(&"x".repeat(UNFOLD_BYTES + 1)).unwrap();
    assert_eq!(c.unfold(), Err(UNFOLD_BYTES + 1));
}

#[test]
fn a_message_has_a_bound_and_nothing_is_lost_at_it() {
    let mut c = typed("see ");
    let paste = "0123456789abcde\n".repeat(MAX_MESSAGE_BYTES / 16 - 1);
    c.paste(&paste).unwrap();
    assert_eq!(c.bytes(), paste.len() + 4);
    assert_eq!(c.paste(&paste), Err(TooLong { bytes: 2 * paste.len() + 4 }));
    assert_eq!(c.message().len(), paste.len() + 4);
    assert_eq!(c.rows(80).0.len(), 1, "a megabyte is one row");
}

#[test]
fn what_was_deleted_goes_round() {
    let mut c = typed("one two three");
    c.editing.delete_word();
    c.editing.delete_word();
    c.editing.yank();
    assert_eq!(c.message(), "one two ");
    c.editing.yank_older();
    assert_eq!(c.message(), "one three");
    c.editing.yank_older();
    assert_eq!(c.message(), "one two ");
    c.type_char('x');
    c.editing.yank_older();
    assert_eq!(c.message(), "one two x", "only just after an insertion");
}
