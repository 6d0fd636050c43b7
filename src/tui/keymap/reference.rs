//! The reference page of the keys, from the table.

use std::fmt::Write as _;

use super::{BINDINGS, Context};

/// `docs/reference/keys.md`.
pub fn keys_markdown() -> String {
    let mut out = String::from(
        "# Keys\n\nThis page is made from the table that the program itself uses (`src/tui/keymap/table.rs`).\n",
    );
    for context in Context::ALL {
        let _ = write!(out, "\n## {}\n\n| Keys | Action | What it does |\n|---|---|---|\n", context.title());
        for binding in BINDINGS.iter().filter(|b| b.context == context) {
            let keys: Vec<String> = binding.keys.iter().map(|k| format!("`{k}`")).collect();
            let _ = writeln!(out, "| {} | `{}` | {} |", keys.join(" "), binding.action.name(), binding.action.doc());
        }
    }
    out.push_str(
        "\n## Words in the chat\n\nA message that begins with `/` and one of these words is carried out instead of being sent; with `//` it is \
         sent with one slash.\n\n| Word | Action | What it does |\n|---|---|---|\n",
    );
    for slash in super::slash::all() {
        let takes = slash.takes.map(|takes| format!(" {takes}")).unwrap_or_default();
        let _ = writeln!(out, "| `/{}{takes}` | `{}` | {} |", slash.word, slash.action.name(), slash.action.doc());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_binding_is_on_the_page() {
        let page = keys_markdown();
        for binding in BINDINGS {
            assert!(page.contains(&format!("`{}`", binding.action.name())));
        }
        assert!(page.contains("| `a` | `accept-hunk` | Accept the hunk. |"));
    }
}
