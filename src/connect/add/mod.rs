//! Writing a connection into the connections file. What stands in the file stays as it is, comments and order
//! too, and no secret is written.

mod place;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use super::family::{self, FamilySpec, FieldKind};
use super::file::{self, NAMES, is_word, printable};
use super::value::is_reference;
use super::{Connections, field};
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, did_you_mean, has_errors};
use crate::secret::{self, Variables};
use crate::yaml::quote;

/// A connection that is to be written.
#[derive(Clone, Debug, Default)]
pub struct NewConnection {
    /// `@family.alias`.
    pub reference: String,
    /// Fields and their values.
    pub fields: Vec<(String, String)>,
    /// Whether steps that name no connection use it.
    pub default: bool,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// `@family.alias`.
    pub reference: String,
    /// The file, relative to the workspace.
    pub file: String,
    /// The lines that are new.
    pub lines: String,
    /// Variables that the new connection takes its secrets from.
    pub variables: Vec<String>,
    /// Those of them that were given as a value, which was not written.
    pub not_written: Vec<String>,
    /// What is doubtful about it.
    pub warnings: Vec<Diagnostic>,
}

/// Writes a connection into the file of the workspace at `root`; makes the file where there is none.
///
/// # Errors
/// All that is wrong with it; nothing is written then.
pub fn add(root: &Path, registry: &Registry, new: &NewConnection) -> Result<Added, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let (family, alias) = names(&new.reference).map_err(one)?;
    let spec = &family::find(family, registry).ok_or_else(|| one(unknown(family, registry)))?;
    let (name, before) = match file::text(root).map_err(one)? {
        Some((name, text)) => (name, text),
        None => (NAMES[0], String::new()),
    };
    let wanted = fields(spec, alias, new).map_err(one)?;
    let lookup = Variables::of(root);
    let read = file::parse(&before, name, &lookup);
    if has_errors(&read.problems) {
        return Err(read.problems);
    }
    if read.connections.get(&new.reference).is_some() {
        return Err(one(exists(&new.reference, name)));
    }
    let text = place::insert(&before, family, alias, &wanted.pairs).ok_or_else(|| one(by_hand(name, &wanted, new)))?;
    let after = file::parse(&text, name, &lookup);
    // The text was edited, so it is read again: nothing else may have changed.
    if !same_but(&read.connections, &after.connections, &new.reference) {
        return Err(one(by_hand(name, &wanted, new)));
    }
    let mut found = after.problems;
    found.extend(after.families.iter().flat_map(|all| field::check(all, registry)));
    let prefix = format!("connections.{family}.{alias}");
    let about = |d: &Diagnostic| {
        d.path.as_deref().is_some_and(|path| path.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with('.')))
            || (d.code == "several-defaults" && d.path.as_deref() == Some(&format!("connections.{family}")))
    };
    // Places are those of a file that is not written yet.
    let found: Vec<Diagnostic> =
        found.into_iter().filter(about).map(|d| Diagnostic { span: None, ..d.source(name) }).collect();
    if has_errors(&found) {
        return Err(found);
    }
    write(&root.join(name), &text).map_err(|error| {
        one(Diagnostic::error("connections-not-written", format!("{name} can't be written: {error}"))
            .source(name)
            .why("it is replaced whole, so that nobody reads a part of it")
            .fix("check the permissions of the folder and the free space"))
    })?;
    let lines = wanted.pairs.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
    Ok(Added {
        reference: new.reference.clone(),
        file: name.to_owned(),
        lines,
        variables: wanted.variables,
        not_written: wanted.not_written,
        warnings: found,
    })
}

fn names(reference: &str) -> Result<(&str, &str), Diagnostic> {
    let parts = reference.strip_prefix('@').and_then(|rest| rest.split_once('.'));
    parts.filter(|(family, alias)| is_word(family) && is_word(alias)).ok_or_else(|| {
        let message = format!("`{}` is no reference to a connection", printable(reference));
        Diagnostic::error("invalid-connection-ref", message)
            .why("a connection is named `@family.alias`, of letters, digits, `_` and `-`")
            .fix("name it like `@mysql.shop`")
    })
}

fn unknown(family: &str, registry: &Registry) -> Diagnostic {
    let known = family::family_names(registry);
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let diagnostic = Diagnostic::error("unknown-family", format!("there is no family `{family}`"))
        .why(format!("the families are: {}", names.join(", ")));
    match did_you_mean(family, names.iter().copied()) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
        None => diagnostic.fix("use one of them"),
    }
}

fn exists(reference: &str, name: &str) -> Diagnostic {
    Diagnostic::error("connection-exists", format!("{name} has {reference} already"))
        .source(name)
        .why("what is there is not changed")
        .fix("take another alias, or change the file by hand")
}

