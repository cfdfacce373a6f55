//! `raisfast plugin wit`: prints the interface file that plugins are built against.

use raisfast_runtime::CONTRACT;

use crate::cli::output;

pub(super) const HELP: &str = "\
Example:
  raisfast plugin wit > plugin.wit";

pub(super) fn print() {
    output::to_stdout(format_args!("{CONTRACT}"));
}
