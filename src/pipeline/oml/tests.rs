//! Documents and what is said about them.

use std::sync::LazyLock;

use super::{CheckContext, Checked, check};
use crate::contract::Registry;
use crate::diagnostic::{Diagnostic, has_errors};

mod catalogue;
mod compat;
mod random;

const GOOD: &str = r#"oml_version: "0.1.0"
name: revenue
params:
  limit: {type: integer, default: 100}
  out: output
steps:
  - id: read-orders
    component: filesystem.csv_extractor
    mode: read
    config:
      connection: "@filesystem.local"
      path: data/orders.csv
      limit: "${params.limit}"
  - id: revenue
    component: sql.transform
    mode: transform
    needs: [read-orders]
    config:
      query: |
        SELECT city, sum(amount) AS revenue
        FROM df_read_orders
        GROUP BY city
  - id: write
    component: filesystem.csv_writer
    mode: write
    config:
      path: "${params.out}/revenue.csv"
"#;

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::builtin);

fn run(text: &str) -> Checked {
    let connections = ["@filesystem.local".to_owned(), "@mysql.shop".to_owned()];
    check("test.yaml", text, &CheckContext { registry: &REGISTRY, connections: Some(&connections), tables: &[] })
}

fn apply(text: &str, diagnostic: &Diagnostic) -> Option<String> {
    let edit = diagnostic.fix.as_ref()?.edit.as_ref()?;
    Some(format!("{}{}{}", &text[..edit.span.start], edit.replacement, &text[edit.span.end..]))
}

/// What is found in the good document with one place changed: `code severity line:column "covered"`.
fn found(from: &str, to: &str) -> Vec<String> {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} has to stand once in the document");
    let text = GOOD.replace(from, to);
    let checked = run(&text);
    for d in &checked.diagnostics {
        assert!(d.why.as_ref().is_some_and(|why| !why.is_empty()), "{d:?}");
        assert!(d.fix.as_ref().is_some_and(|fix| !fix.text.is_empty()), "{d:?}");
        assert_eq!(d.source.as_deref(), Some("test.yaml"));
        if let Some(mended) = apply(&text, d) {
            let after = run(&mended).diagnostics;
            let same = |other: &Diagnostic| other.code == d.code && other.path == d.path && other.message == d.message;
            assert!(!after.iter().any(same), "the fix of {d:?} leaves it in\n{mended}");
            let errors = |all: &[Diagnostic]| all.iter().filter(|d| d.is_error()).count();
            assert!(
                errors(&after) <= errors(&checked.diagnostics),
                "the fix of {d:?} breaks more: {after:?}\n{mended}"
            );
        }
    }
    checked
        .diagnostics
        .iter()
        .map(|d| {
            let span = d.span.unwrap_or_default();
            let edit = if d.fix.as_ref().is_some_and(|fix| fix.edit.is_some()) { " fixable" } else { "" };
            format!("{} {} {}:{} {:?}{edit}", d.code, d.severity, span.line, span.column, &text[span.range()])
        })
        .collect()
}

