//! The output of commands: headings, outcomes, durations. Colour goes to terminals only (`anstream`
//! decides).

use std::{fmt, time::Duration};

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Announce work that prints lines of its own.
pub(crate) fn heading(what: impl fmt::Display) {
    println!("{HEADING}==> {what}{HEADING:#}");
}

/// Say what has been done, and how long it took.
pub(crate) fn done(what: impl fmt::Display, took: Duration) {
    println!("{GOOD}ok{GOOD:#}  {what} ({})", Seconds(took));
}

/// Say what a command has made.
pub(crate) fn item(what: impl fmt::Display) {
    println!("    {what}");
}

/// Say that work goes on, how long it has taken so far, and what it says of itself.
pub(crate) fn going_on(what: &str, elapsed: Duration, line: &str) {
    let separator = if line.is_empty() { "" } else { ": " };
    println!("    {what} ({}){separator}{line}", Seconds(elapsed));
}

/// Say what did not work, where the work can go on in another way.
pub(crate) fn skipped(what: impl fmt::Display) {
    println!("--  {what}");
}

/// Say why the command failed, cause by cause.
pub(crate) fn failure(error: &anyhow::Error) {
    eprintln!("{BAD}error{BAD:#}: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

/// A table's lines: a bold heading, then the rows.
pub(crate) fn table(lines: &[String]) {
    if let Some((heading, rows)) = lines.split_first() {
        println!("{HEADING}{heading}{HEADING:#}");
        for row in rows {
            println!("{row}");
        }
    }
}

/// A duration for people: `0.4 s`, `12.3 s`, `3 min 05 s`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if seconds < 60 {
            write!(f, "{:.1} s", self.0.as_secs_f64())
        } else {
            write!(f, "{} min {:02} s", seconds / 60, seconds % 60)
        }
    }
}

/// A file's size for people: `812 B`, `55 KB`, `1.3 MB`, in powers of 1,000.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ 0..1_000 => write!(f, "{bytes} B"),
            bytes @ 1_000..1_000_000 => write!(f, "{} KB", bytes / 1_000),
            bytes => write!(
                f,
                "{}.{} MB",
                bytes / 1_000_000,
                bytes % 1_000_000 / 100_000
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Seconds, Size};

    #[test]
    fn durations_read_well() {
        assert_eq!(Seconds(Duration::from_millis(40)).to_string(), "0.0 s");
        assert_eq!(Seconds(Duration::from_millis(12_340)).to_string(), "12.3 s");
        assert_eq!(Seconds(Duration::from_secs(185)).to_string(), "3 min 05 s");
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(Size(812).to_string(), "812 B");
        assert_eq!(Size(55_564).to_string(), "55 KB");
        assert_eq!(Size(1_390_000).to_string(), "1.3 MB");
    }
}
