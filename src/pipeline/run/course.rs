//! Which steps of a manifest a run does, which of them it takes from an earlier run, and which it leaves
//! out.

use std::collections::HashMap;

use super::kept::Kept;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::pipeline::compile::{Manifest, ManifestStep};

/// What a step does in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It works.
    Work,
    /// The rows that it handed on in an earlier run are taken from where they were kept.
    Take(Kept),
    /// It is left out, for this reason.
    Leave(String),
}

/// What each step does: in the order of the manifest. An empty one is that of a whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course(Vec<Way>);

impl Course {
    /// What the step of that index does.
    pub fn way(&self, at: usize) -> &Way {
        self.0.get(at).unwrap_or(&Way::Work)
    }

    /// Whether any step is left out or taken.
    pub fn is_whole(&self) -> bool {
        self.0.iter().all(|way| *way == Way::Work)
    }

    /// The steps that are named by `--only`, and those named by `--from` with all that come after them; of
    /// what they need, that which was kept, and the others at work. `kept` finds what an earlier run kept of
    /// a step.
    ///
    /// # Errors
    /// A name that no step has.
    pub fn of(
        manifest: &Manifest,
        only: &[String],
        from: &[String],
        kept: impl Fn(usize) -> Option<Kept>,
    ) -> Result<Course, Vec<Diagnostic>> {
        let steps = &manifest.steps;
        let mut wrong = Vec::new();
        let mut goals = vec![false; steps.len()];
        for (name, after) in only.iter().map(|name| (name, false)).chain(from.iter().map(|name| (name, true))) {
            match steps.iter().position(|step| step.id == *name) {
                Some(at) => {
                    goals[at] = true;
                    if after {
                        go_on(steps, at, &mut goals);
                    }
                }
                None => wrong.push(unknown(steps, name)),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let needs = needs_of(steps);
        let reached = reach(&needs, &goals, |at| kept(at).is_some());
        let way = |(at, reached): (usize, Reach)| match (reached, kept(at)) {
            (Reach::Out, _) => Way::Leave("it was not asked for".to_owned()),
            (Reach::Taken, Some(kept)) => Way::Take(kept),
            (Reach::Taken | Reach::Work, _) => Way::Work,
        };
        Ok(Course(reached.into_iter().enumerate().map(way).collect()))
    }

    /// The rest of a run that did not finish: every step that writes and had not written, and what these
    /// need. `done` says of a step whether it had finished.
    pub fn rest(
        manifest: &Manifest,
        done: impl Fn(&ManifestStep) -> bool,
        kept: impl Fn(usize) -> Option<Kept>,
    ) -> Course {
        let steps = &manifest.steps;
        let needs = needs_of(steps);
        let goals = ends(&needs, |at| steps[at].mode == "write", |at| done(&steps[at]));
        let reached = reach(&needs, &goals, |at| kept(at).is_some());
        let way = |(at, reached): (usize, Reach)| match (reached, kept(at)) {
            (Reach::Out, _) if done(&steps[at]) && steps[at].mode == "write" => {
                Way::Leave("its rows were written before".to_owned())
            }
            (Reach::Out, _) => Way::Leave("nothing that is left to do needs it".to_owned()),
            (Reach::Taken, Some(kept)) => Way::Take(kept),
            (Reach::Taken | Reach::Work, _) => Way::Work,
        };
        Course(reached.into_iter().enumerate().map(way).collect())
    }
}

/// What a step has to do with the goals of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing.
    Out,
    /// Its rows are needed and there already.
    Taken,
    /// It has to work.
    Work,
}

/// The steps that a run is for: those that write or are needed by none, and are not done.
pub(super) fn ends(needs: &[Vec<usize>], writes: impl Fn(usize) -> bool, done: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut needed = vec![false; needs.len()];
    needs.iter().flatten().for_each(|need| needed[*need] = true);
    (0..needs.len()).map(|at| (writes(at) || !needed[at]) && !done(at)).collect()
}

/// What has to work for the goals: they themselves, and what they need as far as it is not there.
pub(super) fn reach(needs: &[Vec<usize>], goals: &[bool], there: impl Fn(usize) -> bool) -> Vec<Reach> {
    let mut reached = vec![Reach::Out; needs.len()];
    let mut open: Vec<usize> = (0..needs.len()).filter(|at| goals[*at]).collect();
    open.iter().for_each(|at| reached[*at] = Reach::Work);
    while let Some(at) = open.pop() {
        for need in &needs[at] {
            if reached[*need] == Reach::Out {
                let taken = there(*need);
                reached[*need] = if taken { Reach::Taken } else { Reach::Work };
                if !taken {
                    open.push(*need);
                }
            }
        }
    }
    reached
}

/// For each step the indices of those it needs, as far as they are known.
fn needs_of(steps: &[ManifestStep]) -> Vec<Vec<usize>> {
    let index: HashMap<&str, usize> = steps.iter().enumerate().map(|(at, step)| (step.id.as_str(), at)).collect();
    let of = |step: &ManifestStep| step.needs.iter().filter_map(|need| index.get(need.as_str()).copied()).collect();
    steps.iter().map(of).collect()
}

/// Marks all steps after one.
fn go_on(steps: &[ManifestStep], from: usize, marked: &mut [bool]) {
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for (next, step) in steps.iter().enumerate() {
            if !marked[next] && step.needs.contains(&steps[at].id) {
                marked[next] = true;
                open.push(next);
            }
        }
    }
}

