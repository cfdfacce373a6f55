//! Text broken into pieces that a serialiser writes in linear time.
//!
//! html5ever escapes a piece of text by looking, from each `&` and each byte 0xC2 in it, for the
//! next `<` or `>`, and where there is none to the end: a megabyte of `&` takes it half a minute
//! (servo/html5ever's `serialize::write_escaped`). So no piece may have many of them. An element
//! that every sanitiser takes out ends a piece, and leaves nothing behind. It does so wherever text
//! may stand, also where a parser ignores other tags, or moves text out of a table.

/// The element. It is not one of HTML, and the sanitiser does not know it.
const SPLIT: &str = "<split></split>";

/// Bytes after which a piece ends, at the next character that costs something.
const PIECE: usize = 256;

/// HTML with the elements in it, as far as it is read.
pub(super) struct Split<'a> {
    html: &'a str,
    pieces: String,
    /// Up to where `pieces` has the HTML.
    written: usize,
    /// The start of the piece that is being read.
    piece: usize,
    /// The number of characters in it that cost something.
    costly: usize,
    /// The bytes that the serialiser may have to look at for all pieces before it.
    cost: u64,
}

impl<'a> Split<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self {
            html,
            pieces: String::new(),
            written: 0,
            piece: 0,
            costly: 0,
            cost: 0,
        }
    }

    /// Reads what must stay in one piece: tags, and text of elements that hold nothing else.
    pub(super) fn keep(&mut self, from: usize, to: usize) {
        self.costly += costly(&self.html[from..to]).count();
    }

    /// Reads text.
    pub(super) fn text(&mut self, from: usize, to: usize) {
        let text = &self.html[from..to];
        // A line break at the beginning of `<pre>` is nothing, but only at its beginning.
        if self.costly > 0 && text.starts_with(|c: char| !c.is_ascii_whitespace()) {
            self.end_piece(from);
        }
        for (at, _) in costly(text) {
            self.end_piece(from + at);
            self.costly += 1;
        }
    }

    /// Ends the piece here, if it is long enough.
    fn end_piece(&mut self, at: usize) {
        if at - self.piece >= PIECE {
            self.pieces.push_str(&self.html[self.written..at]);
            self.pieces.push_str(SPLIT);
            self.written = at;
            self.cost += self.cost_of_piece(at);
            self.piece = at;
            self.costly = 0;
        }
    }

    fn cost_of_piece(&self, to: usize) -> u64 {
        (self.costly as u64).saturating_mul((to - self.piece) as u64)
    }

    /// Returns the bytes that the serialiser may have to look at for the text read so far, which
    /// ends at `to`.
    pub(super) fn cost(&self, to: usize) -> u64 {
        self.cost.saturating_add(self.cost_of_piece(to))
    }

    /// All of the HTML, in pieces.
    pub(super) fn finish(mut self) -> String {
        self.pieces.push_str(&self.html[self.written..]);
        self.pieces
    }
}

/// The places from which the serialiser looks on. Both bytes begin a character.
fn costly(text: &str) -> impl Iterator<Item = (usize, u8)> {
    text.bytes()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'&' | 0xC2))
}

#[cfg(test)]
mod tests {
    use super::{PIECE, SPLIT, Split};

    #[test]
    fn text_is_split_before_what_costs_something_and_nothing_is_lost() {
        for text in [
            "a &amp; b ".repeat(1_000),
            "&".repeat(10_000),
            "«é»\u{a0}".repeat(1_000),
            "long text ".repeat(1_000),
        ] {
            let mut split = Split::new(&text);
            split.text(0, text.len());
            let cost = split.cost(text.len());
            let most = (PIECE as u64 + 8) * text.len() as u64;
            assert!(cost <= most, "{cost} > {most}: {}", &text[..12]);
            let split = split.finish();
            assert_eq!(split.replace(SPLIT, ""), text);
            for piece in split.split(SPLIT).skip(1) {
                assert!(piece.starts_with(['&', '«', '»', '\u{a0}', 'é']), "{piece}");
            }
        }
    }

    #[test]
    fn what_is_kept_together_costs_its_square() {
        let html = "&".repeat(10_000);
        let mut split = Split::new(&html);
        split.keep(0, html.len());
        assert_eq!(split.cost(html.len()), 100_000_000);
        assert_eq!(split.finish(), html);
    }

    #[test]
    fn a_piece_ends_where_text_begins_after_tags_that_cost_something() {
        let tags = "<a href=\"?a&amp;b\">".repeat(PIECE);
        let html = format!("{tags}text");
        let mut split = Split::new(&html);
        split.keep(0, tags.len());
        split.text(tags.len(), html.len());
        assert_eq!(split.finish(), format!("{tags}{SPLIT}text"));
        // But not within `<pre>` before its first line break.
        let html = format!("{tags}\ntext");
        let mut split = Split::new(&html);
        split.keep(0, tags.len());
        split.text(tags.len(), html.len());
        assert_eq!(split.finish(), html);
    }
}
