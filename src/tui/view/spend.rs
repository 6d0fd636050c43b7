//! Words for tokens, what they cost, and how full the model's window is. What was estimated says `~`; without a
//! price there is no cost.

use super::words::tokens;
use crate::session::State;
use crate::session::state::Spent;

/// `in 4.3k out 860`, with the cost where there is one: `~in 4.3k out 860, 0.0123 USD`.
pub fn spent(spent: &Spent) -> String {
    let about = if spent.estimated { "~" } else { "" };
    let mut text = format!("{about}in {} out {}", tokens(spent.usage.input), tokens(spent.usage.output));
    if let Some(cost) = spent.price() {
        text += &format!(", {cost}");
    }
    text
}

/// `context 12.0k/128.0k 9%`; without a known window `context 12.0k`.
pub fn context(state: &State) -> Option<String> {
    let context = state.spend.context;
    if context.tokens == 0 {
        return None;
    }
    let about = if context.counted { "" } else { "~" };
    let used = tokens(context.tokens);
    Some(match state.terms.context_tokens {
        Some(window) => {
            let percent = context.tokens.saturating_mul(100) / window.max(1);
            format!("context {about}{used}/{} {percent}%", tokens(window))
        }
        None => format!("context {about}{used}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Terms, Usage};
    use crate::session::state::Context;

    #[test]
    fn estimates_say_so_and_what_has_no_price_costs_nothing_that_is_shown() {
        let mut spent_now = Spent { usage: Usage { input: 4_300, output: 860 }, unpriced: true, ..Spent::default() };
        assert_eq!(spent(&spent_now), "in 4.3k out 860");
        spent_now.cost.insert("USD".into(), 12_300_000_000);
        assert_eq!(spent(&spent_now), "in 4.3k out 860, 0.0123+ USD");
        (spent_now.unpriced, spent_now.estimated) = (false, true);
        assert_eq!(spent(&spent_now), "~in 4.3k out 860, ~0.0123 USD");
        let mut state = State::default();
        assert_eq!(context(&state), None);
        state.spend.context = Context { tokens: 12_000, counted: false };
        assert_eq!(context(&state).as_deref(), Some("context ~12.0k"));
        state.terms = Terms { context_tokens: Some(128_000), prices: None };
        state.spend.context.counted = true;
        assert_eq!(context(&state).as_deref(), Some("context 12.0k/128.0k 9%"));
    }
}