fn by_hand(name: &str, wanted: &Wanted, new: &NewConnection) -> Diagnostic {
    let pairs: Vec<String> = wanted.pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let message = format!("{} can't be put into {name} without touching what is there", new.reference);
    Diagnostic::error("connections-not-written", message)
        .source(name)
        .why("the file is laid out in a way that this does not know; nothing was written")
        .fix("put these fields into it by hand")
        .example(pairs.join("\n"))
}

/// Fields as they are written.
struct Wanted {
    /// Keys and YAML.
    pairs: Vec<(String, String)>,
    variables: Vec<String>,
    not_written: Vec<String>,
}

fn fields(spec: &FamilySpec, alias: &str, new: &NewConnection) -> Result<Wanted, Diagnostic> {
    let mut wanted = Wanted { pairs: Vec::new(), variables: Vec::new(), not_written: Vec::new() };
    if new.default {
        wanted.pairs.push(("default".to_owned(), "true".to_owned()));
    }
    let variable = |field: &str| format!("{}_{alias}_{field}", spec.name).to_uppercase().replace(['-', '.'], "_");
    let mut given: BTreeMap<&str, ()> = BTreeMap::new();
    for (key, value) in &new.fields {
        if given.insert(key, ()).is_some() || (key == "default" && new.default) {
            let message = format!("`{}` is given twice", printable(key));
            return Err(Diagnostic::error("connections-invalid", message)
                .why("one of them would be lost")
                .fix("give it once"));
        }
        let field = spec.field(key);
        let secret = field.map_or_else(|| secret::looks_secret(key), |field| field.secret);
        let address = value.contains("://") && secret::hide_passwords(value) == *value && value.contains("${");
        if secret && !is_reference(value) && !address {
            secret::remember(&value.clone().into());
            wanted.pairs.push((key.clone(), quote(&format!("${{{}}}", variable(key)))));
            wanted.variables.push(variable(key));
            wanted.not_written.push(variable(key));
            continue;
        }
        if secret::hide_passwords(value) != *value {
            secret::remember_passwords(value);
            return Err(Diagnostic::error("literal-secret", format!("`{key}` has a password in its address"))
                .why("the file is shared with the project; a secret in it is given away with it")
                .fix("leave the password out of the address, or write ${NAME} for it"));
        }
        if let Some(FieldKind::Texts) = field.map(|field| &field.kind) {
            return Err(Diagnostic::error(
                "invalid-connection-field",
                format!("`{key}` has names and values of its own"),
            )
            .why("an argument holds a single value")
            .fix(format!("add the connection without it, and write `{key}` into the file by hand")));
        }
        if let Some(name) = value.strip_prefix("${").and_then(|v| v.strip_suffix('}')).filter(|_| is_reference(value)) {
            wanted.variables.push(name.to_owned());
        }
        let plain =
            field.is_some_and(|field| !field.secret && !matches!(field.kind, FieldKind::Text | FieldKind::Word(_)));
        let scalar = plain && (value.parse::<i64>().is_ok() || ["true", "false"].contains(&value.as_str()));
        wanted.pairs.push((key.clone(), if scalar { value.clone() } else { quote(value) }));
    }
    // Whoever logs in has a password; whatever can't do without a secret has it too.
    let has = |key: &str| given.contains_key(key);
    let mut lacking: Vec<&str> = Vec::new();
    if has("user") && !has("password") && spec.field("password").is_some() {
        lacking.push("password");
    }
    for group in spec.needs.iter().filter(|group| group.iter().any(|name| has(name))).take(1) {
        let secret = |name: &&&str| !has(name) && spec.field(name).is_some_and(|field| field.secret);
        lacking.extend(group.iter().filter(secret));
    }
    let token = new.fields.iter().any(|(key, value)| key == "auth_type" && value != "none");
    if token && !has("auth_token") && spec.field("auth_token").is_some() {
        lacking.push("auth_token");
    }
    for name in lacking {
        wanted.pairs.push((name.to_owned(), quote(&format!("${{{}}}", variable(name)))));
        wanted.variables.push(variable(name));
    }
    Ok(wanted)
}

/// Whether the one is the other with one connection more.
fn same_but(before: &Connections, after: &Connections, new: &str) -> bool {
    after.get(new).is_some()
        && after.all.len() == before.all.len() + 1
        && before.iter().all(|old| {
            after.get(&old.reference()).is_some_and(|now| now.fields == old.fields && now.default == old.default)
        })
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    // Through a link, what it points to is written.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    let permissions = match std::fs::metadata(&target) {
        Ok(found) => found.permissions(),
        Err(_) => std::os::unix::fs::PermissionsExt::from_mode(0o644),
    };
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests;