#[test]
fn a_good_document_has_nothing_wrong() {
    let checked = run(GOOD);
    assert_eq!(checked.diagnostics, []);
    let document = checked.document.unwrap();
    let steps: Vec<_> = document
        .steps
        .iter()
        .map(|s| (s.id.value.as_str(), s.needs.iter().map(|n| n.value.as_str()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(steps, [("read-orders", vec![]), ("revenue", vec!["read-orders"]), ("write", vec!["revenue"])]);
    assert_eq!(document.steps[0].config.as_ref().unwrap().to_json()["limit"], 100);
}

#[test]
fn each_rule_finds_its_fault_in_its_place() {
    let mut wrong = Vec::new();
    for (from, to, expected) in [
        // The top.
        ("oml_version: \"0.1.0\"\n", "", &["missing-required-key error 1:1 \"\" fixable"][..]),
        (
            "oml_version: \"0.1.0\"",
            "version: \"0.1.0\"",
            &["missing-required-key error 1:1 \"\"", "forbidden-key error 1:1 \"version\" fixable"],
        ),
        ("\"0.1.0\"", "0.1", &["invalid-version-type error 1:14 \"0.1\" fixable"]),
        ("\"0.1.0\"", "\"2.0\"", &["unsupported-version error 1:14 \"\\\"2.0\\\"\" fixable"]),
        ("\"0.1.0\"", "\"0.2.0\"", &["unsupported-version warning 1:14 \"\\\"0.2.0\\\"\" fixable"]),
        ("name: revenue", "name: Daily Revenue!", &["naming-convention warning 2:7 \"Daily Revenue!\" fixable"]),
        ("name: revenue", "name: 2024-05-01", &["invalid-name-type error 2:7 \"2024-05-01\" fixable"]),
        ("name: revenue", "name: ''", &["empty-name error 2:7 \"''\""]),
        ("name: revenue", "name: revenue\nowner: me\nx-team: us", &["unknown-key warning 3:1 \"owner\" fixable"]),
        ("name: revenue", "name: revenue\nname: again", &["duplicate-key error 3:1 \"name\""]),
        // Steps.
        ("    mode: write\n", "", &["missing-step-field error 23:5 \"id: write\" fixable"]),
        ("    mode: write\n", "    mode: load\n", &["invalid-mode error 25:11 \"load\" fixable"]),
        ("    mode: write\n", "    mode: read\n", &["incompatible-mode error 25:11 \"read\" fixable"]),
        ("    mode: write\n", "    mode: on\n", &["invalid-mode-type error 25:11 \"on\" fixable"]),
        (
            "filesystem.csv_writer",
            "filesystem.csv_writter",
            &["unknown-component error 24:16 \"filesystem.csv_writter\" fixable"],
        ),
        ("filesystem.csv_writer", "csv_writer", &["unknown-component error 24:16 \"csv_writer\" fixable"]),
        ("filesystem.csv_writer", "oracle.writer", &["unknown-component error 24:16 \"oracle.writer\""]),
        ("id: write", "id: revenue", &["duplicate-id error 23:9 \"revenue\""]),
        ("id: write", "id: 7", &["invalid-id-type error 23:9 \"7\" fixable"]),
        ("id: write", "id: ../x", &["invalid-id error 23:9 \"../x\""]),
        ("needs: [read-orders]", "need: [read-orders]", &["unknown-key warning 17:5 \"need\" fixable"]),
        ("needs: [read-orders]", "depends_on: [read-orders]", &["unknown-key warning 17:5 \"depends_on\" fixable"]),
        // Needs.
        ("needs: [read-orders]", "needs: read-orders", &["invalid-needs-type error 17:12 \"read-orders\" fixable"]),
        ("needs: [read-orders]", "needs: [read-orders, 5]", &["invalid-dependency-type error 17:26 \"5\""]),
        ("needs: [read-orders]", "needs: [read-order]", &["unknown-dependency error 17:13 \"read-order\" fixable"]),
        ("needs: [read-orders]", "needs: [revenue, read-orders]", &["dependency-cycle error 17:13 \"revenue\""]),
        (
            "needs: [read-orders]",
            "needs: [write, read-orders]",
            &["input-without-rows error 17:13 \"write\"", "dependency-cycle error 23:9 \"write\""],
        ),
        (
            "needs: [read-orders]",
            "needs: [read-orders, read-orders]",
            &["duplicate-dependency warning 17:26 \"read-orders\""],
        ),
        ("    mode: write\n", "    mode: write\n    needs: []\n", &["no-input error 26:12 \"[]\" fixable"]),
        (
            "    mode: write\n",
            "    mode: write\n    needs: [revenue, read-orders]\n",
            &["too-many-inputs error 26:12 \"[revenue, read-orders]\""],
        ),
        // Configuration.
        (
            "path: data/orders.csv",
            "file: data/orders.csv",
            &["missing-config-key error 10:5 \"config\" fixable", "unknown-config-key error 12:7 \"file\" fixable"],
        ),
        ("path: data/orders.csv", "path: 42", &["invalid-config-value error 12:13 \"42\" fixable"]),
        (
            "path: data/orders.csv",
            "path: a.csv\n      delimeter: \";\"",
            &["unknown-config-key error 13:7 \"delimeter\" fixable"],
        ),
        (
            "path: data/orders.csv",
            "path: a.csv\n      delimiter: \"||\"",
            &["invalid-config-value error 13:18 \"\\\"||\\\"\""],
        ),
        ("path: data/orders.csv", "path: a.csv\n      delimiter: ä", &["invalid-config-value error 13:18 \"ä\""]),
        (
            "path: data/orders.csv",
            "path: a.csv\n      encoding: utf8",
            &["invalid-config-value error 13:17 \"utf8\" fixable"],
        ),
        (
            "path: data/orders.csv",
            "path: a.csv\n      encoding: klingon",
            &["invalid-config-value error 13:17 \"klingon\""],
        ),
        (
            "path: data/orders.csv",
            "path: a.csv\n      chunk_size: 5",
            &["invalid-config-value error 13:19 \"5\" fixable"],
        ),
        (
            "path: data/orders.csv",
            "path: a.csv\n      skip_rows: \"1\"",
            &["invalid-config-value error 13:18 \"\\\"1\\\"\" fixable"],
        ),
        ("path: data/orders.csv", "path: a.csv\n      header: maybe", &["invalid-config-value error 13:15 \"maybe\""]),
        (
            "path: data/orders.csv",
            "path: a.csv\n      columns: [a, a]",
            &["invalid-config-value error 13:16 \"[a, a]\""],
        ),
        (
            "path: data/orders.csv",
            "path: a.csv\n      dtype: {a: money, b: date}",
            &["invalid-config-value error 13:18 \"money\""],
        ),
        (
            "path: data/orders.csv",
            "path: a.csv\n      skip_blank_lines:",
            &["invalid-config-value error 13:7 \"skip_blank_lines\""],
        ),
        (
            "      path: \"${params.out}/revenue.csv\"",
            "      - ${params.out}",
            &["invalid-config-type error 27:7 \"- ${params.out}\""],
        ),
        // Connections.
        (
            "@filesystem.local",
            "filesystem.local",
            &["invalid-connection-ref error 11:19 \"\\\"filesystem.local\\\"\" fixable"],
        ),
        ("@filesystem.local", "@local", &["invalid-connection-ref error 11:19 \"\\\"@local\\\"\" fixable"]),
        (
            "@filesystem.local",
            "@filesystem.locl",
            &["unknown-connection error 11:19 \"\\\"@filesystem.locl\\\"\" fixable"],
        ),
        ("@filesystem.local", "@mysql.shop", &["connection-mismatch error 11:19 \"\\\"@mysql.shop\\\"\" fixable"]),
        ("\"@filesystem.local\"", "5", &["invalid-connection-ref error 11:19 \"5\""]),
        // Secrets.
        ("name: revenue", "name: revenue\nmetadata: {owner: {api_key: abc}}", &["inline-secret error 3:29 \"abc\""]),
        (
            "name: revenue",
            "name: revenue\nmetadata: {db: \"mysql://me:pw@host/db\"}",
            &["inline-secret error 3:16 \"\\\"mysql://me:pw@host/db\\\"\""],
        ),
        (
            "name: revenue",
            "name: revenue\nmetadata: {token: \"${TOKEN}\"}",
            &["unknown-template warning 3:20 \"${TOKEN}\""],
        ),
        // Parameters.
        (
            "${params.limit}",
            "${params.limt}",
            &["unused-parameter warning 4:3 \"limit\"", "unknown-parameter error 13:15 \"${params.limt}\" fixable"],
        ),
        ("${params.limit}", "5${params.limit}", &["invalid-config-value error 13:14 \"\\\"5${params.limit}\\\"\""]),
        (
            "default: 100",
            "default: ten",
            &["invalid-parameter error 4:35 \"ten\"", "invalid-config-value error 13:14 \"\\\"${params.limit}\\\"\""],
        ),
        ("default: 100", "default: 0", &["invalid-config-value error 13:14 \"\\\"${params.limit}\\\"\""]),
        ("default: 100", "default: 100, enum: [1, 2]", &["invalid-parameter error 4:35 \"100\""]),
        ("type: integer", "type: intger", &["invalid-parameter error 4:17 \"intger\" fixable"]),
        (", default: 100", "", &[]),
        (
            "${params.limit}",
            "${limit}",
            &[
                "unused-parameter warning 4:3 \"limit\"",
                "invalid-config-value error 13:14 \"\\\"${limit}\\\"\"",
                "unknown-template warning 13:15 \"${limit}\" fixable",
            ],
        ),
        // SQL.
        ("df_read_orders", "df_read_ordres", &["unknown-sql-table error 21:14 \"df_read_ordres\" fixable"]),
        ("df_read_orders", "df_orders", &["unknown-sql-table error 21:14 \"df_orders\" fixable"]),
        ("df_read_orders", "input_df", &[]),
        ("FROM df_read_orders", "FROM \"read-orders\"", &[]),
        (
            "FROM df_read_orders",
            "FROM df_read_orders, df_write",
            &["unknown-sql-table error 21:30 \"df_write\" fixable"],
        ),
        (
            "needs: [read-orders]",
            "needs: []",
            &["no-input warning 17:12 \"[]\"", "unknown-sql-table error 21:14 \"df_read_orders\" fixable"],
        ),
    ] {
        let got = found(from, to);
        if got != expected {
            wrong.push(format!("{from:?} → {to:?}\n  got      {got:?}\n  expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn order_is_that_of_the_document_and_everything_is_collected() {
    let text = "name: 5\nsteps:\n  - {id: a, component: x, mode: y}\n  - {id: a, mode: read, needs: [q]}\n  - 7\n";
    let found: Vec<_> = run(text).diagnostics.into_iter().map(|d| (d.code, d.span.map_or(0, |s| s.start))).collect();
    let codes: Vec<_> = found.iter().map(|(code, _)| code.as_str()).collect();
    let expected = [
        "missing-required-key",
        "invalid-name-type",
        "unknown-component",
        "invalid-mode",
        "missing-step-field",
        "duplicate-id",
        "unknown-dependency",
        "invalid-step-type",
    ];
    assert_eq!(codes, expected);
    assert!(found.windows(2).all(|pair| pair[0].1 <= pair[1].1));
}

#[test]
fn broken_yaml_is_one_error_and_the_rest_is_still_checked() {
    let text =
        GOOD.replace("mode: transform", "mode: transfrm").replace("path: \"${params.out}", "path: @${params.out}");
    let codes: Vec<_> = run(&text).diagnostics.into_iter().map(|d| d.code).collect();
    assert_eq!(codes, ["invalid-mode", "yaml-parse-error"]);
    for (cut, _) in GOOD.match_indices('\n').filter(|(at, _)| !GOOD[..*at].ends_with('|')) {
        let codes: Vec<_> = run(&format!("{}\n\"", &GOOD[..cut])).diagnostics.into_iter().map(|d| d.code).collect();
        assert_eq!(codes, ["yaml-parse-error"], "{}", &GOOD[..cut]);
    }
}

#[test]
fn what_is_no_mapping_is_said_to_be_none() {
    for text in ["", "# nothing\n", "- a\n", "just text\n", "5\n", "---\n...\n"] {
        let checked = run(text);
        assert!(checked.document.is_none());
        assert_eq!(
            checked.diagnostics.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(),
            ["invalid-type"],
            "{text:?}"
        );
    }
}

#[test]
fn line_ends_and_marks_change_no_verdict() {
    for text in [GOOD.replace('\n', "\r\n"), format!("\u{feff}{GOOD}")] {
        assert_eq!(run(&text).diagnostics, []);
        let broken = text.replace("df_read_orders", "df_x");
        let d = &run(&broken).diagnostics[0];
        let span = d.span.unwrap();
        assert_eq!((&broken[span.range()], span.line), ("df_x", 21));
    }
}

#[test]
fn a_step_that_reads_does_not_wait_for_the_one_before_it() {
    let text = "oml_version: \"0.1.0\"\nname: two\nsteps:\n  - {id: a, component: filesystem.csv_extractor, mode: read, config: {path: a}}\n  - {id: b, component: filesystem.csv_extractor, mode: read, config: {path: b}}\n  - {id: w, component: filesystem.csv_writer, mode: write, config: {path: c}}\n";
    let steps = run(text).document.unwrap().steps;
    assert_eq!(steps[1].needs, []);
    assert_eq!(steps[2].needs.iter().map(|n| n.value.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn secrets_are_not_repeated() {
    let text = GOOD.replace("name: revenue", "name: revenue\nmetadata: {password: hunter22}");
    let checked = run(&text);
    assert!(has_errors(&checked.diagnostics));
    assert!(checked.diagnostics.iter().all(|d| !format!("{d:?}").contains("hunter22")));
}

/// What is wrong with a document of one step: `code path`.
fn of_step(component: &str, config: &str) -> Vec<String> {
    let text = format!(
        "oml_version: \"0.1.0\"\nname: a\nsteps:\n  - id: s\n    component: {component}\n    mode: read\n    config: {config}\n"
    );
    let diagnostics = run(&text).diagnostics;
    let errors = diagnostics.iter().filter(|d| d.is_error());
    errors.map(|d| format!("{} {}", d.code, d.path.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn what_is_secret_in_one_component_is_harmless_in_another() {
    let graphql = |headers: &str| {
        of_step("graphql.extractor", &format!("{{endpoint: \"https://a\", query: \"{{a}}\", headers: {{{headers}}}}}"))
    };
    assert_eq!(graphql("Accept: json, key: whatever"), ["inline-secret steps[0].config.headers.key"]);
    assert_eq!(graphql("Accept: json"), [""; 0]);
    assert_eq!(graphql("X-API-Key: abc"), ["inline-secret steps[0].config.headers.X-API-Key"]);
    assert_eq!(
        of_step("supabase.extractor", "{url: \"https://a.supabase.co\", key: aaaaaaaaaaaaaaaaaaaaaaaa, table: t}"),
        ["inline-secret steps[0].config.key"]
    );
}

#[test]
fn what_a_connection_would_give_is_required_without_one() {
    let missing: Vec<String> =
        ["host", "database", "user", "password"].map(|key| format!("missing-config-key steps[0].config.{key}")).into();
    assert_eq!(of_step("mysql.extractor", "{table: orders}"), missing);
    assert_eq!(of_step("mysql.extractor", "{connection: \"@mysql.shop\", table: orders}"), [""; 0]);
    assert_eq!(
        of_step("mysql.extractor", "{connection: \"@mysql.shop\", table: orders, user: me}"),
        ["forbidden-override steps[0].config.user"]
    );
}

/// `GOOD` with these lines in its first step: the codes, and the text when every fix is made.
fn patient(lines: &str) -> (Vec<String>, String) {
    let mut text = GOOD.replacen("    mode: read\n", &format!("    mode: read\n{lines}"), 1);
    let codes = run(&text).diagnostics.iter().map(|d| d.code.clone()).collect();
    for _ in 0..9 {
        let found = run(&text).diagnostics;
        let Some(fixed) = found.iter().find_map(|diagnostic| apply(&text, diagnostic)) else { break };
        text = fixed;
    }
    let at = text.find("mode: read\n").unwrap() + "mode: read\n".len();
    let end = text.find("    config:").unwrap();
    (codes, text[at..end].to_owned())
}

#[test]
fn retry_and_timeout_are_read_checked_and_mended() {
    let good = "    retry: {attempts: 3, wait: 500ms, max_wait: 2m}\n    timeout: 90m\n";
    assert_eq!(patient(good), (vec![], good.to_owned()));
    let text = GOOD.replacen("    mode: read\n", &format!("    mode: read\n{good}"), 1);
    let step = run(&text).document.unwrap().steps.remove(0);
    assert_eq!(serde_json::to_string(&step.retry).unwrap(), r#"{"attempts":3,"wait":"500ms","max_wait":"2m"}"#);
    assert_eq!(step.timeout.unwrap().to_string(), "90m");
    let retry = |lines: &str| {
        let (codes, text) = patient(lines);
        format!("{} {}", codes.join(","), text.trim())
    };
    for (lines, told) in [
        ("    retry: 3\n", "invalid-retry retry: {attempts: 3}"),
        ("    retry: always\n", "invalid-retry retry: always"),
        ("    retry: {attempts: 0}\n", "invalid-retry retry: {attempts: 0}"),
        ("    retry: {attempts: 21}\n", "invalid-retry retry: {attempts: 21}"),
        ("    retry: {atempts: 3}\n", "invalid-retry retry: {attempts: 3}"),
        ("    retry: {wait: 1s}\n", "invalid-retry retry: {wait: 1s}"),
        ("    retry: {attempts: 3, wait: 5}\n", "invalid-retry retry: {attempts: 3, wait: 5s}"),
        (
            "    retry: {attempts: 3, wait: 5m, max_wait: 1m}\n",
            "invalid-retry retry: {attempts: 3, wait: 5m, max_wait: 5m}",
        ),
        ("    retry: {attempts: 3, jitter: 1s}\n", "invalid-retry retry: {attempts: 3, jitter: 1s}"),
        ("    retry:\n", " retry:"),
        ("    timeout: 30\n", "invalid-timeout timeout: 30s"),
        ("    timeout: soon\n", "invalid-timeout timeout: soon"),
        ("    timeout: 0s\n", "invalid-timeout timeout: 0s"),
        ("    timeout: 30 days\n", "invalid-timeout timeout: 30 days"),
        ("    timeuot: 30s\n", "unknown-key timeout: 30s"),
        ("    retry: {attempts: \"${params.limit}\"}\n", "invalid-retry retry: {attempts: \"${params.limit}\"}"),
    ] {
        assert_eq!(retry(lines), told);
    }
}
