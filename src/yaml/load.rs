//! Events to tree.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks, Tag};

use super::explain;
use super::node::{Entry, Key, Kind, Map, Node, Resolved, Scalar, Seq, Style};
use super::scalar::resolve;
use crate::diagnostic::{Diagnostic, LineIndex, Span};

/// Longest text that is read, in bytes.
pub const MAX_BYTES: usize = 8 << 20;
/// Deepest nesting.
pub const MAX_DEPTH: usize = 64;
/// Most nodes, those that aliases stand for counted each time.
pub const MAX_NODES: usize = 400_000;

/// A key that stands twice in one mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// Where it stood before.
    pub first: Span,
    /// Where it stands again.
    pub second: Span,
}

/// What a text was read as.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The first document; nothing when the text holds none.
    pub root: Option<Node>,
    /// Keys that stand twice, in the order of the text.
    pub duplicates: Vec<Duplicate>,
    /// What is wrong with it as YAML, in the order of the text.
    pub problems: Vec<Diagnostic>,
    /// Whether it was read to its end; if not, the root holds what stands before the broken place.
    pub complete: bool,
    /// How many values it holds, those that aliases stand for counted each time.
    pub nodes: usize,
}

/// Reads a text. Broken YAML gives a problem with its place and the tree as far as it got.
pub fn load(lines: &LineIndex<'_>) -> Tree {
    let text = lines.text();
    if text.len() > MAX_BYTES {
        return Tree { problems: vec![explain::too_long(lines, MAX_BYTES)], ..Tree::default() };
    }
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut loader = Loader {
        lines,
        offsets: Offsets::new(&text[start..], start),
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        documents: 0,
        tree: Tree::default(),
    };
    let mut parser = Parser::new_from_str(&text[start..]);
    loader.tree.complete = true;
    while let Some(event) = parser.next_event() {
        let stop = match event {
            Ok((event, marks)) => loader.event(event, marks).err().map(|problem| (problem, usize::MAX)),
            Err(error) => {
                let at = loader.offsets.byte(error.marker().index());
                Some((explain::broken(lines, at, error.info()), at))
            }
        };
        if let Some((problem, at)) = stop {
            loader.tree.problems.push(problem);
            loader.cut(at);
            break;
        }
    }
    loader.tree.nodes = loader.nodes;
    loader.tree
}

/// Character numbers, which the parser gives, to byte numbers.
struct Offsets {
    base: usize,
    length: usize,
    /// Byte of each character; empty when they are the same.
    bytes: Vec<u32>,
}

impl Offsets {
    fn new(text: &str, base: usize) -> Offsets {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)).collect()
        };
        Offsets { base, length: text.len(), bytes }
    }

    fn byte(&self, index: usize) -> usize {
        let byte =
            if self.bytes.is_empty() { index } else { self.bytes.get(index).map_or(self.length, |at| *at as usize) };
        self.base + byte.min(self.length)
    }
}

/// An open list or mapping.
struct Frame {
    start: usize,
    anchor: usize,
    /// Whether it stands where a key has to stand.
    is_key: bool,
    kind: Open,
    /// Nodes counted before it.
    nodes_before: usize,
}

enum Open {
    Seq(Vec<Node>),
    Map { entries: Vec<Entry>, merged: Vec<Entry>, key: Option<Key> },
}

struct Loader<'a, 't> {
    lines: &'a LineIndex<'t>,
    offsets: Offsets,
    stack: Vec<Frame>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    documents: usize,
    tree: Tree,
}

type Stop = Result<(), Diagnostic>;

