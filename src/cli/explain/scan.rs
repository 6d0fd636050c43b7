//! Finds the codes of diagnostics in the source, for the test that each of them is explained.
//!
//! What it can follow to a code: the first argument of `Diagnostic::error`, `warning`, `info` and the second
//! of `new`, where that is
//! - a text, or an expression that holds texts (`if … { "a-b" } else { "c-d" }`),
//! - a const, a local of the same function, or a function without arguments that gives it (`kind.code()`),
//! - a parameter of the function or closure around it: then each call of that function is followed alike, in the
//!   same file, or everywhere where the function is `pub`.
//!
//! Anything else is reported as lost, so that no code escapes unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::diagnostic::Severity;

/// A code that is raised.
pub struct Found {
    pub code: String,
    pub file: String,
    /// Where it is told in the call itself.
    pub severity: Option<Severity>,
}

#[derive(Default)]
pub struct Scanned {
    pub codes: Vec<Found>,
    /// Calls whose code could not be found.
    pub lost: Vec<String>,
}

type Tokens = Vec<TokenTree>;

/// A function or closure around a call.
struct Scope {
    name: String,
    params: Vec<String>,
    /// It takes `self`.
    method: bool,
    public: bool,
    locals: Vec<(String, Tokens)>,
    outer: Option<Rc<Scope>>,
}

struct Call {
    file: String,
    /// `Diagnostic` in `Diagnostic::error`.
    of: String,
    name: String,
    /// `.name(…)`
    dot: bool,
    args: Vec<Tokens>,
    scope: Option<Rc<Scope>>,
}

#[derive(Default)]
struct Source {
    calls: Vec<Call>,
    consts: BTreeMap<String, Tokens>,
    /// Bodies of functions, by file and name.
    bodies: BTreeMap<String, Vec<(String, Tokens)>>,
}

/// A function that takes a code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Door {
    name: String,
    /// The code's place among the arguments, and how many there are.
    at: usize,
    of: usize,
    method: bool,
    /// The only file where it may be called.
    file: Option<String>,
    severity: Option<Severity>,
}

impl Door {
    fn fits(&self, call: &Call) -> bool {
        call.name == self.name
            && call.of != "Diagnostic"
            && call.dot == self.method
            && call.args.len() == self.of
            && self.file.as_ref().is_none_or(|file| *file == call.file)
    }
}

/// The doors of `Diagnostic` itself: name, the code's place, how bad.
const FIRST: [(&str, usize, Option<Severity>); 4] = [
    ("error", 0, Some(Severity::Error)),
    ("warning", 0, Some(Severity::Warning)),
    ("info", 0, Some(Severity::Info)),
    ("new", 1, None),
];

/// All codes in the `.rs` files of a folder, tests left out.
pub fn scan(root: &Path) -> Scanned {
    let mut source = Source::default();
    read(root, root, &mut source);
    let mut scanned = Scanned::default();
    let mut doors = Vec::new();
    for (name, at, severity) in FIRST {
        // `diagnostic.rs` makes the doors themselves.
        let fits = |call: &&Call| call.of == "Diagnostic" && call.name == name && !call.file.starts_with("diagnostic");
        for call in source.calls.iter().filter(fits) {
            source.pass(call, at, severity, &mut scanned, &mut doors);
        }
    }
    let mut known = BTreeSet::new();
    while let Some(door) = doors.pop() {
        if known.insert(door.clone()) {
            for call in source.calls.iter().filter(|call| door.fits(call)) {
                source.pass(call, door.at, door.severity, &mut scanned, &mut doors);
            }
        }
    }
    scanned
}

fn text_of(tokens: &[TokenTree]) -> String {
    tokens.iter().cloned().collect::<TokenStream>().to_string()
}

fn is_test(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    ["tests.rs", "generated.rs", "scenes.rs", "codes.rs", "scan.rs"].contains(&name.as_ref())
        || name.ends_with("_tests.rs")
        || folder == "tests"
        || folder == "catalogue"
}

fn read(root: &Path, folder: &Path, source: &mut Source) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, source);
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
            let file = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let stream: TokenStream = text.parse().unwrap_or_else(|e| panic!("{file}: {e}"));
            source.walk(&file, &stream.into_iter().collect::<Tokens>(), None);
        }
    }
}

