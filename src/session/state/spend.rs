//! Tokens and what they cost, of the turn and of the session, and how full the model's window is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::agent::{TurnFact, TurnOutcome};
use crate::model::{Terms, Usage};

/// Characters of a token, about.
pub const CHARS_A_TOKEN: u64 = 4;

/// Tokens, and what they cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spent {
    /// The tokens.
    pub usage: Usage,
    /// A part was not counted by the server, but estimated.
    pub estimated: bool,
    /// What they cost, in 10⁻¹² of each currency.
    pub cost: BTreeMap<String, u64>,
    /// A part has no price.
    pub unpriced: bool,
}

/// How much of the model's window is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Context {
    /// Tokens of the last request and its answer; 0 before the first.
    pub tokens: u64,
    /// The server counted them.
    pub counted: bool,
}

/// What was spent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spend {
    /// In the last turn.
    pub turn: Spent,
    /// In the session.
    pub session: Spent,
    /// The window.
    pub context: Context,
    /// What is estimated of the request that is going on: tokens of it, characters of the answer.
    #[serde(skip)]
    open: Option<(u64, u64)>,
    /// The last estimate of a context.
    #[serde(skip)]
    built: u64,
}

impl Spent {
    /// Whether there is anything.
    pub fn is_some(&self) -> bool {
        self.usage != Usage::default()
    }

    /// `0.0123 USD`; with a `+` where a part has no price, a `~` where a part was estimated. Nothing without a price.
    pub fn price(&self) -> Option<String> {
        let about = if self.estimated { "~" } else { "" };
        let more = if self.unpriced { "+" } else { "" };
        let each = self.cost.iter().map(|(currency, pico)| format!("{about}{}{more} {currency}", amount(*pico)));
        let text = each.collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    fn add(&mut self, usage: Usage, estimated: bool, terms: &Terms) {
        self.usage.input = self.usage.input.saturating_add(usage.input);
        self.usage.output = self.usage.output.saturating_add(usage.output);
        self.estimated |= estimated;
        match &terms.prices {
            Some(prices) => {
                let cost = self.cost.entry(prices.currency.clone()).or_default();
                *cost = cost.saturating_add(prices.cost(usage));
            }
            None => self.unpriced = true,
        }
    }
}

/// Four digits behind the point, or as many as a small amount needs to be seen at all.
fn amount(pico: u64) -> String {
    let (whole, rest) = (pico / 1_000_000_000_000, pico % 1_000_000_000_000);
    match (whole, rest) {
        (0, 1..100_000_000) => format!("0.{:08}", rest / 10_000),
        _ => format!("{whole}.{:04}", rest / 100_000_000),
    }
}

impl Spend {
    pub(super) fn begin_turn(&mut self) {
        self.turn = Spent::default();
        self.open = None;
    }

    pub(super) fn apply(&mut self, fact: &TurnFact, terms: &Terms) {
        match fact {
            TurnFact::ContextBuilt { estimated_tokens, .. } => {
                self.built = *estimated_tokens;
                self.context = Context { tokens: *estimated_tokens, counted: false };
            }
            TurnFact::ModelRequested { .. } => self.open = Some((self.built, 0)),
            TurnFact::ModelDelta { text, .. } => {
                if let Some((_, characters)) = &mut self.open {
                    *characters += text.chars().count() as u64;
                }
            }
            TurnFact::ModelFinished { usage: Some(usage), .. } => {
                self.open = None;
                self.add(*usage, false, terms);
            }
            // The server counted nothing, or was interrupted: it has worked all the same.
            TurnFact::ModelFinished { usage: None, .. }
            | TurnFact::TurnFinished { outcome: TurnOutcome::Cancelled, .. } => self.estimate(terms),
            TurnFact::ModelFailed { .. } => self.open = None,
            _ => {}
        }
    }

    fn estimate(&mut self, terms: &Terms) {
        if let Some((input, characters)) = self.open.take() {
            self.add(Usage { input, output: characters / CHARS_A_TOKEN }, true, terms);
        }
    }

    fn add(&mut self, usage: Usage, estimated: bool, terms: &Terms) {
        self.turn.add(usage, estimated, terms);
        self.session.add(usage, estimated, terms);
        self.context = Context { tokens: usage.input.saturating_add(usage.output), counted: !estimated };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FinishReason, Prices};

    fn finished(usage: Option<Usage>) -> TurnFact {
        TurnFact::ModelFinished { request: 1, finish: FinishReason::Stop, usage, first_us: 1, duration_us: 2 }
    }

    fn asked() -> [TurnFact; 3] {
        let built = TurnFact::ContextBuilt {
            contracts: vec![],
            discoveries: vec![],
            document: None,
            estimated_tokens: 1000,
            problems: vec![],
        };
        let requested = TurnFact::ModelRequested {
            request: 1,
            purpose: crate::agent::Purpose::Answer,
            model: crate::model::ModelInfo {
                name: "m".into(),
                source: crate::model::Source::Live { base_url: "u".into() },
            },
            hash: "h".into(),
            body: "{}".into(),
        };
        [built, requested, TurnFact::ModelDelta { request: 1, text: "x".repeat(400), thinking: false }]
    }

    #[test]
    fn what_the_server_counts_is_taken_and_the_rest_is_estimated_and_says_so() {
        let terms = Terms {
            context_tokens: Some(10_000),
            prices: Some(Prices { currency: "EUR".into(), input: 1_000_000, output: 2_000_000 }),
        };
        let mut spend = Spend::default();
        spend.begin_turn();
        asked().iter().for_each(|fact| spend.apply(fact, &terms));
        assert_eq!(spend.context, Context { tokens: 1000, counted: false });
        spend.apply(&finished(Some(Usage { input: 900, output: 90 })), &terms);
        assert_eq!(spend.context, Context { tokens: 990, counted: true });
        assert_eq!((spend.turn.estimated, spend.turn.cost["EUR"]), (false, 1_080_000_000));
        spend.begin_turn();
        asked().iter().for_each(|fact| spend.apply(fact, &Terms::default()));
        spend.apply(&TurnFact::TurnFinished { outcome: TurnOutcome::Cancelled, duration_us: 1 }, &Terms::default());
        assert_eq!((spend.turn.usage, spend.turn.estimated), (Usage { input: 1000, output: 100 }, true));
        assert!(spend.turn.unpriced && spend.turn.cost.is_empty(), "no price, no cost");
        assert_eq!(spend.session.usage, Usage { input: 1900, output: 190 });
        assert!(spend.session.unpriced && spend.session.cost["EUR"] == 1_080_000_000);
    }

    #[test]
    fn amounts_show_what_there_is() {
        assert_eq!(amount(1_500_000_000_000), "1.5000");
        assert_eq!(amount(70_000), "0.00000007");
        assert_eq!(Spent::default().price(), None);
    }
}
