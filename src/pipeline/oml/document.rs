//! The document as data: what could be read of it, with places.

use std::collections::BTreeMap;

use serde_json::Value;

use super::parameter::{Effective, Parameter};
use super::view::View;
use crate::diagnostic::Span;
use crate::pipeline::patience::{self, Retry};
use crate::yaml::Node;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place; that of what it was derived from when it is not written.
    pub span: Span,
}

/// A pipeline document with its parameters put in. What a broken document does not say is empty;
/// only one without errors is complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The pipeline's name.
    pub name: Spanned<String>,
    /// The OML version.
    pub oml_version: Spanned<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The parameters that it declares, in its order.
    pub params: Vec<Parameter>,
    /// The values of the parameters that count.
    pub effective: BTreeMap<String, Effective>,
    /// The names of its profiles, in its order.
    pub profiles: Vec<String>,
    /// The steps that have an id, in its order.
    pub steps: Vec<Step>,
    /// All of it as a value, parameters put in.
    pub value: Value,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its id.
    pub id: Spanned<String>,
    /// Its component as written.
    pub component: Spanned<String>,
    /// The name of the component's contract, other names resolved; empty when it is not known.
    pub contract: String,
    /// `read`, `transform` or `write`.
    pub mode: Spanned<String>,
    /// The steps it needs: those it lists, else the step before it when its mode is not `read`.
    pub needs: Vec<Spanned<String>>,
    /// Whether it lists them.
    pub explicit_needs: bool,
    /// Its configuration.
    pub config: Option<Node>,
    /// How often it is tried, where it says so.
    pub retry: Option<Retry>,
    /// How long one attempt may take, where it says so.
    pub timeout: Option<patience::Span>,
    /// All of it.
    pub span: Span,
}

impl Document {
    pub(super) fn of(view: &View<'_>) -> Document {
        let text = |key: &str| {
            let node = view.top.get(key);
            let value = node.and_then(Node::as_str).unwrap_or_default().to_owned();
            Spanned { value, span: node.map_or(view.lines.span(0..0), |n| n.span) }
        };
        let profiles = view.top.get("profiles").and_then(Node::as_map);
        Document {
            name: text("name"),
            oml_version: text("oml_version"),
            description: view.top.get("description").and_then(Node::as_str).map(str::to_owned),
            params: view.params.declared.clone(),
            effective: view.params.effective.clone(),
            profiles: profiles.into_iter().flat_map(|map| map.keys()).map(str::to_owned).collect(),
            steps: view.steps.iter().filter_map(|step| step.to_step(view)).collect(),
            value: view.root.to_json(),
        }
    }
}
