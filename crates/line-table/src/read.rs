//! Looking up in a table that anybody may have made.

use std::{fmt, str};

use crate::{FORMAT, HEAD, MOST_BYTES, MOST_INLINED, MOST_TEXT, NUMBER, PLACE, Position, RUN};

/// A table in the bytes in which it was found.
#[derive(Debug, Clone, Copy)]
pub struct LineTable<'a> {
    runs: &'a [u8],
    places: &'a [u8],
    texts: &'a [u8],
}

/// A line of the author's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The function's name, as people write it; empty where it is the name of the function that
    /// the position is in.
    pub function: &'a str,
    /// The file's path in the project.
    pub file: &'a str,
    /// The number of the line.
    pub line: u32,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            function,
            file,
            line,
        } = self;
        write!(f, "{function} at {file}:{line}")
    }
}

impl<'a> LineTable<'a> {
    /// Takes bytes for a table; `None` where they cannot be one.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > MOST_BYTES {
            return None;
        }
        let [format, runs, places] = numbers(bytes, 0)?;
        if format != FORMAT {
            return None;
        }
        let rest = &bytes[HEAD * NUMBER..];
        let (runs, rest) = rest.split_at_checked(bytes_of(runs, RUN)?)?;
        let (places, texts) = rest.split_at_checked(bytes_of(places, PLACE)?)?;
        Some(Self {
            runs,
            places,
            texts,
        })
    }

    /// Returns the lines that a position comes from, the innermost call first; none where it is not
    /// of the author's source.
    pub fn lines(self, position: Position) -> impl Iterator<Item = Line<'a>> {
        let mut next = self.place_at(position);
        std::iter::from_fn(move || {
            let place = next?;
            let [function, file, line, caller] = numbers(self.places, place)?;
            // A caller is written before what it calls, so that this ends.
            next = index(caller).filter(|caller| *caller < place);
            Some(Line {
                function: self.text(function)?,
                file: self.text(file)?,
                line,
            })
        })
        .take(MOST_INLINED)
    }

    /// Returns the index of the place in whose run the position is.
    fn place_at(self, position: Position) -> Option<usize> {
        let run = |at| numbers::<RUN>(self.runs, at);
        // The number of runs that begin at the position or before it.
        let (mut low, mut high) = (0, self.runs.len() / (RUN * NUMBER));
        while low < high {
            let middle = usize::midpoint(low, high);
            let [function, offset, _] = run(middle)?;
            if (Position { function, offset }) <= position {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let [function, _, place] = run(low.checked_sub(1)?)?;
        index(place).filter(|_| function == position.function)
    }

    fn text(self, begin: u32) -> Option<&'a str> {
        let rest = self.texts.get(usize::try_from(begin).ok()?..)?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let text = rest.get(..length).filter(|text| text.len() <= MOST_TEXT)?;
        str::from_utf8(text).ok()
    }
}

/// Returns an index that is written plus one, or zero.
fn index(plus_one: u32) -> Option<usize> {
    usize::try_from(plus_one.checked_sub(1)?).ok()
}

fn bytes_of(count: u32, numbers: usize) -> Option<usize> {
    usize::try_from(count).ok()?.checked_mul(numbers * NUMBER)
}

