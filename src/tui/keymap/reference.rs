//! The reference page of the keys, from the presets themselves.

use std::fmt::Write as _;

use super::{Action, Binding, Context, Fact, Keymap, Keys, PRESETS, load};

/// `docs/reference/keys.md`.
pub fn keys_markdown() -> String {
    let presets: Vec<Keymap> = PRESETS.iter().map(|(name, ..)| load(Some(name), &[]).0).collect();
    let mut out = String::from(
        "# Keys\n\nEvery action, with its keys in each preset. The names of contexts and actions are those of a file `keys.toml`; how to write one is told in [Keys and looks](../how-to/keys-and-looks.md). `pipesmith keys list` prints the keys that hold in a workspace.\n\n| Preset | What it is |\n|---|---|\n",
    );
    for (name, what, _) in PRESETS {
        let _ = writeln!(out, "| `{name}` | {what} |");
    }
    for context in Context::ALL {
        let _ = write!(out, "\n## {}\n\n`[{}]` {}\n\n", context.title(), context.name(), context.doc());
        let columns: String = PRESETS.iter().map(|(name, ..)| format!(" {name} |")).collect();
        let _ = writeln!(out, "| Action |{columns} What it does |\n|---|{}---|", "---|".repeat(PRESETS.len()));
        for action in actions(&presets, *context) {
            let keys: String = presets.iter().map(|preset| format!(" {} |", cell(preset, *context, action))).collect();
            let _ = writeln!(out, "| `{}` |{keys} {} |", action.name(), action.doc());
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
    out.push_str("\n## Conditions\n\n`when` joins these with `!`, `&&`, `||` and parentheses.\n\n| Fact | What it says |\n|---|---|\n");
    for fact in Fact::ALL {
        let _ = writeln!(out, "| `{}` | {} |", fact.name(), fact.doc());
    }
    out
}

/// The actions that some preset binds in a context, in the order of the first that does.
fn actions(presets: &[Keymap], context: Context) -> Vec<Action> {
    let mut out = Vec::new();
    for binding in presets.iter().flat_map(|preset| preset.of(context)).filter(|b| !b.keys.is_empty()) {
        if !out.contains(&binding.action) {
            out.push(binding.action);
        }
    }
    out
}

fn cell(preset: &Keymap, context: Context, action: Action) -> String {
    let binding: Option<&Binding> = preset.of(context).find(|b| b.action == action);
    let shown = |keys: &Keys| {
        let key = keys.shown().replace('|', "\\|");
        match &keys.when {
            Some(when) => format!("`{key}` if {}", when.to_string().replace('|', "\\|")),
            None => format!("`{key}`"),
        }
    };
    binding.map(|b| b.keys.iter().map(shown).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_binding_is_on_the_page() {
        let page = keys_markdown();
        for action in Action::ALL {
            assert!(page.contains(&format!("| `{}` |", action.name())), "{}", action.name());
        }
        assert!(page.contains("| `accept-hunk` | `a` | `a` | `a` | Accept the hunk. |"), "{page}");
        assert!(page.contains("`esc` if insert"), "{page}");
    }
}
