//! Colours for code, made by a worker thread so that drawing never waits for them.
//!
//! Text is drawn plain first; when its colours have come, the worker rings and it is drawn again. The
//! syntax definitions are loaded with the first piece of code.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, mpsc};

use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};
use tokio::sync::Notify;

use super::Token;

/// Longer code stays plain.
const CODE_BYTES: usize = 256 * 1024;
/// A longer line stays plain: the grammars are regular expressions.
const LINE_BYTES: usize = 2 * 1024;
/// Results kept.
const CACHE: usize = 512;

/// The ends of the pieces of a line, in bytes, and what they are.
pub type Pieces = Arc<[(usize, Token)]>;
/// The pieces of each line.
pub type Lines = Arc<Vec<Pieces>>;

/// The way to the worker and back.
type Worker = (mpsc::Sender<Job>, mpsc::Receiver<(u64, Lines)>);

struct Job {
    key: u64,
    lang: String,
    code: String,
}

/// Asks for colours and remembers them.
pub struct Highlighter {
    enabled: bool,
    cache: HashMap<u64, Lines>,
    asked: HashSet<u64>,
    worker: Option<Worker>,
    bell: Arc<Notify>,
    generation: u64,
}

impl Highlighter {
    /// One whose worker rings `bell` when colours have come.
    pub fn new(bell: Arc<Notify>) -> Highlighter {
        Highlighter { enabled: true, cache: HashMap::new(), asked: HashSet::new(), worker: None, bell, generation: 0 }
    }

    /// One that leaves everything plain.
    pub fn off() -> Highlighter {
        Highlighter { enabled: false, ..Highlighter::new(Arc::default()) }
    }

    /// Grows whenever colours have come: what was drawn without them is worth drawing again.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether code of this language may get colours.
    pub fn knows(&self, lang: &str) -> bool {
        self.enabled && !lang.is_empty()
    }

    /// Takes in what the worker has made; says whether there was anything.
    pub fn collect(&mut self) -> bool {
        let mut any = false;
        if let Some((_, done)) = &self.worker {
            while let Ok((key, lines)) = done.try_recv() {
                if self.cache.len() >= CACHE {
                    self.cache.clear();
                    self.asked.clear();
                }
                self.cache.insert(key, lines);
                any = true;
            }
        }
        self.generation += u64::from(any);
        any
    }

    /// The colours of a piece of code, if they are there; else they are asked for.
    pub fn lines(&mut self, lang: &str, code: &str) -> Option<Lines> {
        if !self.knows(lang) || code.is_empty() || code.len() > CODE_BYTES {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (lang, code).hash(&mut hasher);
        let key = hasher.finish();
        if let Some(lines) = self.cache.get(&key) {
            return Some(lines.clone());
        }
        if self.asked.insert(key) {
            let bell = self.bell.clone();
            let (jobs, _) = self.worker.get_or_insert_with(|| start(bell));
            // A worker that is gone means plain text, nothing worse.
            let _ = jobs.send(Job { key, lang: lang.to_owned(), code: code.to_owned() });
        }
        None
    }
}

fn start(bell: Arc<Notify>) -> Worker {
    let (jobs, inbox) = mpsc::channel::<Job>();
    let (results, done) = mpsc::channel();
    let work = move || {
        let mut colourist = Colourist::new();
        while let Ok(job) = inbox.recv() {
            let lines = Arc::new(colourist.colour(&job.lang, &job.code));
            if results.send((job.key, lines)).is_err() {
                return;
            }
            bell.notify_one();
        }
    };
    // Without a thread there are no colours; nothing else depends on it.
    let _ = std::thread::Builder::new().name("highlight".to_owned()).spawn(work);
    (jobs, done)
}

fn find<'a>(syntaxes: &'a SyntaxSet, lang: &str) -> Option<&'a SyntaxReference> {
    let name = match lang.to_ascii_lowercase().as_str() {
        "oml" => "yaml".to_owned(),
        "jsonl" | "ndjson" => "json".to_owned(),
        "duckdb" | "postgres" | "postgresql" | "mysql" => "sql".to_owned(),
        other => other.to_owned(),
    };
    syntaxes.find_syntax_by_token(&name)
}

/// Colours code; knows where it was at the end of the last piece, since code that is being written comes
/// again and again, each time a little longer.
struct Colourist {
    syntaxes: SyntaxSet,
    last: Option<Progress>,
}

