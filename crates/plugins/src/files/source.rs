//! The content of a plugin's folder on its way to a generation: read, then compiled.
//!
//! Nothing of it has an effect that a visitor or the database would see, so that it can be given up
//! at any time.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use raisfast_contract::{HookName, Script, ScriptLanguage, TablePrefix};
use raisfast_health::Version;
use raisfast_host_api::{capability::Dialect, migration::Migration};
use raisfast_manifest::{EntryPath, InterpreterPin, Manifest, Plugin};
use raisfast_runtime::{
    CompilerTurn, LoadError, Program, Runtime, script_engine, script_engine_version,
};
use sha2::{Digest, Sha256};

use crate::{
    PluginLoadError,
    files::folder::{PluginFolder, ReadManifest},
    files::migrations,
};

/// A plugin's code, as its folder holds it: it may be anything.
pub enum Code {
    /// A core module or a component.
    Wasm(Arc<[u8]>),
    /// Text, for the interpreter of its language.
    Script(Arc<Script>),
}

impl Code {
    /// Reads the code that a manifest names.
    pub(crate) fn read(folder: &PluginFolder, plugin: &Plugin) -> Result<Self, PluginLoadError> {
        Ok(match plugin.runtime.script() {
            None => Self::Wasm(folder.read_entry(&plugin.entry)?.into()),
            Some(language) => {
                if let Some(pin) = &plugin.interpreter {
                    check_pin(pin, language)?;
                }
                Self::Script(folder.read_script(&plugin.entry, language)?)
            }
        })
    }

    /// Loads the code. Blocks while it, or the interpreter, is compiled.
    ///
    /// # Errors
    ///
    /// The runtime's.
    pub fn load(
        &self,
        runtime: &Runtime,
        hooks: &BTreeSet<HookName>,
    ) -> Result<Program, LoadError> {
        match self {
            Self::Wasm(wasm) => runtime.load(wasm, hooks),
            Self::Script(script) => runtime.load_script(Arc::clone(script), hooks),
        }
    }

    /// Returns true if nothing has to be compiled.
    pub(crate) fn is_compiled(&self, runtime: &Runtime) -> bool {
        match self {
            Self::Wasm(wasm) => runtime.is_compiled(wasm),
            Self::Script(script) => runtime.is_interpreter_compiled(script.language),
        }
    }

    /// The bytes of what may have to be compiled.
    fn bytes(&self) -> usize {
        match self {
            Self::Wasm(wasm) => wasm.len(),
            // Without an interpreter there is nothing to compile.
            Self::Script(script) => Runtime::interpreter_bytes(script.language).unwrap_or(0),
        }
    }

    fn digest(&self, digest: &mut Sha256) {
        match self {
            Self::Wasm(wasm) => digest.update(wasm),
            Self::Script(script) => {
                for file in &script.files {
                    for text in [&file.path, &file.text] {
                        digest.update(text.len().to_le_bytes());
                        digest.update(text);
                    }
                }
            }
        }
    }

    /// The wasm, as tests have it.
    #[cfg(test)]
    pub(crate) fn wasm(&self) -> &[u8] {
        match self {
            Self::Wasm(wasm) => wasm,
            Self::Script(_) => &[],
        }
    }
}

/// Checks that this program has the interpreter that a script insists on. One that has none says so
/// when it loads the script.
fn check_pin(pin: &InterpreterPin, language: ScriptLanguage) -> Result<(), PluginLoadError> {
    let found = script_engine(language).zip(script_engine_version(language));
    match found {
        Some((engine, version)) if !pin.accepts(version) => {
            Err(PluginLoadError::OtherInterpreter {
                language,
                wanted: pin.clone(),
                found: engine,
            })
        }
        _ => Ok(()),
    }
}

/// Reads the code of the plugin in `folder`: its wasm, or all files of its script.
///
/// # Errors
///
/// If a file cannot be read, or is larger than it may be.
pub fn code(folder: &Path, manifest: &Manifest) -> Result<Code, PluginLoadError> {
    Code::read(&PluginFolder::at(folder), &manifest.plugin)
}

/// A folder's files. Its manifest is right; its code may be anything.
pub(crate) struct Source {
    pub(crate) manifest: Manifest,
    pub(crate) code: Code,
    /// The code is in the cache, so that nothing has to be compiled.
    pub(crate) is_compiled: bool,
    pub(crate) version: Version,
    migrations: Vec<Migration>,
}