/// Reads the entry at an index, of `N` numbers.
fn numbers<const N: usize>(bytes: &[u8], index: usize) -> Option<[u32; N]> {
    let begin = index.checked_mul(N * NUMBER)?;
    let entry = bytes.get(begin..)?.get(..N * NUMBER)?;
    let (numbers, _) = entry.as_chunks::<NUMBER>();
    let mut numbers = numbers.iter().map(|number| u32::from_le_bytes(*number));
    Some(std::array::from_fn(|_| numbers.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, TooLarge};

    fn at(function: u32, offset: u32) -> Position {
        Position { function, offset }
    }

    /// A table of two functions; the second has a call put into it.
    fn table() -> Vec<u8> {
        let mut builder = Builder::default();
        assert!(builder.is_empty());
        let slug = builder.place("slug", "src/lib.rs", 10, None);
        let hook = builder.place("on_login", "src/lib.rs", 30, None);
        let greet = builder.place("greet", "src/greet.rs", 2, Some(hook));
        builder.begin_run(at(3, 0), None);
        builder.begin_run(at(3, 4), Some(slug));
        builder.begin_run(at(3, 8), Some(slug));
        builder.begin_run(at(3, 9), None);
        builder.begin_run(at(7, 2), Some(hook));
        builder.begin_run(at(7, 6), Some(greet));
        assert_eq!(builder.place("slug", "src/lib.rs", 10, None), slug);
        builder.finish().unwrap()
    }

    fn lines(bytes: &[u8], position: Position) -> Vec<String> {
        let table = LineTable::open(bytes).expect("a table");
        table.lines(position).map(|line| line.to_string()).collect()
    }

    #[test]
    fn a_position_has_the_lines_of_the_run_that_it_is_in() {
        let table = table();
        let slug = ["slug at src/lib.rs:10"];
        let hook = ["on_login at src/lib.rs:30"];
        let greet = ["greet at src/greet.rs:2", "on_login at src/lib.rs:30"];
        for (position, expected) in [
            (at(0, 0), &[][..]),
            (at(3, 3), &[]),
            (at(3, 4), &slug),
            (at(3, 8), &slug),
            (at(3, 9), &[]),
            (at(4, 0), &[]),
            (at(7, 1), &[]),
            (at(7, 2), &hook),
            (at(7, 6), &greet),
            (at(7, u32::MAX), &greet),
            (at(8, 0), &[]),
            (at(u32::MAX, u32::MAX), &[]),
        ] {
            assert_eq!(lines(&table, position), expected, "{position:?}");
        }
    }

    #[test]
    fn no_bytes_do_more_than_tell_nothing() {
        let whole = table();
        // Cut off anywhere, and with any byte changed.
        for length in 0..whole.len() {
            if let Some(table) = LineTable::open(&whole[..length]) {
                table.lines(at(7, 6)).for_each(drop);
            }
        }
        for index in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[index] = value;
                if let Some(table) = LineTable::open(&bytes) {
                    assert!(table.lines(at(7, 6)).count() <= MOST_INLINED);
                }
            }
        }
    }

    #[test]
    fn counts_beyond_the_bytes_and_other_formats_are_not_tables() {
        let of = |numbers: &[u32]| {
            let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            LineTable::open(&bytes).is_some()
        };
        assert!(of(&[FORMAT, 0, 0]));
        assert!(!of(&[FORMAT, 0]));
        assert!(!of(&[FORMAT + 1, 0, 0]));
        assert!(!of(&[FORMAT, 1, 0, 0, 0]));
        assert!(!of(&[FORMAT, u32::MAX, u32::MAX, 0, 0, 0]));
        let bytes = vec![0; MOST_BYTES + 1];
        assert!(LineTable::open(&bytes).is_none());
    }

    #[test]
    fn calls_within_calls_end() {
        let mut builder = Builder::default();
        let mut place = None;
        for line in 0..1000 {
            place = Some(builder.place("f", "src/lib.rs", line, place));
        }
        builder.begin_run(at(0, 0), place);
        let mut bytes = builder.finish().unwrap();
        assert_eq!(lines(&bytes, at(0, 0)).len(), MOST_INLINED);
        // The last place is its own caller.
        let last = (HEAD + RUN + 999 * PLACE + 3) * NUMBER;
        bytes[last..last + NUMBER].copy_from_slice(&1000_u32.to_le_bytes());
        assert_eq!(lines(&bytes, at(0, 0)).len(), 1);
    }

    #[test]
    fn long_names_are_cut_and_are_not_read() {
        let mut builder = Builder::default();
        let place = builder.place(&"ü".repeat(MOST_TEXT), "a", 1, None);
        builder.begin_run(at(0, 0), Some(place));
        let mut bytes = builder.finish().unwrap();
        let expected = format!("{} at a:1", "ü".repeat(MOST_TEXT / 2));
        assert_eq!(lines(&bytes, at(0, 0)), [expected]);
        let length = (HEAD + RUN + PLACE) * NUMBER;
        let longer = u32::try_from(MOST_TEXT + 1).unwrap();
        bytes[length..length + NUMBER].copy_from_slice(&longer.to_le_bytes());
        assert!(lines(&bytes, at(0, 0)).is_empty());
    }

    #[test]
    fn a_table_that_no_server_reads_is_not_made() {
        let mut builder = Builder::default();
        let places = [1, 2].map(|line| builder.place("f", "src/lib.rs", line, None));
        for (offset, place) in (0..100_000).zip(places.into_iter().cycle()) {
            builder.begin_run(at(0, offset), Some(place));
        }
        let TooLarge { found } = builder.finish().unwrap_err();
        assert!(found > MOST_BYTES);
    }
}
