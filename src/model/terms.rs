//! What is known of a model beside its name: how much it can read at once, and what it costs.

use serde::{Deserialize, Serialize};

use super::Usage;

/// What the configuration says of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Tokens that a request and its answer may have together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// What its tokens cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
}

/// What tokens cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// The currency, as it is shown.
    pub currency: String,
    /// Millionths of it for a million tokens of requests.
    pub input: u64,
    /// Millionths of it for a million tokens of answers.
    pub output: u64,
}

impl Prices {
    /// What the tokens cost, in billionths of a thousandth (10⁻¹²) of the currency.
    pub fn cost(&self, usage: Usage) -> u64 {
        usage.input.saturating_mul(self.input).saturating_add(usage.output.saturating_mul(self.output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tokens_cost_their_price() {
        let prices = Prices { currency: "USD".into(), input: 250_000, output: 2_000_000 };
        assert_eq!(prices.cost(Usage { input: 1_000_000, output: 0 }), 250_000_000_000);
        assert_eq!(prices.cost(Usage { input: 0, output: 500_000 }), 1_000_000_000_000);
        assert_eq!(prices.cost(Usage { input: u64::MAX, output: 9 }), u64::MAX);
    }
}
