//! What the rules look at: the tree with the parts that a document has picked out. It says what is
//! there, not whether that is right.

use std::collections::HashMap;

use super::document::{Spanned, Step};
use super::parameter::{Parameters, Provided};
use super::patience;
use super::template::Found;
use crate::contract::{Contract, Registry};
use crate::diagnostic::{LineIndex, Span, did_you_mean};
use crate::yaml::{Duplicate, Map, Node};

/// What a step can do.
pub const MODES: [&str; 3] = ["read", "transform", "write"];

/// The mode that is meant by a word.
pub fn meant_mode(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "read" | "extract" | "source" | "input" | "discover" => Some("read"),
        "write" | "load" | "sink" | "output" | "save" => Some("write"),
        "transform" | "process" | "query" | "map" => Some("transform"),
        other => did_you_mean(other, MODES),
    }
}

/// A document under check.
pub struct View<'a> {
    /// Places.
    pub lines: &'a LineIndex<'a>,
    /// The tree, parameters put in.
    pub root: &'a Node,
    /// The same, as the mapping it is.
    pub top: &'a Map,
    /// Whether the text was read to its end. If not, what is missing may stand in the unread part.
    pub complete: bool,
    /// Keys that stand twice.
    pub duplicates: &'a [Duplicate],
    /// The steps, in order; also those that are none.
    pub steps: Vec<StepView<'a>>,
    /// The first step of each id.
    pub by_id: HashMap<&'a str, usize>,
    /// Parameters.
    pub params: &'a Parameters,
    /// References to them.
    pub found: &'a Found,
    /// Whether every parameter has to have its value now.
    pub compiling: bool,
    /// What is given from outside.
    pub provided: Provided<'a>,
}

/// A step under check.
pub struct StepView<'a> {
    /// Its index.
    pub index: usize,
    /// The node.
    pub node: &'a Node,
    /// The same as a mapping.
    pub map: Option<&'a Map>,
    /// Its id, when that is text.
    pub id: Option<&'a str>,
    /// Its component's name, when that is text.
    pub component: Option<&'a str>,
    /// Its component's contract; that of the component that is meant, when the name is a slip.
    pub contract: Option<&'a Contract>,
    /// Whether the name of its component is a slip.
    pub slip: bool,
    /// Its mode; that which is meant, when what is written is none. So what else is wrong is found at once.
    pub mode: Option<&'a str>,
    /// Its configuration, when that is a mapping.
    pub config: Option<&'a Map>,
    /// The steps it needs that there are.
    pub inputs: Vec<Input>,
    /// Whether it lists them.
    pub explicit: bool,
}

/// A step that a step needs.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Its index.
    pub step: usize,
    /// Where it is named; the needing step's id when it is not.
    pub span: Span,
}

impl<'a> View<'a> {
    /// Picks the parts out.
    pub fn new(parts: Parts<'a>, registry: &'a Registry) -> View<'a> {
        let items = parts.top.get("steps").and_then(Node::as_seq).map_or(&[][..], |seq| &seq.items);
        let mut steps: Vec<StepView<'a>> =
            items.iter().enumerate().map(|(index, node)| StepView::new(index, node, registry)).collect();
        let mut by_id = HashMap::with_capacity(steps.len());
        for step in &steps {
            if let Some(id) = step.id.filter(|id| !id.is_empty()) {
                by_id.entry(id).or_insert(step.index);
            }
        }
        for index in 0..steps.len() {
            steps[index].inputs = inputs(&steps, index, &by_id);
        }
        let Parts { lines, root, top, complete, duplicates, params, found, compiling, provided } = parts;
        View { lines, root, top, complete, duplicates, steps, by_id, params, found, compiling, provided }
    }
}

/// What a view is made of.
pub struct Parts<'a> {
    pub lines: &'a LineIndex<'a>,
    pub root: &'a Node,
    pub top: &'a Map,
    pub complete: bool,
    pub duplicates: &'a [Duplicate],
    pub params: &'a Parameters,
    pub found: &'a Found,
    pub compiling: bool,
    pub provided: Provided<'a>,
}

