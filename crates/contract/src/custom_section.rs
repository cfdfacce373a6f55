//! Custom sections: what a tool leaves in a plugin's file for another one, beside the code.
//!
//! A core module and a component are both a head of 8 bytes, then sections: a kind, a length and
//! that many bytes. A custom section is of kind 0 and begins with its name.

/// The bytes before the first section.
const HEAD: usize = 8;

/// The kind of custom sections.
const CUSTOM: u8 = 0;

/// Returns a custom section, to be appended to a core module or a component.
pub fn encode(name: &str, text: &[u8]) -> Vec<u8> {
    let mut content = sized(name.as_bytes());
    content.extend(text);
    let mut section = vec![CUSTOM];
    section.extend(sized(&content));
    section
}

/// Returns the content of the first custom section with a name, of the outermost module or
/// component.
pub fn find<'a>(wasm: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut named = sections(wasm).filter_map(|section| section.custom);
    named.find_map(|(found, content)| (found == name.as_bytes()).then_some(content))
}

/// Returns the file without the custom sections whose name `is_dropped`. What is not made of
/// sections is returned as it is.
pub fn without(wasm: &[u8], is_dropped: impl Fn(&str) -> bool) -> Vec<u8> {
    let mut kept = wasm[..wasm.len().min(HEAD)].to_vec();
    let mut end = kept.len();
    for section in sections(wasm) {
        let name = section
            .custom
            .and_then(|(name, _)| str::from_utf8(name).ok());
        if !name.is_some_and(&is_dropped) {
            kept.extend(section.whole);
        }
        end += section.whole.len();
    }
    kept.extend(&wasm[end..]);
    kept
}

/// A section of a file.
struct Section<'a> {
    /// All of its bytes.
    whole: &'a [u8],
    /// The name and the content of a custom section.
    custom: Option<(&'a [u8], &'a [u8])>,
}

/// The sections of a file, up to the first that is cut off.
fn sections(wasm: &[u8]) -> impl Iterator<Item = Section<'_>> {
    let mut rest = wasm.get(HEAD..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&kind, after) = rest.split_first()?;
        let (content, next) = split_sized(after)?;
        let whole = &rest[..rest.len() - next.len()];
        rest = next;
        let custom = if kind == CUSTOM {
            split_sized(content)
        } else {
            None
        };
        Some(Section { whole, custom })
    })
}

/// Bytes behind their length, which is written in groups of seven bits, the lowest first.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let mut length = bytes.len();
    let mut sized = Vec::with_capacity(length + 5);
    loop {
        let group = u8::try_from(length & 0x7f).expect("seven bits");
        length >>= 7;
        sized.push(group | if length > 0 { 0x80 } else { 0 });
        if length == 0 {
            break;
        }
    }
    sized.extend(bytes);
    sized
}

fn split_sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_usize;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return bytes[index + 1..].split_at_checked(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{encode, find, without};

    const HEAD_BYTES: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn sections_are_found_and_dropped_by_their_names() {
        let (long, short) = (encode("long", &[7; 300]), encode("short", b"text"));
        // A section of another kind looks like one with a name.
        let code = [10, 6, 5, b's', b'h', b'o', b'r', b't'];
        let wasm = [HEAD_BYTES, &code, &long, &short].concat();
        assert_eq!(find(&wasm, "short"), Some(&b"text"[..]));
        assert_eq!(find(&wasm, "long"), Some(&[7; 300][..]));
        assert_eq!(find(&wasm, "other"), None);
        let left = without(&wasm, |name| name == "long");
        assert_eq!(left, [HEAD_BYTES, &code, &short].concat());
        assert_eq!(without(&wasm, |_| false), wasm);
    }

    #[test]
    fn bytes_that_are_not_sections_stay_and_say_nothing() {
        for bytes in [
            &b""[..],
            b"\0asm",
            &[HEAD_BYTES, &[0]].concat(),
            &[HEAD_BYTES, &[0, 0xff, 0xff, 0xff, 0xff, 0xff]].concat(),
            &[HEAD_BYTES, &[0, 5, 9, b'r']].concat(),
            &[HEAD_BYTES, &[0, 2, 9, b'r']].concat(),
        ] {
            assert_eq!(find(bytes, "r"), None, "{bytes:?}");
            assert_eq!(without(bytes, |_| true), bytes, "{bytes:?}");
        }
    }
}
