//! The hooks that a plugin's author wrote, as the built plugin says.
//!
//! A plugin may export more than somebody wrote: the SDK for Rust has a default for each hook, and
//! what is written without being named in the manifest may not be exported at all. The SDK leaves a
//! text in the code for each default that stands in, which is there only where the default is;
//! `raisfast plugin build` appends a custom section with what it found in the source of other
//! languages.

use std::{collections::BTreeSet, str};

use crate::HookName;

/// The custom section that `raisfast plugin build` appends.
const SECTION: &str = "raisfast-hooks";

/// The text in the code of plugins whose defaults are marked.
const SDK: &[u8] = b"raisfast-sdk marks its defaults;";

/// The start of a default's text; the hook's name and a semicolon follow.
const DEFAULT: &[u8] = b"raisfast-sdk default of ";

/// A custom section that names the hooks, to be appended to a core module or a component.
pub fn section(hooks: &BTreeSet<HookName>) -> Vec<u8> {
    let names: Vec<&str> = hooks.iter().map(|hook| hook.as_str()).collect();
    let mut content = sized(SECTION.as_bytes());
    content.extend(names.join(" ").bytes());
    let mut section = vec![0];
    section.extend(sized(&content));
    section
}

/// The hooks that the author wrote, of those that the code exports and others. None where the code
/// does not tell.
pub fn of(wasm: &[u8], exported: &BTreeSet<HookName>) -> Option<BTreeSet<HookName>> {
    if let Some(names) = named_section(wasm) {
        let known = names.split(' ').filter_map(|name| name.parse().ok());
        return Some(known.collect());
    }
    if !holds(wasm, SDK) {
        return None;
    }
    let defaults = defaults(wasm);
    Some(exported.difference(&defaults).copied().collect())
}

fn holds(wasm: &[u8], text: &[u8]) -> bool {
    wasm.windows(text.len()).any(|window| window == text)
}

fn defaults(wasm: &[u8]) -> BTreeSet<HookName> {
    let marks = wasm
        .windows(DEFAULT.len())
        .enumerate()
        .filter(|(_, window)| *window == DEFAULT);
    let names = marks.filter_map(|(at, _)| {
        let rest = &wasm[at + DEFAULT.len()..];
        let end = rest.iter().take(40).position(|&byte| byte == b';')?;
        str::from_utf8(&rest[..end]).ok()?.parse().ok()
    });
    names.collect()
}

/// The text of the section. A core module and a component are both a head of 8 bytes, then
/// sections: a kind, a length and that many bytes.
fn named_section(wasm: &[u8]) -> Option<&str> {
    let mut rest = wasm.get(8..)?;
    while let Some((&kind, after)) = rest.split_first() {
        let (content, next) = split_sized(after)?;
        if kind == 0
            && let Some((name, text)) = split_sized(content)
            && name == SECTION.as_bytes()
        {
            return str::from_utf8(text).ok();
        }
        rest = next;
    }
    None
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
    use std::collections::BTreeSet;

    use super::{of, section};
    use crate::HookName;

    const HEAD: &[u8] = b"\0asm\x01\0\0\0";

    fn hooks<const N: usize>(hooks: [HookName; N]) -> BTreeSet<HookName> {
        hooks.into()
    }

    #[test]
    fn a_section_says_what_was_written() {
        let written = hooks([HookName::OnLogin, HookName::FilterHtml]);
        // Behind another section, and with one that is long enough for a length of two bytes.
        let mut wasm = HEAD.to_vec();
        wasm.extend([7, 2, b'x', b'y']);
        wasm.extend([0, 0x81, 0x01]);
        wasm.extend([0; 129]);
        assert_eq!(of(&wasm, &written), None);
        wasm.extend(section(&written));
        assert_eq!(of(&wasm, &BTreeSet::new()), Some(written));
        let all = hooks(HookName::ALL);
        assert_eq!(of(&[HEAD, &section(&all)].concat(), &all), Some(all));
    }

    #[test]
    fn defaults_of_the_sdk_are_not_written() {
        let exported = hooks(HookName::ALL);
        let code = |text: &str| [HEAD, &[11, 0x70], text.as_bytes()].concat();
        assert_eq!(
            of(&code("raisfast-sdk default of on-login;"), &exported),
            None
        );
        let all_written = code("xx raisfast-sdk marks its defaults;");
        assert_eq!(of(&all_written, &exported), Some(exported.clone()));
        let wasm = code(
            "raisfast-sdk default of on-login;raisfast-sdk marks its defaults;..raisfast-sdk default of filter-html;",
        );
        let written = of(&wasm, &exported).unwrap();
        assert_eq!(written.len(), HookName::ALL.len() - 2);
        assert!(!written.contains(&HookName::OnLogin) && !written.contains(&HookName::FilterHtml));
    }

    #[test]
    fn bytes_that_are_no_wasm_say_nothing() {
        let exported = hooks([HookName::OnLogin]);
        for bytes in [
            &b""[..],
            b"\0asm",
            &[HEAD, &[0]].concat(),
            &[HEAD, &[0, 0xff, 0xff, 0xff, 0xff, 0xff]].concat(),
            &[HEAD, &[0, 5, 9, b'r']].concat(),
            &[HEAD, b"raisfast-sdk default of "].concat(),
        ] {
            assert_eq!(of(bytes, &exported), None, "{bytes:?}");
        }
    }
}