fn unknown(steps: &[ManifestStep], name: &str) -> Diagnostic {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    let ids = || steps.iter().map(|step| step.id.as_str());
    let diagnostic = Diagnostic::error("unknown-step", format!("the pipeline has no step `{shown}`"));
    match did_you_mean(name, ids()) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
        None => diagnostic.fix(format!("name one of its steps: {}", ids().take(40).collect::<Vec<_>>().join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::compile::Fingerprints;

    /// a → b → c(writes); b → d(writes); e(reads) → f(writes).
    fn manifest() -> Manifest {
        let step = |id: &str, mode: &str, needs: &[&str]| ManifestStep {
            id: id.to_owned(),
            mode: mode.to_owned(),
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
            ..ManifestStep::default()
        };
        Manifest {
            manifest_version: 1,
            name: "x".to_owned(),
            oml_version: "0.1.0".to_owned(),
            profile: None,
            compiler: String::new(),
            validation: None,
            fingerprints: Fingerprints::default(),
            steps: vec![
                step("a", "read", &[]),
                step("b", "transform", &["a"]),
                step("c", "write", &["b"]),
                step("d", "write", &["b"]),
                step("e", "read", &[]),
                step("f", "write", &["e"]),
            ],
        }
    }

    fn kept(at: usize) -> Option<Kept> {
        Some(Kept { file: format!("{at}.parquet").into(), run: "r".to_owned(), rows: 1 })
    }

    /// A letter for each step: Work, Take, Leave.
    fn letters(course: &Course) -> String {
        let letter = |way: &Way| match way {
            Way::Work => 'W',
            Way::Take(_) => 'T',
            Way::Leave(_) => '-',
        };
        course.0.iter().map(letter).collect()
    }

    #[test]
    fn some_steps_are_run_with_what_they_need() {
        let of = |only: &[&str], from: &[&str], there: &[usize]| {
            let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let found = |at| there.contains(&at).then(|| kept(at)).flatten();
            letters(&Course::of(&manifest(), &all(only), &all(from), found).unwrap())
        };
        assert_eq!(of(&["c"], &[], &[]), "WWW---");
        assert_eq!(of(&["c"], &[], &[0, 1, 4]), "-TW---");
        assert_eq!(of(&["b"], &[], &[0, 1]), "TW----");
        assert_eq!(of(&[], &["b"], &[0]), "TWWW--");
        assert_eq!(of(&["f"], &["a"], &[]), "WWWWWW");
        assert_eq!(of(&["c", "b"], &[], &[1]), "WWW---");
    }

    #[test]
    fn a_name_that_no_step_has_is_told() {
        let found = Course::of(&manifest(), &["cc".to_owned()], &["zzz".to_owned()], kept).unwrap_err();
        let fixes: Vec<String> = found.into_iter().map(|d| d.fix.unwrap().text).collect();
        assert_eq!(fixes, ["did you mean `c`?", "name one of its steps: a, b, c, d, e, f"]);
    }

    #[test]
    fn the_rest_of_a_run_is_what_was_not_written() {
        let rest = |done: &[&str], there: &[usize]| {
            let found = |at| there.contains(&at).then(|| kept(at)).flatten();
            letters(&Course::rest(&manifest(), |step| done.contains(&step.id.as_str()), found))
        };
        assert_eq!(rest(&[], &[]), "WWWWWW");
        assert_eq!(rest(&["a", "b", "c"], &[]), "WW-W--".replace("--", "WW"));
        assert_eq!(rest(&["a", "b", "c", "e", "f"], &[1]), "-T-W--");
        assert_eq!(rest(&["a", "b", "c", "d", "e", "f"], &[]), "------");
        assert!(Course::default().is_whole() && *Course::default().way(7) == Way::Work);
    }
}
