//! The binary `raisfast`.

use std::process::ExitCode;

fn main() -> ExitCode {
    raisfast::cli::run(raisfast_commit::commit!())
}
