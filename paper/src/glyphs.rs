//! Text as glyphs of the one font that is embedded: DejaVu Sans Condensed, chosen for what it covers (Latin, Greek, Cyrillic, Arabic, Hebrew,
//! Armenian, Georgian and many signs). Direction, shaping and line breaks are parley's.
//!
//! What the font cannot show is never left out in silence: a mark stands in its place, and the line says which characters could not be
//! printed. Characters that show nothing but change the order of others (Unicode UAX #9, explicit directional formatting) are named too: text
//! must not read otherwise on paper than it was written.

use crate::faces::published;
use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use parley::{
    Alignment, AlignmentOptions, FontContext, FontFamily, FontFeatures, FontWeight, Layout, LayoutContext,
    LineBreakContext, LineHeight, OverflowWrap, StyleProperty,
};
use skrifa::MetadataProvider;
use skrifa::charmap::Charmap;
use std::collections::BTreeSet;
use std::sync::Arc;

const FAMILY: &str = "DejaVu Sans";
/// Stands where a character could not be printed.
const MARK: char = '▯';
/// So many characters are named on a line; the rest are counted.
const NAMED: usize = 8;

/// A stretch of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Plain(String),
    Bold(String),
    /// Beside the point: smaller, never paler.
    Small(String),
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Piece::Plain(text) | Piece::Bold(text) | Piece::Small(text) => text,
        }
    }
}

/// A paragraph set in lines of some width.
pub(crate) struct Set {
    pub(crate) text: String,
    pub(crate) layout: Layout<()>,
}

impl Set {
    /// From the top of the first line to the bottom of the last.
    pub(crate) fn height(&self) -> f32 {
        self.lines().map(|(_, high)| high).sum()
    }

    /// Each line's number and height.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, f32)> {
        self.layout.lines().map(|line| line.metrics().block_max_coord - line.metrics().block_min_coord).enumerate()
    }
}

/// A date stays on its line, and a number with its unit (`reference/ux.md` section 2).
fn together(at: LineBreakContext) -> Option<bool> {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let date = at.before == '-' && (digit(at.before_before) || digit(Some(at.after)));
    let unit = at.before == ' ' && digit(at.before_before) && at.after.is_alphabetic();
    (date || unit).then_some(false)
}

/// Sets text.
pub(crate) struct Setter {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    covered: Charmap<'static>,
}

impl Setter {
    /// `None` if the embedded font cannot be read, which is a fault of the build.
    pub(crate) fn new() -> Option<Setter> {
        let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
        let faces = published()?;
        collection.register_fonts(Blob::new(Arc::new(faces.regular.as_slice())), None);
        collection.register_fonts(Blob::new(Arc::new(faces.bold.as_slice())), None);
        let covered = skrifa::FontRef::new(&faces.regular).ok()?.charmap();
        let fonts = FontContext { collection, source_cache: SourceCache::default() };
        Some(Setter { fonts, layouts: LayoutContext::new(), covered })
    }

    /// Sets a paragraph.
    pub(crate) fn set(&mut self, pieces: &[Piece], size: f32, width: f32) -> Set {
        let mut text = String::new();
        let mut spans = Vec::new();
        for piece in pieces {
            let from = text.len();
            text.push_str(&self.printable(piece.text()));
            spans.push((piece, from..text.len()));
        }
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, &text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::named(FAMILY)));
        builder.push_default(StyleProperty::FontSize(size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(1.28)));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        builder.set_line_break_override(Some(&together));
        // One letter, one glyph: what is copied out of the document is what was written.
        builder.push_default(StyleProperty::FontFeatures(FontFeatures::Source("\"liga\" 0, \"clig\" 0".into())));
        for (piece, range) in spans {
            match piece {
                Piece::Bold(_) => builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range),
                Piece::Small(_) => builder.push(StyleProperty::FontSize(size * 0.84), range),
                Piece::Plain(_) => {}
            }
        }
        let mut layout = builder.build(&text);
        layout.break_all_lines(Some(width));
        layout.align(Alignment::Start, AlignmentOptions::default());
        Set { text, layout }
    }

    /// The text as it can be printed, with what could not be printed said at its end.
    pub(crate) fn printable(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut lost = BTreeSet::new();
        let mut marked = false;
        for c in text.replace("\r\n", "\n").chars() {
            match c {
                '\n' => out.push('\n'),
                '\t' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push(' '),
                c if self.shows(c) => out.push(c),
                c => {
                    lost.insert(c);
                    if !marked {
                        out.push(MARK);
                    }
                    marked = true;
                    continue;
                }
            }
            marked = false;
        }
        if !lost.is_empty() {
            let named: Vec<String> = lost.iter().take(NAMED).map(|c| format!("U+{:04X}", u32::from(*c))).collect();
            let more = if lost.len() > NAMED { format!(" and {} more", lost.len() - NAMED) } else { String::new() };
            out.push_str(&format!(" [cannot be printed: {}{more}]", named.join(", ")));
        }
        out
    }

    fn shows(&self, c: char) -> bool {
        let turns =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        // Private use, and what a PDF/A may not map a glyph to.
        let barred = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{f0000}'..);
        !c.is_control() && !turns && !barred && self.covered.map(c).is_some_and(|glyph| glyph.to_u32() != 0)
    }
}
