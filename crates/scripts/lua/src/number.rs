//! Numbers as text, and back, as C's `strtod` and `printf` have them.
//!
//! Every digit is right: it is Rust's own conversion, in C's clothes.

use std::fmt::Write as _;

/// Reads the number at the start of a text, after white space. Returns it with the number of bytes
/// that it takes; none when there is no number.
pub fn read(text: &[u8]) -> Option<(f64, usize)> {
    let blank = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r'))
        .count();
    let rest = &text[blank..];
    let (negative, sign) = match rest.first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    let rest = &rest[sign..];
    let (number, length) = match rest {
        [b'0', b'x' | b'X', hexadecimal @ ..] => {
            // `0x` without digits is a zero, and an x.
            read_hexadecimal(hexadecimal).map_or((0.0, 1), |(number, length)| (number, length + 2))
        }
        _ => read_decimal(rest)?,
    };
    let number = if negative { -number } else { number };
    Some((number, blank + sign + length))
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The length of an exponent with its letter; 0 when there is none.
fn exponent(text: &[u8], letter: u8) -> usize {
    if text.first().map(u8::to_ascii_lowercase) != Some(letter) {
        return 0;
    }
    let sign = usize::from(matches!(text.get(1), Some(b'+' | b'-')));
    match digits(&text[1 + sign..]) {
        0 => 0,
        count => 1 + sign + count,
    }
}

fn read_decimal(text: &[u8]) -> Option<(f64, usize)> {
    let whole = digits(text);
    let mut length = whole;
    let mut count = whole;
    if text.get(length) == Some(&b'.') {
        let part = digits(&text[length + 1..]);
        count += part;
        length += 1 + part;
    }
    if count == 0 {
        return None;
    }
    length += exponent(&text[length..], b'e');
    let text = std::str::from_utf8(&text[..length]).ok()?;
    Some((text.parse().ok()?, length))
}

fn read_hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    let mut mantissa: u64 = 0;
    let mut scale: i64 = 0;
    let mut seen_digit = false;
    let mut seen_point = false;
    let mut length = 0;
    for &byte in text {
        match (byte as char).to_digit(16) {
            Some(digit) => {
                seen_digit = true;
                if mantissa >> 58 == 0 {
                    mantissa = mantissa << 4 | u64::from(digit);
                    scale -= i64::from(seen_point) * 4;
                } else {
                    // Beyond what a double can hold: only that something is there counts.
                    mantissa |= u64::from(digit != 0);
                    scale += i64::from(!seen_point) * 4;
                }
            }
            None if byte == b'.' && !seen_point => seen_point = true,
            None => break,
        }
        length += 1;
    }
    if !seen_digit {
        return None;
    }
    let power = exponent(&text[length..], b'p');
    if power > 0 {
        let text = std::str::from_utf8(&text[length + 1..length + power]).ok()?;
        let limit: i64 = if text.starts_with('-') {
            -99_999
        } else {
            99_999
        };
        scale += text.parse::<i64>().unwrap_or(limit).clamp(-99_999, 99_999);
        length += power;
    }
    Some((scaled(mantissa, scale), length))
}

/// `mantissa` times two to the power of `scale`.
#[expect(clippy::cast_precision_loss, reason = "it rounds, as it should")]
fn scaled(mantissa: u64, scale: i64) -> f64 {
    let mut number = mantissa as f64;
    let mut rest = scale;
    while rest > 0 && number != 0.0 && number.is_finite() {
        let step = rest.min(1000);
        number *= 2f64.powi(i32::try_from(step).unwrap_or(1000));
        rest -= step;
    }
    while rest < 0 && number != 0.0 {
        let step = rest.max(-1000);
        number *= 2f64.powi(i32::try_from(step).unwrap_or(-1000));
        rest -= step;
    }
    number
}

