//! Where in the text a new connection goes.

use crate::diagnostic::LineIndex;
use crate::yaml::{self, Entry, Kind, Map, Node};

/// Spaces of one level where the file shows none.
const INDENT: usize = 2;

/// The text with the connection in it; `None` where there is no place that is sure to be right.
pub(super) fn insert(text: &str, family: &str, alias: &str, fields: &[(String, String)]) -> Option<String> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let file = File { text, end };
    let tree = yaml::load(&LineIndex::new(text));
    let Some(root) = tree.root.filter(|root| !root.is_null()) else {
        let start = if text.contains("version:") { "" } else { "version: 1\n" };
        let new = format!("{start}connections:\n{}{}", " ".repeat(INDENT), key(family));
        return Some(file.at_end(&(new + "\n" + &block(alias, fields, INDENT * 2))));
    };
    let document = root.as_map()?;
    let Some(connections) = document.entry("connections") else {
        let new = format!("connections:\n{}{}\n", " ".repeat(INDENT), key(family)) + &block(alias, fields, INDENT * 2);
        return Some(file.at_end(&new));
    };
    let inside = format!("{family}: {{{}}}", flow(alias, fields));
    match file.layout(connections) {
        Layout::Nothing => {
            let new = format!("{}{}\n", " ".repeat(INDENT), key(family)) + &block(alias, fields, INDENT * 2);
            Some(file.after_key(connections, &new))
        }
        Layout::Flow(map, close) => match map.entry(family) {
            None => Some(file.flow_text(map, close, &inside)),
            Some(entry) => file.family_text(entry, alias, fields, INDENT),
        },
        Layout::Block(map, indent) => match map.entry(family) {
            None => {
                let step = indent.max(1);
                let new = format!("{}{}\n", " ".repeat(indent), key(family)) + &block(alias, fields, indent + step);
                Some(file.after(map, indent, &new))
            }
            Some(entry) => file.family_text(entry, alias, fields, indent),
        },
        Layout::Strange => None,
    }
}

fn key(name: &str) -> String {
    format!("{}:", yaml::quote(name))
}

fn block(alias: &str, fields: &[(String, String)], indent: usize) -> String {
    let margin = " ".repeat(indent);
    if fields.is_empty() {
        return format!("{margin}{} {{}}\n", key(alias));
    }
    let step = " ".repeat(INDENT);
    let lines: String = fields.iter().map(|(name, value)| format!("{margin}{step}{} {value}\n", key(name))).collect();
    format!("{margin}{}\n{lines}", key(alias))
}

fn flow(alias: &str, fields: &[(String, String)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{} {value}", key(name))).collect();
    format!("{} {{{}}}", key(alias), pairs.join(", "))
}

enum Layout<'n> {
    /// Nothing stands there.
    Nothing,
    /// `{…}`, with the byte of its end.
    Flow(&'n Map, usize),
    /// Lines, with the spaces before their keys.
    Block(&'n Map, usize),
    /// Something that is not touched.
    Strange,
}

struct File<'t> {
    text: &'t str,
    end: &'static str,
}

impl File<'_> {
    fn layout<'n>(&self, entry: &'n Entry) -> Layout<'n> {
        let node = &entry.value;
        if node.is_null() {
            // An alias or a tag could stand for nothing too.
            let written = self.text.get(node.span.range()).unwrap_or_default().trim();
            return if matches!(written, "" | "null" | "~") && written.is_empty() {
                Layout::Nothing
            } else {
                Layout::Strange
            };
        }
        let Kind::Map(map) = &node.kind else { return Layout::Strange };
        let written = &self.text[node.span.range()];
        if written.starts_with('{') {
            let end = node.span.start + written.trim_end().len();
            if written.trim_end().ends_with('}') {
                return Layout::Flow(map, end - 1);
            }
            // After a last comma the brace is not counted to the node.
            let rest = &self.text[end..];
            let close = end + rest.len() - rest.trim_start().len();
            return if rest.trim_start().starts_with('}') { Layout::Flow(map, close) } else { Layout::Strange };
        }
        let Some(first) = map.entries.first().filter(|_| map.entries.iter().all(|entry| !entry.merged)) else {
            return Layout::Strange;
        };
        // An alias has the place of the alias; what it stands for is elsewhere.
        if first.key.span.start < entry.key.span.end {
            return Layout::Strange;
        }
        Layout::Block(map, first.key.span.column - 1)
    }

    fn family_text(&self, entry: &Entry, alias: &str, fields: &[(String, String)], indent: usize) -> Option<String> {
        match self.layout(entry) {
            Layout::Nothing => Some(self.after_key(entry, &block(alias, fields, indent + INDENT))),
            Layout::Flow(map, close) => Some(self.flow_text(map, close, &flow(alias, fields))),
            Layout::Block(map, indent) => Some(self.after(map, indent, &block(alias, fields, indent))),
            Layout::Strange => None,
        }
    }

    /// New lines after all that a mapping holds, with the comments that belong to it.
    fn after(&self, map: &Map, indent: usize, new: &str) -> String {
        let last = map.entries.last().map_or(0, |entry| last_byte(&entry.value).max(entry.key.span.end));
        let mut at = self.line_end(last);
        // Comments that are indented deeper are about what stands before them.
        while let Some(line) = self.text[at..].lines().next() {
            let margin = line.len() - line.trim_start().len();
            if !line.trim_start().starts_with('#') || margin <= indent {
                break;
            }
            at = self.line_end(at);
        }
        self.splice(at, new)
    }

    fn after_key(&self, entry: &Entry, new: &str) -> String {
        self.splice(self.line_end(entry.key.span.end), new)
    }

    fn flow_text(&self, map: &Map, close: usize, new: &str) -> String {
        let before = self.text[..close].trim_end();
        let comma = match before.as_bytes().last() {
            _ if map.entries.is_empty() => "",
            Some(b',') => " ",
            _ => ", ",
        };
        let at = before.len();
        format!("{}{comma}{new}{}", &self.text[..at], &self.text[at..])
    }

    fn at_end(&self, new: &str) -> String {
        self.splice(self.text.len(), new)
    }

    /// The byte after the line that a byte stands in.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |n| at + n + 1)
    }

    fn splice(&self, at: usize, new: &str) -> String {
        let (before, after) = self.text.split_at(at);
        let joint = if before.is_empty() || before.ends_with('\n') { "" } else { self.end };
        format!("{before}{joint}{}{after}", new.replace('\n', self.end))
    }
}

/// The last byte of what is written of a node.
fn last_byte(node: &Node) -> usize {
    match &node.kind {
        Kind::Map(map) => map.entries.iter().map(|e| last_byte(&e.value).max(e.key.span.end)).max(),
        Kind::Seq(seq) => seq.items.iter().map(last_byte).max(),
        Kind::Scalar(_) => None,
    }
    .unwrap_or(node.span.start)
    .max(if is_block_collection(node) { 0 } else { node.span.end.saturating_sub(1) })
}

/// Whether its span may reach over empty lines and comments that follow.
fn is_block_collection(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(_) => false,
        Kind::Map(map) => map.entries.first().is_some_and(|entry| entry.key.span.start == node.span.start),
        Kind::Seq(seq) => seq.items.first().is_some_and(|item| item.span.start == node.span.start),
    }
}
