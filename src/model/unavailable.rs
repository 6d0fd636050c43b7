//! A model that can't be asked because of how it is configured: every question gets the diagnostic that
//! says why. So a session opens all the same, and nothing is sent.

use crate::diagnostic::Diagnostic;
use crate::model::{Answer, ModelClient, ModelError, ModelInfo, ModelRequest, Source};

/// A client that answers with a diagnostic.
pub struct Unavailable {
    name: String,
    diagnostic: Diagnostic,
}

impl Unavailable {
    /// A client for the model of this name, and why it can't be asked.
    pub fn new(name: impl Into<String>, diagnostic: Diagnostic) -> Unavailable {
        Unavailable { name: name.into(), diagnostic }
    }
}

impl ModelClient for Unavailable {
    fn info(&self) -> ModelInfo {
        ModelInfo { name: self.name.clone(), source: Source::Live { base_url: "(not configured)".to_owned() } }
    }

    fn ask(&self, _: ModelRequest) -> Answer {
        let error = ModelError::from(self.diagnostic.clone());
        Box::pin(futures_util::stream::once(std::future::ready(Err(error))))
    }
}
