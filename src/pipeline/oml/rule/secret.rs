//! Rules about secrets.

use std::collections::BTreeSet;

use super::super::view::View;
use super::CheckContext;
use crate::diagnostic::{Diagnostic, Span};
use crate::yaml::{Kind, Map, Node, Resolved};

/// Names of values that are secret, in any component.
const NAMES: [&str; 21] = [
    "password",
    "passwd",
    "pwd",
    "token",
    "secret",
    "secret_key",
    "service_key",
    "service_role_key",
    "api_key",
    "apikey",
    "access_token",
    "refresh_token",
    "auth_token",
    "bearer_token",
    "client_secret",
    "client_key",
    "private_key",
    "dsn",
    "connection_string",
    "anon_key",
    "authorization",
];
/// Names that are often harmless; a value of at most this many bytes under them is no secret.
const DOUBTFUL: [&str; 1] = ["key"];
const DOUBTFUL_BYTES: usize = 4;

/// `inline-secret`: a secret in the document: a value under a name that means one, here or in a contract,
/// or a password in a URL. It would be stored, shown and sent to a model with the document.
pub fn inline(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let names: BTreeSet<String> = NAMES.into_iter().map(str::to_owned).collect();
    let mut found = Vec::new();
    for param in view.params.declared.iter().filter(|param| view.compiling && names.contains(&plain(&param.name))) {
        if view.params.effective.contains_key(&param.name) {
            found.push(parameter(param.span, &param.name));
        }
    }
    Finder { names, out: &mut found, place: None }.map(view.top, &mut String::new(), false);
    // What is secret in one component (a header, a key) may be harmless in another.
    for step in &view.steps {
        let (Some(contract), Some(config)) = (step.contract, step.config) else { continue };
        let names: BTreeSet<String> = contract.secrets.iter().filter_map(|pointer| secret_name(pointer)).collect();
        let connection = config.get("connection").and_then(Node::as_str).filter(|text| text.starts_with('@'));
        let named = connection.map_or_else(|| format!("@{}.NAME", contract.family()), str::to_owned);
        let place = Some(named).filter(|_| contract.takes_connection());
        // What is the step's own is told with its connection's name.
        let own = view.by_id.get(step.id.unwrap_or_default()) == Some(&step.index);
        let names = if own { names.into_iter().chain(NAMES.map(str::to_owned)).collect() } else { names };
        Finder { names, out: &mut found, place }.map(config, &mut step.path("config"), false);
    }
    // The last to tell of a place knows the connection.
    let mut seen = BTreeSet::new();
    found.reverse();
    found.retain(|diagnostic| seen.insert(diagnostic.span.map(|span| (span.start, span.end))));
    out.append(&mut found);
}

/// The name that a pointer of a contract ends in: `/headers/X-API-Key` speaks of one header, not of all.
fn secret_name(pointer: &str) -> Option<String> {
    let named = |part: &&str| !part.is_empty() && *part != "*" && !part.bytes().all(|b| b.is_ascii_digit());
    pointer.rsplit('/').find(named).map(plain)
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

struct Finder<'o> {
    names: BTreeSet<String>,
    out: &'o mut Vec<Diagnostic>,
    /// The connection that a step's secrets belong into.
    place: Option<String>,
}