fn ident(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

fn is(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<Tokens> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group.stream().into_iter().collect()),
        _ => None,
    }
}

/// At the commas that are in no bracket; those of `<…>` of types only where nothing else helps.
fn split(tokens: &[TokenTree]) -> Vec<Tokens> {
    let parts = tokens.split(|token| is(Some(token), ','));
    parts.map(<[TokenTree]>::to_vec).filter(|part| !part.is_empty()).collect()
}

/// Whether a function takes `self`.
fn is_method(tokens: &[TokenTree]) -> bool {
    tokens.iter().take_while(|t| !is(Some(t), ',')).any(|t| ident(Some(t)).as_deref() == Some("self"))
}

/// The names of parameters, `self` left out. A type with a comma in it (`Map<A, B>`) is put together again.
fn params(tokens: &[TokenTree]) -> Vec<String> {
    let mut names = Vec::new();
    let mut open = 0_i32;
    for part in split(tokens) {
        let name = part.iter().take_while(|t| !is(Some(t), ':')).filter_map(|t| ident(Some(t))).last();
        if open == 0 && name.as_deref() != Some("self") {
            names.push(name.unwrap_or_default());
        }
        let mut last_was_dash = false;
        for token in &part {
            open += i32::from(is(Some(token), '<')) - i32::from(is(Some(token), '>') && !last_was_dash);
            last_was_dash = is(Some(token), '-');
        }
    }
    names
}

/// Texts that have the form of a code, at any depth.
fn codes_in(tokens: &[TokenTree], out: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => out.extend(code_of(&literal.to_string())),
            TokenTree::Group(group) => codes_in(&group.stream().into_iter().collect::<Tokens>(), out),
            _ => {}
        }
    }
}

fn code_of(literal: &str) -> Option<String> {
    let word = literal.strip_prefix('"')?.strip_suffix('"')?;
    let fits = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    (fits && word.contains('-')).then(|| word.to_owned())
}

enum Step {
    Codes(Vec<String>),
    Param(Rc<Scope>, usize),
    Lost,
}

impl Source {
    /// What one argument of a call gives: codes, another door, or nothing that can be followed.
    fn pass(&self, call: &Call, at: usize, severity: Option<Severity>, out: &mut Scanned, doors: &mut Vec<Door>) {
        let Some(arg) = call.args.get(at) else { return };
        match self.follow(call, arg, 0) {
            Step::Codes(codes) => out.codes.extend(codes.into_iter().map(|code| {
                let file = call.file.clone();
                Found { code, file, severity }
            })),
            Step::Param(scope, at) => doors.push(Door {
                name: scope.name.clone(),
                at,
                of: scope.params.len(),
                method: scope.method,
                file: (!scope.public).then(|| call.file.clone()),
                severity,
            }),
            Step::Lost => out.lost.push(format!("{}: {}({})", call.file, call.name, text_of(arg))),
        }
    }

    fn follow(&self, call: &Call, arg: &[TokenTree], depth: usize) -> Step {
        if let [TokenTree::Literal(literal)] = arg {
            let text = literal.to_string();
            // Also one that has not the form of a code: the entry for it will be missed.
            return Step::Codes(vec![text.trim_matches('"').to_owned()]);
        }
        let mut codes = Vec::new();
        codes_in(arg, &mut codes);
        if !codes.is_empty() || depth > 4 {
            return if codes.is_empty() { Step::Lost } else { Step::Codes(codes) };
        }
        let arg: &[TokenTree] = match arg {
            [TokenTree::Punct(p), rest @ ..] if p.as_char() == '&' => rest,
            _ => arg,
        };
        if let [TokenTree::Ident(name)] = arg {
            return self.follow_name(call, &name.to_string(), depth);
        }
        // `kind.code()`: what a function of this name gives; those of the file first.
        if let [.., TokenTree::Ident(name), TokenTree::Group(args)] = arg
            && args.stream().is_empty()
        {
            let bodies = self.bodies.get(&name.to_string()).map_or(&[][..], Vec::as_slice);
            let own: Vec<_> = bodies.iter().filter(|(file, _)| *file == call.file).collect();
            let all = if own.is_empty() { bodies.iter().collect() } else { own };
            all.iter().for_each(|(_, body)| codes_in(body, &mut codes));
        }
        if codes.is_empty() { Step::Lost } else { Step::Codes(codes) }
    }

