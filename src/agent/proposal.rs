//! Finds the OML in an answer. The answer is somebody else's text: what is not clearly a whole pipeline
//! document is no proposal.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::model::FinishReason;

/// What an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A pipeline document.
    Oml(Block),
    /// None, and why.
    Nothing(&'static str),
}

/// A fenced block with a pipeline document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// What stands in it; ends with a line end.
    pub text: String,
    /// The file that its info string names (`file=…`).
    pub file: Option<String>,
}

/// The pipeline document of an answer, where it holds one.
pub fn proposal_in(answer: &str, finish: &FinishReason) -> Option<String> {
    match find(answer, finish) {
        Found::Oml(block) => Some(block.text),
        Found::Nothing(_) => None,
    }
}

/// The last pipeline document of an answer.
pub(super) fn find(answer: &str, finish: &FinishReason) -> Found {
    if answer.trim().is_empty() {
        return Found::Nothing("the answer is empty");
    }
    let answer = answer.replace("\r\n", "\n");
    let Some((block, closed)) = blocks(&answer).into_iter().rfind(|(block, _)| is_oml(&block.text)) else {
        return Found::Nothing("the answer holds no OML");
    };
    if !closed && *finish == FinishReason::Length {
        return Found::Nothing("the answer was cut off by its length limit inside the OML, so it is no proposal");
    }
    Found::Oml(block)
}

/// The fenced blocks that may be YAML, and whether each has its closing fence.
fn blocks(answer: &str) -> Vec<(Block, bool)> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (event, range) in Parser::new(answer).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                open = info_file(&info).map(|file| Block { text: String::new(), file });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some(mut block) = open.take() {
                    if !block.text.ends_with('\n') {
                        block.text.push('\n');
                    }
                    found.push((block, is_closed(&answer[range])));
                }
            }
            _ => {}
        }
    }
    found
}

/// For an info string of YAML (or none): the file it names, if any. `None` for another language.
fn info_file(info: &str) -> Option<Option<String>> {
    let mut words = info.split_whitespace();
    let first = words.clone().next().unwrap_or_default();
    match first.to_ascii_lowercase().as_str() {
        "yaml" | "yml" | "oml" => {
            words.next();
        }
        // Without a language the first word may be the file already.
        word if word.is_empty() || word.starts_with("file=") => {}
        _ => return None,
    }
    let file = words.find_map(|word| word.strip_prefix("file="));
    Some(file.map(|file| file.trim_matches(['"', '\'']).to_owned()))
}

/// Whether the source of a fenced block ends with its closing fence.
fn is_closed(source: &str) -> bool {
    let mut lines = source.trim_end().lines();
    let (first, last) = (lines.next().unwrap_or_default().trim_start(), lines.next_back());
    let fence = if first.starts_with('~') { '~' } else { '`' };
    let length = first.chars().take_while(|c| *c == fence).count();
    // Inside a quote or a list the closing line may have its own lead.
    let last = last.unwrap_or_default().trim_start_matches([' ', '\t', '>']);
    last.chars().count() >= length && last.chars().all(|c| c == fence)
}

/// Whether a text claims to be a pipeline document.
fn is_oml(text: &str) -> bool {
    key(text, "oml_version").is_some() || (key(text, "steps").is_some() && key(text, "name").is_some())
}

