//! The mistakes in the TOML itself.

use std::{collections::BTreeSet, ops::Range};

use toml::de::Error;

use crate::error::{Problem, Problems, quoted};

/// Reports what is not TOML. What was found before in a section with such an error, between one
/// header and the next, is only its echo and is dropped; so is what the file as a whole seems to
/// lack.
pub(crate) fn report(errors: &[Error], problems: &mut Problems<'_>) {
    let (duplicates, errors): (Vec<_>, Vec<_>) = errors
        .iter()
        .partition(|error| error.message() == "duplicate key");
    let source = problems.source();
    let span = |error: &Error| error.span().unwrap_or(source.len()..source.len());

    let headers: Vec<usize> = source
        .split_inclusive('\n')
        .scan(0, |next, line| {
            Some((std::mem::replace(next, *next + line.len()), line))
        })
        .filter(|(_, line)| line.trim_start().starts_with('['))
        .map(|(start, _)| start)
        .collect();
    let section = |span: &Range<usize>| headers.partition_point(|&header| header <= span.start);
    let broken: BTreeSet<usize> = errors.iter().map(|error| section(&span(error))).collect();
    if !broken.is_empty() {
        problems
            .retain(|problem| problem.span != (0..0) && !broken.contains(&section(&problem.span)));
    }

    for error in duplicates {
        let span = span(error);
        problems.report(Problem {
            message: format!("duplicate key {}", quoted(problems.text(&span))),
            span,
            expected: Some("each key once in a table".to_owned()),
            help: Some("remove one of them".to_owned()),
        });
    }
    // One error leads to the next: the first on a line is the one to fix.
    let mut lines = BTreeSet::new();
    for error in errors {
        let span = span(error);
        if lines.insert(problems.line(&span)) {
            problems.report(problem(error.message(), problems.text(&span), span));
        }
    }
}

fn problem(message: &str, found: &str, span: Range<usize>) -> Problem {
    let (message, expected) = match message.split_once(", expected ") {
        Some((message, expected)) => (message, Some(expected.to_owned())),
        None => (message, None),
    };
    // The parser's own words, but where they would mislead.
    let (message, expected, help) = match message {
        "string values must be quoted" if found.is_empty() => ("the value is missing", None, None),
        "string values must be quoted" => (message, Some(format!("`\"{found}\"`")), None),
        "missing comma between array elements" => (
            message,
            expected,
            Some("if the list ends before this, its `]` is missing"),
        ),
        message => (message, expected, None),
    };
    Problem {
        span,
        message: format!("this is not TOML: {message}"),
        expected,
        help: help.map(str::to_owned),
    }
}