/// Whole lines that have their colours, and the state after them.
struct Progress {
    lang: String,
    code: String,
    lines: Vec<Pieces>,
    state: ParseState,
    stack: ScopeStack,
}

impl Colourist {
    fn new() -> Colourist {
        Colourist { syntaxes: two_face::syntax::extra_newlines(), last: None }
    }

    fn colour(&mut self, lang: &str, code: &str) -> Vec<Pieces> {
        let Some(syntax) = find(&self.syntaxes, lang) else { return Vec::new() };
        let mut done = match self.last.take() {
            Some(last) if last.lang == lang && code.starts_with(&last.code) => last,
            _ => Progress {
                lang: lang.to_owned(),
                code: String::new(),
                lines: Vec::new(),
                state: ParseState::new(syntax),
                stack: ScopeStack::new(),
            },
        };
        let (whole, rest) = code.split_at(code.rfind('\n').map_or(0, |at| at + 1));
        for line in whole[done.code.len()..].split_inclusive('\n') {
            let Some(pieces) = pieces(line, &mut done.state, &mut done.stack, &self.syntaxes) else {
                return done.lines;
            };
            done.lines.push(pieces);
        }
        whole.clone_into(&mut done.code);
        let mut out = done.lines.clone();
        if !rest.is_empty() {
            out.extend(pieces(rest, &mut done.state.clone(), &mut done.stack.clone(), &self.syntaxes));
        }
        self.last = Some(done);
        out
    }
}

/// The pieces of one line; `None` when its grammar fails.
fn pieces(line: &str, state: &mut ParseState, stack: &mut ScopeStack, syntaxes: &SyntaxSet) -> Option<Pieces> {
    let mut pieces = Vec::new();
    if line.len() <= LINE_BYTES {
        let parsed = state.parse_line(line, syntaxes).ok()?;
        let length = line.trim_end_matches(['\n', '\r']).len();
        let mut from = 0;
        for (at, op) in parsed {
            let at = at.min(length);
            if at > from {
                pieces.push((at, token(stack)));
                from = at;
            }
            stack.apply(&op).ok()?;
        }
        pieces.push((length.max(from), token(stack)));
    }
    Some(pieces.into())
}

/// The innermost scope that says anything decides.
fn token(stack: &ScopeStack) -> Token {
    stack.as_slice().iter().rev().find_map(|scope| Token::of_scope(&scope.build_string())).unwrap_or(Token::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces<'a>(code: &'a str, lang: &str) -> Vec<(&'a str, Token)> {
        let lines = Colourist::new().colour(lang, code);
        let mut out = Vec::new();
        for (line, tokens) in code.lines().zip(&lines) {
            let mut from = 0;
            for &(end, token) in tokens.iter() {
                out.push((line.get(from..end).unwrap_or_default(), token));
                from = end;
            }
        }
        out.retain(|(text, _)| !text.trim().is_empty());
        out
    }

    #[test]
    fn yaml_keys_and_values_are_told_apart() {
        let found = pieces("name: \"x\" # why\ncount: 12\n", "yaml");
        assert!(found.contains(&("name", Token::Key)), "{found:?}");
        assert!(found.contains(&("12", Token::Number)), "{found:?}");
        assert!(found.iter().any(|(t, k)| t.contains("why") && *k == Token::Comment), "{found:?}");
        assert!(found.iter().any(|(t, k)| t.contains('x') && *k == Token::String), "{found:?}");
    }

    #[test]
    fn code_that_grows_gets_the_colours_of_code_that_was_there_at_once() {
        let code = "a: |\n  text # no comment\nb: 'x\n  y' # one\nc: [1, {d: \"é\"}]\n";
        let mut growing = Colourist::new();
        for end in code.char_indices().map(|(at, _)| at) {
            let so_far = &code[..end];
            assert_eq!(growing.colour("yaml", so_far), Colourist::new().colour("yaml", so_far), "{so_far:?}");
        }
        assert_eq!(growing.colour("sql", "SELECT 1"), Colourist::new().colour("sql", "SELECT 1"));
        assert_eq!(growing.colour("yaml", "z: 1"), Colourist::new().colour("yaml", "z: 1"));
    }

    #[test]
    fn sql_and_unknown_languages() {
        assert!(pieces("SELECT 1 FROM t", "sql").contains(&("SELECT", Token::Keyword)));
        assert!(pieces("whatever", "no-such-language").is_empty());
        assert!(Highlighter::off().lines("yaml", "a: 1").is_none());
    }
}
