//! How the outcome of a case is shown.

use raisfast_cases::Outcome;

/// One line, and below it what was otherwise than expected.
pub(super) fn print(name: &str, outcome: &Outcome) {
    let word = match outcome {
        Outcome::Passed => "pass",
        Outcome::Unsupported => "none",
        Outcome::Failed(_) => "FAIL",
    };
    println!("{word}  {name}");
    if let Outcome::Failed(differences) = outcome {
        for difference in differences {
            println!("      {}", difference.to_string().replace('\n', "\n      "));
        }
    }
}

/// A number of cases, in words.
pub(super) fn count(cases: usize) -> String {
    match cases {
        1 => "1 case".to_owned(),
        cases => format!("{cases} cases"),
    }
}
