//! The outline of a document: its steps, where they stand and what they need. For whoever goes from a line
//! to its step or draws the graph. It reads a broken document as far as it goes and judges nothing.

use std::ops::Range;

use super::view::meant_mode;
use crate::diagnostic::LineIndex;
use crate::yaml::{self, Map, Node};

/// A step as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineStep {
    /// Its id; empty where it has none.
    pub id: String,
    /// Its component as written.
    pub component: String,
    /// The indices of the steps it needs: those it lists, else the step before it when it does not read.
    pub needs: Vec<usize>,
    /// Its lines, from 0.
    pub lines: Range<usize>,
}

/// The steps of a document, in its order.
pub fn outline(text: &str) -> Vec<OutlineStep> {
    let lines = LineIndex::new(text);
    let tree = yaml::load(&lines);
    let items = tree.root.as_ref().and_then(|root| root.as_map()?.get("steps")?.as_seq()).map(|seq| &seq.items);
    let Some(items) = items else { return Vec::new() };
    let text_of = |map: Option<&Map>, key: &str| {
        map.and_then(|map| map.get(key)).and_then(Node::as_str).unwrap_or_default().to_owned()
    };
    let ids: Vec<String> = items.iter().map(|item| text_of(item.as_map(), "id")).collect();
    let index = |id: &str| ids.iter().position(|known| !id.is_empty() && known == id);
    let starts: Vec<usize> = items.iter().map(|item| item.span.line.saturating_sub(1)).collect();
    let mut steps = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let map = item.as_map();
        let listed = map.and_then(|map| map.get("needs")).filter(|node| !node.is_null());
        let needs = match listed {
            Some(node) => {
                let seq = node.as_seq().map_or(&[][..], |seq| &seq.items);
                let mut found: Vec<usize> = Vec::new();
                for need in seq.iter().filter_map(|n| index(n.as_str()?)) {
                    if !found.contains(&need) {
                        found.push(need);
                    }
                }
                found
            }
            None if at > 0 && meant_mode(&text_of(map, "mode")) != Some("read") => vec![at - 1],
            None => Vec::new(),
        };
        let end = match starts.get(at + 1) {
            Some(next) => *next,
            None => last_line(text, item),
        };
        steps.push(OutlineStep {
            id: ids[at].clone(),
            component: text_of(map, "component"),
            needs,
            lines: starts[at]..end.max(starts[at] + 1),
        });
    }
    steps
}

/// The line after the last of a node.
fn last_line(text: &str, node: &Node) -> usize {
    let inside = text.get(node.span.start..node.span.end).unwrap_or_default().trim_end();
    node.span.line + inside.matches('\n').count()
}

/// The step that a line (from 0) belongs to.
pub fn step_at(steps: &[OutlineStep], line: usize) -> Option<usize> {
    steps.iter().position(|step| step.lines.contains(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
name: x
steps:
  - id: a
    component: c.read
    mode: read

  - id: b
    mode: transform
    config:
      query: |
        SELECT 1
        FROM a
  - id: c
    mode: write
    needs: [a, b, nowhere, b]
profiles: {}
";

    #[test]
    fn steps_stand_where_they_are_written() {
        let steps = outline(TEXT);
        let lines: Vec<_> = steps.iter().map(|s| (s.id.as_str(), s.lines.clone(), s.needs.clone())).collect();
        assert_eq!(lines, [("a", 2..6, vec![]), ("b", 6..12, vec![0]), ("c", 12..15, vec![0, 1])]);
        assert_eq!(steps[0].component, "c.read");
        assert_eq!([step_at(&steps, 1), step_at(&steps, 5), step_at(&steps, 14)], [None, Some(0), Some(2)]);
        assert_eq!(step_at(&steps, 15), None);
    }

    #[test]
    fn what_is_broken_is_read_as_far_as_it_goes() {
        assert!(outline("").is_empty() && outline("steps: 3").is_empty() && outline(": [").is_empty());
        let cut = outline("steps:\n  - id: a\n  - id: b\n    config: {x: [\n");
        assert_eq!(cut.first().map(|s| s.id.as_str()), Some("a"));
    }
}
