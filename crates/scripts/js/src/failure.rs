//! Errors of JavaScript, with their places in the script's files.

use raisfast_script_interface::script::{Failure, Script};
use rquickjs::{Coerced, Ctx, Error, Value as Js};

use crate::convert;

/// The most frames of a stack that are shown.
const MAX_FRAMES: usize = 20;

/// Returns the failure that an error is. Its value, if it has one, is taken from the context.
pub(crate) fn of_error(ctx: &Ctx<'_>, error: &Error, script: &Script) -> Failure {
    if error.is_exception() {
        of_value(&ctx.catch(), script)
    } else {
        Failure::new(error.to_string())
    }
}

/// Returns the failure that a thrown value is.
pub(crate) fn of_value(thrown: &Js<'_>, script: &Script) -> Failure {
    let Some(exception) = thrown.as_exception() else {
        let shown = shown(thrown);
        return Failure::new(format!("thrown: {shown}; throw an Error to see the place"));
    };
    let name: Option<Coerced<String>> = exception.get("name").ok();
    let name = name.map_or_else(|| "Error".to_owned(), |name| name.0);
    let message = exception.message().unwrap_or_default();
    let message = match message.as_str() {
        "" => name,
        message => format!("{name}: {message}"),
    };
    placed(message, &exception.stack().unwrap_or_default(), script)
}

/// Returns a value as text for people.
pub(crate) fn shown(value: &Js<'_>) -> String {
    if let Some(exception) = value.as_exception() {
        let stack = exception.stack().unwrap_or_default();
        let text: Result<Coerced<String>, _> = value.get();
        let text = text.map_or_else(|_| "an error".to_owned(), |text| text.0);
        return format!("{text}\n{}", stack.trim_end())
            .trim_end()
            .to_owned();
    }
    if value.is_object() && !value.is_function() {
        let read = convert::from_js(value);
        // What it threw is not of interest.
        value.ctx().catch();
        return read.map_or_else(|_| "[object]".to_owned(), |read| read.to_string());
    }
    let text: Result<Coerced<String>, _> = value.get();
    text.map_or_else(
        |_| {
            value.ctx().catch();
            format!("[{}]", value.type_name())
        },
        |text| text.0,
    )
}

fn placed(message: String, stack: &str, script: &Script) -> Failure {
    let mut failure = Failure::new(message);
    let mut frames = Vec::new();
    for frame in stack.lines().map(str::trim) {
        let frame = frame.strip_prefix("at ").unwrap_or(frame);
        let Some((file, line, column)) = place(frame) else {
            continue;
        };
        if script.text(file).is_none() {
            continue;
        }
        if failure.file.is_none() {
            failure.file = Some(file.to_owned());
            failure.line = Some(line);
            failure.column = Some(column);
        }
        frames.push(frame);
    }
    let left_out = frames.len().saturating_sub(MAX_FRAMES);
    frames.truncate(MAX_FRAMES);
    let left_out = (left_out > 0).then(|| format!("frames left out: {left_out}"));
    frames.extend(left_out.as_deref());
    failure.stack = (!frames.is_empty()).then(|| frames.join("\n"));
    failure
}

/// Returns the place of a frame: `name (main.js:3:7)` or `main.js:3:7`.
fn place(frame: &str) -> Option<(&str, u32, u32)> {
    let place = match frame.rsplit_once('(') {
        Some((_, place)) => place.strip_suffix(')')?,
        None => frame,
    };
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?, line, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_their_places() {
        assert_eq!(place("run (lib/a.js:3:7)"), Some(("lib/a.js", 3, 7)));
        assert_eq!(place("main.js:3:7"), Some(("main.js", 3, 7)));
        assert_eq!(place("dbQuery (native)"), None);
        assert_eq!(place(""), None);
    }

    #[test]
    fn a_stack_has_a_bound_and_shows_only_the_scripts_own_frames() {
        let script = Script {
            entry: "main.js".into(),
            files: vec![("main.js".into(), String::new())],
        };
        let mut stack = "    at dbQuery (native)\n    at x (other:1:1)\n".to_owned();
        stack.push_str(&"    at f (main.js:2:9)\n".repeat(30));
        let failure = placed("no".into(), &stack, &script);
        assert_eq!(failure.to_string(), "main.js:2:9: no");
        let stack = failure.stack.unwrap();
        assert_eq!(stack.lines().count(), MAX_FRAMES + 1);
        assert!(stack.ends_with("frames left out: 10"), "{stack}");
    }
}