    fn follow_name(&self, call: &Call, name: &str, depth: usize) -> Step {
        let mut scope = call.scope.clone();
        while let Some(here) = scope {
            if let Some((_, value)) = here.locals.iter().rev().find(|(local, _)| local == name) {
                return self.follow(call, value, depth + 1);
            }
            if let Some(at) = here.params.iter().position(|param| param == name) {
                return Step::Param(here, at);
            }
            scope = here.outer.clone();
        }
        match self.consts.get(&format!("{} {name}", call.file)) {
            Some(value) => self.follow(call, value, depth + 1),
            None => Step::Lost,
        }
    }

    /// Takes in the calls, consts and functions of some tokens.
    fn walk(&mut self, file: &str, tokens: &[TokenTree], scope: Option<Rc<Scope>>) {
        let mut scope = scope;
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at..];
            if is(rest.first(), '#')
                && let Some(attribute) = group(rest.get(1), Delimiter::Bracket)
            {
                at += 2;
                if text_of(&attribute).replace(' ', "").starts_with("cfg(test)") {
                    at += item(&tokens[at..]);
                }
                continue;
            }
            match ident(rest.first()).as_deref() {
                Some("fn") => {
                    at += self.function(file, tokens, at, &scope);
                    continue;
                }
                Some("const" | "static") => {
                    if let Some(name) = ident(rest.get(1)) {
                        let end = statement(rest);
                        let value = rest[..end].iter().position(|t| is(Some(t), '=')).unwrap_or(end);
                        let value = rest.get(value + 1..end).unwrap_or_default().to_vec();
                        self.consts.insert(format!("{file} {name}"), value);
                    }
                }
                Some("let") => {
                    let (inside, whole) = self.binding(file, rest, scope);
                    scope = Some(inside);
                    at += whole;
                    if whole > 0 {
                        continue;
                    }
                }
                Some(name) => {
                    if let Some(args) = group(rest.get(1), Delimiter::Parenthesis) {
                        let of = match at {
                            3.. if is(tokens.get(at - 1), ':') => ident(tokens.get(at - 3)).unwrap_or_default(),
                            _ => String::new(),
                        };
                        let call = Call {
                            file: file.to_owned(),
                            of,
                            name: name.to_owned(),
                            dot: at > 0 && is(tokens.get(at - 1), '.'),
                            args: split(&args),
                            scope: scope.clone(),
                        };
                        self.calls.push(call);
                    }
                }
                None => {}
            }
            if let TokenTree::Group(inner) = &tokens[at] {
                self.walk(file, &inner.stream().into_iter().collect::<Tokens>(), scope.clone());
            }
            at += 1;
        }
    }

    /// A function: its body is walked with its parameters known. Gives the tokens up to its end.
    fn function(&mut self, file: &str, tokens: &[TokenTree], at: usize, scope: &Option<Rc<Scope>>) -> usize {
        let rest = &tokens[at..];
        let end = item(rest);
        let name = ident(rest.get(1));
        let arguments = rest[..end].iter().find_map(|token| group(Some(token), Delimiter::Parenthesis));
        let body = rest[..end].last().and_then(|token| group(Some(token), Delimiter::Brace));
        if let (Some(name), Some(arguments), Some(body)) = (name, arguments, body) {
            let ends = |token: &&TokenTree| is(Some(token), ';') || group(Some(token), Delimiter::Brace).is_some();
            let mut before = tokens[..at].iter().rev().take(4).take_while(|token| !ends(token));
            let public = before.any(|token| ident(Some(token)).as_deref() == Some("pub"));
            self.bodies.entry(name.clone()).or_default().push((file.to_owned(), body.clone()));
            let inside = Scope {
                name,
                params: params(&arguments),
                method: is_method(&arguments),
                public,
                locals: Vec::new(),
                outer: scope.clone(),
            };
            self.walk(file, &body, Some(Rc::new(inside)));
        }
        end
    }

    /// `let`: a closure is walked with its parameters known, anything else is a local. Gives what is known after it,
    /// and how many tokens have been walked.
    fn binding(&mut self, file: &str, rest: &[TokenTree], scope: Option<Rc<Scope>>) -> (Rc<Scope>, usize) {
        let end = statement(rest);
        let equals = rest[..end].iter().position(|t| is(Some(t), '=')).unwrap_or(end);
        let value = rest.get(equals + 1..end).unwrap_or_default();
        let names: Vec<String> = names_in(rest.get(1..equals).unwrap_or_default());
        let mut whole = 0;
        let start = usize::from(ident(value.first()).as_deref() == Some("move"));
        if let ([name], true) = (names.as_slice(), is(value.get(start), '|')) {
            let close = value[start + 1..].iter().position(|t| is(Some(t), '|')).unwrap_or_default();
            let inside = Scope {
                name: name.clone(),
                params: params(&value[start + 1..start + 1 + close]),
                method: false,
                public: false,
                locals: Vec::new(),
                outer: scope.clone(),
            };
            self.walk(file, value.get(start + close + 2..).unwrap_or_default(), Some(Rc::new(inside)));
            whole = end;
        }
        let locals = names.into_iter().map(|name| (name, value.to_vec())).collect();
        let after =
            Scope { name: String::new(), params: Vec::new(), method: false, public: false, locals, outer: scope };
        (Rc::new(after), whole)
    }
}

