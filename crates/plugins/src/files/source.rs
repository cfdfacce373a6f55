//! The content of a plugin's folder on its way to a generation: read, then compiled.
//!
//! Nothing of it has an effect that a visitor or the database would see, so that it can be given up
//! at any time.

use std::{collections::BTreeSet, sync::Arc};

use raisfast_contract::{HookName, TablePrefix};
use raisfast_health::Version;
use raisfast_host_api::{capability::Dialect, migration::Migration};
use raisfast_manifest::{EntryPath, Manifest};
use raisfast_runtime::{CompilerTurn, LoadError, Program, Runtime};
use sha2::{Digest, Sha256};

use crate::{
    PluginLoadError,
    files::folder::{PluginFolder, ReadManifest},
    files::migrations,
};

/// A folder's files. Its manifest is right; its wasm may be anything.
pub(crate) struct Source {
    pub(crate) manifest: Manifest,
    pub(crate) wasm: Arc<[u8]>,
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
    /// work. `is_compiled` says of wasm that its code is in the cache.
    pub(crate) async fn read(
        folder: PluginFolder,
        read: ReadManifest,
        dialect: Dialect,
        is_compiled: impl FnOnce(&[u8]) -> bool + Send + 'static,
    ) -> Result<Self, PluginLoadError> {
        let ReadManifest { manifest, bytes } = read;
        let entry = manifest.plugin.entry.clone();
        let read = move || {
            let migrations = migrations::read(&folder, &manifest, dialect)?;
            let wasm = folder.read_entry(&manifest.plugin.entry)?;
            let version = version_of(&bytes, &wasm);
            Ok(Self {
                manifest,
                is_compiled: is_compiled(&wasm),
                wasm: wasm.into(),
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

    /// Bytes of the wasm.
    pub(crate) fn bytes(&self) -> usize {
        self.wasm.len()
    }

    /// Returns true if compiling the wasm usually takes seconds.
    pub(crate) fn is_large(&self) -> bool {
        Runtime::compiles_long(self.bytes())
    }

    /// Loads code that [is compiled](Self::is_compiled), on a thread for blocking work.
    pub(crate) async fn load(self, runtime: Runtime) -> Result<Compiled, PluginLoadError> {
        let entry = self.manifest.plugin.entry.clone();
        let load = move || {
            let program = runtime.load(&self.wasm, &self.hooks());
            self.with(program)
        };
        let loaded = tokio::task::spawn_blocking(load).await;
        loaded.unwrap_or_else(|join| Err(stopped(&entry, &join)))
    }

    /// Compiles the wasm, now that it has its turn, beside a server's work.
    pub(crate) async fn compile_in(self, turn: CompilerTurn) -> Result<Compiled, PluginLoadError> {
        let program = turn.load(Arc::clone(&self.wasm), self.hooks()).await;
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

/// The version that a manifest and its wasm make: their SHA-256.
fn version_of(manifest: &[u8], wasm: &[u8]) -> Version {
    let mut digest = Sha256::new();
    digest.update(manifest.len().to_le_bytes());
    digest.update(manifest);
    digest.update(wasm);
    Version::from_digest(hex::encode(digest.finalize()))
}

fn stopped(entry: &EntryPath, join: &tokio::task::JoinError) -> PluginLoadError {
    let reason = format!("the compiler stopped: {join}");
    PluginLoadError::Wasm {
        entry: entry.clone(),
        source: LoadError::Compile { reason },
    }
}
