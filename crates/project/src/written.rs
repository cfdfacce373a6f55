//! The hooks that a project's source has, by their names in its language.
//!
//! A compiler drops what nothing exports, so a hook that is written and not named in the manifest
//! leaves no trace in the code. Its name is so particular that the text tells; comments are left
//! out. In Rust the SDK tells, in the code.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use raisfast_contract::HookName;

use crate::{BuildError, Language, Project, bindings};

/// The hooks in the source; none for Rust, whose built code tells.
pub(crate) fn hooks(project: &Project) -> Result<Option<BTreeSet<HookName>>, BuildError> {
    let language = project.language();
    if language == Language::Rust {
        return Ok(None);
    }
    let mut hooks = BTreeSet::new();
    for file in sources(project.folder(), language)? {
        let bytes = fs::read(&file).map_err(|source| BuildError::read(&file, source))?;
        hooks.extend(in_source(language, &String::from_utf8_lossy(&bytes)));
    }
    Ok(Some(hooks))
}

/// The files in which hooks may be: those of the plugin's own package or folder.
fn sources(folder: &Path, language: Language) -> Result<Vec<PathBuf>, BuildError> {
    let extension = match language {
        Language::Rust => return Ok(Vec::new()),
        Language::JavaScript | Language::TypeScript => {
            return Ok(vec![folder.join(language.marker())]);
        }
        Language::Python => return Ok(vec![folder.join("plugin.py")]),
        Language::C => "c",
        Language::Zig => "zig",
        Language::Go => "go",
    };
    bindings::files_with_extension(folder, extension)
}

fn in_source(language: Language, source: &str) -> BTreeSet<HookName> {
    let code = without_comments(source, language);
    let is_written = |hook: &HookName| declares(&code, language, *hook);
    HookName::ALL.into_iter().filter(is_written).collect()
}

fn declares(code: &str, language: Language, hook: HookName) -> bool {
    let snake = hook.as_str().replace('-', "_");
    let interface = bindings::identifier(hook.interface());
    let exported = format!("exports_{interface}_{snake}");
    match language {
        Language::Rust => false,
        Language::C | Language::Zig => has_word(code, "", &exported, &["("]),
        Language::Go => has_word(code, "func ", &bindings::go_function(hook.as_str()), &["("]),
        Language::Python => has_word(code, "def ", &snake, &["("]),
        Language::JavaScript | Language::TypeScript => {
            let method = bindings::javascript::method(hook.as_str());
            has_word(code, "", &method, &["(", ":"])
        }
    }
}

/// Finds a word behind some text, and followed by one of these.
fn has_word(code: &str, before: &str, word: &str, after: &[&str]) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    code.match_indices(word).any(|(at, _)| {
        let (head, tail) = (&code[..at], code[at + word.len()..].trim_start());
        head.ends_with(before)
            && (!before.is_empty() || !head.ends_with(is_part))
            && after.iter().any(|after| tail.starts_with(after))
    })
}

/// The source with a space in place of each comment. What looks like one in a text of the program
/// is taken for one.
pub(crate) fn without_comments(source: &str, language: Language) -> String {
    let (line, block) = match language {
        Language::Python => ("#", None),
        Language::Zig => ("//", None),
        _ => ("//", Some(("/*", "*/"))),
    };
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    loop {
        let line_at = rest.find(line);
        let block_at = block.and_then(|(begin, end)| Some((rest.find(begin)?, end)));
        match (line_at, block_at) {
            (line_at, Some((at, end))) if line_at.is_none_or(|line_at| at < line_at) => {
                code.push_str(&rest[..at]);
                code.push(' ');
                rest = rest[at + 2..].split_once(end).map_or("", |(_, rest)| rest);
            }
            (Some(at), _) => {
                code.push_str(&rest[..at]);
                rest = rest[at..].find('\n').map_or("", |end| &rest[at + end..]);
            }
            (None, _) => {
                code.push_str(rest);
                return code;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use raisfast_contract::HookName;

    use super::in_source;
    use crate::Language;

    #[test]
    fn a_hook_is_found_as_its_language_declares_it() {
        for (language, source) in [
            (
                Language::C,
                "void exports_raisfast_plugin_wit_plugin_hooks_on_login (plugin_world_string_t *id) {}",
            ),
            (
                Language::Zig,
                "export fn exports_raisfast_plugin_wit_plugin_hooks_on_login(id: *String) void {}",
            ),
            (Language::Go, "package plugin\nfunc OnLogin(id string) {}"),
            (
                Language::JavaScript,
                "export const pluginHooks = { onLogin(id) {} };",
            ),
            (
                Language::JavaScript,
                "export const pluginHooks = {\n  onLogin: log };",
            ),
            (
                Language::TypeScript,
                "export const pluginHooks: Hooks = { onLogin(id: string): void {} };",
            ),
            (
                Language::Python,
                "class PluginHooks:\n    def on_login(self, id): pass",
            ),
        ] {
            let found = in_source(language, source);
            assert_eq!(found, [HookName::OnLogin].into(), "{source}");
        }
    }

    #[test]
    fn other_words_and_comments_are_no_hooks() {
        for (language, source) in [
            (
                Language::C,
                "// exports_raisfast_plugin_wit_plugin_hooks_on_login()",
            ),
            (
                Language::C,
                "/* a\n exports_raisfast_plugin_wit_plugin_hooks_on_login() */",
            ),
            (Language::C, "int x; // never ends"),
            (Language::C, "int x; /* never ends"),
            (
                Language::Zig,
                "fn my_exports_raisfast_plugin_wit_plugin_hooks_on_login() void {}",
            ),
            (
                Language::Go,
                "func (p T) OnLogin(id string) {}\nfunc OnLoginLater() {}",
            ),
            (
                Language::JavaScript,
                "api.onLogin(1); const onLoginLater = (x) => x; // onLogin: x",
            ),
            (
                Language::Python,
                "# def on_login(self)\ndef on_login_later(self): pass",
            ),
            (Language::Rust, "fn on_login(id: String) {}"),
        ] {
            assert_eq!(in_source(language, source), [].into(), "{source}");
        }
    }
}
