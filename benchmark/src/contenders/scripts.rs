//! Ours, with a plugin that is a script: its interpreter is in the sandbox.

use anyhow::Result;
use raisfast_contract::ScriptLanguage;

use super::{Host, Setup};
use crate::{Entry, Work, scenario::Guest};

/// A language, and the two names of its contenders: with instances that are kept, and with a fresh
/// one for each call.
type Row = (ScriptLanguage, &'static str, &'static str);

const LANGUAGES: [Row; 3] = [
    (
        ScriptLanguage::JavaScript,
        "JavaScript script",
        "JavaScript script, max_calls = 1",
    ),
    (
        ScriptLanguage::Lua,
        "Lua script",
        "Lua script, max_calls = 1",
    ),
    (
        ScriptLanguage::Rhai,
        "Rhai script",
        "Rhai script, max_calls = 1",
    ),
];

/// The peers that scripts are compared with: the same engines in this process.
#[cfg(feature = "peers")]
pub(crate) const NATIVE: [&str; 6] = [
    "Lua 5.4, reused",
    "Lua 5.4, a VM per request",
    "Rhai, reused",
    "Rhai, a VM per request",
    "QuickJS, reused",
    "QuickJS, a VM per request",
];

const POST: &str = "[hooks.on-post-creating]\non_error = \"abort\"\n";
const HTML: &str = "[hooks.filter-html]\non_error = \"abort\"\n";
const FRESH: &str = "[pool]\nmax_calls = 1\n";

/// Returns the script that gives posts a slug. It has a handler of `on-post-created`, too.
pub(crate) const fn post(language: ScriptLanguage) -> &'static str {
    match language {
        ScriptLanguage::JavaScript => include_str!("../../scripts/sandbox/post.js"),
        ScriptLanguage::Lua => include_str!("../../scripts/sandbox/post.lua"),
        ScriptLanguage::Rhai => include_str!("../../scripts/sandbox/post.rhai"),
    }
}

const fn fib(language: ScriptLanguage) -> &'static str {
    match language {
        ScriptLanguage::JavaScript => include_str!("../../scripts/sandbox/fib.js"),
        ScriptLanguage::Lua => include_str!("../../scripts/sandbox/fib.lua"),
        ScriptLanguage::Rhai => include_str!("../../scripts/sandbox/fib.rhai"),
    }
}

impl Setup {
    /// Every script that does this work. A long work is done by kept instances alone.
    pub fn scripts(&self, work: &Work) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let is_long = matches!(work, Work::Fib(_));
        for (language, kept, fresh) in LANGUAGES {
            let (text, hooks) = if is_long {
                (fib(language), HTML)
            } else {
                (post(language), POST)
            };
            let guest = Guest::script(language, text, hooks);
            entries.push(self.script(kept, &guest, work)?);
            if !is_long {
                let guest = guest.with(&format!("{hooks}{FRESH}"));
                entries.push(self.script(fresh, &guest, work)?);
            }
        }
        Ok(entries)
    }

    fn script(&self, name: &'static str, guest: &Guest, work: &Work) -> Result<Entry> {
        let contender = Box::new(Host::of(self, guest, work, 1)?);
        Ok(Entry { name, contender })
    }
}
