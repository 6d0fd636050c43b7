//! Checking a document: read it, put parameters in, ask every rule.

use super::document::Document;
use super::offer;
use super::parameter::{Parameters, Provided};
use super::profile;
use super::rule;
use super::template;
use super::view::{Parts, View};
use crate::contract::Registry;
use crate::contract::grammar::KnownTable;
use crate::diagnostic::{Diagnostic, LineIndex, sort};
use crate::yaml;

/// What a document is checked against.
#[derive(Clone, Copy, Debug)]
pub struct CheckContext<'a> {
    /// The contracts.
    pub registry: &'a Registry,
    /// The connections there are, as `@family.alias`; without it they are not checked.
    pub connections: Option<&'a [String]>,
    /// Tables that are known by discovery, each with its columns; others may be there all the same. What they
    /// say changes nothing of what a document compiles to.
    pub tables: &'a [KnownTable],
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The document as far as it could be read; nothing when its root is no mapping.
    pub document: Option<Document>,
    /// What is wrong with it, in document order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Bytes of text that cost as much as a value; an alias makes many values of few bytes.
const NODE_BYTES: usize = 8;

/// Checks a document with the defaults of its parameters. `source` names it in the diagnostics.
pub fn check(source: &str, text: &str, ctx: &CheckContext<'_>) -> Checked {
    check_for(&Checking { source, text, provided: Provided::default(), compiling: false }, ctx)
}

/// What is checked.
#[derive(Clone, Copy)]
pub(crate) struct Checking<'a> {
    /// Its name.
    pub source: &'a str,
    /// The text.
    pub text: &'a str,
    /// Values of parameters from outside.
    pub provided: Provided<'a>,
    /// Whether every parameter has to have its value now.
    pub compiling: bool,
}

/// Checks a document with the values that are given.
pub(crate) fn check_for(what: &Checking<'_>, ctx: &CheckContext<'_>) -> Checked {
    let (mut checked, cost) = find(what, ctx);
    offer::keep_what_works(what, ctx, &mut checked, cost);
    checked
}

/// What the rules find, and what it cost, in bytes of ordinary text; whether edits work has not been tried.
pub(super) fn find(what: &Checking<'_>, ctx: &CheckContext<'_>) -> (Checked, usize) {
    let lines = LineIndex::new(what.text);
    let mut tree = yaml::load(&lines);
    let mut diagnostics = std::mem::take(&mut tree.problems);
    let cost = what.text.len().max(tree.nodes * NODE_BYTES);
    let mut document = None;
    match &mut tree.root {
        Some(root) if root.as_map().is_some() => {
            let params = root.as_map().map(|top| Parameters::read(top, what.provided)).unwrap_or_default();
            if let Some(profile) = what.provided.profile {
                profile::apply(root, profile);
            }
            let found = template::fill(root, &params, what.provided.profile, &lines);
            let root = &*root;
            if let Some(top) = root.as_map() {
                let parts = Parts {
                    lines: &lines,
                    root,
                    top,
                    complete: tree.complete,
                    duplicates: &tree.duplicates,
                    params: &params,
                    found: &found,
                    compiling: what.compiling,
                    provided: what.provided,
                };
                let view = View::new(parts, ctx.registry);
                for rule in rule::ALL {
                    rule(&view, ctx, &mut diagnostics);
                }
                document = Some(Document::of(&view));
            }
        }
        root => {
            if diagnostics.is_empty() {
                diagnostics.push(rule::no_mapping(root.as_ref(), &lines));
            }
        }
    }
    for diagnostic in &mut diagnostics {
        diagnostic.source = Some(what.source.to_owned());
    }
    sort(&mut diagnostics);
    (Checked { document, diagnostics }, cost)
}
