//! Files that hold variables: the secrets file (env, YAML or JSON) and `.env`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use crate::diagnostic::{Diagnostic, LineIndex};
use crate::yaml;

/// More than any list of secrets needs.
const MAX_BYTES: u64 = 1 << 20;

type Values = BTreeMap<String, String>;

/// Reads the secrets file. Nobody but its owner may be able to read or change it.
pub(super) fn read_secrets(path: &Path) -> Result<Values, Diagnostic> {
    let shown = path.display().to_string();
    let unreadable = |why: String| {
        Diagnostic::error("secrets-file-unreadable", "the secrets file can't be read")
            .source(shown.as_str())
            .why(why)
            .fix("name a file of NAME=value lines, YAML or JSON that you may read")
    };
    let mut file = std::fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    // Of the file that was opened: the name may lead to another one by now.
    let found = file.metadata().map_err(|error| unreadable(error.to_string()))?;
    if !found.is_file() {
        return Err(unreadable("it is no file: it is read anew at each connect, which a pipe can't be".to_owned()));
    }
    guard(&found, &shown)?;
    let mut bytes = Vec::new();
    file.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable(format!("it is larger than {MAX_BYTES} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
    parse(path, &text).map_err(|what| {
        // Nothing of its text is repeated.
        Diagnostic::error("secrets-file-invalid", format!("the secrets file is wrong: {what}"))
            .source(shown.as_str())
            .why("it has names and values, one level deep, as NAME=value lines, YAML or JSON")
            .fix("correct that line")
            .example("PG_PASSWORD: …\nAPI_TOKEN: …")
    })
}

fn guard(found: &std::fs::Metadata, shown: &str) -> Result<(), Diagnostic> {
    use std::os::unix::fs::MetadataExt as _;
    let open = |what: String, fix: String| {
        Err(Diagnostic::error("secrets-file-open", what)
            .source(shown)
            .why("whoever can read or change it has your secrets")
            .fix(fix))
    };
    let mode = found.mode() & 0o777;
    if mode & 0o077 != 0 {
        let what = format!("others than its owner can get at the secrets file (mode {mode:03o})");
        return open(what, format!("`chmod 600 {shown}`"));
    }
    let me = rustix::process::geteuid().as_raw();
    if found.uid() != me && found.uid() != 0 {
        let what = format!("the secrets file belongs to user {}, neither you ({me}) nor root", found.uid());
        return open(what, format!("`chown {me} {shown}`"));
    }
    Ok(())
}

/// Reads `.env`; a line that can't be read is said and left out. No file is no problem.
pub(super) fn read_dotenv(path: &Path) -> (Values, Vec<Diagnostic>) {
    let shown = path.display().to_string();
    let unreadable = |why: String| {
        Diagnostic::warning("dotenv-unreadable", ".env can't be read, so no variable is taken from it")
            .source(shown.as_str())
            .why(why)
            .fix("correct the file or its permissions, or remove it")
    };
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Values::new(), Vec::new()),
        Err(error) => return (Values::new(), vec![unreadable(error.to_string())]),
        Ok(_) if bytes.len() as u64 > MAX_BYTES => {
            return (Values::new(), vec![unreadable(format!("it is larger than {MAX_BYTES} bytes"))]);
        }
        Ok(_) => {}
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return (Values::new(), vec![unreadable("it is not UTF-8".to_owned())]);
    };
    let (values, bad) = lines(&text);
    let bad = bad.into_iter().take(20).map(|line| {
        Diagnostic::warning("dotenv-line", format!("line {line} of .env is not NAME=value"))
            .source(shown.as_str())
            .why("the line is left out")
            .fix("write NAME=value, with quotes around a value with spaces")
    });
    (values, bad.collect())
}

/// By the name of the file, else by its look.
fn parse(path: &Path, text: &str) -> Result<Values, String> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let begins = text.trim_start_matches('\u{feff}').trim_start();
    let by_lines = || {
        let (values, bad) = lines(text);
        bad.first().map_or(Ok(values), |line| Err(format!("line {line} is not NAME=value")))
    };
    match extension.as_str() {
        "json" | "yaml" | "yml" => mapping(text),
        "env" => by_lines(),
        _ if begins.starts_with('{') => mapping(text),
        _ => by_lines().or_else(|what| mapping(text).map_err(|_| what)),
    }
}

/// A mapping of names to single values, in YAML or JSON.
fn mapping(text: &str) -> Result<Values, String> {
    let tree = yaml::load(&LineIndex::new(text));
    if let Some(problem) = tree.problems.first() {
        return Err(format!("line {} is neither YAML nor JSON", problem.span.map_or(1, |span| span.line)));
    }
    let Some(root) = tree.root.filter(|root| !root.is_null()) else { return Ok(Values::new()) };
    let Some(map) = root.as_map() else { return Err("it is not a mapping of names to values".to_owned()) };
    if let Some(twice) = tree.duplicates.first() {
        return Err(format!("the name in line {} stands twice", twice.second.line));
    }
    map.entries
        .iter()
        .map(|entry| match entry.value.as_scalar() {
            // As written: a password of digits keeps its zeros.
            Some(_) if entry.value.is_null() => Ok((entry.key.text.clone(), String::new())),
            Some(scalar) => Ok((entry.key.text.clone(), scalar.text.clone())),
            None => Err(format!("the value in line {} is not a single one", entry.key.span.line)),
        })
        .collect()
}

