//! `[ui]`: how the workbench looks and behaves.

use serde::Deserialize;

/// `[ui]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UiConfig {
    /// Name of the theme.
    pub theme: Option<String>,
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// Name of the preset of keys.
    pub keys: Option<String>,
    /// Show what may follow a key that begins a longer binding.
    pub which_key: bool,
    /// Take clicks and the wheel from the terminal.
    pub mouse: bool,
    /// How to tell that something is done while the terminal is not looked at.
    pub notify: Notify,
    /// Name the session in the title of the terminal's window.
    pub title: bool,
    /// Nothing turns or moves by itself.
    pub reduce_motion: bool,
    /// Fewer frames and no ornament, as on a slow line.
    pub low_bandwidth: bool,
    /// Frames a second at most, 1 to 60.
    pub fps: u32,
    /// Lines one after the other instead of a screen, for screen readers and simple terminals.
    pub linear: bool,
}

impl Default for UiConfig {
    fn default() -> UiConfig {
        UiConfig {
            theme: None,
            ascii: false,
            keys: None,
            which_key: true,
            mouse: false,
            notify: Notify::Auto,
            title: true,
            reduce_motion: false,
            low_bandwidth: false,
            fps: 30,
            linear: false,
        }
    }
}

/// How a person is told of something while the terminal is not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notify {
    /// As the terminal is known to do it, else the bell.
    #[default]
    Auto,
    /// The bell.
    Bell,
    /// A notification by OSC 9 (iTerm2, WezTerm, Ghostty, Windows Terminal).
    Osc9,
    /// A notification by OSC 777 (urxvt, foot, Ghostty, WezTerm).
    Osc777,
    /// Not at all.
    Off,
}
