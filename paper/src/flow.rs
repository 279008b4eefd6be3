//! Paragraphs, lists and tables down the page and onto the next, and the tree of what they are, which a screen reader follows (ISO 32000-1
//! section 14.8). Nothing is drawn here: what is drawn where is a list that `pdf` draws, so that the number of pages is known before the first.

use crate::glyphs::{Piece, Set, Setter};
use crate::ink::Ink;
use std::rc::Rc;

/// A4 in points.
pub(crate) const PAGE: (f32, f32) = (595.276, 841.89);
/// Sixteen millimetres at the sides, room to punch holes.
pub(crate) const LEFT: f32 = 45.0;
pub(crate) const WIDE: f32 = PAGE.0 - 2.0 * LEFT;
const TOP: f32 = 30.0;
const BOTTOM: f32 = PAGE.1 - 52.0;
/// The text's size.
pub(crate) const BODY: f32 = 9.5;

/// What a part of the document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Head(u16, String),
    Paragraph,
    List {
        numbered: bool,
    },
    Item,
    Label,
    Body,
    Table,
    Row,
    HeadOfRow,
    HeadOfColumn,
    Cell,
    /// With its description in words.
    Figure(String),
}

/// The document as a tree.
pub(crate) enum Node {
    Group(Role, Vec<Node>),
    /// Everything drawn under this number.
    Leaf(usize),
}

/// A thing on a page. `leaf`: where it stands in the tree; `None` for what only divides or fills the page.
pub(crate) struct Drawn {
    pub(crate) leaf: Option<usize>,
    pub(crate) mark: Mark,
}

pub(crate) enum Mark {
    /// One line of a paragraph, its top left corner here.
    Line {
        set: Rc<Set>,
        line: usize,
        x: f32,
        y: f32,
    },
    Rule {
        x: f32,
        y: f32,
        wide: f32,
        thick: f32,
    },
    Frame {
        x: f32,
        y: f32,
        wide: f32,
        high: f32,
    },
    Code {
        code: Rc<qrcode::QrCode>,
        x: f32,
        y: f32,
        side: f32,
    },
    /// A signature, one dot so many points.
    Drawing {
        ink: Rc<Ink>,
        x: f32,
        y: f32,
        dot: f32,
    },
}

/// A heading, for the outline.
pub(crate) struct Heading {
    pub(crate) level: u16,
    pub(crate) title: String,
    pub(crate) page: usize,
    pub(crate) y: f32,
}

/// A cell: its paragraphs.
pub(crate) struct Cell {
    pub(crate) role: Role,
    pub(crate) paragraphs: Vec<Vec<Piece>>,
}

pub(crate) struct Flow {
    pub(crate) setter: Setter,
    pub(crate) pages: Vec<Vec<Drawn>>,
    pub(crate) headings: Vec<Heading>,
    /// Groups that are open, the innermost last. The first is the document.
    open: Vec<(Role, Vec<Node>)>,
    pub(crate) leaves: usize,
    /// Below what stands at the head of every page.
    top: f32,
    pub(crate) y: f32,
    head: Rc<Set>,
}

impl Flow {
    /// `head`: what stands at the top of every page.
    pub(crate) fn new(mut setter: Setter, head: &[Piece]) -> Flow {
        let head = Rc::new(setter.set(head, 8.5, WIDE));
        // A name of any length stands whole on the first page; here it leaves room for the rest.
        let top = TOP + head.height().min(120.0) + 10.0;
        let mut flow = Flow {
            setter,
            pages: Vec::new(),
            headings: Vec::new(),
            open: vec![(Role::Paragraph, Vec::new())],
            leaves: 0,
            top,
            y: top,
            head,
        };
        flow.turn();
        flow
    }

    /// The next page.
    pub(crate) fn turn(&mut self) {
        self.y = self.top;
        let mut page = Vec::new();
        let mut y = TOP;
        for (line, high) in self.head.lines() {
            if y + high > self.top {
                break;
            }
            page.push(Drawn { leaf: None, mark: Mark::Line { set: self.head.clone(), line, x: LEFT, y } });
            y += high;
        }
        page.push(Drawn { leaf: None, mark: Mark::Rule { x: LEFT, y: self.top - 7.0, wide: WIDE, thick: 0.8 } });
        self.pages.push(page);
    }

    pub(crate) fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    /// Turns the page unless so much fits on this one, or would on none.
    pub(crate) fn keep(&mut self, high: f32) {
        if self.room() < high && high < BOTTOM - self.top && self.y > self.top {
            self.turn();
        }
    }

    pub(crate) fn gap(&mut self, high: f32) {
        self.y += high;
    }

    pub(crate) fn within(&mut self, role: Role, work: impl FnOnce(&mut Flow)) {
        self.open.push((role, Vec::new()));
        work(self);
        if let Some((role, children)) = self.open.pop() {
            // A group of nothing is not one.
            if !children.is_empty() {
                self.put(Node::Group(role, children));
            }
        }
    }

    fn put(&mut self, node: Node) {
        if let Some((_, children)) = self.open.last_mut() {
            children.push(node);
        }
    }

    pub(crate) fn leaf(&mut self) -> usize {
        let leaf = self.leaves;
        self.leaves += 1;
        self.put(Node::Leaf(leaf));
        leaf
    }

