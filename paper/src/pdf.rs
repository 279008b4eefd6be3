//! What was laid out, written as a tagged PDF by krilla: PDF/A-2a and PDF/UA-1 at once, which its validator holds it to. Everything said is a
//! structure element; what divides or repeats (rules, the head and foot of a page) is an artifact.

use crate::PaperFault;
use crate::faces::published;
use crate::flow::{Drawn, Flow, Heading, LEFT, Mark, Node, PAGE, Role, WIDE};
use crate::glyphs::{Piece, Set};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Stroke;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind,
    TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use qrcode::Color;
use record::Stamp;
use std::num::NonZeroU16;
use std::rc::Rc;

/// What the document says of itself, and of each of its pages.
pub(crate) struct About {
    pub(crate) title: &'static str,
    pub(crate) at: Stamp,
    /// At the foot of every page, before its number.
    pub(crate) foot: String,
}

pub(crate) fn write(flow: Flow, about: &About) -> Result<Vec<u8>, PaperFault> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| PaperFault::Pdf)?;
    let settings = SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let faces = Faces::load().ok_or(PaperFault::Pdf)?;
    let (mut setter, mut pages, headings, tree, leaves) = flow.finish();
    let count = pages.len();
    for (n, page) in pages.iter_mut().enumerate() {
        let number = Rc::new(setter.set(&[Piece::Bold(format!("Page {} of {count}", n + 1))], 8.0, 90.0));
        let foot = Rc::new(setter.set(&[Piece::Plain(about.foot.clone())], 7.0, WIDE - 100.0));
        let y = PAGE.1 - 44.0;
        page.push(Drawn { leaf: None, mark: Mark::Rule { x: LEFT, y: y - 4.0, wide: WIDE, thick: 0.5 } });
        let (mut at, x) = (y, LEFT);
        for (line, high) in foot.lines() {
            page.push(Drawn { leaf: None, mark: Mark::Line { set: foot.clone(), line, x, y: at } });
            at += high;
        }
        let x = LEFT + WIDE - number.layout.width();
        page.push(Drawn { leaf: None, mark: Mark::Line { set: number, line: 0, x, y } });
    }
    let mut drawn: Vec<Vec<Identifier>> = (0..leaves).map(|_| Vec::new()).collect();
    for page in &pages {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(PaperFault::Pdf)?;
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        for Drawn { leaf, mark } in page {
            let tag = match (leaf, mark) {
                (None, Mark::Line { y, .. }) => {
                    let kind = if *y < PAGE.1 / 2.0 { ArtifactType::Header } else { ArtifactType::Footer };
                    ContentTag::Artifact(Artifact::with_kind(kind))
                }
                (None, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
                (Some(_), Mark::Line { .. }) => ContentTag::Span(SpanTag::empty()),
                (Some(_), _) => ContentTag::Other,
            };
            let identifier = surface.start_tagged(tag);
            draw(&mut surface, &faces, mark);
            surface.end_tagged();
            if let Some(leaf) = leaf.and_then(|leaf| drawn.get_mut(leaf)) {
                leaf.push(identifier);
            }
        }
        surface.finish();
        sheet.finish();
    }
    let mut tags = TagTree::new().with_lang(Some("en-GB".into()));
    tree.into_iter().filter_map(|node| tagged(node, &mut drawn)).for_each(|group| tags.push(group));
    document.set_tag_tree(tags);
    document.set_outline(outline(&headings));
    document.set_metadata(
        Metadata::new()
            .title(about.title.to_owned())
            .language("en-GB".to_owned())
            .creator("Satchel".to_owned())
            .creation_date(date(about.at)),
    );
    document.finish().map_err(|_| PaperFault::Pdf)
}

/// The two faces, as the writer holds them.
struct Faces {
    regular: Font,
    bold: Font,
}

impl Faces {
    fn load() -> Option<Faces> {
        let faces = published()?;
        let face = |bytes: &'static Vec<u8>| Font::new(bytes.as_slice().into(), 0);
        Some(Faces { regular: face(&faces.regular)?, bold: face(&faces.bold)? })
    }

    fn of(&self, bytes: &[u8]) -> Font {
        let bold = published().is_some_and(|faces| faces.bold.len() == bytes.len());
        if bold { self.bold.clone() } else { self.regular.clone() }
    }
}

fn draw(surface: &mut Surface<'_>, faces: &Faces, mark: &Mark) {
    match mark {
        Mark::Line { set, line, x, y } => letters(surface, faces, set, *line, (*x, *y)),
        Mark::Rule { x, y, wide, thick } => fill(surface, Rect::from_xywh(*x, *y, *wide, *thick).into_iter()),
        Mark::Frame { x, y, wide, high } => {
            if let Some(path) = boxes(Rect::from_xywh(*x, *y, *wide, *high).into_iter()) {
                surface.set_stroke(Some(Stroke { width: 1.2, ..Stroke::default() }));
                surface.set_fill(None);
                surface.draw_path(&path);
                surface.set_stroke(None);
            }
        }
        Mark::Code { code, x, y, side } => {
            // The quiet zone of four modules is inside the side (ISO/IEC 18004, section 6.3.8).
            let width = code.width();
            let module = side / (width + 8) as f32;
            let at = |n: usize| (n + 4) as f32 * module;
            let colors = code.to_colors();
            let rows = colors.chunks(width).enumerate();
            // One rectangle for each run of dark modules, so that no seam shows between two.
            let runs = rows.flat_map(|(row, modules)| {
                let mut runs = Vec::new();
                let mut from = 0;
                for run in modules.chunk_by(|a, b| a == b) {
                    if run.first() == Some(&Color::Dark) {
                        runs.extend(Rect::from_xywh(x + at(from), y + at(row), run.len() as f32 * module, module));
                    }
                    from += run.len();
                }
                runs
            });
            fill(surface, runs);
        }
        Mark::Drawing { ink, x, y, dot } => {
            let at = |n: u32| n as f32 * dot;
            let run =
                |(row, from, long): &(u32, u32, u32)| Rect::from_xywh(x + at(*from), y + at(*row), at(*long), *dot);
            fill(surface, ink.runs.iter().filter_map(run));
        }
    }
}

