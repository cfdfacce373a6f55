//! PostgreSQL's `numeric`, digit by digit.
//!
//! In binary form it is the number of digits, the weight of the first one, the sign, the number of
//! decimal places to show, and the digits, each two bytes and from 0 to 9999. Trailing zeros are
//! part of a decimal (`1.50` is not `1.5` to who keeps money in it), and only that last number
//! shows them.

use sea_orm::sqlx::error::BoxDynError;

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const MINUS_INFINITY: u16 = 0xF000;

/// The decimal places that the binary form can tell of.
const MAX_SCALE: usize = 0x3FFF;
/// The digits before the point that it can have.
const MAX_INTEGRAL: usize = 131_072;

/// As PostgreSQL itself would write it.
pub(crate) fn read(bytes: &[u8]) -> Result<String, BoxDynError> {
    let (words, rest) = bytes.as_chunks::<2>();
    let words: Vec<u16> = words.iter().map(|word| u16::from_be_bytes(*word)).collect();
    let ([count, weight, sign, scale], digits) = words
        .split_first_chunk::<4>()
        .ok_or("it is shorter than a numeric")?;
    if digits.len() != usize::from(*count) || !rest.is_empty() {
        return Err("its length is not that of a numeric".into());
    }
    let mut text = match *sign {
        POSITIVE => String::new(),
        NEGATIVE => "-".to_owned(),
        NAN => return Ok("NaN".to_owned()),
        INFINITY => return Ok("Infinity".to_owned()),
        MINUS_INFINITY => return Ok("-Infinity".to_owned()),
        other => return Err(format!("{other:#x} is not a sign of a numeric").into()),
    };
    let weight = i32::from(weight.cast_signed());
    // The digit that stands for 10000 to the power of this.
    let digit = |power: i32| {
        let index = usize::try_from(weight - power).ok();
        index
            .and_then(|index| digits.get(index))
            .copied()
            .unwrap_or(0)
    };
    let padded = |power: i32| format!("{:04}", digit(power));
    text.push_str(&digit(weight.max(0)).to_string());
    text.extend((0..weight.max(0)).rev().map(padded));
    let scale = usize::from(*scale);
    if scale > 0 {
        let groups = i32::try_from(scale.div_ceil(4))?;
        text.push('.');
        let point = text.len();
        text.extend((1..=groups).map(|place| padded(-place)));
        text.truncate(point + scale);
    }
    Ok(text)
}

/// From a decimal such as `-12.50`, with an exponent if need be, or a name as [`read`] gives it.
pub(crate) fn write(text: &str) -> Option<Vec<u8>> {
    let named = |sign: u16| Some(encoded(0, sign, 0, &[]));
    match text {
        "NaN" => return named(NAN),
        "Infinity" => return named(INFINITY),
        "-Infinity" => return named(MINUS_INFINITY),
        _ => {}
    }
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (NEGATIVE, rest),
        None => (POSITIVE, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (integral, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [integral, decimals].concat();
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Where the point stands among the digits, which may be outside of them.
    let point = i64::try_from(integral.len()).ok()? + i64::from(exponent);
    let before = usize::try_from(-point).unwrap_or(0);
    let point = usize::try_from(point).unwrap_or(0);
    let mut digits = "0".repeat(before) + &all;
    if digits.len() < point {
        digits += &"0".repeat(point - digits.len());
    }
    let (integral, decimals) = digits.split_at(point);
    let integral = integral.trim_start_matches('0');
    if integral.len() > MAX_INTEGRAL || decimals.len() > MAX_SCALE {
        return None;
    }
    let padded = format!(
        "{}{integral}{decimals}{}",
        "0".repeat(integral.len().next_multiple_of(4) - integral.len()),
        "0".repeat(decimals.len().next_multiple_of(4) - decimals.len()),
    );
    let groups: Vec<u16> = padded
        .as_bytes()
        .chunks(4)
        .map(|group| {
            group
                .iter()
                .fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
        })
        .collect();
    let weight = i16::try_from(integral.len().div_ceil(4)).ok()? - 1;
    let scale = u16::try_from(decimals.len()).ok()?;
    Some(encoded(weight, sign, scale, &groups))
}

fn encoded(weight: i16, sign: u16, scale: u16, groups: &[u16]) -> Vec<u8> {
    let count = u16::try_from(groups.len()).unwrap_or(u16::MAX);
    [count, weight.cast_unsigned(), sign, scale]
        .iter()
        .chain(groups)
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "0",
            "0.00",
            "1",
            "-1",
            "1.50",
            "9999",
            "10000",
            "-10001.0001",
            "0.0001",
            "0.00001",
            "12345678901234567890123456789.0123456789012345678901234567890",
            "NaN",
            "Infinity",
            "-Infinity",
        ] {
            assert_eq!(read(&write(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn exponents_move_the_point() {
        for (text, plain) in [
            ("1e3", "1000"),
            ("1.5e-3", "0.0015"),
            ("12.5e1", "125"),
            ("+007", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("120e-1", "12.0"),
        ] {
            assert_eq!(read(&write(text).unwrap()).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "", "-", ".", "1,5", "0x10", "1e", "e5", "1e99999", "--1", "١",
        ] {
            assert_eq!(write(text), None, "{text}");
        }
        for bytes in [&[][..], &[0; 7], &[0, 1, 0, 0, 0, 0, 0, 0], &[0; 9]] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }
}
