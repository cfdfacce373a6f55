//! Functions of SQLite in place of its own, which cannot be interrupted.
//!
//! `instr`, `replace`, `trim` and `unhex` of SQLite compare each place of a text with all of
//! another: two operands of megabytes take hours, in one step of its machine. These here take time
//! in proportion to their operands' length, and answer the same.

use std::collections::HashSet;

use memchr::memmem;
use rusqlite::{
    Connection, Error, Result, ToSql, ffi,
    functions::{Context, FunctionFlags, SqlFnArg, SqlFnOutput, SubType},
    types::{ToSqlOutput, Value, ValueRef},
};

use super::limits::LENGTH;

/// Puts the functions in place of SQLite's own, on one connection.
pub(super) fn register(connection: &Connection) -> Result<()> {
    scalar(connection, "instr", 2, |context| Ok(instr(context)))?;
    scalar(connection, "replace", 3, replace)?;
    scalar(connection, "trim", 2, |context| {
        Ok(trim(context, true, true))
    })?;
    scalar(connection, "ltrim", 2, |context| {
        Ok(trim(context, true, false))
    })?;
    scalar(connection, "rtrim", 2, |context| {
        Ok(trim(context, false, true))
    })?;
    scalar(connection, "unhex", 2, |context| Ok(unhex(context)))?;
    scalar(connection, "raisfast_bounded", 2, bounded)
}

/// The first argument, where it is not longer than the second says. The gate writes it around
/// operands of functions that compare all of one with all of the other.
fn bounded(context: &Context<'_>) -> Result<SqlFnArg> {
    let most: i64 = context.get(1)?;
    match context.get_raw(0) {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes)
            if i64::try_from(bytes.len()).is_ok_and(|length| length > most) =>
        {
            Err(too_long())
        }
        _ => Ok(context.get_arg(0)),
    }
}

fn too_long() -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_TOOBIG), None)
}

fn scalar<A: SqlFnOutput + 'static>(
    connection: &Connection,
    name: &str,
    arguments: i32,
    function: fn(&Context<'_>) -> Result<A>,
) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(name, arguments, flags, function)
}

/// The value that a function returns.
enum Answer {
    Value(Value),
    /// Text whose bytes may be none of UTF-8, as SQLite allows.
    Text(Vec<u8>),
}

const NULL: Answer = Answer::Value(Value::Null);

impl SqlFnOutput for Answer {
    fn to_sql(&self) -> Result<(ToSqlOutput<'_>, SubType)> {
        match self {
            Self::Value(value) => ToSql::to_sql(value).map(|value| (value, None)),
            Self::Text(text) => Ok((ToSqlOutput::Borrowed(ValueRef::Text(text)), None)),
        }
    }
}

/// An operand as SQLite reads it as text.
enum Text<'a> {
    Given(&'a [u8]),
    Made(Vec<u8>),
}

impl AsRef<[u8]> for Text<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Given(bytes) => bytes,
            Self::Made(bytes) => bytes,
        }
    }
}