    pub(crate) fn draw(&mut self, leaf: Option<usize>, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(Drawn { leaf, mark });
        }
    }

    pub(crate) fn rule(&mut self, x: f32, y: f32, wide: f32) {
        self.draw(None, Mark::Rule { x, y, wide, thick: 0.5 });
    }

    /// Lines down the page from `x`, and onto the next.
    fn lines(&mut self, set: &Rc<Set>, leaf: usize, x: f32) {
        for (line, high) in set.lines() {
            if self.room() < high {
                self.turn();
            }
            let y = self.y;
            self.draw(Some(leaf), Mark::Line { set: set.clone(), line, x, y });
            self.y += high;
        }
    }

    pub(crate) fn text(&mut self, pieces: &[Piece], size: f32, x: f32, wide: f32) {
        let set = Rc::new(self.setter.set(pieces, size, wide));
        let leaf = self.leaf();
        self.lines(&set, leaf, x);
    }

    pub(crate) fn paragraph(&mut self, pieces: &[Piece]) {
        self.within(Role::Paragraph, |flow| flow.text(pieces, BODY, LEFT, WIDE));
        self.gap(4.0);
    }

    /// A heading stays with what follows it.
    pub(crate) fn heading(&mut self, level: u16, title: &str) {
        let size = match level {
            1 => 15.0,
            2 => 12.0,
            _ => BODY + 0.8,
        };
        self.gap(if level == 3 { 3.0 } else { 7.0 });
        self.keep(size * 1.3 + 40.0);
        let printed = self.setter.printable(title);
        let page = self.pages.len().saturating_sub(1);
        self.headings.push(Heading { level, title: printed.clone(), page, y: self.y });
        self.within(Role::Head(level, printed), |flow| flow.text(&[Piece::Bold(title.into())], size, LEFT, WIDE));
        self.gap(2.0);
    }

    pub(crate) fn list(&mut self, numbered: bool, items: &[Vec<Piece>]) {
        self.within(Role::List { numbered }, |flow| {
            for (n, item) in items.iter().enumerate() {
                let label = if numbered { format!("{}.", n + 1) } else { "•".to_owned() };
                let indent = if numbered { 18.0 } else { 10.0 };
                flow.within(Role::Item, |flow| {
                    let set = Rc::new(flow.setter.set(item, BODY, WIDE - indent));
                    // No line alone at the foot where two would go on.
                    let first: f32 = set.lines().take(2).map(|(_, high)| high).sum();
                    flow.keep(first);
                    let y = flow.y;
                    flow.within(Role::Label, |flow| flow.text(&[Piece::Plain(label)], BODY, LEFT, indent));
                    flow.y = y;
                    flow.within(Role::Body, |flow| {
                        let leaf = flow.leaf();
                        flow.lines(&set, leaf, LEFT + indent);
                    });
                });
                flow.gap(2.5);
            }
        });
    }

    /// A table with ruled rows. A row that fits on a page is not torn; one that does not goes on over the page.
    pub(crate) fn table(&mut self, widths: &[f32], rows: Vec<Vec<Cell>>) {
        self.within(Role::Table, |flow| {
            for row in rows {
                flow.within(Role::Row, |flow| flow.row(widths, row));
            }
        });
        let y = self.y;
        self.rule(LEFT, y, WIDE);
        self.gap(6.0);
    }

    fn row(&mut self, widths: &[f32], row: Vec<Cell>) {
        const PAD: f32 = 3.0;
        let (mut columns, mut tallest) = (Vec::new(), 0.0);
        let mut x = LEFT;
        for (cell, wide) in row.into_iter().zip(widths) {
            let mut lines = Vec::new();
            self.within(cell.role, |flow| {
                for paragraph in &cell.paragraphs {
                    let set = Rc::new(flow.setter.set(paragraph, BODY, wide - 2.0 * PAD));
                    let mut leaf = 0;
                    flow.within(Role::Paragraph, |flow| leaf = flow.leaf());
                    lines.extend(set.lines().map(|(line, high)| (set.clone(), leaf, line, high)));
                }
            });
            tallest = lines.iter().map(|(.., high)| high).sum::<f32>().max(tallest);
            columns.push((x + PAD, lines.into_iter().peekable()));
            x += wide;
        }
        self.keep(tallest + 2.0 * PAD);
        loop {
            let from = self.y;
            self.rule(LEFT, from, WIDE);
            let mut deepest = from + PAD;
            for (x, lines) in &mut columns {
                let mut y = from + PAD;
                while let Some((set, leaf, line, high)) = lines.next_if(|(.., high)| y + high <= BOTTOM) {
                    self.draw(Some(leaf), Mark::Line { set, line, x: *x, y });
                    y += high;
                }
                deepest = deepest.max(y);
            }
            self.y = deepest + PAD;
            if columns.iter_mut().all(|(_, lines)| lines.peek().is_none()) {
                return;
            }
            let y = self.y.min(BOTTOM);
            self.rule(LEFT, y, WIDE);
            self.turn();
        }
    }

    /// The tree, and what is drawn where.
    pub(crate) fn finish(mut self) -> (Setter, Vec<Vec<Drawn>>, Vec<Heading>, Vec<Node>, usize) {
        let tree = self.open.pop().map(|(_, children)| children).unwrap_or_default();
        (self.setter, self.pages, self.headings, tree, self.leaves)
    }
}
