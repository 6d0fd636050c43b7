//! Whatever a spec names has to be there: the checks of the strict level.

use serde_json::Value;

use super::spec::{compile, first};
use super::types::Contract;
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::yaml::{Entry, Node};

/// First parts of pointers that stand for what a connection holds.
const CONNECTION_ROOTS: [&str; 3] = ["auth", "connection", "credentials"];
/// The same, of what is only there when a connection has been looked up.
const RESOLVED: &str = "resolved_connection";

/// Keys that connections of a family have and no option need be.
const CONNECTION_KEYS: [(&str, &[&str]); 4] = [
    ("filesystem", &["base_dir"]),
    ("mysql", &["dsn", "charset"]),
    ("postgres", &["dsn", "sslmode"]),
    ("supabase", &["pg_dsn", "service_role_key", "anon_key", "password"]),
];

/// Extensions that have a meaning.
const EXTENSIONS: [&str; 4] = ["x-aliases", "x-connection-fields", "x-runtime", "x-secret"];

/// Adds what is named and is not there.
pub(super) fn check(contract: &Contract, root: &Node, found: &mut Vec<Diagnostic>) {
    let names = Names::of(contract);
    required(&names, root, found);
    pointers(&names, root, &["secrets"], Reach::Options, found);
    pointers(&names, root, &["x-secret"], Reach::Connection, found);
    pointers(&names, root, &["redaction", "extras"], Reach::Options, found);
    pointers(&names, root, &["loggingPolicy", "sensitivePaths"], Reach::Connection, found);
    connection_fields(&names, root, found);
    aliases(&names, root, found);
    constraints(&names, root, found);
    extensions(root, found);
}

/// The names that a spec may use.
struct Names<'a> {
    options: Vec<&'a str>,
    /// Keys of the connection that are no options.
    connection: Vec<&'a str>,
    contract: &'a Contract,
}

impl<'a> Names<'a> {
    fn of(contract: &'a Contract) -> Names<'a> {
        let known = CONNECTION_KEYS.iter().find(|(family, _)| *family == contract.family());
        let mut connection: Vec<&str> = known.map(|(_, keys)| keys.to_vec()).unwrap_or_default();
        // A secret below what stands for the connection tells of a key that the connection has.
        let root = |pointer: &str| CONNECTION_ROOTS.contains(&pointer) || pointer == RESOLVED;
        let below = contract.secrets.iter().filter(|pointer| root(first(pointer)));
        connection.extend(below.filter_map(|pointer| pointer[1..].split('/').nth(1)));
        Names { options: contract.options.iter().map(|option| option.name.as_str()).collect(), connection, contract }
    }

    fn is_option(&self, name: &str) -> bool {
        self.options.contains(&name)
    }

    fn meant(&self, name: &str) -> Option<&str> {
        let all = self.options.iter().chain(&self.connection).copied();
        did_you_mean(name, all).or_else(|| self.contract.meant_by(name))
    }

    /// Says that a name is none; `edit` writes the name that was meant.
    fn unknown(
        &self,
        code: &str,
        what: String,
        span: Span,
        path: String,
        name: &str,
        edit: &dyn Fn(&str) -> String,
    ) -> Diagnostic {
        let diagnostic = Diagnostic::error(code, what)
            .at(span)
            .path(path)
            .why(format!("the options are: {}", self.options.join(", ")));
        match self.meant(name) {
            Some(meant) => diagnostic.fix_edit(format!("did you mean `{meant}`?"), span, edit(meant)),
            None => diagnostic.fix("use the name of an option, or remove it"),
        }
    }
}

fn items<'n>(root: &'n Node, path: &[&str]) -> impl Iterator<Item = (usize, &'n Node)> {
    let mut node = Some(root);
    for part in path {
        node = node.and_then(Node::as_map).and_then(|map| map.get(part));
    }
    node.and_then(Node::as_seq).into_iter().flat_map(|seq| seq.items.iter().enumerate())
}

fn entries<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Entry> {
    let map = node.as_map().and_then(|map| map.get(key)).and_then(Node::as_map);
    map.into_iter().flat_map(|map| &map.entries)
}

/// `unknown-required-option`: what is required can be given.
fn required(names: &Names<'_>, root: &Node, found: &mut Vec<Diagnostic>) {
    for (at, item) in items(root, &["configSchema", "required"]) {
        let Some(name) = item.as_str().filter(|name| !names.is_option(name)) else { continue };
        let path = format!("configSchema.required[{at}]");
        let what = format!("`{name}` is required and is no option");
        found.push(names.unknown("unknown-required-option", what, item.span, path, name, &str::to_owned));
    }
}

/// How far a list of pointers reaches.
#[derive(Clone, Copy, PartialEq)]
enum Reach {
    /// To options.
    Options,
    /// Also to what only a connection holds, and to its other words for an option.
    Connection,
}

