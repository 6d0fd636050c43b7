//! `[models."NAME"]`: what is known of a model.

use serde::Deserialize;

use crate::model::{Prices, Terms};

/// What the configuration may say of a model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelTerms {
    /// Tokens that a request and its answer may have together.
    pub context_tokens: Option<u64>,
    /// Price of a million tokens of requests.
    pub input_price: Option<f64>,
    /// Price of a million tokens of answers.
    pub output_price: Option<f64>,
    /// The currency of the prices.
    pub currency: Option<String>,
}

/// Largest price of a million tokens.
const DEAREST: f64 = 1_000_000.0;

impl ModelTerms {
    /// What is wrong with it: the key, and what to do.
    pub fn problem(&self) -> Option<(&'static str, &'static str)> {
        if self.context_tokens.is_some_and(|tokens| !(1_000..=100_000_000).contains(&tokens)) {
            return Some(("context_tokens", "choose 1000 to 100000000 tokens"));
        }
        let bad = |price: Option<f64>| price.is_some_and(|price| !(0.0..=DEAREST).contains(&price));
        if bad(self.input_price) || bad(self.output_price) {
            return Some(("input_price", "choose prices from 0 to 1000000 for a million tokens"));
        }
        if self.input_price.is_some() != self.output_price.is_some() {
            return Some(("output_price", "give both prices, or none: half of a cost would mislead"));
        }
        let word = |c: &String| (1..=8).contains(&c.chars().count()) && c.chars().all(char::is_alphanumeric);
        match (&self.currency, self.input_price) {
            (None, Some(_)) => Some(("currency", "name the currency of the prices, e.g. currency = \"USD\"")),
            (Some(currency), _) if !word(currency) => Some(("currency", "give up to 8 letters, e.g. \"USD\"")),
            _ => None,
        }
    }

    /// The same as the session takes it.
    pub fn terms(&self) -> Terms {
        // Bounded above: a million of the currency are 10¹² millionths.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..=10¹²")]
        let millionths = |price: f64| (price.clamp(0.0, DEAREST) * 1e6).round() as u64;
        let prices = match (self.input_price, self.output_price, &self.currency) {
            (Some(input), Some(output), Some(currency)) => {
                Some(Prices { currency: currency.clone(), input: millionths(input), output: millionths(output) })
            }
            _ => None,
        };
        Terms { context_tokens: self.context_tokens, prices }
    }
}
