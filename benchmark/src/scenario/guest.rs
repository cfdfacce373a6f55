//! Guests in folders, as an operator would deploy them.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// A built plugin, to be deployed any number of times.
#[derive(Debug, Clone)]
pub struct Guest {
    wasm: Vec<u8>,
    /// The text after `[plugin]` in its manifest.
    manifest: String,
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
            wasm,
            manifest: tables.to_owned(),
        })
    }

    /// The same plugin with other tables in its manifest.
    #[must_use]
    pub fn with(&self, tables: &str) -> Self {
        Self {
            wasm: self.wasm.clone(),
            manifest: tables.to_owned(),
        }
    }

    /// The id under which [`deploy`](Self::deploy) puts a number.
    pub fn id(number: u32) -> String {
        format!("com.example.plugin-{number:03}")
    }

    /// Makes a plugin's folder of it in `directory`, with the id of this number and the binary
    /// itself.
    pub fn deploy(&self, directory: &Path, number: u32) -> Result<()> {
        self.write(directory, number, &self.wasm)
    }

    /// The same with a binary that no other number has.
    pub fn deploy_variant(&self, directory: &Path, number: u32) -> Result<()> {
        self.write(directory, number, &self.variant(number))
    }

    /// The binary with a section at its end that says the number and changes nothing else.
    pub fn variant(&self, number: u32) -> Vec<u8> {
        // A custom section, whose id is 0: its size, its name's length, its name, its content.
        // Lengths below 128 are one byte in LEB128.
        let number = number.to_le_bytes();
        let mut wasm = self.wasm.clone();
        wasm.extend([0, 12, 7]);
        wasm.extend(b"variant");
        wasm.extend(number);
        wasm
    }

    fn write(&self, directory: &Path, number: u32, wasm: &[u8]) -> Result<()> {
        let id = Self::id(number);
        let folder = directory.join(&id);
        let tables = &self.manifest;
        let manifest = format!(
            "[plugin]\nid = \"{id}\"\nname = \"Plugin {number}\"\nversion = \"1.0.0\"\n\n{tables}"
        );
        let failed = || format!("{} cannot be written", folder.display());
        fs::create_dir_all(&folder).with_context(failed)?;
        fs::write(folder.join("manifest.toml"), manifest).with_context(failed)?;
        fs::write(folder.join("plugin.wasm"), wasm).with_context(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest() -> Guest {
        Guest {
            wasm: wat::parse_str("(module (func (export \"f\")))").unwrap(),
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
