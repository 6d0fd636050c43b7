//! Which contracts a turn's context holds: those that the request, the connections in scope and the
//! document are about; in doubt all that can be run, as far as the budget goes. Pure.

use std::collections::BTreeSet;

use super::subject::Subject;
use crate::contract::context::{self, Detail};
use crate::contract::{Contract, Registry};

/// Parts of a component's name that say what it does and not what about.
const ROLES: [&str; 6] = ["extractor", "writer", "transform", "processor", "table", "sql"];
/// The fewest characters of a word that may be the beginning of a name, as `postgres` of `postgresql`.
const LEAST_COMMON: usize = 4;

/// What a turn is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    /// What the person says.
    pub message: &'a str,
    /// What that names.
    pub asked: &'a Subject,
    /// What the document names.
    pub written: &'a Subject,
    /// The connections in scope, `@family.alias`.
    pub connections: &'a [String],
}

/// What was chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice<'a> {
    /// The contracts to show, by name.
    pub shown: Vec<&'a Contract>,
    /// Components that could be used too, whose contracts are not shown.
    pub left_out: Vec<&'a Contract>,
}

/// Why a contract is shown; the greater, the sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// Nothing speaks for it but that it can be run.
    Runnable,
    /// A word of the message is part of its name, or it works on the rows of any step.
    Fits,
    /// Its connections are in scope.
    InScope,
    /// The message names it.
    Named,
    /// The document uses it.
    Used,
}

/// Chooses the contracts. A component that can't be run is only among them when the
/// document uses it or the message names it.
pub(super) fn choose<'a>(
    registry: &'a Registry,
    about: About<'_>,
    is_runnable: impl Fn(&str) -> bool,
    budget_tokens: u64,
) -> Choice<'a> {
    let used = contracts_of(registry, &about.written.dotted);
    let named = contracts_of(registry, &about.asked.dotted);
    let families: BTreeSet<&str> = about.connections.iter().filter_map(|name| family(name)).collect();
    let words = words(about.message);
    let reason = |contract: &Contract| {
        let name = contract.name.as_str();
        if used.contains(name) {
            Some(Reason::Used)
        } else if named.contains(name) {
            Some(Reason::Named)
        } else if !is_runnable(name) {
            None
        } else if families.contains(contract.family()) {
            Some(Reason::InScope)
        } else if !contract.takes_connection() && contract.supports("transform") || is_meant(contract, &words) {
            Some(Reason::Fits)
        } else {
            Some(Reason::Runnable)
        }
    };
    let mut candidates: Vec<(Reason, &Contract)> = registry.iter().filter_map(|c| Some((reason(c)?, c))).collect();
    // Stable: those of one reason stay in the order of their names.
    candidates.sort_by_key(|(reason, _)| std::cmp::Reverse(*reason));
    let clear = is_whole(candidates.iter().filter(|(reason, _)| *reason > Reason::Runnable).map(|(_, c)| *c));
    let mut choice = Choice::default();
    for (reason, contract) in candidates {
        let wanted = reason > Reason::Runnable || !clear;
        choice.shown.push(contract);
        let fits = || context::estimated_tokens(&context::text(&choice.shown, Detail::Short)) <= budget_tokens;
        if reason < Reason::Named && !(wanted && fits()) {
            choice.left_out.extend(choice.shown.pop());
        }
    }
    choice.shown.sort_by(|a, b| a.name.cmp(&b.name));
    choice.left_out.sort_by(|a, b| a.name.cmp(&b.name));
    choice
}

/// Whether a whole pipeline can be made of these: something that reads and something that writes.
fn is_whole<'a>(contracts: impl Iterator<Item = &'a Contract> + Clone) -> bool {
    contracts.clone().any(|c| c.supports("read")) && contracts.clone().any(|c| c.supports("write"))
}

fn contracts_of<'a>(registry: &'a Registry, names: &BTreeSet<String>) -> BTreeSet<&'a str> {
    names.iter().filter_map(|name| registry.get(name)).map(|contract| contract.name.as_str()).collect()
}

fn family(reference: &str) -> Option<&str> {
    reference.strip_prefix('@')?.split('.').next()
}