/// `unknown-secret-pointer`, `unknown-redaction-pointer`: a pointer leads to an option, into one that is
/// a mapping, or to what the connection holds.
fn pointers(names: &Names<'_>, root: &Node, path: &[&str], reach: Reach, found: &mut Vec<Diagnostic>) {
    let code = match path.last() {
        Some(last) if last.contains("secret") => "unknown-secret-pointer",
        _ => "unknown-redaction-pointer",
    };
    for (at, item) in items(root, path) {
        let pointer = item.as_str().unwrap_or_default();
        let name = first(pointer);
        let held = || name == RESOLVED || names.connection.contains(&name) || names.contract.meant_by(name).is_some();
        let connection = reach == Reach::Connection && !names.is_option(name) && held();
        if CONNECTION_ROOTS.contains(&name) || connection {
            continue;
        }
        let path = format!("{}[{at}]", path.join("."));
        if !names.is_option(name) {
            let what = format!("`{pointer}` points to no option");
            let edit = |meant: &str| pointer.replacen(name, meant, 1);
            found.push(names.unknown(code, what, item.span, path, name, &edit));
        } else if let Some(part) = dead_end(names.contract, pointer) {
            found.push(
                Diagnostic::error(code, format!("`{pointer}` points to nothing: `{name}` has no `{part}`"))
                    .at(item.span)
                    .path(path)
                    .why(format!("`{name}` is {}", names.contract.option(name).map_or("", |o| o.kind.as_str())))
                    .fix_edit(format!("point to the whole option: `/{name}`"), item.span, format!("/{name}")),
            );
        }
    }
}

/// The part of a pointer that no value of the option can have.
fn dead_end<'p>(contract: &Contract, pointer: &'p str) -> Option<&'p str> {
    let mut schema = contract.schema.get("properties")?.get(first(pointer))?;
    for part in pointer[1..].split('/').skip(1) {
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        let scalar = schema.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "object" && kind != "array");
        match schema.get("properties").and_then(|all| all.get(part)) {
            Some(below) => schema = below,
            None if scalar || closed => return Some(part),
            None => return None,
        }
    }
    None
}

/// `unknown-connection-option`: a field of the connection is an option, or a key that connections have.
fn connection_fields(names: &Names<'_>, root: &Node, found: &mut Vec<Diagnostic>) {
    for (at, item) in items(root, &["x-connection-fields"]) {
        let node = item.as_map().and_then(|map| map.get("name")).unwrap_or(item);
        let Some(name) = node.as_str() else { continue };
        if names.is_option(name) || names.connection.contains(&name) {
            continue;
        }
        let what = format!("`{name}` is no option that a connection could provide");
        let path = format!("x-connection-fields[{at}]");
        found.push(names.unknown("unknown-connection-option", what, node.span, path, name, &str::to_owned));
    }
}

/// `unknown-alias-option`: other words are words for an option.
fn aliases(names: &Names<'_>, root: &Node, found: &mut Vec<Diagnostic>) {
    let Some(hints) = root.as_map().and_then(|map| map.get("llmHints")) else { return };
    for entry in entries(hints, "inputAliases").filter(|entry| !names.is_option(&entry.key.text)) {
        let name = entry.key.text.as_str();
        let path = format!("llmHints.inputAliases.{name}");
        let what = format!("`{name}` is no option");
        found.push(names.unknown("unknown-alias-option", what, entry.key.span, path, name, &str::to_owned));
    }
}

/// `unknown-constraint-option`, `invalid-constraint`: a constraint is about options, and what it wants of
/// them can be checked.
fn constraints(names: &Names<'_>, root: &Node, found: &mut Vec<Diagnostic>) {
    for (at, item) in items(root, &["constraints", "required"]) {
        for side in ["when", "must"] {
            for entry in entries(item, side) {
                let name = entry.key.text.as_str();
                let path = format!("constraints.required[{at}].{side}.{name}");
                if !names.is_option(name) {
                    let what = format!("a constraint speaks of `{name}`, which is no option");
                    let code = "unknown-constraint-option";
                    found.push(names.unknown(code, what, entry.key.span, path, name, &str::to_owned));
                } else if let Some(error) = entry.value.as_map().and_then(|_| compile(&entry.value.to_json()).err()) {
                    found.push(
                        Diagnostic::error("invalid-constraint", "what the constraint wants is not a JSON Schema")
                            .at(entry.value.span)
                            .path(path)
                            .why(error)
                            .fix("give a value, null, or a JSON Schema such as `{minLength: 1}`"),
                    );
                }
            }
        }
    }
}

/// `unknown-extension`: a slip of an extension that has a meaning. Any other is nobody's business.
fn extensions(root: &Node, found: &mut Vec<Diagnostic>) {
    let top = root.as_map().into_iter().flat_map(|map| &map.entries);
    for entry in top.filter(|entry| entry.key.text.starts_with("x-")) {
        let name = entry.key.text.as_str();
        let Some(meant) = did_you_mean(name, EXTENSIONS).filter(|_| !EXTENSIONS.contains(&name)) else { continue };
        found.push(
            Diagnostic::error("unknown-extension", format!("`{name}` has no meaning here"))
                .at(entry.key.span)
                .path(name)
                .why(format!("the extensions that have one are: {}", EXTENSIONS.join(", ")))
                .fix_edit(format!("did you mean `{meant}`?"), entry.key.span, meant),
        );
    }
}
