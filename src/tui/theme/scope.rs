//! The names of everything that can be styled. A theme may leave a name out: the one without its last
//! part then holds, and in the end `text`.

macro_rules! scopes {
    ($($name:ident => $text:literal : $doc:literal,)*) => {
        /// Something that can be styled.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scope {
            $(#[doc = $doc] $name,)*
        }

        impl Scope {
            /// All of them, in order.
            pub const ALL: &'static [Scope] = &[$(Scope::$name,)*];

            /// Its name in a theme file.
            pub fn name(self) -> &'static str {
                match self { $(Scope::$name => $text,)* }
            }
        }
    };
}

scopes! {
    Text => "text": "Ordinary text.",
    Dim => "text.dim": "What matters less.",
    Strong => "text.strong": "What matters more.",
    Header => "header": "The line at the top.",
    HeaderTitle => "header.title": "The program's name in it.",
    HeaderMark => "header.mark": "RECORDED and REPLAY.",
    Title => "title": "The title of a pane.",
    TitleFocused => "title.focused": "The title of the pane with the focus.",
    Rule => "rule": "The line beside a title and between panes.",
    RuleFocused => "rule.focused": "The same at the pane with the focus.",
    Tab => "tab": "A tab.",
    TabActive => "tab.active": "The tab that is shown.",
    Status => "status": "The line at the bottom.",
    StatusState => "status.state": "The state word in it.",
    StatusKey => "status.key": "A key in a hint.",
    StatusNotice => "status.notice": "A passing notice.",
    ChatPerson => "chat.person": "The mark of the person.",
    ChatModel => "chat.model": "The mark of the model.",
    ChatThinking => "chat.thinking": "What the model thinks.",
    ChatEvent => "chat.event": "What the program did.",
    MarkdownHeading => "markdown.heading": "A heading.",
    MarkdownCode => "markdown.code": "Code within a sentence.",
    MarkdownQuote => "markdown.quote": "A quotation.",
    MarkdownLink => "markdown.link": "A link.",
    MarkdownBullet => "markdown.bullet": "The mark of a list item.",
    Code => "code": "Code.",
    CodeFrame => "code.frame": "The bar beside code and the rules of tables.",
    CodeKey => "code.key": "A key of a mapping.",
    CodeString => "code.string": "A string.",
    CodeNumber => "code.number": "A number or constant.",
    CodeKeyword => "code.keyword": "A keyword.",
    CodeComment => "code.comment": "A comment.",
    CodePunctuation => "code.punctuation": "Punctuation.",
    CodeFunction => "code.function": "A function.",
    CodeType => "code.type": "A type.",
    DiffAdd => "diff.add": "An added line.",
    DiffRemove => "diff.remove": "A removed line.",
    DiffNumber => "diff.number": "Line numbers.",
    DiffHunk => "diff.hunk": "The head of a hunk.",
    DiffHunkSelected => "diff.hunk.selected": "The head of the hunk under the cursor.",
    DecisionAccepted => "decision.accepted": "An accepted hunk's mark.",
    DecisionRejected => "decision.rejected": "A rejected hunk's mark.",
    DecisionOpen => "decision.open": "An open hunk's mark.",
    SeverityError => "severity.error": "An error.",
    SeverityWarning => "severity.warning": "A warning.",
    SeverityInfo => "severity.info": "A note.",
    StateDone => "state.done": "Something that ended well.",
    StateFailed => "state.failed": "Something that failed.",
    StateRunning => "state.running": "Something at work.",
    StateWaiting => "state.waiting": "Something that waits, was skipped or stopped.",
    ListSelected => "list.selected": "The selected row of a list.",
    TableHeader => "table.header": "The header of a table.",
    TableNull => "table.null": "NULL in a table.",
    Composer => "composer": "What is being typed.",
    ComposerPlaceholder => "composer.placeholder": "What stands there while nothing is.",
    ComposerChip => "composer.chip": "A folded paste.",
    Overlay => "overlay": "A window over the panes.",
    OverlayTitle => "overlay.title": "Its title.",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_order() {
        for (n, scope) in Scope::ALL.iter().enumerate() {
            assert_eq!(*scope as usize, n);
            assert_eq!(Scope::ALL.iter().filter(|s| s.name() == scope.name()).count(), 1);
        }
    }
}