impl Finder<'_> {
    /// `secret`: whether a name on the way means a secret.
    fn map(&mut self, map: &Map, path: &mut String, secret: bool) {
        for entry in &map.entries {
            let before = path.len();
            if before > 0 {
                path.push('.');
            }
            path.push_str(&entry.key.text);
            let name = plain(&entry.key.text);
            let long = |node: &Node| node.as_str().is_some_and(|text| text.len() > DOUBTFUL_BYTES);
            let named = self.names.contains(name.as_str()) || (DOUBTFUL.contains(&name.as_str()) && long(&entry.value));
            // Below a secret name, `default` is the value and `type` is not.
            let below = secret && !matches!(name.as_str(), "type" | "description" | "required" | "name");
            self.node(&entry.value, path, named || below);
            path.truncate(before);
        }
    }

    fn node(&mut self, node: &Node, path: &mut String, secret: bool) {
        match &node.kind {
            Kind::Map(map) => self.map(map, path, secret),
            Kind::Seq(seq) => {
                for (index, item) in seq.items.iter().enumerate() {
                    let before = path.len();
                    path.push_str(&format!("[{index}]"));
                    self.node(item, path, secret);
                    path.truncate(before);
                }
            }
            Kind::Scalar(scalar) => {
                let written = scalar.origin.as_deref().unwrap_or(&scalar.text);
                let valued = matches!(scalar.value, Resolved::Text | Resolved::Number(_) | Resolved::Unknown);
                if !valued || written.trim().is_empty() || written.starts_with('@') {
                    return;
                }
                if url_password(&scalar.text) && !url_password(written) {
                    crate::secret::remember_passwords(&scalar.text);
                    return self.report(node.span, path, "a parameter puts a password into a URL");
                }
                // A variable stays as it is written; the value of a parameter would stand in the manifest.
                if written.starts_with("${") && (scalar.origin.is_none() || !secret) {
                    return;
                }
                // Found is known: from now on it is hidden from all that is shown of the document.
                if scalar.origin.is_some() && secret {
                    crate::secret::remember(&scalar.text.clone().into());
                    self.report(node.span, path, "a parameter gives a secret");
                } else if secret {
                    crate::secret::remember(&written.to_owned().into());
                    self.report(node.span, path, "a secret stands in the document");
                } else if url_password(written) {
                    crate::secret::remember_passwords(written);
                    self.report(node.span, path, "a password stands in a URL");
                }
            }
        }
    }

    fn report(&mut self, span: Span, path: &str, message: &str) {
        self.out.push(
            Diagnostic::error("inline-secret", message)
                .at(span)
                .path(path)
                .why("the document and what is compiled of it are stored and shown, and the document is sent to a model; a secret in it is given away")
                .fix(match &self.place {
                    Some(connection) => in_connection(connection, path),
                    None => "put it into a connection, which takes it from the environment, and name that: `connection: \"@family.alias\"`".to_owned(),
                }),
        );
    }
}

/// Which field of which connection a secret belongs into, and what to write in its place.
fn in_connection(connection: &str, path: &str) -> String {
    let rest = path.split_once("config.").map_or(path, |(_, rest)| rest);
    let field: String = rest.split(['.', '[']).next().unwrap_or(rest).to_owned();
    let variable: String =
        field.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let family = connection.trim_start_matches('@').split('.').next().unwrap_or_default().to_uppercase();
    format!(
        "remove it here, write `{field}: ${{{family}_{variable}}}` into the connection {connection}, and name that: `connection: \"{connection}\"`"
    )
}

fn parameter(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("inline-secret", format!("parameter `{name}` is a secret"))
        .at(span)
        .path(format!("params.{name}"))
        .why("the values of parameters stand in the manifest")
        .fix("put it into a connection, which takes it from the environment, and name that: `connection: \"@family.alias\"`")
}

/// Whether a text holds `scheme://user:password@host`.
fn url_password(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let rest = &text[at + 3..];
        let authority =
            &rest[..rest.find(|c: char| matches!(c, '/' | '?' | '#') || c.is_whitespace()).unwrap_or(rest.len())];
        let password =
            authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
        password.is_some_and(|password| !password.is_empty() && !password.starts_with("${"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_what_it_ends_in() {
        let name = |pointer| secret_name(pointer);
        assert_eq!(name("/password").as_deref(), Some("password"));
        assert_eq!(name("/headers/X-API-Key").as_deref(), Some("x_api_key"));
        assert_eq!(name("/accounts/0/*").as_deref(), Some("accounts"));
        assert_eq!((name("/"), name("")), (None, None));
    }
}
