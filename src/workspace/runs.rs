//! Where the record of a run lies.

use std::path::{Path, PathBuf};

/// `run_logs/<pipeline>/<run>` in the workspace at `root`.
pub fn run_folder(root: &Path, pipeline: &str, run: &str) -> PathBuf {
    root.join("run_logs").join(slug(pipeline)).join(slug(run))
}

/// A name as one part of a path: lower-case letters, digits and single dashes; `pipeline` where nothing is
/// left.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().take(80) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "pipeline".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_not_leave_the_folder() {
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("Žluťoučký  kůň_1"), "lu-ou-k-k-1");
        assert_eq!(slug("//"), "pipeline");
        assert_eq!(slug(&"x".repeat(500)).len(), 80);
        assert_eq!(run_folder(Path::new("/w"), "A b", "01X"), Path::new("/w/run_logs/a-b/01x"));
    }
}