impl Loader<'_, '_> {
    fn event(&mut self, event: Event<'_>, marks: Marks) -> Stop {
        let start = self.offsets.byte(marks.start.index());
        let end = self.offsets.byte(marks.end.index()).max(start);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(explain::second_document(self.lines, start..end));
                }
            }
            Event::SequenceStart(anchor, tag) => self.open(start, anchor, tag.as_deref(), Open::Seq(Vec::new()))?,
            Event::MappingStart(anchor, tag) => {
                let open = Open::Map { entries: Vec::new(), merged: Vec::new(), key: None };
                self.open(start, anchor, tag.as_deref(), open)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(end, start < end)?,
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, start)?;
                let node = self.scalar(&text, style, tag.as_deref(), start, end);
                if anchor > 0 {
                    self.anchors.insert(anchor, (node.clone(), 1));
                }
                self.add(node)?;
            }
            Event::Alias(anchor) => {
                let span = self.lines.span(start..end);
                let Some((node, nodes)) = self.anchors.get(&anchor) else {
                    return Err(explain::alias_in_itself(span));
                };
                let (kind, nodes) = (node.kind.clone(), *nodes);
                self.count(nodes, start)?;
                self.add(Node { span, kind })?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, at: usize) -> Stop {
        self.nodes += nodes;
        if self.nodes > MAX_NODES { Err(explain::too_many(self.lines, at, MAX_NODES)) } else { Ok(()) }
    }

    fn open(&mut self, start: usize, anchor: usize, tag: Option<&Tag>, kind: Open) -> Stop {
        self.count(1, start)?;
        let start = self.after_properties(start);
        if self.stack.len() >= MAX_DEPTH {
            return Err(explain::too_deep(self.lines, start, MAX_DEPTH));
        }
        if let Some(tag) = tag.filter(|t| !(t.is_yaml_core_schema() && matches!(t.suffix.as_str(), "map" | "seq"))) {
            self.tree.problems.push(explain::unknown_tag(self.lines.span(start..start), &tag.to_string()));
        }
        let is_key = matches!(self.stack.last(), Some(Frame { kind: Open::Map { key: None, .. }, .. }));
        self.stack.push(Frame { start, anchor, is_key, kind, nodes_before: self.nodes - 1 });
        Ok(())
    }

    fn close(&mut self, end: usize, bracket: bool) -> Stop {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let end = if bracket { end } else { 0 };
        let (anchor, is_key, nodes) = (frame.anchor, frame.is_key, self.nodes - frame.nodes_before);
        let node = self.finish(frame, end, true);
        if is_key {
            return Err(explain::key_is_no_text(node.span));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), nodes));
        }
        self.add(node)
    }

    fn finish(&mut self, frame: Frame, end: usize, complete: bool) -> Node {
        let (last, kind) = match frame.kind {
            Open::Seq(items) => {
                (items.last().map_or(frame.start, |item| item.span.end), Kind::Seq(Seq { items, complete }))
            }
            Open::Map { mut entries, merged, key } => {
                let last = entries.last().map_or(frame.start, |entry| entry.value.span.end.max(entry.key.span.end));
                let last = key.map_or(last, |key| last.max(key.span.end));
                self.note_duplicates(&entries);
                if !merged.is_empty() {
                    let own = std::mem::replace(&mut entries, merged);
                    let names: HashSet<&str> = own.iter().map(|entry| entry.key.text.as_str()).collect();
                    entries.retain(|m| !names.contains(m.key.text.as_str()));
                    entries.extend(own);
                }
                (last, Kind::Map(Map { entries, complete }))
            }
        };
        Node { span: self.lines.span(frame.start..end.max(last).max(frame.start)), kind }
    }

    fn note_duplicates(&mut self, entries: &[Entry]) {
        let mut seen: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
        for entry in entries {
            if let Some(first) = seen.insert(&entry.key.text, entry.key.span) {
                let (key, second) = (entry.key.text.clone(), entry.key.span);
                self.tree.duplicates.push(Duplicate { key, first, second });
            }
        }
    }

    fn add(&mut self, node: Node) -> Stop {
        match self.stack.last_mut().map(|frame| &mut frame.kind) {
            None => self.tree.root = Some(node),
            Some(Open::Seq(items)) => items.push(node),
            Some(Open::Map { entries, merged, key }) => match key.take() {
                Some(name) if name.text == "<<" && self.lines.text()[name.span.range()].starts_with('<') => {
                    if let Err(problem) = merge(merged, node) {
                        self.tree.problems.push(problem);
                    }
                }
                Some(key) => entries.push(Entry { key, value: node, merged: false }),
                None => match node.kind {
                    Kind::Scalar(scalar) => *key = Some(Key { text: scalar.text, span: node.span }),
                    _ => return Err(explain::key_is_no_text(node.span)),
                },
            },
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, start: usize, end: usize) -> Node {
        let (start, end) = self.scalar_range(text, style, start, end);
        let span = self.lines.span(start..end);
        let (mut value, mut normal) = match style {
            ScalarStyle::Plain => resolve(text),
            _ => (Resolved::Text, None),
        };
        if let Some(tag) = tag {
            match (tag.is_yaml_core_schema(), tag.suffix.as_str()) {
                (true, "str") => (value, normal) = (Resolved::Text, None),
                (true, "int" | "float" | "bool" | "null" | "timestamp") => (value, normal) = resolve(text),
                (false, "") => (value, normal) = (Resolved::Text, None),
                _ => self.tree.problems.push(explain::unknown_tag(span, &tag.to_string())),
            }
        }
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let text = normal.unwrap_or_else(|| text.to_owned());
        Node { span, kind: Kind::Scalar(Scalar { text, value, style, origin: None }) }
    }

    /// The bytes of a scalar alone. One that is not written stands where it would be.
    fn scalar_range(&self, text: &str, style: ScalarStyle, start: usize, end: usize) -> (usize, usize) {
        let source = self.lines.text();
        if style == ScalarStyle::Plain && text.is_empty() {
            let at = if source[start..].starts_with(':') { start + 1 } else { source[..start].trim_end().len() };
            return (at, at);
        }
        let start = self.after_properties(start).min(end);
        (start, start + source[start..end].trim_end().len())
    }

    /// Skips anchors and tags.
    fn after_properties(&self, start: usize) -> usize {
        let source = self.lines.text();
        let mut rest = &source[start..];
        while rest.starts_with(['&', '!']) {
            let word = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(rest.len());
            let after = rest[word..].trim_start();
            if after.is_empty() {
                break;
            }
            rest = after;
        }
        source.len() - rest.len()
    }

    /// Closes what is open after a problem at a byte that ends the reading. A value that ends at the
    /// broken place may be half of what was meant, so it counts as not known.
    fn cut(&mut self, at: usize) {
        self.tree.complete = false;
        let last = match self.stack.last_mut().map(|frame| &mut frame.kind) {
            Some(Open::Seq(items)) => items.last_mut(),
            Some(Open::Map { entries, .. }) => entries.last_mut().map(|entry| &mut entry.value),
            None => None,
        };
        if let Some(Node { kind: Kind::Scalar(scalar), .. }) = last.filter(|node| node.span.end >= at) {
            scalar.value = Resolved::Unknown;
        }
        while let Some(frame) = self.stack.pop() {
            let node = self.finish(frame, 0, false);
            // The key it would be the value of is kept; a key that is no text was reported.
            if self.add(node).is_err() {
                self.tree.complete = false;
            }
        }
    }
}

/// Takes the entries of a merge key's value; of several mappings the first that has a key counts.
fn merge(merged: &mut Vec<Entry>, node: Node) -> Result<(), Diagnostic> {
    match node.kind {
        Kind::Map(map) => {
            let mut names: HashSet<String> = merged.iter().map(|m| m.key.text.clone()).collect();
            for entry in map.entries {
                if names.insert(entry.key.text.clone()) {
                    merged.push(Entry { merged: true, ..entry });
                }
            }
            Ok(())
        }
        Kind::Seq(seq) => seq.items.into_iter().try_for_each(|item| match item.kind {
            Kind::Map(_) => merge(merged, item),
            _ => Err(explain::merge_of_no_mapping(item.span)),
        }),
        Kind::Scalar(_) => Err(explain::merge_of_no_mapping(node.span)),
    }
}

#[cfg(test)]
mod tests;
