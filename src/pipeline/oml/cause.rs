//! Which problems only follow from another one: mend that, and they are gone.

use crate::diagnostic::Diagnostic;

/// For each diagnostic the one that it follows from, if it does. A root follows from nothing.
pub fn causes(all: &[Diagnostic]) -> Vec<Option<usize>> {
    let mut causes = vec![None; all.len()];
    for (n, found) in all.iter().enumerate() {
        causes[n] = all.iter().enumerate().position(|(m, root)| m != n && follows(found, n, root, m));
    }
    // A chain ends at its root; two that blame each other are both roots.
    for n in 0..causes.len() {
        let mut seen = vec![n];
        while let Some(next) = causes[n].and_then(|root| causes[root]) {
            if seen.contains(&next) {
                causes[n] = None;
                break;
            }
            seen.push(next);
            causes[n] = Some(next);
        }
    }
    causes
}

fn follows(found: &Diagnostic, at: usize, root: &Diagnostic, root_at: usize) -> bool {
    if found.source != root.source {
        return false;
    }
    if root_at < at && (&found.code, &found.message, &found.path) == (&root.code, &root.message, &root.path) {
        return true;
    }
    match root.code.as_str() {
        // What is missing or unused may stand in the part that could not be read.
        "yaml-parse-error" => found.code != root.code,
        "unknown-dependency" => {
            let same_step = step(found).is_some() && step(found) == step(root);
            let meant = replacement(root).is_some_and(|id| found.message.contains(&format!("`{id}`")));
            (matches!(found.code.as_str(), "no-input" | "unknown-sql-table") && same_step)
                || (found.code == "unused-step" && meant)
        }
        "unknown-parameter" => {
            let meant = || replacement(root).map(|name| format!("params.{name}")) == found.path;
            found.code == "unused-parameter" && meant()
        }
        // The key is there, but misspelled: one edit mends both.
        "unknown-config-key" | "unknown-key" => {
            found.code.starts_with("missing-") && edit(found).is_some() && edit(found) == edit(root)
        }
        _ => false,
    }
}

fn edit(d: &Diagnostic) -> Option<&crate::diagnostic::Edit> {
    d.fix.as_ref()?.edit.as_ref()
}

fn replacement(d: &Diagnostic) -> Option<&str> {
    Some(&edit(d)?.replacement)
}

/// `steps[2]` of `steps[2].config.path`.
fn step(d: &Diagnostic) -> Option<&str> {
    let path = d.path.as_deref()?;
    path.starts_with("steps[").then(|| path.split_once(']').map_or(path, |(step, _)| step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Registry;
    use crate::pipeline::oml::{CheckContext, check};

    const FAULTY: &str = r#"oml_version: "0.1.0"
name: daily
params:
  day: {type: string, default: x}
steps:
  - id: read-orders
    component: filesystem.csv_extractor
    mode: read
    config: {paht: "data/${params.dya}.csv"}
  - id: total
    component: sql.transform
    mode: transform
    needs: [read-order]
    config: {query: "SELECT * FROM read_orders"}
  - id: write
    componet: filesystem.csv_writer
    mode: write
    needs: [total]
    config: {path: "${params.dya}"}
"#;

    /// Codes and the code of what each follows from.
    fn found(text: &str) -> Vec<(String, Option<String>)> {
        let registry = Registry::load(None);
        let all = check("f", text, &CheckContext { registry: &registry, connections: None, tables: &[] }).diagnostics;
        let causes = causes(&all);
        all.iter().zip(&causes).map(|(d, c)| (d.code.clone(), c.map(|c| all[c].code.clone()))).collect()
    }

    #[test]
    fn what_one_mistake_brings_along_follows_from_it() {
        let found = found(FAULTY);
        let follows = |code: &str, root: &str| found.contains(&(code.to_owned(), Some(root.to_owned())));
        assert!(follows("unused-parameter", "unknown-parameter"), "{found:?}");
        assert!(follows("missing-config-key", "unknown-config-key"), "{found:?}");
        assert!(follows("missing-step-field", "unknown-key"), "{found:?}");
        assert!(follows("unknown-parameter", "unknown-parameter"), "{found:?}");
        let roots: Vec<&str> = found.iter().filter(|(_, c)| c.is_none()).map(|(code, _)| code.as_str()).collect();
        assert_eq!(roots, ["unknown-config-key", "unknown-parameter", "unknown-dependency", "unknown-key"]);
    }

    #[test]
    fn a_text_that_is_no_yaml_is_the_root_of_all() {
        let found = found("oml_version: \"0.1.0\"\nname: daily\nsteps:\n  - id: a\n    component: nope\n  - id: [\n");
        assert!(found.len() > 1, "{found:?}");
        let roots: Vec<_> = found.iter().filter(|(_, cause)| cause.is_none()).collect();
        assert_eq!(roots.len(), 1);
        assert_eq!(roots[0].0, "yaml-parse-error");
    }

    #[test]
    fn what_has_nothing_to_do_with_each_other_has_no_cause() {
        let all = [Diagnostic::error("a", "1").path("x"), Diagnostic::error("a", "2").path("x")];
        assert_eq!(causes(&all), [None, None]);
        let twice = [Diagnostic::error("a", "1").path("x"), Diagnostic::error("a", "1").path("x")];
        assert_eq!(causes(&twice), [None, Some(0)]);
    }
}