fn boxes(rects: impl Iterator<Item = Rect>) -> Option<Path> {
    let mut path = PathBuilder::new();
    rects.for_each(|rect| path.push_rect(rect));
    path.finish()
}

/// Black: no other colour is on the paper.
fn fill(surface: &mut Surface<'_>, rects: impl Iterator<Item = Rect>) {
    if let Some(path) = boxes(rects) {
        surface.set_fill(Some(krilla::paint::Fill::default()));
        surface.draw_path(&path);
    }
}

fn letters(surface: &mut Surface<'_>, faces: &Faces, set: &Set, line: usize, (left, top): (f32, f32)) {
    let Some(line) = set.layout.get(line) else { return };
    let metrics = line.metrics();
    let y = top + metrics.baseline - metrics.block_min_coord;
    let mut x = left + metrics.offset;
    surface.set_fill(Some(krilla::paint::Fill::default()));
    for run in line.runs() {
        let (from, size) = (x, run.font_size());
        let mut glyphs: Vec<KrillaGlyph> = Vec::new();
        for cluster in run.visual_clusters() {
            if cluster.is_ligature_continuation() {
                if let Some(glyph) = glyphs.last_mut() {
                    glyph.text_range.start = glyph.text_range.start.min(cluster.text_range().start);
                    glyph.text_range.end = glyph.text_range.end.max(cluster.text_range().end);
                }
                continue;
            }
            // A line's end is not a letter.
            if cluster.is_hard_line_break() {
                continue;
            }
            for glyph in cluster.glyphs() {
                glyphs.push(KrillaGlyph::new(
                    GlyphId::new(glyph.id),
                    glyph.advance / size,
                    glyph.x / size,
                    glyph.y / size,
                    0.0,
                    cluster.text_range(),
                    None,
                ));
                x += glyph.advance;
            }
        }
        if !glyphs.is_empty() {
            let font = faces.of(run.font().data.as_ref());
            surface.draw_glyphs(Point::from_xy(from, y), &glyphs, font, &set.text, size, false);
        }
    }
}

/// A group with its children; `None` where nothing of it was drawn.
fn tagged(node: Node, drawn: &mut [Vec<Identifier>]) -> Option<TagGroup> {
    let Node::Group(role, children) = node else { return None };
    let mut group = TagGroup::new(tag(role));
    for child in children {
        match child {
            Node::Leaf(leaf) => {
                let identifiers = drawn.get_mut(leaf).map(std::mem::take).unwrap_or_default();
                identifiers.into_iter().for_each(|identifier| group.push(identifier));
            }
            child => tagged(child, drawn).into_iter().for_each(|child| group.push(child)),
        }
    }
    Some(group)
}

fn tag(role: Role) -> TagKind {
    match role {
        Role::Head(level, title) => Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), Some(title)).into(),
        Role::Paragraph => Tag::P.into(),
        Role::List { numbered: true } => Tag::L(ListNumbering::Decimal).into(),
        Role::List { numbered: false } => Tag::L(ListNumbering::Disc).into(),
        Role::Item => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::Body => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::HeadOfRow => Tag::TH(TableHeaderScope::Row).into(),
        Role::HeadOfColumn => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure(words) => Tag::Figure(Some(words)).into(),
    }
}

/// The headings, each under the last one above it.
fn outline(headings: &[Heading]) -> Outline {
    let mut outline = Outline::new();
    let mut open: Vec<(u16, OutlineNode)> = Vec::new();
    let close = |open: &mut Vec<(u16, OutlineNode)>, outline: &mut Outline| {
        if let Some((_, node)) = open.pop() {
            match open.last_mut() {
                Some((_, parent)) => parent.push_child(node),
                None => outline.push_child(node),
            }
        }
    };
    for heading in headings {
        while open.last().is_some_and(|(level, _)| *level >= heading.level) {
            close(&mut open, &mut outline);
        }
        let to = XyzDestination::new(heading.page, Point::from_xy(LEFT, heading.y));
        open.push((heading.level, OutlineNode::new(heading.title.clone(), to)));
    }
    while !open.is_empty() {
        close(&mut open, &mut outline);
    }
    outline
}

fn date(at: Stamp) -> DateTime {
    let at = Timestamp::from_millisecond(at.millis()).unwrap_or_default().to_zoned(TimeZone::UTC);
    let small = |n: i8| n.unsigned_abs();
    DateTime::new(at.year().unsigned_abs())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
