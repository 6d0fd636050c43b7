//! The page of the reference about connections: its tables are made from the families.

use std::fmt::Write as _;

use super::family::{FamilyField, families};
use crate::contract::Registry;

const HEAD: &str = "# Connections

A connection says where data is and how to get in. Connections stand in `pipesmith_connections.yaml` of the workspace; where
there is none, `osiris_connections.yaml` is read, unchanged. A step names one as `@family.alias`.

```yaml
version: 1
connections:
  postgres:
    warehouse:
      default: true
      host: db.example.com
      database: shop
      user: etl
      password: ${WAREHOUSE_PASSWORD}
```

`pipesmith connections list` shows them without secrets and says which variables are not set, `doctor` connects with all at
once and says what does not work, `test @family.alias` with one, and `add` writes one. In the workbench, `alt-7` shows them.

## Which one is meant

A step that names no connection uses the one of its family with `default: true`, else the one with the alias `default`. Two of
a family with `default: true` are an error.

## Variables

`${NAME}` in a value is replaced when the connection is used; `${NAME:-text}` is `text` where the variable is not set. Set to
nothing counts as not set. A variable is looked up in this order, the same for every verb, for the workbench and for the
model's key:

1. the secrets file: `--secrets-file FILE` (or `PIPESMITH_SECRETS_FILE`)
2. the environment
3. `.env` in the workspace's folder

The secrets file has one level of names and values, as `NAME=value` lines, YAML or JSON; the extension says which (`.env`,
`.yaml`, `.yml`, `.json`), else its look. It must belong to you or root, and nobody else may read or write it: `chmod 600`.
Lines of `.env` may begin with `export`, values may stand in `'` (as they are) or `\"` (with `\\n`, `\\\"`), and nothing in them is
replaced. Both files are read again at every connect, so a long run takes a secret that was changed meanwhile.

## What is checked

The form of the file, families, fields, their values, and what each family can't do without; each fault has its line. `--mode`
of `connections` and `compile`, else `PIPESMITH_VALIDATION`, else `OSIRIS_VALIDATION`, decides what a fault stops: `strict`
(default) everything that reads connections, `warn` nothing, `off` is silent. A file that can't be read at all stops in every
mode. [Diagnostics](diagnostics.md) explains each code.

## What leaves the process

A field named like a secret, whatever the secrets file holds (but for what is used in an open field, such as a host), variables
named like a secret (`…_PASSWORD`, `…_TOKEN`, `…_KEY`, …), passwords in addresses and secrets that a check found in a document
are hidden as `[redacted]` in all output, logs, sessions, exports and requests to a model: as they are, and as JSON, URLs and
base64 have them. A secret of fewer than four characters can't be told from words and is not hidden; nor is one that is a word of
the program (`postgres`, `test`, `admin`, …), which anybody would guess. A proposal or an edit in which a secret was hidden is not
written to its file.
";

/// The page, in Markdown.
pub fn page(registry: &Registry) -> String {
    let mut out = HEAD.to_owned();
    for family in families(registry) {
        let _ = write!(out, "\n## `{}`: {}\n\n", family.name, family.title);
        if !family.needs.is_empty() {
            let groups: Vec<String> = family
                .needs
                .iter()
                .map(|group| group.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and "))
                .collect();
            let _ = writeln!(out, "Needs {}.\n", groups.join(", or "));
        }
        out.push_str("| Field | Holds | Default | For |\n|---|---|---|---|\n");
        for field in &family.fields {
            row(field, &mut out);
        }
    }
    out
}

fn row(field: &FamilyField, out: &mut String) {
    let secret = if field.secret { ", secret" } else { "" };
    let default = if field.default.is_empty() { String::new() } else { format!("`{}`", field.default) };
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let _ = writeln!(
        out,
        "| `{}` | {}{secret} | {default} | {} |",
        field.name,
        cell(&field.kind.to_string()),
        cell(&field.description)
    );
}
