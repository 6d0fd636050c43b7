//! Whether the steps of a manifest can be joined: the compiler checks this too, but nothing unverified
//! runs.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::compile::ManifestStep;

/// For each step the indices of the steps it needs.
pub(super) type Needs = Vec<Vec<usize>>;

/// The graph, or what is wrong with it, each with the index of its step.
pub(super) fn check(steps: &[ManifestStep]) -> Result<Needs, Vec<(usize, Diagnostic)>> {
    let mut wrong = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        if step.id.is_empty() {
            wrong.push((at, Diagnostic::error("missing-step-field", format!("step {at} has no id"))));
        } else if index.insert(&step.id, at).is_some() {
            let message = format!("two steps are called `{}`", step.id);
            wrong.push((at, Diagnostic::error("duplicate-id", message).path(format!("steps[{}].id", step.id))));
        }
    }
    let mut needs = Needs::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        let mut of_step = Vec::with_capacity(step.needs.len());
        for need in &step.needs {
            let path = format!("steps[{}].needs", step.id);
            match index.get(need.as_str()) {
                Some(found) if of_step.contains(found) => {
                    let message = format!("`{}` needs `{need}` twice", step.id);
                    wrong.push((at, Diagnostic::error("duplicate-dependency", message).path(path)));
                }
                Some(found) => of_step.push(*found),
                None => {
                    let message = format!("`{}` needs `{need}`, which is no step", step.id);
                    let diagnostic = Diagnostic::error("unknown-dependency", message).path(path);
                    wrong.push((
                        at,
                        match did_you_mean(need, index.keys().copied()) {
                            Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
                            None => diagnostic,
                        },
                    ));
                }
            }
        }
        needs.push(of_step);
    }
    if wrong.is_empty()
        && let Some(cycle) = cycle(&needs)
    {
        let names: Vec<&str> = cycle.iter().map(|at| steps[*at].id.as_str()).collect();
        let path = format!("steps[{}].needs", names[0]);
        let message = format!("steps need each other in a circle: {} → {}", names.join(" → "), names[0]);
        wrong.push((
            cycle[0],
            Diagnostic::error("dependency-cycle", message).path(path).fix("remove one of these needs"),
        ));
    }
    if wrong.is_empty() { Ok(needs) } else { Err(wrong) }
}

/// The steps of a circle, each needed by the one before it.
fn cycle(needs: &Needs) -> Option<Vec<usize>> {
    let mut left: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..needs.len()).filter(|at| left[*at] == 0).collect();
    let mut needed_by = vec![Vec::new(); needs.len()];
    for (at, of_step) in needs.iter().enumerate() {
        of_step.iter().for_each(|need| needed_by[*need].push(at));
    }
    while let Some(at) = ready.pop() {
        for user in &needed_by[at] {
            left[*user] -= 1;
            if left[*user] == 0 {
                ready.push(*user);
            }
        }
    }
    // Whatever is left needs something that is left: following that leads into a circle.
    let mut at = left.iter().position(|count| *count > 0)?;
    let mut path: Vec<usize> = Vec::new();
    loop {
        if let Some(begin) = path.iter().position(|seen| *seen == at) {
            return Some(path.split_off(begin));
        }
        path.push(at);
        at = needs[at].iter().copied().find(|need| left[*need] > 0)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(list: &[(&str, &[&str])]) -> Vec<ManifestStep> {
        let step = |(id, needs): &(&str, &[&str])| ManifestStep {
            id: (*id).to_owned(),
            component: "sql.transform".to_owned(),
            version: "1.0.0".to_owned(),
            mode: "transform".to_owned(),
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
            ..ManifestStep::default()
        };
        list.iter().map(step).collect()
    }

    fn messages(list: &[(&str, &[&str])]) -> Vec<String> {
        check(&steps(list)).unwrap_err().into_iter().map(|(at, d)| format!("{at} {} {}", d.code, d.message)).collect()
    }

    #[test]
    fn a_good_graph_is_resolved_whatever_its_order() {
        assert_eq!(check(&steps(&[("w", &["b"]), ("a", &[]), ("b", &["a"])])), Ok(vec![vec![2], vec![], vec![1]]));
        assert_eq!(check(&[]), Ok(vec![]));
    }

    #[test]
    fn faults_are_said() {
        assert_eq!(
            messages(&[("a", &[]), ("a", &["extrct"])]),
            ["1 duplicate-id two steps are called `a`", "1 unknown-dependency `a` needs `extrct`, which is no step",]
        );
        assert_eq!(messages(&[("a", &["a"])]), ["0 dependency-cycle steps need each other in a circle: a → a"]);
        assert_eq!(
            messages(&[("x", &["a"]), ("a", &["b"]), ("b", &["a"])]),
            ["1 dependency-cycle steps need each other in a circle: a → b → a"]
        );
        assert_eq!(messages(&[("a", &[]), ("b", &["a", "a"])]), ["1 duplicate-dependency `b` needs `a` twice"]);
    }
}
