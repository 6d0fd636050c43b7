//! Which contract, and which option of it, a place in a document is about.

use crate::diagnostic::LineIndex;
use crate::yaml::{self, Node};

/// A component and an option.
type Found = (String, Option<String>);

/// By a path such as `steps[2].config.table`.
pub(super) fn at_path(text: &str, path: &str) -> Option<Found> {
    let (step, rest) = path.strip_prefix("steps[")?.split_once(']')?;
    let option = rest.strip_prefix(".config.").map(|option| {
        let end = option.find(['.', '[']).unwrap_or(option.len());
        option[..end].to_owned()
    });
    let step: usize = step.parse().ok()?;
    with_steps(text, |steps| Some((component(steps.get(step)?)?, option)))
}

/// By a line, from 1.
pub(super) fn at_line(text: &str, line: usize) -> Option<Found> {
    with_steps(text, |steps| {
        let step = steps.iter().rev().find(|step| step.span.line <= line)?;
        let config = step.as_map()?.entry("config").filter(|entry| entry.key.span.line <= line);
        // Keys after the configuration begin on the line of their own.
        let behind = |key: &yaml::Key, start: usize| key.span.line <= line && key.span.line > start;
        let option = config.and_then(|config| {
            let left = step.as_map()?.entries.iter().any(|e| behind(&e.key, config.key.span.line));
            let options = config.value.as_map()?.entries.iter().rev();
            let option = options.filter(|_| !left).find(|option| option.key.span.line <= line)?;
            Some(option.key.text.clone())
        });
        Some((component(step)?, option))
    })
}

fn with_steps<T>(text: &str, look: impl FnOnce(&[Node]) -> Option<T>) -> Option<T> {
    let lines = LineIndex::new(text);
    let tree = yaml::load(&lines);
    look(&tree.root.as_ref()?.as_map()?.get("steps")?.as_seq()?.items)
}

fn component(step: &Node) -> Option<String> {
    Some(step.as_map()?.get("component")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
name: x
steps:
- id: a
  component: x.y
  config:
    path: p
    columns:
      - one
  needs: []
- {component: z}
";

    fn found(name: &str, option: Option<&str>) -> Option<Found> {
        Some((name.to_owned(), option.map(str::to_owned)))
    }

    #[test]
    fn a_path_leads_to_the_contract() {
        assert_eq!(at_path(TEXT, "steps[0].config.path"), found("x.y", Some("path")));
        assert_eq!(at_path(TEXT, "steps[0].config.columns[1]"), found("x.y", Some("columns")));
        assert_eq!(at_path(TEXT, "steps[1].needs[0]"), found("z", None));
        for path in ["steps[2].id", "name", "steps[x].id"] {
            assert_eq!(at_path(TEXT, path), None);
        }
    }

    #[test]
    fn a_line_leads_to_the_contract() {
        let options = [None, None, Some("path"), Some("columns"), Some("columns"), None];
        for (line, option) in (4..).zip(options) {
            assert_eq!(at_line(TEXT, line), found("x.y", option), "line {line}");
        }
        assert_eq!(at_line(TEXT, 10), found("z", None));
        assert_eq!((at_line(TEXT, 1), at_line("", 1), at_line("steps: [", 1)), (None, None, None));
    }
}
