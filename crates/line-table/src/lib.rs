//! The line table of a plugin: for each place of its code, the lines of the author's source that it
//! comes from.
//!
//! `raisfast plugin build` makes one from what the compiler says ([`Builder`]) and appends it to
//! the plugin's file, as a custom section. A server looks into it after a call has failed
//! ([`LineTable`]), in place: it is arrays of numbers in order, so that nothing has to be read
//! before the first look-up, nothing is allocated, and a table that lies costs no more than one
//! that does not.
//!
//! ```
//! use raisfast_line_table::{Builder, LineTable, Position};
//!
//! let mut builder = Builder::default();
//! let hook = builder.place("on_login", "src/lib.rs", 30, None);
//! // The compiler has put `greet` into the body of `on_login`.
//! let greet = builder.place("greet", "src/lib.rs", 12, Some(hook));
//! builder.begin_run(Position { function: 7, offset: 16 }, Some(greet));
//! let bytes = builder.finish().expect("small");
//!
//! let table = LineTable::open(&bytes).expect("a table");
//! let lines = table.lines(Position { function: 7, offset: 20 });
//! let lines: Vec<String> = lines.map(|line| line.to_string()).collect();
//! assert_eq!(lines, ["greet at src/lib.rs:12", "on_login at src/lib.rs:30"]);
//! ```

mod build;
mod read;

pub use build::{Builder, Place, TooLarge};
pub use read::{Line, LineTable};

/// The name of the custom section.
pub const SECTION: &str = "raisfast-lines";

/// The most bytes of a table, 1 MiB. A large plugin's has a tenth of it.
pub const MOST_BYTES: usize = 1 << 20;

/// The most bytes of the name of a function or a file.
const MOST_TEXT: usize = 256;

/// The most calls, one within the other, that a compiler may have put into one place.
const MOST_INLINED: usize = 32;

/// The format's number, which a table begins with.
const FORMAT: u32 = 1;

/// The number of the numbers at the beginning of a table: format, runs, places.
const HEAD: usize = 3;
/// The numbers of a run: function, offset, and the place's index plus one, or zero.
const RUN: usize = 3;
/// The numbers of a place: where its function's and its file's names begin, the line, and the
/// caller's index plus one, or zero.
const PLACE: usize = 4;
/// The bytes of a number.
const NUMBER: usize = 4;

/// A position in a module's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The function's index among those that the module defines.
    pub function: u32,
    /// Bytes from the beginning of the function's body.
    pub offset: u32,
}