/// Writes a number that is not negative as `printf` does with one of the conversions `e`, `f`,
/// `g`, `a` and their capitals, without a width.
pub fn write(number: f64, conversion: char, precision: Option<usize>, alternate: bool) -> String {
    let text = match conversion.to_ascii_lowercase() {
        _ if number.is_nan() => "nan".to_owned(),
        _ if number.is_infinite() => "inf".to_owned(),
        'f' => with_point(fixed(number, precision.unwrap_or(6)), alternate),
        'e' => scientific(number, precision.unwrap_or(6), alternate),
        'a' => hexadecimal(number, precision, alternate),
        _ => general(number, precision.unwrap_or(6).max(1), alternate),
    };
    if conversion.is_ascii_uppercase() {
        text.to_ascii_uppercase()
    } else {
        text
    }
}

fn fixed(number: f64, precision: usize) -> String {
    format!("{number:.precision$}")
}

fn with_point(mut text: String, alternate: bool) -> String {
    if alternate && !text.contains('.') {
        text.push('.');
    }
    text
}

/// The digits before `e`, and the exponent.
fn parts(number: f64, precision: usize) -> (String, i32) {
    let mut text = format!("{number:.precision$e}");
    let at = text.rfind('e').unwrap_or(text.len());
    let exponent = text.get(at + 1..).and_then(|it| it.parse().ok());
    text.truncate(at);
    (text, exponent.unwrap_or(0))
}

fn scientific(number: f64, precision: usize, alternate: bool) -> String {
    let (digits, exponent) = parts(number, precision);
    with_exponent(with_point(digits, alternate), exponent)
}

fn with_exponent(mut digits: String, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    // Writing to a string does not fail.
    let _ = write!(digits, "e{sign}{:02}", exponent.abs());
    digits
}

fn general(number: f64, precision: usize, alternate: bool) -> String {
    let (digits, exponent) = parts(number, precision - 1);
    let is_fixed = exponent >= -4 && i64::from(exponent) < i64::try_from(precision).unwrap_or(0);
    let mut text = if is_fixed {
        moved(&digits, exponent)
    } else {
        digits
    };
    if alternate {
        text = with_point(text, true);
    } else if text.contains('.') {
        let length = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(length);
    }
    if is_fixed {
        text
    } else {
        with_exponent(text, exponent)
    }
}

/// Returns `d.ddd` with its point moved by an exponent; there are enough digits.
fn moved(digits: &str, exponent: i32) -> String {
    let mut text = String::with_capacity(digits.len() + 8);
    let (first, rest) = digits.split_at(1);
    let rest = rest.get(1..).unwrap_or_default();
    if let Ok(exponent) = usize::try_from(exponent) {
        let (whole, fraction) = rest.split_at(exponent.min(rest.len()));
        text.push_str(first);
        text.push_str(whole);
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(fraction);
        }
    } else {
        let zeros = exponent.unsigned_abs() as usize - 1;
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', zeros));
        text.push_str(first);
        text.push_str(rest);
    }
    text
}

