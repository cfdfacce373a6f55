//! Failures of scripts, in the contract's terms.

use crate::{bindings::raisfast::plugin_wit::script, engine};

/// Returns the failure with what the script's text says about it.
pub(crate) fn told(failure: engine::Failure) -> script::Failure {
    let column = failure
        .file
        .as_deref()
        .zip(failure.line)
        .and_then(|(file, line)| column(&failure.message, &engine::line_of(file, line)?));
    script::Failure {
        message: failure.message,
        file: failure.file,
        line: failure.line,
        column,
        stack: failure.stack,
    }
}

/// Returns the column of what a syntax error is near. Lua says only its text, which counts where it
/// stands once in the line.
fn column(message: &str, line: &str) -> Option<u32> {
    let (_, near) = message.rsplit_once(" near '")?;
    let token = near.strip_suffix('\'')?;
    let (before, after) = line.split_once(token)?;
    if token.is_empty() || after.contains(token) {
        return None;
    }
    u32::try_from(before.chars().count() + 1).ok()
}
