//! Codes of `retry` and `timeout`.

use super::error;
use crate::diagnostic::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "`retry` of a step does not say how often the step is tried.",
        why: "It is a mapping of `attempts` (in all, 1 to 20), `wait` (before the second; it doubles from one to the next; 1s) and `max_wait` (1m). Only what passes by itself is tried again: a line that broke, a deadlock, a server that is busy.",
        fix: "Write it like `retry: {attempts: 3, wait: 1s, max_wait: 1m}`.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, retry: 3, config: {path: data/orders.csv}}",
            write!()
        ),
        passing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, retry: {attempts: 3}, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("invalid-retry")
    },
    Entry {
        summary: "`timeout` of a step is no time.",
        why: "It is the longest time that one attempt of the step may take: a whole number with ms, s, m, h or d, at most 7 days.",
        fix: "Write it like `30s` or `10m`.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, timeout: 30, config: {path: data/orders.csv}}",
            write!()
        ),
        passing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, timeout: 30s, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("invalid-timeout")
    },
];
