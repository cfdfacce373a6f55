//! Text that a parser moves out of tables.
//!
//! Content of a table that is in no cell is put before the table. For each such piece the parser
//! looks through all that stands there already, so a table full of them takes time quadratic in
//! their number. They are counted here, rather too often than too seldom.

use super::complexity::Tag;

/// Nodes that may be looked at: a few tenths of a second.
const MAX_COST: u64 = 1 << 28;

const CELLS: &[&str] = &["caption", "td", "th"];
const STRUCTURE: &[&str] = &[
    "caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
];

/// The things moved so far.
#[derive(Debug, Default)]
pub(super) struct Fostering {
    /// Tags and texts so far: at least as many as there are nodes to look at.
    nodes: u64,
    in_cell: bool,
    cost: u64,
}

impl Fostering {
    /// Reads a tag and the text after it, within this many tables.
    pub(super) fn read(&mut self, tag: &Tag, text: &str, tables: usize) {
        if tag.is(CELLS) {
            self.in_cell = !tag.closing;
        } else if tag.is(STRUCTURE) {
            self.in_cell = false;
        }
        self.nodes += 2;
        if tables > 0 && !self.in_cell {
            let has_text = !text.trim_ascii().is_empty();
            let moved = u64::from(!tag.is(STRUCTURE)) + u64::from(has_text);
            self.cost = self.cost.saturating_add(moved * self.nodes);
        }
    }

    /// Returns whether a parser may take too long.
    pub(super) fn is_too_much(&self) -> bool {
        self.cost > MAX_COST
    }
}
