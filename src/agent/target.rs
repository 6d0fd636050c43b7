//! Which file a proposal is for, and what that file holds now. A model may name a file, but only one
//! that a pipeline may live in.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::proposal::{Block, key};
use crate::diagnostic::Diagnostic;

/// The folder of pipelines in a workspace.
const FOLDER: &str = "pipelines/";
/// Longest path of a pipeline file, in bytes.
const MAX_PATH_BYTES: usize = 200;
/// Longest name made from a pipeline's name, in characters.
const MAX_SLUG_CHARS: usize = 60;
/// Most bytes of a pipeline file.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// The file of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Path relative to the workspace.
    pub file: String,
    /// A file that the model named and that was refused.
    pub refused: Option<Diagnostic>,
}

/// Decides the file: the one the model names, if it may be written; else the current document, if the
/// pipeline's name is the same or none; else one named like the pipeline.
pub(super) fn of(block: &Block, document: Option<&(String, String)>) -> Target {
    let mut refused = None;
    if let Some(file) = &block.file {
        match safe(file) {
            Ok(()) => return Target { file: file.clone(), refused: None },
            Err(why) => {
                let shown: String = file.chars().filter(|c| !c.is_control()).take(80).collect();
                let warning =
                    Diagnostic::warning("unsafe-proposal-path", format!("the model named the file `{shown}`"))
                        .why(why)
                        .fix("nothing to do: another file is proposed");
                refused = Some(warning);
            }
        }
    }
    let name = key(&block.text, "name").unwrap_or_default();
    let current =
        document.filter(|(file, text)| safe(file).is_ok() && (name.is_empty() || key(text, "name") == Some(name)));
    let file = current.map_or_else(|| format!("{FOLDER}{}.yaml", slug(name)), |(file, _)| file.clone());
    Target { file, refused }
}

/// Whether a pipeline may live in this file; if not, why.
pub(super) fn safe(file: &str) -> Result<(), &'static str> {
    let inside = file.strip_prefix(FOLDER).ok_or("it is not in the folder pipelines/ of the workspace")?;
    if file.len() > MAX_PATH_BYTES {
        return Err("its path is too long");
    }
    if !(file.ends_with(".yaml") || file.ends_with(".yml")) {
        return Err("it does not end in .yaml or .yml");
    }
    if file.chars().any(|c| c.is_control() || "\\:*?\"<>|".contains(c)) {
        return Err("its path holds characters that a file name should not have");
    }
    if inside.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return Err("its path leads elsewhere or to a hidden file");
    }
    Ok(())
}

/// A file name made from a pipeline's name.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().take(MAX_SLUG_CHARS) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "pipeline".to_owned() } else { slug.to_owned() }
}

/// What a pipeline file of the workspace holds now; `None` when there is no such file. Blocks.
///
/// # Errors
/// A file that is outside (through a link), is no text, is too large or can't be read.
pub(super) fn read(root: &Path, file: &str) -> Result<Option<String>, Diagnostic> {
    let error = |code: &str, why: String| {
        Diagnostic::error(code, format!("the file {file} can't be read")).source(file).why(why)
    };
    if let Err(why) = safe(file) {
        return Err(error("unsafe-path", why.to_owned()).fix("keep pipelines in the folder pipelines/"));
    }
    let path = root.join(file);
    let io = |e: std::io::Error| error("unreadable-file", e.to_string()).fix("check the file and its permissions");
    let whole = match path.canonicalize() {
        Ok(whole) => whole,
        // A link that leads nowhere is not the same as no file: writing would follow it.
        Err(e) if e.kind() == ErrorKind::NotFound && !path.is_symlink() => {
            return inside_parent(root, &path).map(|()| None).map_err(|why| {
                error("unsafe-path", why.to_owned()).fix("remove the link, or work in the folder that it leads to")
            });
        }
        Err(e) => return Err(io(e)),
    };
    let root = root.canonicalize().map_err(io)?;
    if !whole.starts_with(&root) {
        let why = "it is a link that leads out of the workspace".to_owned();
        return Err(error("unsafe-path", why).fix("remove the link, or work in the folder that it leads to"));
    }
    let mut bytes = Vec::new();
    let read = File::open(&whole).and_then(|f| f.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)).map_err(io)?;
    if read as u64 > MAX_FILE_BYTES {
        let why = format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20);
        return Err(error("file-too-large", why).fix("a pipeline is a short text; is it the right file?"));
    }
    String::from_utf8(bytes).map(Some).map_err(|e| {
        let why = format!("byte {} is not UTF-8", e.utf8_error().valid_up_to());
        error("not-utf8", why).fix("save the file as UTF-8")
    })
}