/// The steps that a step needs. One that lists none needs the step before it, as in Osiris, unless it
/// reads: a read step takes no rows, so an order between two of them would only keep them from running
/// at the same time.
fn inputs(steps: &[StepView<'_>], index: usize, by_id: &HashMap<&str, usize>) -> Vec<Input> {
    let step = &steps[index];
    let listed = step.map.and_then(|map| map.get("needs")).filter(|node| !node.is_null());
    match listed {
        Some(node) => {
            let seq = node.as_seq().map_or(&[][..], |seq| &seq.items);
            let named = |item: &Node| {
                item.as_str().and_then(|id| by_id.get(id)).map(|step| Input { step: *step, span: item.span })
            };
            seq.iter().filter_map(named).collect()
        }
        None if index > 0 && step.mode != Some("read") => {
            let span = step.part("id").map_or(step.node.span, |node| node.span);
            vec![Input { step: index - 1, span }]
        }
        None => Vec::new(),
    }
}

impl<'a> StepView<'a> {
    fn new(index: usize, node: &'a Node, registry: &'a Registry) -> StepView<'a> {
        let map = node.as_map();
        let text = |key: &str| map.and_then(|map| map.get(key)).and_then(Node::as_str);
        let component = text("component");
        let written = text("mode");
        let known = component.and_then(|name| registry.get(name));
        let fits = |contract: &&Contract| {
            written.filter(|mode| MODES.contains(mode)).is_none_or(|mode| contract.supports(mode))
        };
        let meant = component.filter(|_| known.is_none()).and_then(|name| registry.meant_by(name));
        let contract = known.or_else(|| meant.and_then(|name| registry.get(name)).filter(fits));
        let unknown = map.and_then(|map| map.get("mode")).is_some_and(Node::is_unknown);
        let only = contract.map(Contract::step_modes).filter(|modes| modes.len() == 1 && !unknown);
        let mode = match written {
            Some(mode) if MODES.contains(&mode) => Some(mode),
            other => only.map(|modes| modes[0]).or_else(|| other.and_then(meant_mode)),
        };
        StepView {
            index,
            node,
            map,
            id: text("id"),
            component,
            contract,
            slip: known.is_none() && contract.is_some(),
            mode,
            config: map.and_then(|map| map.get("config")).and_then(Node::as_map),
            inputs: Vec::new(),
            explicit: map.and_then(|map| map.get("needs")).is_some_and(|node| !node.is_null()),
        }
    }

    /// The node of a key.
    pub fn part(&self, key: &str) -> Option<&'a Node> {
        self.map.and_then(|map| map.get(key))
    }

    /// Its way in the document.
    pub fn path(&self, rest: &str) -> String {
        let dot = if rest.is_empty() { "" } else { "." };
        format!("steps[{}]{dot}{rest}", self.index)
    }

    /// How messages call it.
    pub fn name(&self) -> String {
        match self.id.filter(|id| !id.is_empty()) {
            Some(id) => format!("step `{id}`"),
            None => format!("step {}", self.index + 1),
        }
    }

    pub(super) fn to_step(&self, view: &View<'_>) -> Option<Step> {
        let id = self.id?;
        let spanned = |key: &str| {
            let node = self.part(key);
            let value = node.and_then(Node::as_str).unwrap_or_default().to_owned();
            Spanned { value, span: node.map_or(self.node.span, |n| n.span) }
        };
        let needs = self.inputs.iter().filter_map(|input| {
            let value = view.steps[input.step].id?.to_owned();
            Some(Spanned { value, span: input.span })
        });
        Some(Step {
            id: Spanned { value: id.to_owned(), span: self.part("id").map_or(self.node.span, |n| n.span) },
            component: spanned("component"),
            contract: self.contract.filter(|_| !self.slip).map(|contract| contract.name.clone()).unwrap_or_default(),
            mode: spanned("mode"),
            needs: needs.collect(),
            explicit_needs: self.explicit,
            config: self.part("config").filter(|node| node.as_map().is_some()).cloned(),
            retry: self.part("retry").and_then(patience::retry),
            timeout: self.part("timeout").and_then(patience::time),
            span: self.node.span,
        })
    }
}
