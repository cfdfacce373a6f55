//! Rhai's errors, with the places in the script's files.

use raisfast_script_interface::script::Failure;
use rhai::{EvalAltResult, Position};

use crate::{convert::to_value, program::CALLER};

/// The most frames of a stack that are shown.
const MOST_FRAMES: usize = 20;

/// Returns an error as the host takes it. `outermost` is the file that the error comes out of.
pub(crate) fn of(error: &EvalAltResult, outermost: &str) -> Failure {
    let mut frames = Vec::new();
    let (innermost, file) = innermost(error, outermost, &mut frames);
    let position = innermost.position();
    frames.reverse();
    let left_out = frames.len().saturating_sub(MOST_FRAMES);
    frames.truncate(MOST_FRAMES);
    if left_out > 0 {
        frames.push(format!("frames left out: {left_out}"));
    }
    let small = |number: Option<usize>| number.and_then(|number| u32::try_from(number).ok());
    Failure {
        message: message(innermost),
        file: (!position.is_none() && file != CALLER).then(|| file.to_owned()),
        line: small(position.line()),
        column: small(position.position()),
        stack: (!frames.is_empty()).then(|| frames.join("\n")),
    }
}

/// Goes through the calls around an error, outermost first, and returns the error itself with the
/// file that it is in.
fn innermost<'e>(
    mut error: &'e EvalAltResult,
    outermost: &'e str,
    frames: &mut Vec<String>,
) -> (&'e EvalAltResult, &'e str) {
    let mut file = outermost;
    loop {
        match error {
            EvalAltResult::ErrorInFunctionCall(name, source, inner, position) => {
                // The call that the host made has no place in a file.
                if !position.is_none() && file != CALLER {
                    frames.push(format!("{name} called at {}", place(file, *position)));
                }
                if !source.is_empty() {
                    file = source;
                }
                error = inner;
            }
            EvalAltResult::ErrorInModule(name, inner, _) => {
                if !name.is_empty() {
                    file = name;
                }
                error = inner;
            }
            error => return (error, file),
        }
    }
}

fn place(file: &str, position: Position) -> String {
    match (position.line(), position.position()) {
        (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
        (Some(line), None) => format!("{file}:{line}"),
        _ => file.to_owned(),
    }
}

/// The error's words, without the place, which stands elsewhere.
fn message(error: &EvalAltResult) -> String {
    if let EvalAltResult::ErrorRuntime(thrown, _) = error {
        return to_value(thrown).into_text();
    }
    let text = error.to_string();
    let position = error.position();
    if position.is_none() {
        return text;
    }
    let end = format!(" ({position})");
    text.strip_suffix(&end).map_or(text.clone(), str::to_owned)
}
