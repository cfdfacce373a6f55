//! The hooks that a plugin's author wrote, as the built plugin says.
//!
//! A plugin may export more than somebody wrote: the SDK for Rust has a default for each hook, and
//! what is written without being named in the manifest may not be exported at all. The SDK leaves a
//! text in the code for each default that stands in, which is there only where the default is;
//! `raisfast plugin build` appends a custom section with what it found in the source of other
//! languages.

use std::{collections::BTreeSet, str};

use crate::{HookName, custom_section};

/// The custom section that `raisfast plugin build` appends.
const SECTION: &str = "raisfast-hooks";

/// The text in the code of plugins whose defaults are marked.
const SDK: &[u8] = b"raisfast-sdk marks its defaults;";

/// The start of a default's text; the hook's name and a semicolon follow.
const DEFAULT: &[u8] = b"raisfast-sdk default of ";

/// A custom section that names the hooks, to be appended to a core module or a component.
pub fn section(hooks: &BTreeSet<HookName>) -> Vec<u8> {
    let names: Vec<&str> = hooks.iter().map(|hook| hook.as_str()).collect();
    custom_section::encode(SECTION, names.join(" ").as_bytes())
}

/// The hooks that the author wrote, of those that the code exports and others. None where the code
/// does not tell.
pub fn of(wasm: &[u8], exported: &BTreeSet<HookName>) -> Option<BTreeSet<HookName>> {
    let named = custom_section::find(wasm, SECTION);
    if let Some(names) = named.and_then(|names| str::from_utf8(names).ok()) {
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
