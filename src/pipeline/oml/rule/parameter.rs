//! Rules about parameters and references to them.

use std::collections::HashSet;

use serde_json::Value;

use super::super::parameter::{ParamKind, Source, profile_values};
use super::super::view::View;
use super::CheckContext;
use super::{MOST_GUESSES, list};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::yaml::{Node, quote};

const KEYS: [&str; 5] = ["type", "default", "enum", "description", "required"];
const KINDS: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

fn show(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 60 { text.chars().take(60).chain(['…']).collect() } else { text }
}

fn allowed(values: &[Value]) -> String {
    values.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// `invalid-parameter`: a declaration that contradicts itself: a type that there is not, a default that
/// is not of its type or not among its `enum`.
pub fn declarations(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let Some(node) = view.top.get("params").filter(|node| !node.is_null() && !node.is_unknown()) else { return };
    let Some(params) = node.as_map() else {
        return out.push(
            Diagnostic::error("invalid-parameter", format!("params must be a mapping, not {}", node.type_name()))
                .at(node.span)
                .path("params")
                .why("parameters have names")
                .fix("write `name: default`, or `name: {type: …, default: …}`"),
        );
    };
    for entry in &params.entries {
        let name = &entry.key.text;
        let Some(map) = entry.value.as_map() else { continue };
        for key in
            map.entries.iter().filter(|key| !KEYS.contains(&key.key.text.as_str()) && !key.key.text.starts_with("x-"))
        {
            let diagnostic =
                Diagnostic::warning("unknown-key", format!("the key `{}` of a parameter means nothing", key.key.text))
                    .at(key.key.span)
                    .path(format!("params.{name}.{}", key.key.text))
                    .why(format!("known keys: {}", list(KEYS)));
            out.push(match did_you_mean(&key.key.text, KEYS) {
                Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), key.key.span, meant),
                None => diagnostic.fix("remove it"),
            });
        }
        let kind_node = map.get("type").filter(|node| !node.is_unknown());
        let kind = kind_node.and_then(Node::as_str).and_then(ParamKind::named);
        if let Some(node) = kind_node.filter(|_| kind.is_none()) {
            let diagnostic =
                Diagnostic::error("invalid-parameter", format!("the type of parameter `{name}` is not known"))
                    .at(node.span)
                    .path(format!("params.{name}.type"))
                    .why(format!("the types are: {}", list(KINDS)));
            out.push(match node.as_str().and_then(|word| did_you_mean(word, KINDS)) {
                Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), node.span, meant),
                None => diagnostic.fix("use one of them"),
            });
        }
        if let Some(default) = map.get("default") {
            value(view, name, default, &format!("params.{name}.default"), kind, out);
        }
    }
}

/// Checks a value that the document gives to a parameter.
fn value(view: &View<'_>, name: &str, node: &Node, path: &str, kind: Option<ParamKind>, out: &mut Vec<Diagnostic>) {
    if node.is_null() || node.is_unknown() {
        return;
    }
    let value = node.to_json();
    let param = view.params.declared.iter().rev().find(|param| param.name == name);
    if let Some(kind) = kind.filter(|kind| !kind.fits(&value)) {
        let diagnostic = Diagnostic::error(
            "invalid-parameter",
            format!("{} is no {} (parameter `{name}`)", show(&value), kind.name()),
        )
        .at(node.span)
        .path(path)
        .why(format!("`{name}` is declared as {}", kind.name()));
        let converted = value.as_str().and_then(|text| kind.parse(text)).map(|v| v.to_string());
        let converted = converted.or_else(|| {
            (kind == ParamKind::String && node.as_scalar().is_some())
                .then(|| Value::from(&view.lines.text()[node.span.range()]).to_string())
        });
        return out.push(match converted {
            Some(text) => diagnostic.fix_edit(format!("write {text}"), node.span, text),
            None => diagnostic.fix(format!("give it {}, or change its type", an(kind))),
        });
    }
    let values = param.map_or(&[][..], |param| &param.allowed);
    if !values.is_empty() && !values.contains(&value) {
        let diagnostic =
            Diagnostic::error("invalid-parameter", format!("parameter `{name}` cannot be {}", show(&value)))
                .at(node.span)
                .path(path)
                .why(format!("allowed: {}", allowed(values)));
        let meant = value.as_str().and_then(|text| did_you_mean(text, values.iter().filter_map(Value::as_str)));
        out.push(match meant {
            Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), node.span, quote(meant)),
            None => diagnostic.fix("use one of them, or add it to `enum`"),
        });
    }
}

fn an(kind: ParamKind) -> String {
    let article = if matches!(kind, ParamKind::Integer | ParamKind::Array | ParamKind::Object) { "an" } else { "a" };
    format!("{article} {}", kind.name())
}

/// `invalid-parameter`, `unknown-parameter` (warning): what profiles give to parameters.
pub fn profiles(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    for (profile, values) in profile_values(view.top) {
        for entry in &values.entries {
            let name = entry.key.text.as_str();
            let path = format!("profiles.{profile}.params.{name}");
            if let Some(param) = view.params.declared.iter().rev().find(|param| param.name == name) {
                value(view, name, &entry.value, &path, param.kind, out);
                continue;
            }
            let declared = || view.params.declared.iter().map(|param| param.name.as_str());
            let diagnostic = Diagnostic::warning(
                "unknown-parameter",
                format!("profile `{profile}` gives a value to `{name}`, which is not declared"),
            )
            .at(entry.key.span)
            .path(path)
            .why(format!("declared parameters: {}", list(declared())));
            out.push(match did_you_mean(name, declared()) {
                Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), entry.key.span, quote(meant)),
                None => diagnostic.fix("declare it under `params`"),
            });
        }
    }
}

