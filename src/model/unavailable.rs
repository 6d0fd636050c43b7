//! Stands where no model can be asked, so that everything else still works: each question is answered
//! with the reason.

use super::{Answer, ModelClient, ModelError, ModelInfo, ModelRequest, Source};
use crate::diagnostic::Diagnostic;

/// A client that can't answer and says why.
#[derive(Clone, Debug)]
pub struct Unavailable {
    name: String,
    reason: Diagnostic,
}

impl Unavailable {
    /// For the model `name`, which can't be asked because of `reason`.
    pub fn new(name: impl Into<String>, reason: Diagnostic) -> Unavailable {
        Unavailable { name: name.into(), reason }
    }
}

impl ModelClient for Unavailable {
    fn info(&self) -> ModelInfo {
        ModelInfo { name: self.name.clone(), source: Source::Live { base_url: "(unavailable)".to_owned() } }
    }

    fn ask(&self, _: ModelRequest) -> Answer {
        Box::pin(futures_util::stream::iter([Err(ModelError::from(self.reason.clone()))]))
    }
}
