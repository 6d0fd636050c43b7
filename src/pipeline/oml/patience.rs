//! `retry` and `timeout` of a step as data. What is wrong with them, the rules say.

use crate::pipeline::patience::{MOST_ATTEMPTS, Retry, Span};
use crate::yaml::{Kind, Node, Resolved};

/// The keys of `retry`.
pub(super) const KEYS: [&str; 3] = ["attempts", "wait", "max_wait"];

/// A time, where the node is one.
pub(super) fn time(node: &Node) -> Option<Span> {
    node.as_str().and_then(|text| Span::parse(text).ok())
}

/// A whole number, where the node is one.
pub(super) fn number(node: &Node) -> Option<u64> {
    match &node.kind {
        Kind::Scalar(scalar) => match &scalar.value {
            Resolved::Number(number) => number.as_u64(),
            _ => None,
        },
        _ => None,
    }
}

/// How often a step is tried, where the node says so without a fault.
pub(super) fn retry(node: &Node) -> Option<Retry> {
    let map = node.as_map()?;
    let attempts = map.get("attempts").and_then(number).and_then(|n| u32::try_from(n).ok())?;
    let or = |key: &str, default: Span| map.get(key).map_or(Some(default), time);
    let default = Retry::default();
    let (wait, longest) = (or("wait", default.wait)?, or("max_wait", default.max_wait)?);
    (1..=MOST_ATTEMPTS).contains(&attempts).then_some(Retry { attempts, wait, max_wait: longest.max(wait) })
}
