//! The glyphs of the chrome. No emoji and no private-use characters: their width is not agreed upon.

/// What boxes, marks and states are drawn with.
#[derive(Debug)]
pub struct Glyphs {
    /// Thin horizontal line.
    pub horizontal: &'static str,
    /// Heavy horizontal line, at the pane with the focus.
    pub heavy: &'static str,
    /// Thin vertical line.
    pub vertical: &'static str,
    /// Crossing of thin lines.
    pub cross: &'static str,
    /// Corners of a window: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// The bar beside code and quotations.
    pub bar: &'static str,
    /// The mark of the focus and of the selected row.
    pub focus: &'static str,
    /// The mark of a list item.
    pub bullet: &'static str,
    /// The mark of the person's words.
    pub person: &'static str,
    /// The mark of the model's words.
    pub model: &'static str,
    /// Ended well.
    pub done: &'static str,
    /// Failed.
    pub failed: &'static str,
    /// Warning.
    pub warning: &'static str,
    /// At work.
    pub running: &'static str,
    /// Waits.
    pub waiting: &'static str,
    /// Skipped or stopped.
    pub skipped: &'static str,
    /// A proposal.
    pub proposal: &'static str,
    /// Made again.
    pub repeat: &'static str,
    /// A place where something is missing.
    pub fold: &'static str,
    /// Points on.
    pub arrow: &'static str,
    /// Between parts of a line.
    pub dot: &'static str,
    /// Up and down, for more above and below.
    pub more: [&'static str; 2],
    /// Frames of the spinner.
    pub spinner: &'static [&'static str],
    /// Play and pause.
    pub player: [&'static str; 2],
    /// The speed's sign.
    pub times: &'static str,
}

/// For UTF-8 terminals.
pub static UNICODE: Glyphs = Glyphs {
    horizontal: "─",
    heavy: "━",
    vertical: "│",
    cross: "┼",
    corners: ["╭", "╮", "╰", "╯"],
    bar: "│",
    focus: "▌",
    bullet: "•",
    person: "›",
    model: "●",
    done: "✓",
    failed: "✗",
    warning: "!",
    running: "▸",
    waiting: "·",
    skipped: "○",
    proposal: "◆",
    repeat: "↻",
    fold: "⋯",
    arrow: "→",
    dot: "·",
    more: ["↑", "↓"],
    spinner: &["◐", "◓", "◑", "◒"],
    player: ["▶", "▮"],
    times: "×",
};

/// For terminals that have nothing else.
pub static ASCII: Glyphs = Glyphs {
    horizontal: "-",
    heavy: "=",
    vertical: "|",
    cross: "+",
    corners: ["+", "+", "+", "+"],
    bar: "|",
    focus: ">",
    bullet: "*",
    person: ">",
    model: "*",
    done: "+",
    failed: "x",
    warning: "!",
    running: ">",
    waiting: ".",
    skipped: "o",
    proposal: "#",
    repeat: "@",
    fold: "...",
    arrow: "->",
    dot: "-",
    more: ["^", "v"],
    spinner: &["|", "/", "-", "\\"],
    player: [">", "="],
    times: "x",
};
