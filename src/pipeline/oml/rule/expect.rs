//! Rules about the checks of a step's rows.

use super::super::view::{StepView, View};
use super::CheckContext;
use super::config::{complete, follow, holds_unknown};
use super::{list, sql};
use crate::contract::Place;
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::pipeline::expect::{self, Problem};
use crate::yaml::Node;

/// `invalid-expect`, `unknown-check`, `missing-check-key`, `unknown-check-key`, `invalid-check-value`,
/// `quarantine-table-check`: checks that can be made.
pub fn checks(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(node) = step.part("expect").filter(|node| !node.is_unknown() && !node.is_null()) else { continue };
        for problem in expect::read(&node.to_json()).err().unwrap_or_default() {
            out.extend(placed(step, node, "expect", problem));
        }
    }
}

/// A problem of a value of a step, with its place.
pub(super) fn placed(step: &StepView<'_>, node: &Node, key: &str, problem: Problem) -> Option<Diagnostic> {
    let (at, key_span) = follow(node, &problem.path);
    // What is not known yet, and what was cut off, can't be wrong.
    let item = problem.path.first().map_or(node, |first| follow(node, std::slice::from_ref(first)).0);
    let unknown = if problem.diagnostic.code == "missing-check-key" { holds_unknown(item) } else { holds_unknown(at) };
    if unknown || !complete(item) || !complete(node) {
        return None;
    }
    let about_key = problem.diagnostic.code == "unknown-check-key";
    let span: Span = match key_span {
        Some(span) if about_key || (at.is_null() && at.span.start == at.span.end) => span,
        _ => at.span,
    };
    let mut path = vec![Place::Key(key.to_owned())];
    path.extend(problem.path.iter().cloned());
    let diagnostic = problem.diagnostic.at(span).path(step.path(&crate::contract::dotted(&path)));
    let origin = at.as_scalar().is_some_and(|scalar| scalar.origin.is_some());
    let fits = |_: &String| !origin && span == at.span && at.as_scalar().is_some();
    Some(match problem.replacement.filter(fits) {
        Some(text) => diagnostic.edit(Some((span, text))),
        None => diagnostic,
    })
}

/// `unknown-check-column`: a check of a column that the rows do not have, where the document says which they
/// have.
pub fn columns(view: &View<'_>, ctx: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(items) = step.part("expect").and_then(Node::as_seq) else { continue };
        let Some(known) = sql::rows_of(view, step).and_then(|of| sql::handed_on(of, ctx)) else { continue };
        for (at, item) in items.items.iter().enumerate() {
            let Some(map) = item.as_map() else { continue };
            for key in ["column", "columns"] {
                let Some(node) = map.get(key) else { continue };
                let names: Vec<&Node> = node.as_seq().map_or_else(|| vec![node], |seq| seq.items.iter().collect());
                for named in names {
                    let Some(name) = named.as_str().filter(|name| !known.contains(name)) else { continue };
                    let message = format!("the rows of {} have no column `{name}`", step.name());
                    let diagnostic = Diagnostic::error("unknown-check-column", message)
                        .at(named.span)
                        .path(step.path(&format!("expect[{at}].{key}")))
                        .why(format!("their columns are: {}", list(known.iter().copied())));
                    out.push(match did_you_mean(name, known.iter().copied()) {
                        Some(near) => {
                            let text = crate::yaml::quote(near);
                            diagnostic.fix_edit(format!("did you mean `{near}`?"), named.span, text)
                        }
                        None => diagnostic.fix("correct the name, or read the column"),
                    });
                }
            }
        }
    }
}
