//! How the outcome of a case is shown.

use std::io::{self, Write};

use raisfast_cases::Outcome;

/// One line, and below it what was otherwise than expected. The error is that nobody reads any more.
pub(super) fn print(name: &str, outcome: &Outcome) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let word = match outcome {
        Outcome::Passed => "pass",
        Outcome::Unsupported => "none",
        Outcome::Failed(_) => "FAIL",
    };
    writeln!(out, "{word}  {name}")?;
    if let Outcome::Failed(differences) = outcome {
        for difference in differences {
            let lines = difference.to_string().replace('\n', "\n      ");
            writeln!(out, "      {lines}")?;
        }
    }
    Ok(())
}

/// A number of cases, in words.
pub(super) fn count(cases: usize) -> String {
    match cases {
        1 => "1 case".to_owned(),
        cases => format!("{cases} cases"),
    }
}
