//! `pipesmith connections`

mod add;
mod doctor;
mod list;

use super::args::ConnectionsVerb;
use super::exit::{Ended, Exit, Failure};
use super::output;
use super::place::{self, Place};
use crate::connect::Connections;
use crate::contract::Registry;
use crate::diagnostic::{self, Diagnostic};
use crate::workspace::ValidationMode;

pub fn run(verb: &ConnectionsVerb) -> Ended {
    match verb {
        ConnectionsVerb::List(args) => list::run(args),
        ConnectionsVerb::Doctor(args) => doctor::run(args),
        ConnectionsVerb::Test(args) => doctor::test(args),
        ConnectionsVerb::Add(args) => add::run(args),
    }
}

/// The connections of a workspace, checked.
struct Checked {
    place: Place,
    connections: Connections,
    problems: Vec<Diagnostic>,
}

impl Checked {
    fn load(mode: Option<ValidationMode>, json: bool) -> Result<Checked, Failure> {
        let configuration = |d: Diagnostic| Failure::new(d, Exit::Configuration, json);
        let mode = ValidationMode::choose(mode).map_err(configuration)?;
        let workspace = place::workspace(json)?;
        let registry = Registry::load(Some(&workspace.components()));
        let (connections, mut problems) = Connections::open(&workspace.root, &registry, mode);
        problems.extend(connections.variable_problems(&workspace.root));
        let place = Place { root: workspace.root.clone(), workspace: Some(workspace) };
        Ok(Checked { place, connections, problems })
    }

    fn is_wrong(&self) -> bool {
        diagnostic::has_errors(&self.problems)
    }

    /// Tells people what is wrong with the file.
    fn tell_problems(&self) {
        let text = Connections::text(&self.place.root);
        output::diagnostics(&self.problems, text.as_deref());
    }
}
