//! Guests in folders, as an operator would deploy them.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use raisfast_contract::ScriptLanguage;

/// A built plugin, to be deployed any number of times.
#[derive(Debug, Clone)]
pub struct Guest {
    code: Code,
    /// The text after `[plugin]` in its manifest.
    manifest: String,
}

#[derive(Debug, Clone)]
enum Code {
    Wasm(Vec<u8>),
    Script(ScriptLanguage, &'static str),
}

impl Guest {
    /// The `plugin.wasm` at this path, whose manifest is to hold these tables.
    pub fn read(path: &Path, tables: &str) -> Result<Self> {
        let wasm = fs::read(path).with_context(|| {
            format!(
                "{} cannot be read; `cargo xtask bench` builds it",
                path.display()
            )
        })?;
        Ok(Self {
            code: Code::Wasm(wasm),
            manifest: tables.to_owned(),
        })
    }

    /// A script, whose manifest is to hold these tables.
    pub fn script(language: ScriptLanguage, text: &'static str, tables: &str) -> Self {
        Self {
            code: Code::Script(language, text),
            manifest: tables.to_owned(),
        }
    }

    /// The same plugin with other tables in its manifest.
    #[must_use]
    pub fn with(&self, tables: &str) -> Self {
        Self {
            code: self.code.clone(),
            manifest: tables.to_owned(),
        }
    }

    /// The id under which [`deploy`](Self::deploy) puts a number.
    pub fn id(number: u32) -> String {
        format!("com.example.plugin-{number:03}")
    }

    /// The name of the file that its code is in.
    pub(crate) fn file(&self) -> &'static str {
        match self.code {
            Code::Wasm(_) => "plugin.wasm",
            Code::Script(language, _) => language.usual_entry(),
        }
    }

    /// Makes a plugin's folder of it in `directory`, with the id of this number and the code
    /// itself.
    pub fn deploy(&self, directory: &Path, number: u32) -> Result<()> {
        match &self.code {
            Code::Wasm(wasm) => self.write(directory, number, wasm),
            Code::Script(_, text) => self.write(directory, number, text.as_bytes()),
        }
    }

    /// The same with code that no other number has.
    pub fn deploy_variant(&self, directory: &Path, number: u32) -> Result<()> {
        self.write(directory, number, &self.variant(number))
    }

    /// The code with something at its end that says the number and changes nothing else: a comment
    /// in a script, a section in a binary.
    pub fn variant(&self, number: u32) -> Vec<u8> {
        let wasm = match &self.code {
            Code::Wasm(wasm) => wasm,
            Code::Script(language, text) => {
                let comment = match language {
                    ScriptLanguage::Lua => "--",
                    ScriptLanguage::JavaScript | ScriptLanguage::Rhai => "//",
                };
                return format!("{text}{comment} {number}\n").into_bytes();
            }
        };
        // A custom section, whose id is 0: its size, its name's length, its name, its content.
        // Lengths below 128 are one byte in LEB128.
        let number = number.to_le_bytes();
        let mut wasm = wasm.clone();
        wasm.extend([0, 12, 7]);
        wasm.extend(b"variant");
        wasm.extend(number);
        wasm
    }

    fn write(&self, directory: &Path, number: u32, code: &[u8]) -> Result<()> {
        let id = Self::id(number);
        let folder = directory.join(&id);
        let tables = &self.manifest;
        let runtime = match self.code {
            Code::Wasm(_) => String::new(),
            Code::Script(language, _) => format!("runtime = \"{}\"\n", language.as_str()),
        };
        let manifest = format!(
            "[plugin]\nid = \"{id}\"\nname = \"Plugin {number}\"\nversion = \"1.0.0\"\n{runtime}\n{tables}"
        );
        let failed = || format!("{} cannot be written", folder.display());
        fs::create_dir_all(&folder).with_context(failed)?;
        fs::write(folder.join("manifest.toml"), manifest).with_context(failed)?;
        fs::write(folder.join(self.file()), code).with_context(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest() -> Guest {
        Guest {
            code: Code::Wasm(wat::parse_str("(module (func (export \"f\")))").unwrap()),
            manifest: "[hooks.on-login]\n".into(),
        }
    }

    #[test]
    fn variants_are_valid_modules_and_differ() {
        let engine = wasmtime::Engine::default();
        let (one, two) = (guest().variant(1), guest().variant(2));
        assert_ne!(one, two);
        for wasm in [one, two] {
            let module = wasmtime::Module::new(&engine, wasm).unwrap();
            assert!(module.get_export("f").is_some());
        }
    }

    #[test]
    fn a_script_is_a_text_with_its_manifest_and_variants_differ_in_a_comment() {
        for (language, comment) in [
            (ScriptLanguage::JavaScript, "text\n// 7\n"),
            (ScriptLanguage::Lua, "text\n-- 7\n"),
            (ScriptLanguage::Rhai, "text\n// 7\n"),
        ] {
            let guest = Guest::script(language, "text\n", "[hooks.on-login]\n");
            let directory = tempfile::tempdir().unwrap();
            guest.deploy_variant(directory.path(), 7).unwrap();
            let folder = directory.path().join(Guest::id(7));
            let text = fs::read_to_string(folder.join(language.usual_entry())).unwrap();
            assert_eq!(text, comment);
            let text = fs::read_to_string(folder.join("manifest.toml")).unwrap();
            let manifest = raisfast_plugins::Manifest::parse("manifest.toml", &text).unwrap();
            assert_eq!(manifest.hooks.len(), 1, "{text}");
        }
    }

    #[test]
    fn a_folder_holds_a_manifest_that_the_host_accepts() {
        let directory = tempfile::tempdir().unwrap();
        guest().deploy(directory.path(), 7).unwrap();
        let path = directory.path().join(Guest::id(7)).join("manifest.toml");
        let text = fs::read_to_string(path).unwrap();
        let manifest = raisfast_plugins::Manifest::parse("manifest.toml", &text).unwrap();
        assert_eq!(manifest.plugin.id.as_str(), Guest::id(7));
        assert_eq!(manifest.hooks.len(), 1);
    }
}
