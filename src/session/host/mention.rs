//! Looking up what a message mentions. What is found is bounded, without secrets, and becomes a part of the
//! message: it is the same for the model, in the journal and in a replay, whatever becomes of the file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::Host;
use crate::agent::{MAX_ALL_BYTES, MAX_BYTES, Mention, MentionKind, Named, named};
use crate::connect::Connections;
use crate::contract;
use crate::diagnostic;
use crate::pipeline::oml;
use crate::secret;

/// What is said of something that is not shown.
type Missing = String;

impl Host {
    /// What a message mentions, as it is now. Blocks: it reads files.
    pub(super) fn mentions(&self, message: &str, connections: &Connections) -> Vec<Mention> {
        let mut left = MAX_ALL_BYTES;
        named(message)
            .into_iter()
            .map(|named| {
                let found = self.look_up(&named, connections);
                let Named { kind, name } = named;
                match found {
                    Ok((text, whole)) => {
                        let cut = whole > text.len() as u64;
                        let text = secret::hide(&text).into_owned();
                        let shown = &text[..text.floor_char_boundary(left.min(MAX_BYTES))];
                        left -= shown.len();
                        let cut_from = (cut || shown.len() < text.len()).then_some(whole);
                        match shown.is_empty() && !text.is_empty() {
                            true => missing(kind, name, "the message mentions too much already".to_owned()),
                            false => Mention { kind, name, text: shown.to_owned(), cut_from, missing: None },
                        }
                    }
                    Err(why) => missing(kind, name, why),
                }
            })
            .collect()
    }

    /// The text of what is named, and how many bytes there are of it.
    fn look_up(&self, Named { kind, name }: &Named, connections: &Connections) -> Result<(String, u64), Missing> {
        let state = &self.state;
        let document = state.review.as_ref().map(|r| &r.text).or(state.document.as_ref().map(|d| &d.text));
        let text = match kind {
            MentionKind::File => return file(&self.setup.root, name),
            MentionKind::Step => {
                let text = document.ok_or("there is no document")?;
                let steps = oml::outline(text);
                let step = steps.iter().find(|step| step.id == *name).ok_or("the document has no such step")?;
                text.lines().skip(step.lines.start).take(step.lines.len()).collect::<Vec<_>>().join("\n") + "\n"
            }
            MentionKind::Component => {
                let registry = self.setup.registry.current();
                let contract = registry.get(name).ok_or("there is no contract of that name")?;
                contract::context::for_model(&[contract])
            }
            MentionKind::Table => {
                let (connection, table) = name.split_once('/').unwrap_or((name, ""));
                let connection = connections.get(&format!("@{connection}")).ok_or("there is no such connection")?;
                self.cache
                    .remembered_table(&self.setup.root, connection, table)
                    .ok_or("discovery does not know it yet; the connection is looked at with this message")?
            }
            MentionKind::Problem => {
                let number = name.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                let problem = number.and_then(|n| state.diagnostics.get(n)).ok_or("there is no such problem")?;
                diagnostic::for_model(std::slice::from_ref(problem), document.map_or("", |text| text))
            }
        };
        let bytes = text.len() as u64;
        Ok((text, bytes))
    }
}

fn missing(kind: MentionKind, name: String, why: Missing) -> Mention {
    Mention { kind, name, text: String::new(), cut_from: None, missing: Some(why) }
}

/// The first bytes of a file of the workspace, and how many it has.
fn file(root: &Path, name: &str) -> Result<(String, u64), Missing> {
    if !crate::workspace::may_be_shown(name) {
        return Err("it is hidden, leads elsewhere, or is of a kind that holds secrets".to_owned());
    }
    let unreadable = |error: std::io::Error| format!("it can't be read ({})", error.kind());
    let whole = root.join(name).canonicalize().map_err(unreadable)?;
    let root = root.canonicalize().map_err(unreadable)?;
    let inside = whole.strip_prefix(&root).ok().and_then(Path::to_str);
    // A link may lead to what may not be shown.
    if !inside.is_some_and(crate::workspace::may_be_shown) {
        return Err("it leads out of the workspace".to_owned());
    }
    let open = File::open(&whole).map_err(unreadable)?;
    let about = open.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    open.take(MAX_BYTES as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // Cut inside of a character.
        Err(error) if error.error_len().is_none() && about.len() > bytes.len() as u64 => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Err("it is no text".to_owned()),
    };
    if text.contains('\0') {
        return Err("it is no text".to_owned());
    }
    // Half a line may hold half a secret, which nobody would know.
    let cut = about.len() > bytes.len() as u64;
    let text = text.rfind('\n').filter(|_| cut).map_or(text, |end| &text[..=end]);
    Ok((text.to_owned(), about.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_in_bounds_and_only_those_of_the_workspace() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("w");
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        write("w/a.txt", b"hello\n");
        write("w/big.txt", "č".repeat(MAX_BYTES).as_bytes());
        write("w/odd.txt", ("x".to_owned() + &"č".repeat(MAX_BYTES)).as_bytes());
        write("w/b.bin", b"\x00\x01\xff");
        write("w/.env", b"KEY=1\n");
        write("outside.txt", b"no\n");
        std::os::unix::fs::symlink("../outside.txt", root.join("link.txt")).unwrap();
        std::os::unix::fs::symlink(".env", root.join("env.txt")).unwrap();
        assert_eq!(file(&root, "a.txt"), Ok(("hello\n".to_owned(), 6)));
        assert_eq!(
            file(&root, "big.txt").map(|(text, whole)| (text.len(), whole)),
            Ok((MAX_BYTES, 2 * MAX_BYTES as u64))
        );
        assert_eq!(file(&root, "odd.txt").map(|(text, _)| text.len()), Ok(MAX_BYTES - 1));
        for name in ["b.bin", ".env", "link.txt", "env.txt", "../outside.txt", "none.txt", "/etc/hostname", "."] {
            assert!(file(&root, name).is_err(), "{name}");
        }
    }
}