/// Whether the nearest folder that exists above a new file is inside the workspace.
fn inside_parent(root: &Path, path: &Path) -> Result<(), &'static str> {
    let Ok(root) = root.canonicalize() else { return Ok(()) };
    let existing = path.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok());
    match existing {
        Some(folder) if !folder.starts_with(&root) => Err("its folder is a link that leads out of the workspace"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(text: &str, file: Option<&str>) -> Block {
        Block { text: text.into(), file: file.map(str::to_owned) }
    }

    fn target(text: &str, file: Option<&str>, document: Option<(&str, &str)>) -> (String, bool) {
        let document = document.map(|(f, t)| (f.to_owned(), t.to_owned()));
        let target = of(&block(text, file), document.as_ref());
        (target.file, target.refused.is_some())
    }

    #[test]
    fn the_file_is_named_known_or_made_from_the_name() {
        let doc = Some(("pipelines/mine.yml", "name: shop\n"));
        let file = |text, file, doc| target(text, file, doc).0;
        assert_eq!(file("name: shop", Some("pipelines/x/y.yaml"), doc), "pipelines/x/y.yaml");
        assert_eq!(file("name: shop", None, doc), "pipelines/mine.yml");
        assert_eq!(file("oml_version: 1", None, doc), "pipelines/mine.yml");
        assert_eq!(file("name: Other Thing!", None, doc), "pipelines/other-thing.yaml");
        assert_eq!(file("name: \"čaj\"", None, None), "pipelines/aj.yaml");
        assert_eq!(file("name: ../../etc", None, None), "pipelines/etc.yaml");
        assert_eq!(file("steps: []", None, None), "pipelines/pipeline.yaml");
        assert_eq!(file("name: shop", None, Some(("elsewhere/mine.yaml", "name: shop"))), "pipelines/shop.yaml");
    }

    #[test]
    fn unsafe_files_are_refused_and_told() {
        for file in [
            "../x.yaml",
            "/etc/x.yaml",
            "pipelines/../../x.yaml",
            "pipelines/.x.yaml",
            "pipelines/x.sh",
            "pipelines//x.yaml",
            "pipelines\\x.yaml",
            "pipelines/a\u{1b}.yaml",
            "x.yaml",
            "pipelines/.yaml",
            "pipelines/./x.yaml",
            "",
        ] {
            assert_eq!(target("name: a", Some(file), None), ("pipelines/a.yaml".to_owned(), true), "{file:?}");
        }
        let long = format!("pipelines/{}.yaml", "x".repeat(300));
        assert!(safe(&long).is_err());
    }

    #[test]
    fn files_are_read_bounded_and_inside() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("ws");
        std::fs::create_dir_all(root.join("pipelines")).unwrap();
        assert_eq!(read(&root, "pipelines/a.yaml"), Ok(None));
        std::fs::write(root.join("pipelines/a.yaml"), "name: a\n").unwrap();
        assert_eq!(read(&root, "pipelines/a.yaml"), Ok(Some("name: a\n".into())));
        std::fs::write(root.join("pipelines/b.yaml"), b"\xff").unwrap();
        std::fs::write(root.join("pipelines/c.yaml"), vec![b' '; MAX_FILE_BYTES as usize + 1]).unwrap();
        std::fs::create_dir(root.join("pipelines/d.yaml")).unwrap();
        let code = |file: &str| read(&root, file).err().map(|d| d.code).unwrap_or_default();
        assert_eq!(code("pipelines/b.yaml"), "not-utf8");
        assert_eq!(code("pipelines/c.yaml"), "file-too-large");
        assert_eq!(code("pipelines/d.yaml"), "unreadable-file");
        assert_eq!(code("../x.yaml"), "unsafe-path");
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_workspace_are_refused() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (root, outside) = (folder.path().join("ws"), folder.path().join("out"));
        std::fs::create_dir_all(root.join("pipelines")).unwrap();
        std::fs::create_dir_all(&outside).unwrap();
        std::fs::write(outside.join("a.yaml"), "secret").unwrap();
        symlink(outside.join("a.yaml"), root.join("pipelines/a.yaml")).unwrap();
        symlink(outside.join("none.yaml"), root.join("pipelines/none.yaml")).unwrap();
        symlink(&outside, root.join("pipelines/sub")).unwrap();
        for file in ["pipelines/a.yaml", "pipelines/none.yaml", "pipelines/sub/a.yaml", "pipelines/sub/new.yaml"] {
            assert!(read(&root, file).is_err(), "{file}");
        }
    }

    proptest! {
        #[test]
        fn every_target_is_safe(name in "\\PC{0,40}", file in proptest::option::of("[a-z./\\\\]{0,30}")) {
            let (target, _) = target(&format!("name: {name}"), file.as_deref(), None);
            prop_assert!(safe(&target).is_ok(), "{target}");
        }
    }
}
