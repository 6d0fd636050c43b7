//! Which quick fixes are offered: those that take their fault away and bring no other.
//!
//! A rule sees its own fault; what an edit does to the rest only shows in the document that it makes. So
//! each edit is tried.

use super::check::{Checking, find};
use super::{CheckContext, Checked};
use crate::diagnostic::{Diagnostic, Edit, has_errors};

/// Most bytes that are checked again for the sake of edits. What is over loses its edit, not its advice;
/// it gets it back when those before it are mended.
const MAX_BYTES: usize = 1 << 20;

/// The text with an edit made. Nothing when the edit is of another text.
pub(super) fn apply(text: &str, edit: &Edit) -> Option<String> {
    let (before, after) = (text.get(..edit.span.start)?, text.get(edit.span.end..)?);
    Some([before, &edit.replacement, after].concat())
}

/// Takes away the edits that do not work.
pub(super) fn keep_what_works(what: &Checking<'_>, ctx: &CheckContext<'_>, checked: &mut Checked, cost: usize) {
    let errors = count(&checked.diagnostics);
    let mut budget = MAX_BYTES;
    for index in 0..checked.diagnostics.len() {
        let Some(edit) = checked.diagnostics[index].fix.as_ref().and_then(|fix| fix.edit.as_ref()) else { continue };
        let left = budget.checked_sub(cost);
        let works = left.is_some_and(|left| {
            budget = left;
            let Some(text) = apply(what.text, edit) else { return false };
            let after = find(&Checking { text: &text, ..*what }, ctx).0.diagnostics;
            let own = &checked.diagnostics[index];
            // Another of the same kind can be left, as when one fault is told for each of several keys.
            let same = |all: &[Diagnostic]| {
                all.iter().filter(|d| d.code == own.code && d.path == own.path && d.message == own.message).count()
            };
            count(&after) <= errors && same(&after) < same(&checked.diagnostics)
        });
        if let Some(fix) = checked.diagnostics[index].fix.as_mut().filter(|_| !works) {
            fix.edit = None;
        }
    }
}

fn count(all: &[Diagnostic]) -> usize {
    if has_errors(all) { all.iter().filter(|d| d.is_error()).count() } else { 0 }
}
