//! Checks of connections' fields against their families.

use serde_json::{Map as JsonMap, Value};

use super::family::{self, FamilyField, FamilySpec, FieldKind};
use super::file::{is_word, printable};
use super::value::{Part, is_reference, parts};
use crate::contract::{Place, Registry, dotted};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::yaml::{Entry, Kind, Map, Node, quote};

/// What is wrong with the fields of connections, in the order of the file.
pub(super) fn check(all: &Map, registry: &Registry) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for entry in &all.entries {
        let Some(spec) = &family::find(&entry.key.text, registry) else {
            found.push(unknown_family(entry, registry));
            continue;
        };
        for alias in entry.value.as_map().into_iter().flat_map(|aliases| &aliases.entries) {
            let nothing = Map::default();
            let fields = match &alias.value.kind {
                Kind::Map(fields) => fields,
                _ if alias.value.is_null() => &nothing,
                _ => continue,
            };
            if is_word(&alias.key.text) {
                Check { spec, registry, alias, found: &mut found }.fields(fields);
            }
        }
    }
    found
}

fn unknown_family(entry: &Entry, registry: &Registry) -> Diagnostic {
    let name = &entry.key.text;
    let known = family::family_names(registry);
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let diagnostic = Diagnostic::error("unknown-family", format!("there is no family `{}`", printable(name)))
        .at(entry.key.span)
        .path(format!("connections.{name}"))
        .why(format!("the families are: {}", names.join(", ")));
    match did_you_mean(name, names.iter().copied()) {
        Some(near) => diagnostic.fix_edit(format!("did you mean `{near}`?"), entry.key.span, near),
        None => diagnostic.fix("use one of them, or add a component of this family to the workspace"),
    }
}

struct Check<'a> {
    spec: &'a FamilySpec,
    registry: &'a Registry,
    alias: &'a Entry,
    found: &'a mut Vec<Diagnostic>,
}

