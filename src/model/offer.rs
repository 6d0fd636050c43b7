//! The models that a session can choose from.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{ModelClient, Terms};
use crate::diagnostic::Diagnostic;

/// Where models come from.
pub trait Models: Send + Sync {
    /// The names in the configuration, the one it asks by default first.
    fn configured(&self) -> Vec<String>;

    /// What is known of a model.
    fn terms(&self, name: &str) -> Terms;

    /// A client for the model of this name.
    ///
    /// # Errors
    /// The model can't be chosen, because words come from a recording or go into one, or its server's address is
    /// none.
    fn named(&self, name: &str) -> Result<Arc<dyn ModelClient>, Diagnostic>;

    /// The names that the server lists; none where there is no server to ask.
    fn listed(&self) -> BoxFuture<'static, Result<Vec<String>, Diagnostic>>;
}