/// A folder's files, with code that fits the contract and the manifest.
pub(crate) struct Compiled {
    pub(crate) manifest: Manifest,
    pub(crate) program: Program,
    pub(crate) version: Version,
    pub(crate) migrations: Vec<Migration>,
}

impl Source {
    /// Reads a folder's files beside the manifest that was read from it, on a thread for blocking
    /// work. `is_compiled` says of code that it is in the cache.
    pub(crate) async fn read(
        folder: PluginFolder,
        read: ReadManifest,
        dialect: Dialect,
        is_compiled: impl FnOnce(&Code) -> bool + Send + 'static,
    ) -> Result<Self, PluginLoadError> {
        let ReadManifest { manifest, bytes } = read;
        let entry = manifest.plugin.entry.clone();
        let read = move || {
            let migrations = migrations::read(&folder, &manifest, dialect)?;
            let code = Code::read(&folder, &manifest.plugin)?;
            let version = version_of(&bytes, &code);
            Ok(Self {
                manifest,
                is_compiled: is_compiled(&code),
                code,
                version,
                migrations,
            })
        };
        let read = tokio::task::spawn_blocking(read).await;
        read.unwrap_or_else(|join| Err(stopped(&entry, &join)))
    }

    /// Returns the prefix of the names of its own tables, if it makes some.
    pub(crate) fn own_tables(&self) -> Option<TablePrefix> {
        migrations::own_tables(&self.manifest, &self.migrations)
    }

    /// Returns the names of its migrations, in order.
    pub(crate) fn migrations(&self) -> Vec<String> {
        let migrations = self.migrations.iter();
        migrations.map(|one| one.name().to_owned()).collect()
    }

    /// Bytes of the wasm, the plugin's own or the interpreter's.
    pub(crate) fn bytes(&self) -> usize {
        self.code.bytes()
    }

    /// Returns true if compiling that usually takes seconds.
    pub(crate) fn is_large(&self) -> bool {
        Runtime::compiles_long(self.bytes())
    }

    /// Loads code that [is compiled](Self::is_compiled), on a thread for blocking work.
    pub(crate) async fn load(self, runtime: Runtime) -> Result<Compiled, PluginLoadError> {
        let entry = self.manifest.plugin.entry.clone();
        let load = move || {
            let program = self.code.load(&runtime, &self.hooks());
            self.with(program)
        };
        let loaded = tokio::task::spawn_blocking(load).await;
        loaded.unwrap_or_else(|join| Err(stopped(&entry, &join)))
    }

    /// Compiles the code, now that it has its turn, beside a server's work.
    pub(crate) async fn compile_in(self, turn: CompilerTurn) -> Result<Compiled, PluginLoadError> {
        let hooks = self.hooks();
        let program = match &self.code {
            Code::Wasm(wasm) => turn.load(Arc::clone(wasm), hooks).await,
            Code::Script(script) => turn.load_script(Arc::clone(script), hooks).await,
        };
        self.with(program)
    }

    fn hooks(&self) -> BTreeSet<HookName> {
        self.manifest.subscriptions().into_keys().collect()
    }

    fn with(self, program: Result<Program, LoadError>) -> Result<Compiled, PluginLoadError> {
        match program {
            Ok(program) => Ok(Compiled {
                manifest: self.manifest,
                program,
                version: self.version,
                migrations: self.migrations,
            }),
            Err(source) => Err(PluginLoadError::Wasm {
                entry: self.manifest.plugin.entry,
                source,
            }),
        }
    }
}

/// The version that a manifest and its code make: their SHA-256.
fn version_of(manifest: &[u8], code: &Code) -> Version {
    let mut digest = Sha256::new();
    digest.update(manifest.len().to_le_bytes());
    digest.update(manifest);
    code.digest(&mut digest);
    Version::from_digest(hex::encode(digest.finalize()))
}

fn stopped(entry: &EntryPath, join: &tokio::task::JoinError) -> PluginLoadError {
    let reason = format!("the compiler stopped: {join}");
    PluginLoadError::Wasm {
        entry: entry.clone(),
        source: LoadError::Compile { reason },
    }
}
