//! Rules about how often a step is tried and how long it may take.

use super::super::patience::{KEYS, number, time};
use super::super::view::{StepView, View};
use super::{CheckContext, list, slip};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::patience::{MOST_ATTEMPTS, Span};
use crate::yaml::Node;

const TIMEOUT_CODE: &str = "invalid-timeout";
const EXAMPLE: &str = "retry: {attempts: 3, wait: 1s, max_wait: 1m}";

/// `invalid-retry`: `retry` is a mapping of `attempts`, `wait` and `max_wait`.
pub fn retry(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        let Some(node) = step.part("retry").filter(|node| said(node)) else { continue };
        let amiss = |node: &Node, key: &str, message: String| {
            Diagnostic::error("invalid-retry", message)
                .at(node.span)
                .path(step.path(if key.is_empty() { "retry".to_owned() } else { format!("retry.{key}") }.as_str()))
                .why(format!("it says how often the step is tried in all, 1 to {MOST_ATTEMPTS}, and how long is waited before the second attempt; the wait doubles up to `max_wait`"))
                .example(EXAMPLE)
        };
        let Some(map) = node.as_map() else {
            let message = format!("`retry` of {} is {}, not a mapping", step.name(), node.type_name());
            out.push(match number(node).filter(|n| (1..=u64::from(MOST_ATTEMPTS)).contains(n)) {
                Some(attempts) => {
                    let text = format!("{{attempts: {attempts}}}");
                    amiss(node, "", message).fix_edit(format!("write `{text}`"), node.span, text)
                }
                None => amiss(node, "", message).fix(format!("write `{EXAMPLE}`")),
            });
            continue;
        };
        for entry in map.entries.iter().filter(|entry| !KEYS.contains(&entry.key.text.as_str())) {
            let key = entry.key.text.as_str();
            let mut told = amiss(node, key, format!("`retry` of {} has no `{key}`", step.name())).at(entry.key.span);
            told.why = Some(format!("its keys are: {}", list(KEYS)));
            let missing = KEYS.into_iter().filter(|known| map.get(known).is_none());
            out.push(match did_you_mean(key, missing) {
                Some(meant) => told.fix_edit(format!("did you mean `{meant}`?"), entry.key.span, meant),
                None => told.fix("remove it"),
            });
        }
        match map.get("attempts") {
            None if map.complete && slip(map, "attempts", &KEYS).is_none() => {
                let message = format!("`retry` of {} has no `attempts`", step.name());
                out.push(amiss(node, "attempts", message).fix("say how often the step is tried in all"));
            }
            Some(attempts) if !attempts.is_unknown() => {
                let fits = number(attempts).is_some_and(|n| (1..=u64::from(MOST_ATTEMPTS)).contains(&n));
                if !fits {
                    let message = format!("`attempts` of {} is no number from 1 to {MOST_ATTEMPTS}", step.name());
                    out.push(amiss(attempts, "attempts", message).fix("write how often the step is tried in all"));
                }
            }
            _ => {}
        }
        for key in ["wait", "max_wait"] {
            if let Some(node) = map.get(key).filter(|node| !node.is_unknown() && time(node).is_none()) {
                out.push(untimely(step, node, &format!("retry.{key}"), "invalid-retry"));
            }
        }
        if let (Some(wait), Some((node, most))) =
            (map.get("wait").and_then(time), map.get("max_wait").and_then(|node| Some((node, time(node)?))))
            && most < wait
        {
            let message = format!("`max_wait` of {} is {most}, less than its `wait`, {wait}", step.name());
            out.push(amiss(node, "max_wait", message).fix_edit(format!("write {wait}"), node.span, wait.to_string()));
        }
    }
}

/// `invalid-timeout`: `timeout` is a time.
pub fn timeout(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for step in &view.steps {
        if let Some(node) = step.part("timeout").filter(|node| said(node) && time(node).is_none()) {
            out.push(untimely(step, node, "timeout", TIMEOUT_CODE));
        }
    }
}

/// Whether something stands there that is known now.
fn said(node: &Node) -> bool {
    !node.is_unknown() && !node.is_null()
}

/// A value that is no time.
fn untimely(step: &StepView<'_>, node: &Node, key: &str, code: &str) -> Diagnostic {
    let why = match node.as_str() {
        Some(text) => Span::parse(text).err().unwrap_or_default(),
        None if number(node).is_some() => "it has no unit".to_owned(),
        None => format!("it is {}", node.type_name()),
    };
    let name = key.rsplit('.').next().unwrap_or(key);
    let diagnostic = Diagnostic::error(code, format!("`{name}` of {} is no time", step.name()))
        .at(node.span)
        .path(step.path(key))
        .why(format!("{why}; a time is a whole number with ms, s, m, h or d, at most 7 days"));
    match number(node).map(|n| format!("{n}s")).filter(|text| Span::parse(text).is_ok()) {
        Some(text) => diagnostic.fix_edit(format!("write `{text}`"), node.span, text),
        None => diagnostic.fix("write it like `30s` or `10m`"),
    }
}
