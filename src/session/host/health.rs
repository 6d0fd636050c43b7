//! Trying connections.

use std::sync::Arc;

use super::{Host, Report};
use crate::connect::health::{self, DEFAULT_TIMEOUT, Health};
use crate::connect::{Connection, Connections};
use crate::diagnostic::Severity;
use crate::session::event::Fact;
use crate::session::state::ConnectionHealth;

impl Host {
    /// Tries a connection, or all, beside whatever else goes on. What is being tried is not tried twice.
    pub(super) fn test_connections(&mut self, wanted: Option<&str>) -> bool {
        let (connections, problems) = Connections::load(&self.setup.root);
        let chosen: Vec<Connection> = match wanted {
            None => connections.iter().cloned().collect(),
            Some(reference) => match connections.find(reference) {
                Ok(connection) => vec![connection.clone()],
                Err(diagnostic) => return self.notice(Severity::Error, format!("{}.", diagnostic.message)),
            },
        };
        if let Some(problem) = problems.iter().find(|problem| problem.is_error()).filter(|_| chosen.is_empty()) {
            return self.notice(Severity::Error, format!("{}.", problem.message));
        }
        let testing = |c: &Connection| self.state.health.get(&c.reference()) == Some(&ConnectionHealth::Testing);
        let chosen: Vec<Arc<Connection>> = chosen.into_iter().filter(|c| !testing(c)).map(Arc::new).collect();
        if chosen.is_empty() {
            return true;
        }
        let names = chosen.iter().map(|connection| connection.reference()).collect();
        if !self.record(Fact::ConnectionsTested { connections: names }) {
            return false;
        }
        let mut healths = health::check_all(&self.setup.root, chosen, DEFAULT_TIMEOUT);
        let reports = self.reports.clone();
        tokio::spawn(async move {
            while let Some(health) = healths.recv().await {
                let _ = reports.send(Report::Health(Box::new(health)));
            }
        });
        true
    }

    pub(super) fn found(&mut self, health: Health) -> bool {
        let duration_us = u64::try_from(health.took.as_micros()).unwrap_or(u64::MAX);
        self.record(Fact::ConnectionFound { connection: health.reference, verdict: health.outcome.into(), duration_us })
    }
}
