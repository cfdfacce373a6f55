//! Making a table.

use std::collections::HashMap;

use crate::{FORMAT, HEAD, MOST_BYTES, MOST_TEXT, NUMBER, Position};

/// A table that is being made.
#[derive(Debug, Default)]
pub struct Builder {
    runs: Vec<[u32; 3]>,
    places: Vec<[u32; 4]>,
    known_places: HashMap<[u32; 4], Place>,
    texts: Vec<u8>,
    known_texts: HashMap<String, u32>,
}

/// A line of the source, with the calls that led there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(u32);

/// The table would have more bytes than a server reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the line table would have {found} bytes, and a server reads {MOST_BYTES} at most")]
pub struct TooLarge {
    /// The bytes that it would have.
    pub found: usize,
}

impl Builder {
    /// Adds a line of a file, in a function. `caller` is the place of the call, where the compiler
    /// has put the function into its caller's body.
    pub fn place(&mut self, function: &str, file: &str, line: u32, caller: Option<Place>) -> Place {
        let caller = caller.map_or(0, |Place(index)| index + 1);
        let place = [self.text(function), self.text(file), line, caller];
        let next = Place(number(self.places.len()));
        let known = *self.known_places.entry(place).or_insert(next);
        if known == next {
            self.places.push(place);
        }
        known
    }

    /// Says that what follows in the code, from a position on, comes from a place, or from nothing
    /// of the author's. Positions come in order.
    pub fn begin_run(&mut self, position: Position, place: Option<Place>) {
        let place = place.map_or(0, |Place(index)| index + 1);
        let Position { function, offset } = position;
        // A function begins with nothing known.
        let goes_on = match self.runs.last() {
            Some([before, _, same]) if *before == function => *same == place,
            _ => place == 0,
        };
        if !goes_on {
            self.runs.push([function, offset, place]);
        }
    }

    /// Returns true if nothing in the code comes from the author's source.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Returns the table.
    pub fn finish(self) -> Result<Vec<u8>, TooLarge> {
        let head = [FORMAT, number(self.runs.len()), number(self.places.len())];
        let numbers = head
            .iter()
            .chain(self.runs.as_flattened())
            .chain(self.places.as_flattened());
        let found = (HEAD + self.runs.as_flattened().len() + self.places.as_flattened().len())
            * NUMBER
            + self.texts.len();
        if found > MOST_BYTES {
            return Err(TooLarge { found });
        }
        let mut table = Vec::with_capacity(found);
        table.extend(numbers.flat_map(|number| number.to_le_bytes()));
        table.extend(&self.texts);
        Ok(table)
    }

    /// Returns where a text begins.
    fn text(&mut self, text: &str) -> u32 {
        let text = &text[..text.floor_char_boundary(MOST_TEXT)];
        if let Some(begin) = self.known_texts.get(text) {
            return *begin;
        }
        let begin = number(self.texts.len());
        self.texts.extend(number(text.len()).to_le_bytes());
        self.texts.extend(text.as_bytes());
        self.known_texts.insert(text.to_owned(), begin);
        begin
    }
}

/// A count of what a module of 64 MiB can have.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
