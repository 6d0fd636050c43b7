//! Making the quick fixes of a document's errors, all that there are.

use std::collections::HashSet;

use serde::Serialize;

use super::{CheckContext, check, offer};
use crate::diagnostic::{Diagnostic, Edit, Span};

/// Most rounds: what one edit brings to light, the next round mends.
const MAX_ROUNDS: usize = 20;

/// An edit that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The code of what was wrong.
    pub code: String,
    /// What was wrong.
    pub message: String,
    /// Where it was, in the text before this change.
    pub span: Span,
    /// What was done.
    pub fix: String,
}

/// A document after its quick fixes.
#[derive(Clone, Debug, PartialEq)]
pub struct Mended {
    /// The text.
    pub text: String,
    /// What was done, in order.
    pub changes: Vec<Change>,
    /// What is still wrong, in document order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Makes the quick fixes of all errors. Warnings are left alone. What is outside of the edits stays as it
/// is, byte for byte.
pub fn mend(source: &str, text: &str, ctx: &CheckContext<'_>) -> Mended {
    let mut now =
        Mended { text: text.to_owned(), changes: Vec::new(), diagnostics: check(source, text, ctx).diagnostics };
    let mut seen = HashSet::from([now.text.clone()]);
    for _ in 0..MAX_ROUNDS {
        let all = chosen(&now.diagnostics);
        let Some(next) = [all.as_slice(), all.get(..1).unwrap_or_default()].into_iter().find_map(|edits| {
            let text = make(&now.text, edits)?;
            let diagnostics = check(source, &text, ctx).diagnostics;
            let errors = |all: &[Diagnostic]| all.iter().filter(|d| d.is_error()).count();
            let better = errors(&diagnostics) < errors(&now.diagnostics)
                || (edits.len() == 1 && errors(&diagnostics) == errors(&now.diagnostics));
            let changes = edits.iter().map(|(d, edit)| change(d, edit));
            let changes: Vec<Change> = now.changes.iter().cloned().chain(changes).collect();
            better.then_some(Mended { text, changes, diagnostics })
        }) else {
            break;
        };
        if !seen.insert(next.text.clone()) {
            break;
        }
        now = next;
    }
    now
}

/// The edits of errors that do not touch each other, in document order.
fn chosen(diagnostics: &[Diagnostic]) -> Vec<(&Diagnostic, &Edit)> {
    let mut all: Vec<(&Diagnostic, &Edit)> =
        diagnostics.iter().filter(|d| d.is_error()).filter_map(|d| Some((d, d.fix.as_ref()?.edit.as_ref()?))).collect();
    all.sort_by_key(|(_, edit)| (edit.span.start, edit.span.end));
    let mut free = None;
    all.retain(|(_, edit)| {
        let fits = free.is_none_or(|end| edit.span.start > end);
        if fits {
            free = Some(edit.span.end);
        }
        fits
    });
    all
}

fn make(text: &str, edits: &[(&Diagnostic, &Edit)]) -> Option<String> {
    let first = edits.first().map(|_| text.to_owned())?;
    edits.iter().rev().try_fold(first, |text, (_, edit)| offer::apply(&text, edit))
}

fn change(diagnostic: &Diagnostic, edit: &Edit) -> Change {
    Change {
        code: diagnostic.code.clone(),
        message: diagnostic.message.clone(),
        span: edit.span,
        fix: diagnostic.fix.as_ref().map(|fix| fix.text.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Registry;

    fn mended(text: &str) -> Mended {
        let registry = Registry::builtin();
        mend("p.yaml", text, &CheckContext { registry: &registry, connections: None, tables: &[] })
    }

    #[test]
    fn a_document_with_many_faults_becomes_right() {
        let text = "# my pipeline\r\nversion: 0.1\r\nname: 5\r\nsteps:\r\n  - id: read-orders\r\n    component: filesystem.csv_extracter # a reader\r\n    config: {limit: \"10\", pth: a.csv}\r\n  - id: paid\r\n    component: sql.transform\r\n    mode: transform\r\n    needs: read-order\r\n    config:\r\n      query: SELECT * FORM df_read_ordres\r\n  - id: out\r\n    component: filesystem.csv_writer\r\n    mode: write\r\n    needs: []\r\n    config: {path: out.csv}\r\n";
        let mended = mended(text);
        assert_eq!(mended.diagnostics, [], "{}", mended.text);
        insta::assert_snapshot!(mended.text.replace("\r\n", "\n"));
        assert_eq!(mended.text.matches('\n').count(), mended.text.matches("\r\n").count());
    }

    #[test]
    fn what_has_no_edit_is_left_as_it_is() {
        let text = "oml_version: \"0.1.0\"\nname: x\nsteps:\n  - {id: a, component: oracle.reader, mode: read}\n";
        let mended = mended(text);
        assert_eq!((mended.text.as_str(), mended.changes.len()), (text, 0));
        assert!(!mended.diagnostics.is_empty());
    }
}
