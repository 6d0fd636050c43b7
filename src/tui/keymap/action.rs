//! The actions: each has a stable name and one sentence.

macro_rules! actions {
    ($($name:ident => $text:literal : $doc:literal,)*) => {
        /// Something a key can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $doc] $name,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Action] = &[$(Action::$name,)*];

            /// Its stable name.
            pub fn name(self) -> &'static str {
                match self { $(Action::$name => $text,)* }
            }

            /// What it does, one sentence.
            pub fn doc(self) -> &'static str {
                match self { $(Action::$name => $doc,)* }
            }
        }
    };
}

actions! {
    Help => "help": "Show the keys.",
    NextPane => "next-pane": "Give the focus to the next pane.",
    PreviousPane => "previous-pane": "Give the focus to the pane before.",
    PaneChat => "pane-chat": "Go to the chat.",
    PaneDocument => "pane-document": "Go to the document.",
    PaneTrace => "pane-trace": "Go to the trace.",
    PaneProblems => "pane-problems": "Go to the problems.",
    PaneComponents => "pane-components": "Go to the components.",
    PaneRun => "pane-run": "Go to the run.",
    PaneConnections => "pane-connections": "Go to the connections.",
    PaneGraph => "pane-graph": "Go to the graph of the steps.",
    PaneData => "pane-data": "Go to the rows of the selected step.",
    NextStep => "next-step": "Select the next step, in all panes.",
    PreviousStep => "previous-step": "Select the step before, in all panes.",
    Look => "look": "Read the first rows that the step would hand on; nothing is written.",
    ToggleProfile => "toggle-profile": "Show the rows, or the profile of each column.",
    Compile => "compile": "Compile the document.",
    Run => "run": "Compile the document and run it.",
    Sessions => "sessions": "Choose another session.",
    Palette => "palette": "Find an action by its words.",
    OpenDocument => "open-document": "Open another document of the workspace.",
    NewSession => "new-session": "Begin a new session.",
    Interrupt => "interrupt": "Interrupt the running turn; else go back to the chat.",
    Clear => "clear": "Clear what is typed, else interrupt what runs; twice: quit.",
    Quit => "quit": "Quit; the session is kept.",
    Detach => "detach": "Leave; what runs goes on, and `pipesmith attach` comes back to it.",
    Suspend => "suspend": "Suspend; `fg` comes back.",
    Redraw => "redraw": "Draw the screen anew.",
    Send => "send": "Send the message.",
    EditQueued => "edit-queued": "Change a message that waits: the last one, then the one before.",
    RemoveQueued => "remove-queued": "Remove the message that waits and is being changed, else the last one.",
    SendQueued => "send-queued": "Send the messages that wait, after an interrupt has held them.",
    EditMessage => "edit-message": "Say a former message in other words: the last one, then the one before. What came after it is set aside.",
    Retry => "retry": "Send the last message again; the answer that it had is set aside.",
    UnfoldPaste => "unfold-paste": "Show the folded paste at the cursor, else the last one, as text.",
    SearchHistory => "search-history": "Find a former message of any session by its letters.",
    EditMessageOutside => "edit-message-outside": "Write the message in $VISUAL or $EDITOR.",
    SelectOlder => "select-older": "Select the message or answer before, in the chat.",
    SelectNewer => "select-newer": "Select the message or answer after; beyond the last, none.",
    ToggleDetails => "toggle-details": "Show or fold the thinking and the request of the selected answer, else of the last; also what is set aside.",
    Models => "model": "Choose the model that answers from now on.",
    Compact => "compact": "Leave the older part of the conversation out of what the model is shown; says what.",
    Approve => "approve": "Let the run that waits replace what it says.",
    Decline => "decline": "Do not run it.",
    RunFrom => "run-from": "Run again from the selected step on, with what earlier runs kept of the steps before.",
    Export => "export": "Write the session to a file of the workspace.",
    Complete => "complete": "Put what is selected into the message.",
    CompleteOrSend => "complete-or-send": "Put what is selected into the message; a whole `/word` is carried out.",
    NextCompletion => "next-completion": "The next one that fits.",
    PreviousCompletion => "previous-completion": "The one before that fits.",
    CloseCompletion => "close-completion": "Leave the word as it is written.",
    Newline => "newline": "Begin a new line.",
    CharLeft => "char-left": "One character to the left.",
    CharRight => "char-right": "One character to the right.",
    WordLeft => "word-left": "One word to the left.",
    WordRight => "word-right": "One word to the right.",
    LineStart => "line-start": "To the start of the line; with nothing typed, to the top of the chat.",
    LineEnd => "line-end": "To the end of the line; with nothing typed, to the end of the chat.",
    UpOrHistory => "up-or-history": "One line up; in the first line, the message sent before.",
    DownOrHistory => "down-or-history": "One line down; in the last line, the message sent after.",
    DeleteBack => "delete-back": "Delete the character before the cursor.",
    DeleteForward => "delete-forward": "Delete the character under the cursor.",
    DeleteWord => "delete-word": "Delete the word before the cursor.",
    DeleteToStart => "delete-to-start": "Delete to the start of the line.",
    DeleteToEnd => "delete-to-end": "Delete to the end of the line.",
    Yank => "yank": "Insert what was deleted last.",
    YankOlder => "yank-older": "Just after that: insert what was deleted before it instead.",
    NextWord => "next-word": "To the start of the next word.",
    DeleteWordRight => "delete-word-right": "Delete to the start of the next word.",
    DeleteWordEnd => "delete-word-end": "Delete to the end of the word.",
    DeleteLine => "delete-line": "Delete the line.",
    CopyLine => "copy-line": "Keep the line, to insert it elsewhere.",
    PutAfter => "put-after": "Insert what was deleted or kept last: a line below, words after the cursor.",
    NormalMode => "normal-mode": "Stop typing: letters move and edit.",
    InsertMode => "insert-mode": "Type before the cursor.",
    InsertAfter => "insert-after": "Type after the cursor.",
    InsertLineStart => "insert-line-start": "Type at the start of the line.",
    InsertLineEnd => "insert-line-end": "Type at the end of the line.",
    OpenBelow => "open-below": "Type in a new line below.",
    OpenAbove => "open-above": "Type in a new line above.",
    ChangeWord => "change-word": "Delete to the end of the word and type.",
    ChangeLine => "change-line": "Empty the line and type.",
    ChangeToEnd => "change-to-end": "Delete to the end of the line and type.",
    Redo => "redo": "Do again what was undone last.",
    Undo => "undo": "Undo the last edit.",
    ScrollUp => "scroll-up": "Scroll the chat one line up.",
    ScrollDown => "scroll-down": "Scroll the chat one line down.",
    PageUp => "page-up": "One page up.",
    PageDown => "page-down": "One page down.",
    Up => "up": "One row up.",
    Down => "down": "One row down.",
    Left => "left": "Scroll to the left; among problems: fold away what follows from one.",
    Right => "right": "Scroll to the right; among problems: show what follows from one.",
    First => "first": "To the first row.",
    Last => "last": "To the last row.",
    Open => "open": "Open what is selected; a problem opens at its line in the document.",
    NextProblem => "next-problem": "The next problem, shown at its line in the document.",
    PreviousProblem => "previous-problem": "The problem before, shown at its line in the document.",
    FixProblem => "fix-problem": "Make a proposal of the fix that the problem offers.",
    TellProblem => "tell-problem": "Write the problem into the message to the model.",
    Edit => "edit": "Edit the text by hand; it is checked while you type.",
    Indent => "indent": "Indent to the next even column.",
    FixHere => "fix-here": "Make the fix that the problem in this line offers.",
    Write => "write": "Write the text to the file; an edited proposal becomes a new one.",
    LeaveEditor => "leave-editor": "Leave the editor; twice where something is not written.",
    OpenContract => "open-contract": "Open the contract at the cursor, or of the problem.",
    TestConnection => "test-connection": "Connect with the selected connection, to see whether it works.",
    TestConnections => "test-connections": "Connect with all connections, to see which work.",
    Filter => "filter": "Show only what holds the letters typed next.",
    FilterKeep => "filter-keep": "Back to the list, as it is filtered.",
    FilterDrop => "filter-drop": "Back to the whole list.",
    FilterBack => "filter-back": "Delete the last letter.",
    NextHunk => "next-hunk": "The next hunk.",
    PreviousHunk => "previous-hunk": "The hunk before.",
    AcceptHunk => "accept-hunk": "Accept the hunk.",
    RejectHunk => "reject-hunk": "Reject the hunk.",
    AcceptStep => "accept-step": "Accept every hunk of the step.",
    RejectStep => "reject-step": "Reject every hunk of the step.",
    SplitHunk => "split-hunk": "Split the hunk, before the line of the cursor where that is inside of it.",
    CommentHunk => "comment-hunk": "Say something about the hunk; the model reads it with the next message.",
    ReopenHunk => "reopen-hunk": "Make the hunk open again.",
    UndoDecision => "undo-decision": "Take the last decision, split or comment back.",
    AcceptOpen => "accept-open": "Accept every hunk that is still open.",
    RejectOpen => "reject-open": "Reject every hunk that is still open.",
    Apply => "apply": "Write the accepted hunks to the file.",
    Discard => "discard": "Put the proposal away; press twice.",
    ToggleDiff => "toggle-diff": "Show the two texts side by side, or as one.",
    EditOutside => "edit-outside": "Edit the hunk, or the document, in $VISUAL or $EDITOR.",
    Restore => "restore": "Take the last write of the document back.",
    Versions => "versions": "Make a proposal of a former version of the document.",
    EditConfig => "edit-config": "Edit pipesmith.toml in $VISUAL or $EDITOR; what it says then holds at once.",
    EditConnections => "edit-connections": "Edit the connections in $VISUAL or $EDITOR.",
    Copy => "copy": "Send what is selected to the terminal's clipboard: the answer, hunk, step, problem, name or row.",
    CopyCode => "copy-code": "Send the last block of code to the terminal's clipboard.",
    CopyPath => "copy-path": "Send the document's path to the terminal's clipboard.",
    CopySql => "copy-sql": "Send the SQL of the selected step to the terminal's clipboard.",
    ToggleMouse => "toggle-mouse": "Take clicks and the wheel from the terminal, or leave them to it.",
    Zoom => "zoom": "Give the pane the whole screen, or only its part again.",
    Themes => "themes": "Choose a theme; each is shown while it is selected.",
    NextLayout => "next-layout": "Divide the screen for another kind of work: even, chat, review, run, replay.",
    ChatWider => "chat-wider": "Give the chat more of the screen.",
    ChatNarrower => "chat-narrower": "Give the chat less of the screen.",
    HideChat => "hide-chat": "Show the chat only while it has the focus, or always again.",
    Keep => "keep": "Keep what is typed.",
    Close => "close": "Close the window.",
    PlayPause => "play-pause": "Play or pause.",
    NextEvent => "next-event": "One event on.",
    PreviousEvent => "previous-event": "One event back.",
    NextTurn => "next-turn": "To the next turn.",
    PreviousTurn => "previous-turn": "To the turn before.",
    Faster => "faster": "Play faster; beyond ×32: at once.",
    Slower => "slower": "Play slower.",
    SeekStart => "seek-start": "To the start of the recording.",
    SeekEnd => "seek-end": "To the end of the recording.",
    NextRequest => "next-request": "To the next request to the model.",
    PreviousRequest => "previous-request": "To the request to the model before.",
    NextFinding => "next-finding": "To the next event that found something wrong.",
    PreviousFinding => "previous-finding": "To the event before that found something wrong.",
    NextRun => "next-run": "To the next run.",
    PreviousRun => "previous-run": "To the run before.",
    SeekTo => "seek-to": "To a time (1:23), an event (#120) or a part (50%).",
    SearchWords => "search-words": "To the next event that holds some words.",
    NextHit => "next-hit": "To the next event that holds them.",
    PreviousHit => "previous-hit": "To the event before that holds them.",
    Mark => "mark": "Set a marker here, or give the one here another name.",
    Unmark => "unmark": "Take the marker here away.",
    Markers => "markers": "Go to a marker.",
    ForkHere => "fork-here": "Begin a session that goes on from here.",
    Fork => "fork": "Begin a session as a branch of this one; this one stays as it is.",
    Rewind => "rewind": "Go back to before a turn: conversation and files; what is left stays as it is.",
    RenameSession => "rename-session": "Give the session another title.",
    TagSession => "tag-session": "File the session under tags.",
    DeleteSession => "delete-session": "Put the session into the trash; press twice.",
    UndeleteSession => "undelete-session": "Bring back what was deleted last.",
    ReplaySession => "replay-session": "Play the session.",
    CompareSession => "compare-session": "Compare with another session: press at the one, then at the other.",
    NextDifference => "next-difference": "To the next difference.",
    PreviousDifference => "previous-difference": "To the difference before.",
    SeekTenth => "seek-tenth": "To that many tenths of the recording.",
}

impl Action {
    /// Whether only a keymap with modes needs it.
    pub fn is_modal(self) -> bool {
        self == Action::NormalMode
            || self.types()
            || matches!(
                self,
                Action::CopyLine | Action::PutAfter | Action::NextWord | Action::DeleteWordEnd | Action::DeleteLine
            )
    }

    /// Whether letters are typed after it.
    pub fn types(self) -> bool {
        matches!(
            self,
            Action::InsertMode
                | Action::InsertAfter
                | Action::InsertLineStart
                | Action::InsertLineEnd
                | Action::OpenBelow
                | Action::OpenAbove
                | Action::ChangeWord
                | Action::ChangeLine
                | Action::ChangeToEnd
        )
    }
}
