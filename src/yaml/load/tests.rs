use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Tree {
    load(&LineIndex::new(text))
}

fn places<'t>(node: &Node, text: &'t str, out: &mut Vec<&'t str>) {
    match &node.kind {
        Kind::Scalar(_) => out.push(&text[node.span.range()]),
        Kind::Seq(seq) => seq.items.iter().for_each(|item| places(item, text, out)),
        Kind::Map(map) => map.entries.iter().for_each(|entry| {
            out.push(&text[entry.key.span.range()]);
            places(&entry.value, text, out);
        }),
    }
}

fn all_places(text: &str) -> Vec<&str> {
    let tree = read(text);
    assert_eq!(tree.problems, []);
    let mut out = Vec::new();
    places(tree.root.as_ref().unwrap(), text, &mut out);
    out
}

#[test]
fn every_form_of_scalar_has_its_own_bytes() {
    let text = "a: 1\nb:\n  - x: {c: d, e: }\n    y: |\n      one\n      two\n\n  - z:\n    w: &k \"q\\tz\"\n    v: *k\nq: !!str 5\n# c\nlast: >-\n  folded\n  more\n";
    let expected = [
        "a",
        "1",
        "b",
        "x",
        "c",
        "d",
        "e",
        "",
        "y",
        "one\n      two",
        "z",
        "",
        "w",
        "\"q\\tz\"",
        "v",
        "*k",
        "q",
        "5",
        "last",
        "folded\n  more",
    ];
    assert_eq!(all_places(text), expected);
}

#[test]
fn bytes_are_right_after_a_mark_other_letters_and_crlf() {
    let text = "\u{feff}ž: žluť\r\nb: 'x'\r\nc:\r\n  - a\r\n";
    assert_eq!(all_places(text), ["ž", "žluť", "b", "'x'", "c", "a"]);
    let tree = read(text);
    let node = tree.root.as_ref().unwrap().as_map().unwrap().get("b").unwrap();
    assert_eq!((node.span.line, node.span.column), (2, 4));
}

#[test]
fn containers_end_where_their_last_value_ends() {
    let text = "a:\n  - {x: 1 }\n  - y: 2\n\n# end\nb: []\n";
    let tree = read(text);
    let a = tree.root.as_ref().unwrap().as_map().unwrap().get("a").unwrap();
    assert_eq!(&text[a.span.range()], "- {x: 1 }\n  - y: 2");
    assert_eq!(&text[a.as_seq().unwrap().items[0].span.range()], "{x: 1 }");
}

#[test]
fn merge_keys_give_way_to_own_keys() {
    let text = "b: &b {p: 1, q: 2}\nc: &c {p: 8, r: 9}\nm: {<<: [*b, *c], q: 3}\n";
    let tree = read(text);
    assert_eq!(tree.problems, []);
    let m = tree.root.as_ref().unwrap().as_map().unwrap().get("m").unwrap().to_json();
    assert_eq!(m, serde_json::json!({"p": 1, "r": 9, "q": 3}));
}

#[test]
fn keys_that_stand_twice_are_noted_and_the_last_counts() {
    let text = "a: 1\nb: 2\na: 3\n";
    let tree = read(text);
    assert_eq!(tree.duplicates.len(), 1);
    assert_eq!((tree.duplicates[0].first.line, tree.duplicates[0].second.line), (1, 3));
    assert_eq!(tree.root.unwrap().to_json()["a"], 3);
}

#[test]
fn broken_text_keeps_what_stands_before() {
    let text = "name: x\nsteps:\n  - id: a\n    config: {path: @x, b: 1}\n  - id: b\n";
    let tree = read(text);
    assert!(!tree.complete);
    let [problem] = tree.problems.as_slice() else { panic!("{:?}", tree.problems) };
    assert_eq!(problem.code, "yaml-parse-error");
    let json = tree.root.as_ref().unwrap().to_json();
    assert_eq!(json, serde_json::json!({"name": "x", "steps": [{"id": "a", "config": {}}]}));
}

#[test]
fn what_is_half_read_is_not_known() {
    let tree = read("a: 1\n  b: 2\n");
    assert!(tree.root.unwrap().as_map().unwrap().get("a").unwrap().is_unknown());
}

#[test]
fn hostile_text_stays_small() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for n in 1..20 {
        let list = vec![format!("*a{}", n - 1); 10].join(",");
        bomb.push_str(&format!("a{n}: &a{n} [{list}]\n"));
    }
    for text in [bomb, "[".repeat(5000), "- ".repeat(5000), "{a: ".repeat(300), "a: &x [*x]\n".to_owned()] {
        let tree = read(&text);
        assert_eq!(tree.problems.len(), 1);
        assert!(!tree.complete);
    }
    assert_eq!(read(&"x".repeat(MAX_BYTES + 1)).problems.len(), 1);
}

#[test]
fn an_empty_text_has_no_root() {
    for text in ["", "\n", "# only\n", "\u{feff}"] {
        assert_eq!(read(text).root, None, "{text:?}");
    }
}

fn check_spans(node: &Node, text: &str) {
    assert!(text.get(node.span.range()).is_some());
    assert_eq!(node.span, Span::of(text, node.span.range()));
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::Seq(seq) => seq.items.iter().for_each(|item| check_spans(item, text)),
        Kind::Map(map) => map.entries.iter().for_each(|entry| {
            assert!(text.get(entry.key.span.range()).is_some());
            check_spans(&entry.value, text);
        }),
    }
}

fn yaml_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("a"),
        Just("b: "),
        Just("- "),
        Just("\n"),
        Just("  "),
        Just("\r\n"),
        Just("\t"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(", "),
        Just("&x "),
        Just("*x"),
        Just("<<: "),
        Just("!!str "),
        Just("!y "),
        Just("'"),
        Just("\""),
        Just("|\n"),
        Just(">-\n"),
        Just("? "),
        Just(": "),
        Just("#"),
        Just("---\n"),
        Just("...\n"),
        Just("ž"),
        Just("\u{feff}"),
        Just("%"),
        Just("@"),
        Just("\\"),
        Just("1"),
        Just("\u{2028}"),
        Just("\u{85}"),
        Just("\r"),
        Just("\0"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_panics_and_spans_are_in_it(text in prop_oneof![yaml_like(), any::<String>()]) {
        let tree = read(&text);
        if let Some(root) = &tree.root {
            check_spans(root, &text);
        }
        for problem in &tree.problems {
            let span = problem.span.unwrap();
            prop_assert_eq!(span, Span::of(&text, span.range()));
            prop_assert!(problem.why.is_some() && problem.fix.is_some());
        }
        prop_assert!(tree.complete || !tree.problems.is_empty());
    }
}
