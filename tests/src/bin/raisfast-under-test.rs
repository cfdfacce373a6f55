//! The command line as the binary `raisfast` has it, built with the tests that run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    raisfast::cli::run(None)
}
