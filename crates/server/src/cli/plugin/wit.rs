//! `raisfast plugin wit`

use std::io::Write;

use raisfast_runtime::CONTRACT;

pub(super) const HELP: &str = "\
Example:
  raisfast plugin wit > plugin.wit";

pub(super) fn print() -> anyhow::Result<()> {
    // Not `print!`, which panics when a reader such as `head` has seen enough.
    std::io::stdout().write_all(CONTRACT.as_bytes())?;
    Ok(())
}