/// `unknown-parameter`, `invalid-parameter`: what is given from outside.
pub fn provided(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let names = || view.params.declared.iter().map(|param| param.name.as_str());
    for name in &view.params.strangers {
        let fix = did_you_mean(name, names())
            .map_or("leave it out, or declare it under `params`".to_owned(), |m| format!("did you mean `{m}`?"));
        out.push(
            Diagnostic::error("unknown-parameter", format!("`--param {name}=…`: there is no parameter `{name}`"))
                .why(format!("declared parameters: {}", list(names())))
                .fix(fix),
        );
    }
    let from = |source: Source, name: &str| match source {
        Source::Environment => format!("the environment variable for `{name}`"),
        _ => format!("`--param {name}=…`"),
    };
    for misfit in &view.params.misfits {
        let param = view.params.declared.iter().rev().find(|param| param.name == misfit.name);
        let kind = param.and_then(|param| param.kind).map_or("a value of its type".to_owned(), an);
        let diagnostic =
            Diagnostic::error("invalid-parameter", format!("{} is not {kind}", from(misfit.source, &misfit.name)))
                .why(format!("parameter `{}` takes {kind}", misfit.name))
                .fix(format!("give {kind}"));
        out.push(
            param.map_or(diagnostic.clone(), |param| diagnostic.at(param.span).path(format!("params.{}", param.name))),
        );
    }
    for param in view.params.declared.iter().filter(|param| !param.allowed.is_empty()) {
        let Some(effective) = view.params.effective.get(&param.name) else { continue };
        if effective.source > Source::Profile && !param.allowed.contains(&effective.value) {
            out.push(
                Diagnostic::error(
                    "invalid-parameter",
                    format!("{} cannot be {}", from(effective.source, &param.name), show(&effective.value)),
                )
                .at(param.span)
                .path(format!("params.{}", param.name))
                .why(format!("allowed: {}", allowed(&param.allowed)))
                .fix("give one of them"),
            );
        }
    }
}

/// `unknown-parameter`: a reference to a parameter that is not declared.
pub fn references(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let known: HashSet<&str> = view.params.names().collect();
    let unknown = view.found.references.iter().filter(|reference| !known.contains(reference.name.as_str()));
    for (number, reference) in unknown.enumerate() {
        if !view.complete && view.top.get("params").is_none_or(|node| node.as_map().is_none_or(|map| !map.complete)) {
            continue;
        }
        let name = &reference.name;
        let diagnostic = Diagnostic::error("unknown-parameter", format!("there is no parameter `{name}`"))
            .at(reference.span)
            .path(format!("params.{name}"))
            .why(format!("declared parameters: {}", list(view.params.names().take(20))));
        let names = view.params.names().take(if number < MOST_GUESSES { usize::MAX } else { 0 });
        out.push(match (did_you_mean(name, names), reference.name_span) {
            (Some(meant), Some(span)) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), span, meant),
            (Some(meant), None) => diagnostic.fix(format!("did you mean `{meant}`?")),
            (None, _) => diagnostic.fix(format!("declare it: `params: {{{name}: …}}`")),
        });
    }
}

/// `missing-parameter`: when compiling, a parameter that is referred to and has no value.
pub fn missing(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let without = |name: &str| view.params.is_known(name) && !view.params.effective.contains_key(name);
    for reference in view.found.references.iter().filter(|reference| view.compiling && without(&reference.name)) {
        let name = &reference.name;
        out.push(
            Diagnostic::error("missing-parameter", format!("parameter `{name}` has no value"))
                .at(reference.span)
                .path(format!("params.{name}"))
                .why("it has no default, and neither the profile, the environment nor the command line gives one")
                .fix(format!("give `--param {name}=…`, or a default")),
        );
    }
}

/// `unused-parameter` (warning): a parameter that nothing refers to.
pub fn unused(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let used: HashSet<&str> = view.found.references.iter().map(|reference| reference.name.as_str()).collect();
    for param in view.params.declared.iter().filter(|param| view.complete && !used.contains(param.name.as_str())) {
        out.push(
            Diagnostic::warning("unused-parameter", format!("nothing refers to parameter `{}`", param.name))
                .at(param.span)
                .path(format!("params.{}", param.name))
                .why(format!("a value refers to it by `${{params.{}}}`", param.name))
                .fix("remove it, or refer to it"),
        );
    }
}

/// `unknown-template` (warning): `${…}` that is no reference to a parameter stays as it is.
pub fn strays(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let known: HashSet<&str> = view.params.names().collect();
    for stray in &view.found.strays {
        let inner = stray.text.trim_start_matches("${").trim_end_matches('}').trim();
        let bare = inner.strip_prefix("params.").or_else(|| inner.strip_prefix("param.")).unwrap_or(inner);
        let diagnostic = Diagnostic::warning("unknown-template", format!("`{}` is not replaced", stray.text))
            .at(stray.span)
            .why("only `${params.name}` is; variables of the environment belong into connections");
        out.push(if known.contains(bare) {
            let right = format!("${{params.{bare}}}");
            let exact = view.lines.text().get(stray.span.range()) == Some(stray.text.as_str());
            let text = format!("did you mean `{right}`?");
            if exact { diagnostic.fix_edit(text, stray.span, right) } else { diagnostic.fix(text) }
        } else {
            diagnostic.fix("refer to a parameter, or write the value")
        });
    }
}