impl Check<'_> {
    fn path(&self, field: &str) -> String {
        format!("connections.{}.{}.{field}", self.spec.name, self.alias.key.text)
    }

    fn fields(&mut self, fields: &Map) {
        for entry in &fields.entries {
            match self.spec.field(&entry.key.text) {
                None => self.unknown(entry),
                // Its form is a matter of the file.
                Some(field) if field.name == "default" => {}
                Some(field) => self.value(field, entry),
            }
        }
        self.missing(fields);
    }

    fn unknown(&mut self, entry: &Entry) {
        let name = &entry.key.text;
        let names: Vec<&str> = self.spec.fields.iter().map(|field| field.name.as_str()).collect();
        let family = &self.spec.name;
        let message = format!("`{}` is no field of a {family} connection", printable(name));
        let diagnostic = Diagnostic::error("unknown-connection-field", message)
            .at(entry.key.span)
            .path(self.path(name))
            .why(format!("the fields are: {}", names.join(", ")));
        let mut of_family = family::contracts(self.registry, family);
        let meant = did_you_mean(name, names.iter().copied())
            .or_else(|| of_family.find_map(|contract| contract.meant_by(name)).filter(|meant| names.contains(meant)));
        self.found.push(match meant {
            Some(near) => diagnostic.fix_edit(format!("did you mean `{near}`?"), entry.key.span, near),
            None => diagnostic.fix("remove it, or use one of the fields"),
        });
    }

    fn value(&mut self, field: &FamilyField, entry: &Entry) {
        let node = &entry.value;
        if node.is_null() {
            return;
        }
        self.variables(&field.name, node);
        if field.secret {
            self.literal(&field.name, node);
        }
        // What a variable will hold is not known yet.
        if node.as_str().is_some_and(|text| parts(text).iter().any(|part| matches!(part, Part::Variable { .. }))) {
            return;
        }
        let json = node.to_json();
        let allowed = match &field.kind {
            FieldKind::Text => node.as_scalar().is_some().then_some(()).ok_or_else(|| "a text".to_owned()),
            FieldKind::Boolean => json.is_boolean().then_some(()).ok_or_else(|| "true or false".to_owned()),
            FieldKind::Number(least, most) => {
                let fits = json.as_i64().is_some_and(|n| (*least..=*most).contains(&n));
                fits.then_some(()).ok_or_else(|| format!("a whole number from {least} to {most}"))
            }
            FieldKind::Word(words) => {
                let fits = json.as_str().is_some_and(|text| words.iter().any(|word| word == text));
                fits.then_some(()).ok_or_else(|| format!("one of: {}", words.join(", ")))
            }
            FieldKind::Texts => {
                let single = |map: &Map| map.entries.iter().all(|entry| entry.value.as_scalar().is_some());
                let fits = node.as_map().is_some_and(single);
                fits.then_some(()).ok_or_else(|| "a mapping of names to texts".to_owned())
            }
            // A secret is what is written, whatever that would mean elsewhere.
            FieldKind::Contract(_) if field.secret && node.as_scalar().is_some() => Ok(()),
            FieldKind::Contract(_) => return self.by_contract(field, node, json),
        };
        if let Err(wanted) = allowed {
            let given = match node.as_str().filter(|_| !field.secret) {
                Some(text) => format!("`{}`", printable(text)),
                None => node.type_name().to_owned(),
            };
            let near = match (&field.kind, node.as_str()) {
                (FieldKind::Word(words), Some(text)) => did_you_mean(text, words.iter().map(String::as_str)),
                _ => None,
            };
            let diagnostic = Diagnostic::error("invalid-connection-field", format!("`{}` is {given}", field.name))
                .at(node.span)
                .path(self.path(&field.name))
                .why(format!("it has to be {wanted}. {}", field.description));
            self.found.push(match near {
                Some(near) => diagnostic.fix_edit(format!("did you mean `{near}`?"), node.span, quote(near)),
                None => diagnostic.fix(format!("write {wanted}, or a variable that holds it: ${{NAME}}")),
            });
        }
    }

    /// Checks a value as the first contract does that takes it.
    fn by_contract(&mut self, field: &FamilyField, node: &Node, json: Value) {
        let mut of_family = family::contracts(self.registry, &self.spec.name);
        let Some(contract) = of_family.find(|contract| contract.option(&field.name).is_some()) else { return };
        let config = Value::Object(JsonMap::from_iter([(field.name.clone(), json)]));
        for problem in contract.value_problems(&config) {
            // The rules between options are those of steps.
            if !matches!(problem.path.first(), Some(Place::Key(key)) if *key == field.name) {
                continue;
            }
            let parts: Vec<String> = problem.path[1..].iter().map(ToString::to_string).collect();
            let at = node.nearest(parts.iter().map(String::as_str)).span;
            let diagnostic = Diagnostic::error("invalid-connection-field", problem.message)
                .at(at)
                .path(self.path(&dotted(&problem.path)))
                .why(problem.why);
            self.found.push(match problem.replacement {
                Some(replacement) => diagnostic.fix_edit(problem.fix, at, replacement),
                None => diagnostic.fix(problem.fix),
            });
        }
    }

    /// `bad-variable`: `${…}` that is no variable, at any depth.
    fn variables(&mut self, name: &str, node: &Node) {
        match &node.kind {
            Kind::Map(map) => {
                map.entries
                    .iter()
                    .for_each(|entry| self.variables(&format!("{name}.{}", entry.key.text), &entry.value));
            }
            Kind::Seq(seq) => seq.items.iter().for_each(|item| self.variables(name, item)),
            Kind::Scalar(scalar) => {
                for part in parts(&scalar.text) {
                    let Part::Wrong(inner) = part else { continue };
                    let message = format!("`${{{}}}` is no variable", printable(inner));
                    self.found.push(
                        Diagnostic::error("bad-variable", message)
                            .at(node.span)
                            .path(self.path(name))
                            .why("a name has letters, digits and `_`, and does not begin with a digit")
                            .fix("write ${NAME} or ${NAME:-default}"),
                    );
                }
            }
        }
    }

    /// `literal-secret` (warning): a secret stands in the file.
    fn literal(&mut self, name: &str, node: &Node) {
        let Some(scalar) = node.as_scalar().filter(|scalar| !scalar.text.is_empty()) else { return };
        let whole = is_reference(&scalar.text);
        // An address is safe when its password comes from a variable.
        let address = scalar.text.contains("://") && crate::secret::hide_passwords(&scalar.text) == scalar.text;
        if whole || address {
            return;
        }
        let variable = format!("{}_{}_{name}", self.spec.name, self.alias.key.text).to_uppercase().replace('-', "_");
        self.found.push(
            Diagnostic::warning("literal-secret", format!("`{name}` holds a secret itself"))
                .at(node.span)
                .path(self.path(name))
                .why("the file is shared with the project; a secret in it is given away with it")
                .fix(format!(
                    "write ${{{variable}}} and set that variable in the environment, .env or the secrets file"
                )),
        );
    }

    /// `missing-connection-field`: none of the groups of fields is there whole.
    fn missing(&mut self, fields: &Map) {
        let given = |name: &&&str| fields.get(name).is_some_and(|node| !node.is_null());
        let lacking =
            |group: &&[&'static str]| group.iter().filter(|name| !given(name)).copied().collect::<Vec<&'static str>>();
        let Some(least) = self.spec.needs.iter().map(lacking).min_by_key(Vec::len).filter(|l| !l.is_empty()) else {
            return;
        };
        let groups: Vec<String> = self.spec.needs.iter().map(|group| group.join(" and ")).collect();
        for name in least {
            let family = &self.spec.name;
            let message = format!("@{family}.{} has no `{name}`", self.alias.key.text);
            self.found.push(
                Diagnostic::error("missing-connection-field", message)
                    .at(self.alias.key.span)
                    .path(self.path(name))
                    .why(format!("a {family} connection needs {}", groups.join(", or ")))
                    .fix(format!("add `{name}`")),
            );
        }
    }
}
