//! Asking before a run replaces rows of tables.

use super::Host;
use super::build::Good;
use crate::diagnostic::Severity;
use crate::session::talk::{Approval, TalkFact};

/// A run that waits for an approval: exactly this will be run.
pub(super) struct Waiting {
    number: u32,
    good: Good,
}

impl Host {
    /// Runs what was compiled; where it replaces rows of tables and there is somebody to ask, once it is approved.
    pub(super) fn run_or_ask(&mut self, good: Good) -> bool {
        let overwrites = good.overwrites();
        if self.setup.approver.is_none() || overwrites.is_empty() {
            self.begin_run(good);
            return true;
        }
        let number = self.state.approvals + 1;
        let approval = Approval {
            number,
            pipeline: good.manifest.name.clone(),
            manifest: good.manifest.fingerprints.manifest.clone(),
            from: good.from.clone(),
            overwrites,
        };
        self.waiting = Some(Waiting { number, good });
        self.tell_talk(TalkFact::ApprovalAsked(approval))
    }

    /// Takes an answer in.
    pub(super) fn decide_approval(&mut self, number: u32, approved: bool) -> bool {
        if approved && self.is_busy("Run not started") {
            return true;
        }
        match self.waiting.take_if(|waiting| waiting.number == number) {
            Some(waiting) => {
                let by = self.setup.approver.clone().unwrap_or_default();
                let told = self.tell_talk(TalkFact::ApprovalDecided { number, approved, by, withdrawn: None });
                if told && approved {
                    self.begin_run(waiting.good);
                }
                told
            }
            None => self.notice(Severity::Warning, "Nothing waits for that approval any more."),
        }
    }

    /// What waits is not what a run would do now.
    pub(super) fn withdraw(&mut self, why: &str) -> bool {
        match self.waiting.take() {
            Some(waiting) => self.tell_talk(TalkFact::ApprovalDecided {
                number: waiting.number,
                approved: false,
                by: String::new(),
                withdrawn: Some(why.to_owned()),
            }),
            None => true,
        }
    }
}