/// What stands behind a top-level key, without quotes and comment.
pub(super) fn key<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim_end();
        let quoted = |q: char| name.strip_prefix(q).and_then(|n| n.strip_suffix(q)) == Some(wanted);
        if name != wanted && !quoted('"') && !quoted('\'') {
            return None;
        }
        let value = value.split(" #").next().unwrap_or_default().trim();
        Some(value.trim_matches(['"', '\'']))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OML: &str = "oml_version: \"0.1.0\"\nname: a\nsteps:\n  - id: x\n";

    fn found(answer: &str) -> Option<Block> {
        match find(answer, &FinishReason::Stop) {
            Found::Oml(block) => Some(block),
            Found::Nothing(_) => None,
        }
    }

    fn text(answer: &str) -> Option<String> {
        found(answer).map(|b| b.text)
    }

    #[test]
    fn fences_of_all_kinds() {
        for answer in [
            format!("Here:\n\n```yaml\n{OML}```\nDone."),
            format!("~~~yml\n{OML}~~~"),
            format!("````oml\n{OML}````\n"),
            format!("```\n{OML}```"),
            format!("``` YAML title\n{OML}```   \n"),
            format!("```yaml\n{OML}").replace('\n', "\r\n"),
            format!("1. So:\n\n   ```yaml\n   {}```\n", OML.trim_end().replace('\n', "\n   ") + "\n   "),
            format!("> ```yaml\n> {}\n> ```\n", OML.trim_end().replace('\n', "\n> ")),
        ] {
            assert_eq!(text(&answer).as_deref(), Some(OML), "{answer}");
        }
    }

    #[test]
    fn the_last_document_counts() {
        let other = OML.replace("name: a", "name: b");
        assert_eq!(
            text(&format!("```yaml\n{OML}```\nbetter:\n```yaml\n{other}```\n```yaml\nfoo: 1\n```")),
            Some(other)
        );
    }

    #[test]
    fn other_blocks_are_no_proposals() {
        for block in [
            "```yaml\nversion: '3'\nname: web\nservices:\n  a: {image: b}\n```",
            "```yaml\nname: ci\non: push\njobs:\n  a:\n    steps:\n      - run: x\n```",
            "```yaml\nsteps:\n  - id: only-a-fragment\n```",
            "```python\nname: a\nsteps: []\n```",
            "```yaml\n# oml_version: 1\n  oml_version: indented\n```",
            "oml_version: 0.1.0\nname: a\nsteps: []",
            "    oml_version: 0.1.0\n    name: a",
            "",
            " \n",
        ] {
            assert_eq!(found(block), None, "{block}");
        }
    }

    #[test]
    fn a_document_without_version_is_still_one() {
        assert!(found("```yaml\n'name': x\nsteps: []\n```").is_some());
        assert!(found("```yaml\n\"oml_version\" : 0.1.0\n```").is_some());
    }

    #[test]
    fn an_open_fence_is_a_cut_only_when_the_length_limit_was_hit() {
        let open = format!("```yaml\n{OML}");
        assert!(matches!(find(&open, &FinishReason::Length), Found::Nothing(why) if why.contains("cut off")));
        assert!(matches!(find(&open, &FinishReason::Stop), Found::Oml(_)));
        let closed = format!("{open}```\nand then");
        assert!(matches!(find(&closed, &FinishReason::Length), Found::Oml(_)));
        let second = format!("{open}```\n\n~~~\n{OML}");
        assert!(matches!(find(&second, &FinishReason::Length), Found::Nothing(_)));
    }

    #[test]
    fn the_info_string_may_name_the_file() {
        let file = |info: &str| found(&format!("```{info}\n{OML}```")).and_then(|b| b.file);
        assert_eq!(file("yaml file=pipelines/a.yaml").as_deref(), Some("pipelines/a.yaml"));
        assert_eq!(file("yaml title file=\"pipelines/a.yaml\"").as_deref(), Some("pipelines/a.yaml"));
        assert_eq!(file("file=../../etc/passwd").as_deref(), Some("../../etc/passwd"));
        assert_eq!(file("yaml"), None);
    }

    #[test]
    fn keys_are_read_without_quotes_and_comments() {
        assert_eq!(key("name: \"a b\" # c", "name"), Some("a b"));
        assert_eq!(key("x: 1\n  name: no\nname:\n", "name"), Some(""));
        assert_eq!(key("names: x", "name"), None);
    }

    proptest! {
        #[test]
        fn any_answer_is_taken(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("```"), Just("~~~"), Just("yaml"), Just("\n"), Just("\r\n"), Just("> "), Just("- "),
                    Just("oml_version: 1"), Just("\u{0}"), Just("č"), Just("  "), Just("````"), Just("name: x")
                ],
                0..30,
            ),
            cut in any::<bool>(),
        ) {
            let finish = if cut { FinishReason::Length } else { FinishReason::Stop };
            if let Found::Oml(block) = find(&pieces.concat(), &finish) {
                prop_assert!(block.text.ends_with('\n') && is_oml(&block.text));
            }
        }
    }
}