/// The lower-case names of a pattern, its type left out.
fn names_in(pattern: &[TokenTree]) -> Vec<String> {
    let mut names = Vec::new();
    for token in pattern.iter().take_while(|t| !is(Some(t), ':')) {
        match token {
            TokenTree::Ident(name) if name.to_string().starts_with(|c: char| c.is_lowercase()) => {
                names.push(name.to_string());
            }
            TokenTree::Group(group) => names.extend(names_in(&group.stream().into_iter().collect::<Tokens>())),
            _ => {}
        }
    }
    names.retain(|name| name != "mut" && name != "ref");
    names
}

/// Tokens up to the semicolon that ends a statement.
fn statement(tokens: &[TokenTree]) -> usize {
    tokens.iter().position(|token| is(Some(token), ';')).unwrap_or(tokens.len())
}

/// Tokens up to the end of an item: its braces, or a semicolon.
fn item(tokens: &[TokenTree]) -> usize {
    let ends = |token: &TokenTree| is(Some(token), ';') || group(Some(token), Delimiter::Brace).is_some();
    tokens.iter().position(ends).map_or(tokens.len(), |at| at + 1)
}

#[test]
fn codes_are_followed_through_parameters_locals_and_closures() {
    let text = r#"
        const CODE: &str = "a-const";
        fn direct() -> Diagnostic { Diagnostic::error("a-text", "x") }
        fn by_const() -> Diagnostic { vec![Diagnostic::warning(CODE, "x")] }
        fn helper(n: usize, code: &str) -> Diagnostic { Diagnostic::error(code, "x") }
        fn calls() { helper(1, "a-helped"); }
        fn closure() { let bad = |code: &str, m: String| Diagnostic::error(code, m); bad("a-closure", m()) }
        fn local(x: u8) { let (n, code) = match x { 1 => (2, "a-local"), _ => (3, "b-local") }; Diagnostic::new(s, code, n) }
        fn method(self) { Diagnostic::error(self.kind.code(), "x") }
        fn code(self) -> &'static str { match self { A => "a-method" } }
        fn lost() { for code in codes() { Diagnostic::error(code, "x") } }
        #[cfg(test)]
        mod tests { fn t() { Diagnostic::error("a-test", "x") } }
    "#;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.rs"), text).unwrap();
    let found = scan(folder.path());
    let codes: BTreeSet<&str> = found.codes.iter().map(|found| found.code.as_str()).collect();
    let all = ["a-closure", "a-const", "a-helped", "a-local", "a-method", "a-text", "b-local"];
    assert_eq!(codes, BTreeSet::from(all));
    assert_eq!(found.lost, ["a.rs: error(code)"]);
}
