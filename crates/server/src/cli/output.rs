//! The output of a command.
//!
//! The macros of the standard library panic where a write fails, and writes fail often: a reader
//! such as `head` has seen enough, a terminal was closed, a disk is full. Nothing that is printed
//! may end what was asked for, so a failure is only remembered here, and [`lost`] says at the end
//! of the command what became of it.
//!
//! Much of it was named by guests and files; what could drive a terminal is escaped on the way.

use std::{
    fmt,
    io::{self, Write},
    sync::OnceLock,
};

use raisfast_contract::Printable;

/// Prints a line to standard output, as `println!` does, and never panics.
macro_rules! say {
    () => { $crate::cli::output::to_stdout(format_args!("\n")) };
    ($($text:tt)*) => {
        $crate::cli::output::to_stdout(format_args!("{}\n", format_args!($($text)*)))
    };
}

/// Prints a line to standard error, as `eprintln!` does, and never panics.
macro_rules! say_aside {
    ($($text:tt)*) => {
        $crate::cli::output::to_stderr(format_args!("{}\n", format_args!($($text)*)))
    };
}

/// The first write that failed.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// Writes to standard output, at once.
pub(crate) fn to_stdout(text: fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    let text = Printable::lines(text);
    if let Err(error) = write!(out, "{text}").and_then(|()| out.flush()) {
        let _ = FAILED.set(error);
    }
}

/// Writes to standard error. Where that fails, nobody is left who could be notified.
pub(crate) fn to_stderr(text: fmt::Arguments<'_>) {
    let _ = write!(io::stderr().lock(), "{}", Printable::lines(text));
}

/// Returns whether all of the output was written.
pub(crate) fn is_complete() -> bool {
    FAILED.get().is_none()
}

/// Returns the reason why output was lost that somebody wanted, if it was: a full disk, for one. A
/// reader that has gone wanted no more.
pub(crate) fn lost() -> Option<&'static io::Error> {
    let failed = FAILED.get();
    failed.filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
}
