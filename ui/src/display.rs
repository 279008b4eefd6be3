//! How the screen looks to the person who holds it: text size and theme, remembered in the browser's storage. Nothing clinical
//! and nothing about a person is ever stored there. Also the window's title, and where the focus goes.

use web_sys::{Document, Element, HtmlElement};

/// Text sizes offered, in per cent.
pub const SIZES: [u16; 5] = [100, 125, 150, 175, 200];

/// How the screen is lit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    #[default]
    Standard,
    /// Black on white, nothing light: for sunlight.
    Outdoor,
    /// Dim: for crews in the dark.
    Night,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Theme::Standard, Theme::Outdoor, Theme::Night];

    pub const fn code(self) -> &'static str {
        match self {
            Theme::Standard => "standard",
            Theme::Outdoor => "outdoor",
            Theme::Night => "night",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Theme::Standard => "Standard",
            Theme::Outdoor => "Outdoor: black on white, for sunlight",
            Theme::Night => "Night: dim, for working in the dark",
        }
    }

    fn from_code(code: &str) -> Theme {
        Theme::ALL.into_iter().find(|t| t.code() == code).unwrap_or_default()
    }
}

/// What was chosen on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    pub theme: Theme,
    pub size: u16,
}

impl Display {
    /// Reads `theme size`; anything else is the standard.
    pub fn parse(text: &str) -> Display {
        let mut words = text.split(' ');
        let theme = Theme::from_code(words.next().unwrap_or_default());
        let size = words.next().and_then(|s| s.parse().ok()).filter(|s| SIZES.contains(s)).unwrap_or(100);
        Display { theme, size }
    }

    fn text(self) -> String {
        format!("{} {}", self.theme.code(), self.size)
    }

    /// As remembered.
    pub fn load() -> Display {
        Display::parse(&storage().and_then(|s| s.get_item(KEY).ok()?).unwrap_or_default())
    }

    /// Remembers it and puts it on the page.
    pub fn put(self) {
        if let Some(storage) = storage() {
            // A browser that stores nothing still shows it now.
            let _ = storage.set_item(KEY, &self.text());
        }
        if let Some(root) = document().and_then(|d| d.document_element()) {
            root.set_class_name(&format!("theme-{} size-{}", self.theme.code(), self.size));
        }
    }
}

const KEY: &str = "satchel-display";

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Names the window after the page; never after a person.
pub fn title(page: &str, in_error: bool) {
    if let Some(document) = document() {
        document.set_title(&format!("{}{page} - Satchel", if in_error { "Error: " } else { "" }));
    }
}

/// Puts the focus on the element with this identifier; `false` where there is none.
pub fn focus(id: &str) -> bool {
    let element = document().and_then(|d| d.get_element_by_id(id));
    element.is_some_and(|e| focus_on(&e))
}

/// Puts the focus on an element.
pub fn focus_on(element: &Element) -> bool {
    use wasm_bindgen::JsCast;
    element.dyn_ref::<HtmlElement>().is_some_and(|e| e.focus().is_ok())
}

/// Scrolls an element into view, below the fixed block.
pub fn bring(id: &str) {
    if let Some(element) = document().and_then(|d| d.get_element_by_id(id)) {
        element.scroll_into_view();
    }
}

/// Scrolls to the top, as a new page does.
pub fn to_top() {
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Tells the style sheet how tall the fixed block is, so that what gets the focus is never under it.
pub fn measure_block() {
    use wasm_bindgen::JsCast;
    let Some(document) = document() else { return };
    let tall = |id| document.get_element_by_id(id).map_or(0.0, |e| e.get_bounding_client_rect().height());
    // Where there is little height or large text, only the banner stays (see the style sheet).
    let (top, person) = match (tall("top"), tall("person-block"), tall("person-banner")) {
        (_, 0.0, banner) if banner > 0.0 => (0.0, banner),
        (top, block, _) => (top, block),
    };
    let root = document.document_element().and_then(|r| r.dyn_into::<HtmlElement>().ok());
    if let Some(root) = root {
        let _ = root.style().set_property("--top", &format!("{top}px"));
        let _ = root.style().set_property("--block", &format!("{}px", top + person));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back_and_nonsense_is_the_standard() {
        for theme in Theme::ALL {
            let display = Display { theme, size: 150 };
            assert_eq!(Display::parse(&display.text()), display);
        }
        for nonsense in ["", "neon 9000", "night", "standard 101"] {
            assert_eq!(Display::parse(nonsense).size, 100, "{nonsense}");
        }
    }
}
