//! Gathers a model's words, so that they become few facts: at most one in an interval. Pure; the time
//! is given from outside.

use std::time::Duration;

/// At most one fact with words in this time: fast enough to read along, and each costs a write to the disk
/// and a frame.
pub(super) const INTERVAL: Duration = Duration::from_millis(66);
/// So long before words are due it is listened again, for what has come meanwhile.
const LISTEN: Duration = Duration::from_millis(5);
/// A word for which this long was waited has most likely none behind it.
const QUIET: Duration = Duration::from_millis(1);

/// Words that are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delta {
    pub text: String,
    pub thinking: bool,
}

/// Words that wait for their time. Answer and thinking wait apart; the order within each is kept.
#[derive(Debug, Default)]
pub(super) struct Coalescer {
    answer: String,
    thinking: String,
    /// Which of the two came last; the other is let out first.
    last_thinking: bool,
    last_out: Option<Duration>,
}

impl Coalescer {
    /// Takes words in.
    pub(super) fn push(&mut self, text: &str, thinking: bool) {
        if text.is_empty() {
            return;
        }
        if thinking { &mut self.thinking } else { &mut self.answer }.push_str(text);
        self.last_thinking = thinking;
    }

    /// When the next words are due; `None` when none wait.
    pub(super) fn due(&self) -> Option<Duration> {
        let waits = !self.answer.is_empty() || !self.thinking.is_empty();
        waits.then(|| self.last_out.map_or(Duration::ZERO, |last| last + INTERVAL))
    }

    /// Until when nobody needs to listen: what comes until then would wait as well, and hearing each word as
    /// it comes costs the processor more than all else. `waited` is how long the last one let wait; who has
    /// more at hand than can be taken in is listened to without a pause.
    pub(super) fn rest(&self, now: Duration, waited: Duration) -> Option<Duration> {
        let until = self.due()?.checked_sub(LISTEN)?;
        (waited >= QUIET && until > now).then_some(until)
    }

    /// The words that are due at `now`, if any.
    pub(super) fn take(&mut self, now: Duration) -> Option<Delta> {
        if self.due()? > now {
            return None;
        }
        self.last_out = Some(now);
        self.out()
    }

    /// All words that wait, whatever the time: what has to happen before any other fact.
    pub(super) fn flush(&mut self) -> Vec<Delta> {
        std::iter::from_fn(|| self.out()).collect()
    }

    fn out(&mut self) -> Option<Delta> {
        let thinking = if self.answer.is_empty() || self.thinking.is_empty() {
            !self.thinking.is_empty()
        } else {
            !self.last_thinking
        };
        let text = std::mem::take(if thinking { &mut self.thinking } else { &mut self.answer });
        (!text.is_empty()).then_some(Delta { text, thinking })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn delta(text: &str, thinking: bool) -> Delta {
        Delta { text: text.into(), thinking }
    }

    #[test]
    fn the_first_words_go_at_once_and_the_next_wait() {
        let mut words = Coalescer::default();
        assert_eq!((words.due(), words.take(ms(5))), (None, None));
        words.push("a", false);
        assert_eq!(words.take(ms(5)), Some(delta("a", false)));
        words.push("b", false);
        words.push("", false);
        words.push("c", false);
        assert_eq!(words.take(ms(20)), None);
        assert_eq!(words.due(), Some(ms(71)));
        assert_eq!(words.take(ms(71)), Some(delta("bc", false)));
        assert_eq!(words.due(), None);
    }

    #[test]
    fn nobody_listens_while_words_wait_anyway() {
        let mut words = Coalescer::default();
        assert_eq!(words.rest(ms(0), ms(9)), None, "nothing waits");
        words.push("a", false);
        assert_eq!(words.rest(ms(0), ms(9)), None, "the first word is told at once");
        words.take(ms(0));
        words.push("b", false);
        assert_eq!(words.rest(ms(5), ms(5)), Some(ms(61)));
        assert_eq!(words.rest(ms(5), ms(0)), None, "more is at hand");
        assert_eq!(words.rest(ms(61), ms(5)), None, "it is about to be told");
    }

    #[test]
    fn nothing_is_no_fact() {
        let mut words = Coalescer::default();
        words.push("", true);
        assert_eq!((words.take(ms(100)), words.flush()), (None, vec![]));
    }

    #[test]
    fn a_change_between_thinking_and_answer_is_no_reason_to_hurry() {
        let mut words = Coalescer::default();
        words.push("t1", true);
        assert_eq!(words.take(ms(0)), Some(delta("t1", true)));
        words.push("t2", true);
        words.push("a1", false);
        assert_eq!(words.take(ms(10)), None);
        assert_eq!(words.take(ms(66)), Some(delta("t2", true)));
        assert_eq!(words.take(ms(76)), None);
        assert_eq!(words.flush(), [delta("a1", false)]);
        words.push("t3", true);
        words.push("a2", false);
        assert_eq!(words.flush(), [delta("t3", true), delta("a2", false)]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_rate_is_kept(
            pieces in proptest::collection::vec(("[a-c]{0,3}", any::<bool>(), 0u64..40), 0..60)
        ) {
            let mut words = Coalescer::default();
            let mut now = 0;
            let mut outs: Vec<u64> = Vec::new();
            let (mut answer, mut thinking) = (String::new(), String::new());
            let mut heard = Vec::new();
            for (text, is_thinking, wait) in &pieces {
                now += wait;
                words.push(text, *is_thinking);
                if *is_thinking { thinking.push_str(text) } else { answer.push_str(text) }
                while let Some(delta) = words.take(ms(now)) {
                    outs.push(now);
                    heard.push(delta);
                }
            }
            heard.extend(words.flush());
            let told = |t: bool| heard.iter().filter(|d| d.thinking == t).map(|d| d.text.as_str()).collect::<String>();
            prop_assert_eq!(told(false), answer);
            prop_assert_eq!(told(true), thinking);
            prop_assert!(outs.windows(2).all(|w| ms(w[1] - w[0]) >= INTERVAL));
            prop_assert!(heard.iter().all(|d| !d.text.is_empty()));
        }
    }
}