/// `NAME=value` lines, and the numbers of those that are none. Nothing is expanded.
fn lines(text: &str) -> (Values, Vec<usize>) {
    let mut values = Values::new();
    let mut bad = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = rest[..end].trim();
        let mut used = end;
        if !line.is_empty() && !line.starts_with('#') {
            let line_start = rest.len() - rest.trim_start().len();
            match assignment(&rest[line_start..]) {
                Some((name, value, length)) => {
                    values.insert(name, value);
                    used = line_start + length;
                }
                None => bad.push(number),
            }
        }
        number += rest[..used].matches('\n').count().saturating_sub(1);
        rest = &rest[used..];
    }
    (values, bad)
}

/// A name, its value and the bytes that they take, the line's end among them.
fn assignment(text: &str) -> Option<(String, String, usize)> {
    let end = text.find('\n').unwrap_or(text.len());
    let (left, _) = text[..end].split_once('=')?;
    let name = left.trim().strip_prefix("export ").unwrap_or(left.trim()).trim();
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if !valid {
        return None;
    }
    let from = left.len() + 1;
    let value = &text[from..];
    let value_start = from + value[..end - from].len() - value[..end - from].trim_start().len();
    let (value, after) = match text[value_start..].chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(&text[value_start + 1..], quote)
            .map(|(value, length)| (value, value_start + 1 + length))
            .filter(|(_, after)| {
                let tail = text[*after..].lines().next().unwrap_or_default().trim();
                text[*after..].starts_with('\n') || tail.is_empty() || tail.starts_with('#')
            })?,
        _ => {
            let line = &text[value_start..end];
            let comment = line.find(" #").or_else(|| line.find("\t#")).unwrap_or(line.len());
            (line[..comment].trim().to_owned(), end)
        }
    };
    let end = text[after..].find('\n').map_or(text.len(), |at| after + at + 1);
    Some((name.to_owned(), value, end))
}

/// What stands before the closing quote, and the bytes until after it.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((out, at + 1)),
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use proptest::prelude::*;

    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn lines_are_read_with_quotes_comments_and_line_ends() {
        let text = "\u{feff}# c\nA=1\r\nexport B = two words # c\nC=\"x\\n\\\"y\\\" #z\" # c\nD='a\\n'\n\nbad line\nE=\"two\nlines\"\nF=\n=x\nG=a#b";
        let (found, bad) = lines(text);
        let expected = values(&[
            ("A", "1"),
            ("B", "two words"),
            ("C", "x\n\"y\" #z"),
            ("D", "a\\n"),
            ("E", "two\nlines"),
            ("F", ""),
            ("G", "a#b"),
        ]);
        assert_eq!(found, expected);
        assert_eq!(bad, [7, 11]);
    }

    #[test]
    fn the_three_kinds_are_told_apart() {
        let of = |name: &str, text: &str| parse(Path::new(name), text);
        let one = Ok(values(&[("A", "007")]));
        assert_eq!(of("s.json", r#"{"A": "007"}"#), one);
        assert_eq!(of("s.yml", "A: 007"), one);
        assert_eq!(of("s.env", "A=007"), one);
        assert_eq!(of("secrets", "A=007"), one);
        assert_eq!(of("secrets", "A: 007"), one);
        assert_eq!(of("secrets", r#"{"A": "007"}"#), one);
        assert_eq!(of("s.yaml", "A: {b: hunter2}"), Err("the value in line 1 is not a single one".to_owned()));
        assert_eq!(of("s.env", "A=1\nhunter2"), Err("line 2 is not NAME=value".to_owned()));
        assert!(of("s.json", "{\"A\": \"hunter2").unwrap_err().contains("neither YAML nor JSON"));
        assert_eq!(of("s.yaml", ""), Ok(Values::new()));
    }

    #[test]
    fn a_file_that_others_can_get_at_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.env");
        std::fs::write(&path, "A=1").unwrap();
        for (mode, right) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o620, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let found = read_secrets(&path).map_err(|d| d.code);
            let expected = if right { Ok(values(&[("A", "1")])) } else { Err("secrets-file-open".to_owned()) };
            assert_eq!(found, expected, "{mode:o}");
        }
        assert_eq!(read_secrets(dir.path()).unwrap_err().code, "secrets-file-unreadable");
        assert_eq!(read_secrets(&dir.path().join("none")).unwrap_err().code, "secrets-file-unreadable");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "[A-C='\"\\\\\n #x]{0,60}") {
            let _ = lines(&text);
            let _ = parse(Path::new("s"), &text);
        }
    }
}