fn hexadecimal(number: f64, precision: Option<usize>, alternate: bool) -> String {
    const FRACTION: u32 = 52;
    let bits = number.to_bits();
    let mut fraction = bits & ((1 << FRACTION) - 1);
    let biased = i32::try_from(bits >> FRACTION).unwrap_or(0) & 0x7FF;
    let (mut whole, exponent) = match (biased, fraction) {
        (0, 0) => (0, 0),
        (0, _) => (0, -1022),
        _ => (1, biased - 1023),
    };
    let mut digits = 13;
    match precision {
        Some(precision) if precision < 13 => {
            let dropped = u32::try_from(13 - precision).unwrap_or(13) * 4;
            let half = 1u64 << (dropped - 1);
            let all = whole << FRACTION | fraction;
            let kept = all >> dropped;
            let rest = all & ((1 << dropped) - 1);
            let up = rest > half || (rest == half && kept & 1 == 1);
            let rounded = (kept + u64::from(up)) << dropped;
            whole = rounded >> FRACTION;
            fraction = rounded & ((1 << FRACTION) - 1);
            digits = precision;
        }
        Some(_) => {}
        None => {
            let zeros = fraction.trailing_zeros().min(FRACTION) / 4;
            digits -= zeros as usize;
        }
    }
    let mut text = format!("0x{whole:x}");
    let shown = format!("{fraction:013x}");
    let wanted = precision.unwrap_or(digits);
    if wanted > 0 || alternate {
        text.push('.');
    }
    text.push_str(&shown[..digits.min(13)]);
    text.extend(std::iter::repeat_n('0', wanted.saturating_sub(13)));
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(text, "p{sign}{}", exponent.abs());
    text
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    fn number(text: &str) -> f64 {
        let (number, length) = read(text.as_bytes()).unwrap();
        assert_eq!(length, text.len(), "{text}");
        number
    }

    #[test]
    fn decimals_are_read_to_the_last_digit() {
        for (text, expected) in [
            ("0", 0.0),
            (" \t-12.50", -12.5),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("1E-2", 0.01),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("2.2250738585072011e-308", 2.225_073_858_507_201e-308),
            ("1e999", f64::INFINITY),
        ] {
            assert_eq!(number(text).to_bits(), expected.to_bits(), "{text}");
        }
    }

    #[test]
    fn hexadecimals_are_read() {
        for (text, expected) in [
            ("0x10", 16.0),
            ("0xA.8p1", 21.0),
            ("-0x.1p4", -1.0),
            ("0x1p-1074", 5e-324),
            ("0xfffffffffffffffff", 295_147_905_179_352_830_000.0),
            ("0x1p99999999999", f64::INFINITY),
        ] {
            assert_eq!(number(text).to_bits(), f64::to_bits(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_ends_it_or_is_none() {
        assert_eq!(read(b"1e"), Some((1.0, 1)));
        assert_eq!(read(b"1.5x"), Some((1.5, 3)));
        assert_eq!(read(b"0x"), Some((0.0, 1)));
        assert_eq!(read(b"0xg"), Some((0.0, 1)));
        for text in ["", "-", ".", "e5", "inf", "nan", "x1"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_written_as_in_c() {
        for (value, conversion, precision, alternate, expected) in [
            (0.1, 'g', Some(14), false, "0.1"),
            (100.0, 'g', Some(14), false, "100"),
            (1e15, 'g', Some(14), false, "1e+15"),
            (1e14, 'g', Some(14), false, "1e+14"),
            (123_456.0, 'g', None, false, "123456"),
            (1_234_567.0, 'g', None, false, "1.23457e+06"),
            (0.0001, 'g', None, false, "0.0001"),
            (0.000_01, 'g', None, false, "1e-05"),
            (0.0, 'g', None, false, "0"),
            (1.0, 'g', Some(3), true, "1.00"),
            (2.5, 'f', Some(0), false, "2"),
            (3.5, 'f', Some(0), false, "4"),
            (2.675, 'f', Some(2), false, "2.67"),
            (1.0, 'f', Some(0), true, "1."),
            (1.0, 'f', None, false, "1.000000"),
            (12345.678, 'e', Some(2), false, "1.23e+04"),
            (0.0, 'e', None, false, "0.000000e+00"),
            (1e300, 'E', Some(1), false, "1.0E+300"),
            (1.0, 'a', None, false, "0x1p+0"),
            (0.1, 'a', None, false, "0x1.999999999999ap-4"),
            (0.1, 'A', Some(2), false, "0X1.9AP-4"),
            (1.0, 'a', Some(15), false, "0x1.000000000000000p+0"),
            (5e-324, 'a', None, false, "0x0.0000000000001p-1022"),
            (f64::INFINITY, 'f', None, false, "inf"),
            (f64::NAN, 'G', None, false, "NAN"),
        ] {
            assert_eq!(
                write(value, conversion, precision, alternate),
                expected,
                "{value} {conversion}"
            );
        }
    }
}
