//! `traceparent`, the header field of W3C's Trace Context.

use std::fmt;

/// The place of a span among all traces: its trace, itself, and if it is recorded.
///
/// <https://www.w3.org/TR/trace-context/#traceparent-header>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

impl TraceParent {
    /// The name of the header field.
    pub const HEADER: &str = "traceparent";
    /// The length of its text.
    pub const LENGTH: usize = 55;

    /// Makes one of its parts; none where the trace or the span is 0, which stands for nothing.
    pub fn new(trace: u128, span: u64, flags: u8) -> Option<Self> {
        (trace != 0 && span != 0).then_some(Self { trace, span, flags })
    }

    /// Reads the field. Strangers may send anything; what is not valid is as if it were not there.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.get(..Self::LENGTH)?;
        let mut parts = parts.split('-');
        let mut part = |length| parts.next().filter(|part| is_hex(part, length));
        let (version, trace, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let is_alone = text.len() == Self::LENGTH;
        match version {
            "ff" => return None,
            "00" if !is_alone => return None,
            // A later version may have more parts.
            _ if !is_alone && text.as_bytes()[Self::LENGTH] != b'-' => return None,
            _ => {}
        }
        Self::new(
            u128::from_str_radix(trace, 16).ok()?,
            u64::from_str_radix(span, 16).ok()?,
            u8::from_str_radix(flags, 16).ok()?,
        )
    }

    /// Returns the trace's number.
    pub const fn trace(self) -> u128 {
        self.trace
    }

    /// Returns the span's number.
    pub const fn span(self) -> u64 {
        self.span
    }

    /// Returns the flags; the lowest bit says that the span is recorded.
    pub const fn flags(self) -> u8 {
        self.flags
    }
}

fn is_hex(part: &str, length: usize) -> bool {
    part.len() == length
        && part
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, span, flags } = self;
        write!(f, "00-{trace:032x}-{span:016x}-{flags:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::TraceParent;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_valid_is_written_as_it_was_read() {
        let parsed = TraceParent::parse(VALID).unwrap();
        assert_eq!(parsed.to_string(), VALID);
        assert_eq!(parsed.span(), 0x00f0_67aa_0ba9_02b7);
        assert_eq!(parsed.flags(), 1);
    }

    #[test]
    fn a_later_version_may_have_more_parts() {
        for text in [
            VALID.replacen("00", "cc", 1),
            format!("cc{}-x", &VALID[2..]),
        ] {
            let parsed = TraceParent::parse(&text).map(|parsed| parsed.to_string());
            assert_eq!(parsed.as_deref(), Some(VALID), "{text}");
        }
    }

    #[test]
    fn anything_else_is_as_if_it_were_not_there() {
        for bad in [
            "",
            "00",
            &VALID[..54],
            &format!("{VALID}-00"),
            &format!("{VALID}0"),
            &format!("cc{}0", &VALID[2..]),
            &format!(" {VALID}"),
            &VALID.replacen("00", "ff", 1),
            &VALID.to_uppercase(),
            &VALID.replace("4bf9", "4bg9"),
            &VALID.replace("4bf9", "+bf9"),
            &VALID.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &VALID.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &VALID.replace('-', "_"),
            &VALID.replace("4bf9", "4bü"),
            "00-4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b7-00-1--",
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad:?}");
        }
    }
}
