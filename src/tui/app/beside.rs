//! What goes between the program and the terminal beside the screen: its background, the title of its window.

use super::App;

impl App {
    /// The terminal told its background.
    pub(super) fn take_ground(&mut self, light: bool) {
        if light && self.ui.liked_theme.is_none() && self.ui.theme.name() == "dark" {
            let (theme, _) = self.wardrobe.theme("light");
            self.ui.wear(theme);
            self.soon();
        }
    }

    /// The title of the window says how the session stands.
    pub(super) fn name_window(&mut self) {
        let Some(title) = &mut self.title else { return };
        let now = self.ui.window_title(self.source.state());
        if *title != now {
            self.outside.title(&now, &mut self.beside);
            *title = now;
        }
    }
}
