//! Choosing the model: which there are, and which answers from now on.

use super::{Host, Report};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Terms;
use crate::session::talk::{OfferedModel, TalkFact};

/// Longest name of a model, in bytes.
const LONGEST: usize = 200;
/// Most models of a list that are kept.
const MOST: usize = 500;

impl Host {
    /// The model that the person chose when the session was open before is asked again. Told after the session is
    /// open.
    pub(super) fn choose_again(&mut self) -> Option<Diagnostic> {
        let name = self.state.chosen_model.clone().filter(|name| *name != self.setup.model.info().name)?;
        match self.setup.models.named(&name) {
            Ok(client) => {
                self.setup.model = client;
                None
            }
            Err(diagnostic) => Some(diagnostic),
        }
    }

    /// Tells what is known of the model, where that is news.
    pub(super) fn tell_terms(&mut self) -> bool {
        let model = self.setup.model.info();
        let terms = self.setup.models.terms(&model.name);
        terms == self.state.terms || self.tell_talk(TalkFact::ModelChosen { model, terms, chosen: false })
    }

    pub(super) fn choose_model(&mut self, name: &str) -> bool {
        let name = name.trim();
        if name.is_empty() || name.len() > LONGEST || name.chars().any(char::is_control) {
            return self.notice(Severity::Warning, "That is no name of a model.");
        }
        match self.setup.models.named(name) {
            Err(diagnostic) => self.refuse(diagnostic),
            Ok(client) => {
                let model = client.info();
                let terms: Terms = self.setup.models.terms(&model.name);
                self.setup.model = client;
                self.tell_talk(TalkFact::ModelChosen { model, terms, chosen: true })
            }
        }
    }

    /// Tells the models of the configuration at once, and those that the server lists when it has answered.
    pub(super) fn list_models(&mut self) -> bool {
        let (listed, reports) = (self.setup.models.listed(), self.reports.clone());
        tokio::spawn(async move {
            let _ = reports.send(Report::Models(listed.await.map_err(Box::new)));
        });
        let models = self.offered(&[]);
        self.tell_talk(TalkFact::ModelsListed { models, problem: None })
    }

    pub(super) fn models_listed(&mut self, listed: Result<Vec<String>, Box<Diagnostic>>) -> bool {
        let (names, problem) = match listed {
            Ok(names) => (names, None),
            Err(diagnostic) => (Vec::new(), Some(diagnostic.message)),
        };
        let models = self.offered(&names);
        self.tell_talk(TalkFact::ModelsListed { models, problem })
    }

    fn offered(&self, listed: &[String]) -> Vec<OfferedModel> {
        let configured = self.setup.models.configured();
        let fits = |name: &&String| name.len() <= LONGEST && !name.chars().any(char::is_control);
        let others = listed.iter().filter(fits).filter(|name| !configured.contains(name)).take(MOST);
        let offered = |name: &String, configured: bool| OfferedModel {
            name: name.clone(),
            configured,
            terms: self.setup.models.terms(name),
        };
        configured.iter().map(|name| offered(name, true)).chain(others.map(|name| offered(name, false))).collect()
    }
}