fn words(message: &str) -> BTreeSet<String> {
    let words = message.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Whether a word of the message is a part of the component's name, or the beginning of one or the
/// other: `postgres` and `postgresql`, `file` and `filesystem`.
fn is_meant(contract: &Contract, words: &BTreeSet<String>) -> bool {
    let names = contract.aliases.iter().chain([&contract.name]);
    let mut parts = names.flat_map(|name| name.split(['.', '_', '-'])).filter(|part| !ROLES.contains(part));
    parts.any(|part| {
        words.iter().any(|word| {
            let stem = word.strip_suffix('s').unwrap_or(word);
            let begins = |whole: &str, start: &str| start.len() >= LEAST_COMMON && whole.starts_with(start);
            word == part || begins(part, stem) || begins(word, part)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::contract::context::BUDGET_TOKENS;
    use crate::contract::nine;
    use crate::pipeline::run::is_runnable;

    static REGISTRY: LazyLock<Registry> = LazyLock::new(nine::registry);

    fn chosen(message: &str, document: &str, runnable: impl Fn(&str) -> bool, budget: u64) -> (Vec<String>, usize) {
        let (asked, written) = (Subject::of(message), Subject::of(document));
        let connections: Vec<String> = asked.connections.union(&written.connections).cloned().collect();
        let about = About { message, asked: &asked, written: &written, connections: &connections };
        let choice = choose(&REGISTRY, about, runnable, budget);
        (choice.shown.iter().map(|c| c.name.clone()).collect(), choice.left_out.len())
    }

    /// As if there were a driver for the nine, but for another name of `sql.transform`.
    fn all(name: &str) -> bool {
        nine::NINE.contains(&name) && name != "duckdb.processor" || name == "sql.transform"
    }

    #[test]
    fn what_can_be_run_is_shown_whole_where_there_is_room() {
        let three = ["filesystem.csv_extractor", "filesystem.csv_writer", "sql.transform"];
        let is_runnable = |name: &str| three.contains(&name);
        let registry = Registry::builtin();
        for message in ["Hello?", "Join the orders of @filesystem.shop", "copy mysql to parquet", "sql.transform"] {
            let asked = Subject::of(message);
            let connections: Vec<String> = asked.connections.iter().cloned().collect();
            let about = About { message, asked: &asked, written: &Subject::default(), connections: &connections };
            let choice = choose(&registry, about, is_runnable, BUDGET_TOKENS);
            assert_eq!(choice.shown.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), three, "{message}");
            assert!(choice.left_out.is_empty());
        }
    }

    #[test]
    fn a_clear_request_gets_what_it_is_about() {
        let (shown, left_out) = chosen("Copy the orders of @mysql.main to @supabase.dwh", "", all, BUDGET_TOKENS);
        assert_eq!(
            shown,
            ["mysql.extractor", "mysql.writer", "sql.transform", "supabase.extractor", "supabase.writer"]
        );
        assert_eq!(left_out, 4);
        let (shown, _) = chosen("events of PostHog into CSV files", "", all, BUDGET_TOKENS);
        assert_eq!(shown, ["filesystem.csv_extractor", "filesystem.csv_writer", "posthog.extractor", "sql.transform"]);
    }

    #[test]
    fn in_doubt_all_that_can_be_run_is_shown() {
        for message in ["Hello?", "Tell me about the posthog events", "přidej součet"] {
            let (shown, left_out) = chosen(message, "", all, 10 * BUDGET_TOKENS);
            assert_eq!((shown.len(), left_out), (9, 0), "{message}");
        }
        // As far as the budget goes, and what it is about first.
        let (shown, left_out) = chosen("Tell me about the posthog events", "", all, 700);
        assert!(shown.contains(&"posthog.extractor".to_owned()) && left_out > 3, "{shown:?}");
    }

    #[test]
    fn what_can_not_be_run_is_only_shown_to_whom_it_was_named() {
        let is_runnable = |name: &str| !name.starts_with("mysql") && is_runnable(name);
        let (shown, _) = chosen("copy mysql with @mysql.main", "", is_runnable, BUDGET_TOKENS);
        assert!(!shown.iter().any(|name| name.starts_with("mysql")), "{shown:?}");
        let (shown, _) = chosen("use mysql.writer with @mysql.main", "", is_runnable, BUDGET_TOKENS);
        assert!(shown.contains(&"mysql.writer".to_owned()) && !shown.contains(&"mysql.extractor".to_owned()));
        let document = "steps:\n- component: mysql.writer\n- component: duckdb.processor\n";
        let (shown, _) = chosen("explain it", document, is_runnable, 1);
        assert_eq!(shown, ["duckdb.processor", "mysql.writer"]);
    }

    #[test]
    fn words_that_belong_to_a_name() {
        let meant = |name: &str, message: &str| is_meant(REGISTRY.get(name).unwrap(), &words(message));
        assert!(meant("filesystem.csv_writer", "to a file") && meant("filesystem.csv_writer", "two CSVs, files"));
        assert!(meant("graphql.extractor", "over GraphQL.") && meant("mysql.writer", "MySQL"));
        assert!(!meant("mysql.writer", "my sql table writer") && !meant("filesystem.csv_writer", "fil"));
    }

    proptest! {
        #[test]
        fn the_budget_is_kept(
            message in proptest::collection::vec(
                prop_oneof![Just("mysql"), Just("csv"), Just("@supabase.x"), Just("graphql"), Just("č\u{0}"), Just("file")],
                0..6,
            ),
            budget in 0_u64..3000,
        ) {
            let (shown, left_out) = chosen(&message.join(" "), "", all, budget);
            let shown: Vec<&Contract> = shown.iter().filter_map(|name| REGISTRY.get(name)).collect();
            prop_assert_eq!(shown.len() + left_out, 9);
            let size = context::estimated_tokens(&context::text(&shown, Detail::Short));
            prop_assert!(shown.is_empty() || size <= budget);
        }
    }
}