/// The argument as text; none of NULL.
fn text<'a>(context: &'a Context<'_>, index: usize) -> Option<Text<'a>> {
    Some(match context.get_raw(index) {
        ValueRef::Null => return None,
        ValueRef::Integer(number) => Text::Made(number.to_string().into_bytes()),
        ValueRef::Real(number) => Text::Made(real(number).into_bytes()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Text::Given(bytes),
    })
}

/// The number as SQLite writes it: 15 digits, and always a point.
fn real(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let negative = if number < 0.0 { "-" } else { "" };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    let point = usize::try_from(exponent + 1).unwrap_or_default();
    let or_zero = |digits: &str| {
        if digits.is_empty() {
            "0".to_owned()
        } else {
            digits.to_owned()
        }
    };
    match exponent {
        0..=14 if point >= digits.len() => format!("{negative}{digits:0<point$}.0"),
        0..=14 => format!("{negative}{}.{}", &digits[..point], &digits[point..]),
        -4..=-1 => {
            let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
            format!("{negative}0.{zeros}{digits}")
        }
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            let (first, rest) = digits.split_at(1);
            format!(
                "{negative}{first}.{}e{sign}{:02}",
                or_zero(rest),
                exponent.unsigned_abs()
            )
        }
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

fn instr(context: &Context<'_>) -> Answer {
    let are_bytes = matches!(
        (context.get_raw(0), context.get_raw(1)),
        (ValueRef::Blob(_), ValueRef::Blob(_))
    );
    let (Some(hay), Some(needle)) = (text(context, 0), text(context, 1)) else {
        return NULL;
    };
    let place = place(hay.as_ref(), needle.as_ref(), are_bytes);
    Answer::Value(Value::Integer(i64::try_from(place).unwrap_or(i64::MAX)))
}

/// Returns the place of the needle, counted in bytes or characters from 1; 0 if it is not there.
fn place(hay: &[u8], needle: &[u8], are_bytes: bool) -> usize {
    let found = match needle.first() {
        // In text it could only begin within a character, where SQLite does not look.
        Some(first) if !are_bytes && is_continuation(*first) => {
            hay.starts_with(needle).then_some(0)
        }
        _ => memmem::find(hay, needle),
    };
    match found {
        None => 0,
        Some(at) if are_bytes => at + 1,
        Some(0) => 1,
        Some(at) => {
            let begun = hay[1..=at].iter().filter(|byte| !is_continuation(**byte));
            begun.count() + 1
        }
    }
}

fn replace(context: &Context<'_>) -> Result<Answer> {
    let (Some(subject), Some(pattern)) = (text(context, 0), text(context, 1)) else {
        return Ok(NULL);
    };
    let (subject, pattern) = (subject.as_ref(), pattern.as_ref());
    // Also where the text begins with NUL, as it does in SQLite.
    if pattern.first().is_none_or(|first| *first == 0) {
        return Ok(Answer::Text(subject.to_vec()));
    }
    let Some(replacement) = text(context, 2) else {
        return Ok(NULL);
    };
    let replacement = replacement.as_ref();
    let mut replaced = Vec::with_capacity(subject.len());
    let mut rest = 0;
    for at in memmem::find_iter(subject, pattern) {
        replaced.extend_from_slice(&subject[rest..at]);
        replaced.extend_from_slice(replacement);
        rest = at + pattern.len();
        check_length(replaced.len())?;
    }
    replaced.extend_from_slice(&subject[rest..]);
    check_length(replaced.len())?;
    Ok(Answer::Text(replaced))
}

fn check_length(bytes: usize) -> Result<()> {
    if bytes > LENGTH {
        Err(too_long())
    } else {
        Ok(())
    }
}

/// The first character, as SQLite divides text into some: a byte, and what continues it from `0xc0`
/// on.
fn first_character(text: &[u8]) -> &[u8] {
    let length = match text.split_first() {
        Some((first, rest)) if *first >= 0xc0 => {
            1 + rest
                .iter()
                .take_while(|byte| is_continuation(**byte))
                .count()
        }
        _ => text.len().min(1),
    };
    &text[..length]
}

fn last_character(text: &[u8]) -> &[u8] {
    let begin = text.iter().rposition(|byte| !is_continuation(*byte));
    match begin {
        Some(begin) if text[begin] >= 0xc0 => &text[begin..],
        _ => &text[text.len().saturating_sub(1)..],
    }
}

/// Characters in which one is found in a few steps, however many there are.
struct Characters<'a> {
    /// Those of one byte.
    bytes: [bool; 256],
    longer: HashSet<&'a [u8]>,
}

impl<'a> Characters<'a> {
    /// Those of a text, which ends at a NUL as it does in SQLite.
    fn of(text: &'a [u8]) -> Self {
        let end = memchr::memchr(0, text).unwrap_or(text.len());
        let mut rest = &text[..end];
        let mut characters = Self {
            bytes: [false; 256],
            longer: HashSet::new(),
        };
        while !rest.is_empty() {
            let first = first_character(rest);
            match *first {
                [byte] => characters.bytes[usize::from(byte)] = true,
                _ => {
                    characters.longer.insert(first);
                }
            }
            rest = &rest[first.len()..];
        }
        characters
    }

    fn contain(&self, character: &[u8]) -> bool {
        match *character {
            [byte] => self.bytes[usize::from(byte)],
            _ => self.longer.contains(character),
        }
    }
}

fn trim(context: &Context<'_>, left: bool, right: bool) -> Answer {
    let (Some(subject), Some(set)) = (text(context, 0), text(context, 1)) else {
        return NULL;
    };
    let set = Characters::of(set.as_ref());
    let mut rest = subject.as_ref();
    while left && !rest.is_empty() {
        let first = first_character(rest);
        if !set.contain(first) {
            break;
        }
        rest = &rest[first.len()..];
    }
    while right && !rest.is_empty() {
        let last = last_character(rest);
        if !set.contain(last) {
            break;
        }
        rest = &rest[..rest.len() - last.len()];
    }
    Answer::Text(rest.to_vec())
}

fn unhex(context: &Context<'_>) -> Answer {
    let (Some(subject), Some(ignored)) = (text(context, 0), text(context, 1)) else {
        return NULL;
    };
    let ignored = Characters::of(ignored.as_ref());
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let subject = subject.as_ref();
    let mut rest = &subject[..memchr::memchr(0, subject).unwrap_or(subject.len())];
    let mut bytes = Vec::with_capacity(rest.len() / 2);
    while let Some((first, after)) = rest.split_first() {
        if let Some(high) = digit(*first) {
            let Some((low, after)) = after
                .split_first()
                .and_then(|(low, after)| Some((digit(*low)?, after)))
            else {
                return NULL;
            };
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            let character = first_character(rest);
            if !ignored.contain(character) {
                return NULL;
            }
            rest = &rest[character.len()..];
        }
    }
    Answer::Value(Value::Blob(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Operands that differ in type, width of characters, order of bytes and what SQLite makes of
    /// them.
    const OPERANDS: &[&str] = &[
        "NULL",
        "''",
        "'a'",
        "'aa'",
        "'aaaab'",
        "'abab'",
        "'äöä'",
        "'ä'",
        "'€uro €'",
        "'\u{1F600}x\u{1F600}'",
        "x''",
        "x'61'",
        "x'c3a4'",
        "x'ff00ff'",
        "CAST(x'a4' AS TEXT)",
        "CAST(x'c3' AS TEXT)",
        "CAST(x'610061' AS TEXT)",
        "CAST(x'8080' AS TEXT)",
        "CAST(x'00' AS TEXT)",
        "0",
        "-12",
        "1234",
        "0.5",
        "1.0",
        "-0.0",
        "1e15",
        "1e14",
        "123456789012345678.0",
        "1.5e-5",
        "0.00012",
        "1e300",
        "9e999",
        "0.1+0.2",
        "'4a4B'",
        "'4a-4b '",
        "'4'",
        "' -'",
    ];

    fn answers(
        connection: &Connection,
        call: &str,
    ) -> std::result::Result<(String, String), String> {
        let sql = format!("SELECT typeof({call}), quote({call})");
        connection
            .query_row(&sql, [], |row| {
                let quoted = row.get_ref(1)?.as_bytes().unwrap_or_default().to_vec();
                Ok((row.get(0)?, String::from_utf8_lossy(&quoted).into_owned()))
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn they_answer_as_sqlite_s_own_do() {
        let (own, ours) = (
            Connection::open_in_memory().unwrap(),
            Connection::open_in_memory().unwrap(),
        );
        register(&ours).unwrap();
        for first in OPERANDS {
            for second in OPERANDS {
                // Of what is not a character SQLite's others make U+FFFD, or trim half of one off.
                let is_text = [first, second].iter().all(|operand| {
                    !["x'a4'", "x'8080'", "x'c3'", "x'ff"]
                        .iter()
                        .any(|half| operand.contains(half))
                });
                let functions = ["instr", "unhex", "trim", "ltrim", "rtrim"];
                for function in &functions[..if is_text { 5 } else { 1 }] {
                    let call = format!("{function}({first}, {second})");
                    assert_eq!(answers(&ours, &call), answers(&own, &call), "{call}");
                }
                for third in ["NULL", "''", "'xyz'", "0.5", "x'ff'", "'ä'"] {
                    let call = format!("replace({first}, {second}, {third})");
                    assert_eq!(answers(&ours, &call), answers(&own, &call), "{call}");
                }
            }
        }
    }
}
