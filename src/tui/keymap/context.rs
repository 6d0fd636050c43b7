//! Where a binding holds.

macro_rules! contexts {
    ($($name:ident => $text:literal, $title:literal : $doc:literal,)*) => {
        /// Where a binding holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Context {
            $(#[doc = $doc] $name,)*
        }

        impl Context {
            /// All of them, in the order of the help.
            pub const ALL: &'static [Context] = &[$(Context::$name,)*];

            /// Its stable name in files.
            pub fn name(self) -> &'static str {
                match self { $(Context::$name => $text,)* }
            }

            /// Its heading in the help.
            pub fn title(self) -> &'static str {
                match self { $(Context::$name => $title,)* }
            }

            /// When it holds, one sentence.
            pub fn doc(self) -> &'static str {
                match self { $(Context::$name => $doc,)* }
            }
        }
    };
}

contexts! {
    Global => "global", "Everywhere": "Everywhere, after the others.",
    Approval => "approval", "Chat: an approval": "Something waits for an approval, and nothing is typed.",
    Completing => "completing", "Chat: completion of @ and /": "The window with what a mention or a `/word` can become.",
    Composer => "composer", "Chat": "The chat with its composer.",
    Normal => "normal", "Normal mode": "The composer and the editor in normal mode, before their own keys; letters are not typed.",
    Pane => "pane", "Other panes": "Every pane but the chat, after its own keys.",
    Document => "document", "Document": "The document.",
    Review => "review", "Review of a proposal": "The document while a proposal is under review.",
    Editor => "editor", "Editor of the document": "The editor in the place of the document.",
    Problems => "problems", "Problems": "The problems.",
    Components => "components", "Components": "The components.",
    Connections => "connections", "Connections": "The connections.",
    Graph => "graph", "Graph": "The graph of the steps.",
    Data => "data", "Data": "The rows of a step.",
    Run => "run", "Run": "The run.",
    Filter => "filter", "Filter of the components and sessions": "The letters that the components or the sessions are filtered by.",
    Picker => "picker", "Session picker": "The list of the sessions.",
    Chooser => "chooser", "List to choose from": "A list that is narrowed by typing.",
    Prompt => "prompt", "A few words": "A few words that are asked for.",
    Compare => "compare", "Two sessions side by side": "Two sessions side by side.",
    Help => "help", "Help": "The help.",
    Replay => "replay", "Replay": "The replay player, before the panes.",
}

impl Context {
    /// Whether it is a window, the list of its actions complete: others have no effect there.
    pub fn is_window(self) -> bool {
        matches!(
            self,
            Context::Filter | Context::Picker | Context::Chooser | Context::Prompt | Context::Compare | Context::Help
        )
    }

    /// Whether letters that are bound to nothing are typed there.
    pub fn types(self) -> bool {
        matches!(
            self,
            Context::Composer | Context::Editor | Context::Filter | Context::Chooser | Context::Prompt | Context::Help
        )
    }
}
