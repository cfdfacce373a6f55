//! The lines of JavaScript that was made of TypeScript, as they were in the source.
//!
//! The compiler leaves types and empty lines out. Its source map says which line of the source each
//! line comes from, and a line may always stand further down, or behind the one before it: the
//! compiler ends statements with `;` and was told to leave comments out.

use serde::Deserialize;

/// The beginning of the line that names the map.
const MAP_COMMENT: &str = "//# sourceMappingURL=";

/// The part of a source map that says where lines come from.
#[derive(Deserialize)]
struct SourceMap {
    mappings: String,
}

/// Returns a module with each line where it is in its source; none where the map cannot be read.
pub(super) fn as_in_the_source(module: &str, map: &str) -> Option<String> {
    let map: SourceMap = serde_json::from_str(map).ok()?;
    let sources = source_lines(&map.mappings)?;
    let mut text = String::with_capacity(module.len() * 2);
    let mut at = 0;
    let mut is_empty = true;
    let lines = module
        .lines()
        .filter(|line| !line.starts_with(MAP_COMMENT))
        .enumerate();
    for (number, line) in lines {
        let next = if is_empty { at } else { at + 1 };
        let source = sources.get(number).copied().flatten().unwrap_or(next);
        while at < source {
            text.push('\n');
            at += 1;
            is_empty = true;
        }
        if !is_empty {
            text.push(' ');
        }
        text.push_str(line);
        is_empty = false;
    }
    text.push('\n');
    Some(text)
}

/// The source's line of each line, both from 0; none for a line that comes from nowhere.
fn source_lines(mappings: &str) -> Option<Vec<Option<usize>>> {
    let mut line = 0;
    let mut sources = Vec::new();
    for segments in mappings.split(';') {
        let mut first = None;
        for segment in segments.split(',').filter(|segment| !segment.is_empty()) {
            // The column here, the number of the source, its line, its column: each as the
            // difference to the one before.
            if let Some(difference) = numbers(segment)?.get(2) {
                line += difference;
                first = first.or(Some(usize::try_from(line).ok()?));
            }
        }
        sources.push(first);
    }
    Some(sources)
}

/// The numbers of a segment: base 64, five bits a digit, the least first, with the sign in the
/// lowest bit.
fn numbers(segment: &str) -> Option<Vec<i64>> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut numbers = Vec::new();
    let (mut value, mut shift) = (0_i64, 0);
    for digit in segment.chars() {
        let digit = i64::try_from(DIGITS.find(digit)?).ok()?;
        // Seven digits have 35 bits, which no line of a source needs.
        if shift > 30 {
            return None;
        }
        value |= (digit & 31) << shift;
        shift += 5;
        if digit & 32 == 0 {
            let magnitude = value >> 1;
            numbers.push(if value & 1 == 1 {
                -magnitude
            } else {
                magnitude
            });
            (value, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::{as_in_the_source, numbers};

    /// The compiler's output for the source below.
    const MODULE: &str = "export function words(post) { return post.title.split(\" \"); }
export const text = `one
two ${words({ title: \"x\" })}

three`;
const a = 1;
export const b = a;
export function last(name) {
    throw new Error(name);
}
//# sourceMappingURL=plugin.js.map";
    const MAP: &str = r#"{"version":3,"file":"plugin.js","sourceRoot":"","sources":["../plugin.ts"],"names":[],"mappings":"AAKA,MAAM,UAAU,KAAK,CAAC,IAAU,IAAc,OAAO,IAAI,CAAC,KAAK,CAAC,KAAK,CAAC,GAAG,CAAC,CAAC,CAAC,CAAC;AAM7E,MAAM,CAAC,MAAM,IAAI,GAAG;MACd,KAAK,CAAC,EAAE,KAAK,EAAE,GAAG,EAAE,CAAC;;MAErB,CAAC;AACP,MAAM,CAAC,GAAG,CAAC,CAAC;AAAC,MAAM,CAAC,MAAM,CAAC,GAAG,CAAC,CAAC;AAChC,MAAM,UAAU,IAAI,CAAC,IAAU;IAC7B,MAAM,IAAI,KAAK,CAAC,IAAI,CAAC,CAAC;AACxB,CAAC"}"#;
    const SOURCE: &str = "interface Post {
  title: string;
}

// A comment.
export function words(post: Post): string[] { return post.title.split(\" \"); }

type Name =
  | \"a\"
  | \"b\";

export const text = `one
two ${words({ title: \"x\" })}

three`;
const a = 1; export const b = a;
export function last(name: Name): never {
  throw new Error(name);
}
";

    #[test]
    fn each_line_is_where_it_was() {
        let placed = as_in_the_source(MODULE, MAP).unwrap();
        assert_eq!(placed.lines().count(), SOURCE.lines().count());
        for (source, line) in SOURCE.lines().zip(placed.lines()) {
            let source = source
                .replace(": Post): string[]", ")")
                .replace(": Name): never", ")");
            let is_same = line.trim() == source.trim();
            assert!(line.is_empty() || is_same, "{line:?} instead of {source:?}");
        }
        assert_eq!(
            placed.lines().nth(17),
            Some("    throw new Error(name);"),
            "{placed}"
        );
    }

    #[test]
    fn a_map_that_is_not_one_is_not_followed() {
        for map in [
            "",
            "{}",
            r#"{"mappings":"A*AA"}"#,
            r#"{"mappings":"zzzzzzzzzzzz"}"#,
        ] {
            assert_eq!(as_in_the_source("a;\n", map), None, "{map}");
        }
        // Before the first line.
        assert_eq!(as_in_the_source("a;\n", r#"{"mappings":"AADA"}"#), None);
        // A map of fewer lines than there are.
        let short = as_in_the_source("a;\nb;\n", r#"{"mappings":"AACA"}"#).unwrap();
        assert_eq!(short, "\na;\nb;\n");
    }

    #[test]
    fn numbers_are_read_as_the_format_has_them() {
        for (segment, expected) in [
            ("A", vec![0]),
            ("C", vec![1]),
            ("D", vec![-1]),
            ("gB", vec![16]),
            ("AAKA", vec![0, 0, 5, 0]),
        ] {
            assert_eq!(numbers(segment), Some(expected), "{segment}");
        }
        // The last digit says that another follows.
        assert_eq!(numbers("g"), None);
    }
}
