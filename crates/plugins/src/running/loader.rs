//! The way from a folder to a generation: read, load, make the instances.
//!
//! [`Loader`] is a seam: a server's is the [`RuntimeLoader`]; tests of what follows what have one
//! without wasm.

use std::{collections::BTreeMap, pin::Pin, sync::Arc};

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_host_api::{Capabilities, LiveSettings};
use raisfast_runtime::{Program, Runtime};

use crate::{
    Ceilings, PluginLoadError,
    assemble::{Terms, assemble},
    files::{
        folder::{PluginFolder, ReadManifest},
        migrations::own_tables,
        source::{Code, Compiled, Source},
    },
    running::generation::Generation,
    settings::{SettingProblems, SettingsSource},
};

/// The maker of generations.
#[async_trait]
pub(crate) trait Loader: Send + Sync + 'static {
    /// Reads a folder's files beside the manifest that was read from it.
    async fn read(
        &self,
        folder: PluginFolder,
        manifest: ReadManifest,
    ) -> Result<Source, PluginLoadError>;

    /// Loads the code of these files, which takes a moment if it [is compiled](Source::is_compiled)
    /// and may take seconds if not. `begins` is called when its turn to be compiled has come.
    async fn load(
        &self,
        source: Source,
        begins: &(dyn Fn() + Send + Sync),
    ) -> Result<Loaded, PluginLoadError>;
}

/// A plugin whose code fits the contract and its manifest. Nothing of it has had an effect so far.
pub(crate) struct Loaded {
    pub(crate) id: PluginId,
    /// Absent where no wasm is behind it.
    pub(crate) playable: Option<Playable>,
    make: MakeGeneration,
}

/// The code of a version, and what the operator has set for it: enough to play recorded calls.
#[derive(Clone)]
pub struct Playable {
    /// The code.
    pub program: Program,
    /// The operator's values for the plugin's settings.
    pub settings: BTreeMap<String, String>,
}

type Made = Pin<Box<dyn Future<Output = Result<Generation, PluginLoadError>> + Send>>;
type MakeGeneration = Box<dyn FnOnce(u64) -> Made + Send>;

impl Loaded {
    pub(crate) fn new<Making>(
        id: PluginId,
        make: impl FnOnce(u64) -> Making + Send + 'static,
    ) -> Self
    where
        Making: Future<Output = Result<Generation, PluginLoadError>> + Send + 'static,
    {
        Self {
            id,
            playable: None,
            make: Box::new(|number| Box::pin(make(number))),
        }
    }

    fn with_playable(mut self, playable: Playable) -> Self {
        self.playable = Some(playable);
        self
    }

    /// Makes the generation of this number, with all its instances.
    pub(crate) async fn make(self, number: u64) -> Result<Generation, PluginLoadError> {
        (self.make)(number).await
    }
}

/// The loader of plugins that run in wasm.
pub(crate) struct RuntimeLoader {
    pub(crate) runtime: Runtime,
    pub(crate) ceilings: Ceilings,
    pub(crate) capabilities: Capabilities,
    pub(crate) settings: Arc<SettingsSource>,
}

#[async_trait]
impl Loader for RuntimeLoader {
    async fn read(
        &self,
        folder: PluginFolder,
        manifest: ReadManifest,
    ) -> Result<Source, PluginLoadError> {
        let runtime = self.runtime.clone();
        let is_compiled = move |code: &Code| code.is_compiled(&runtime);
        let dialect = self.capabilities.db.dialect();
        Source::read(folder, manifest, dialect, is_compiled).await
    }

    async fn load(
        &self,
        source: Source,
        begins: &(dyn Fn() + Send + Sync),
    ) -> Result<Loaded, PluginLoadError> {
        let compiled = if source.is_compiled {
            source.load(self.runtime.clone()).await?
        } else {
            let turn = self.runtime.compiler_turn(source.bytes()).await;
            begins();
            source.compile_in(turn).await?
        };
        let Compiled {
            manifest,
            program,
            version,
            migrations,
        } = compiled;
        let id = manifest.plugin.id.clone();
        let ceilings = self.ceilings;
        let playable = Playable {
            program: program.clone(),
            settings: self.settings.resolve(&manifest).await?.values.set,
        };
        let source = Arc::clone(&self.settings);
        let capabilities = self.capabilities.clone();
        let loaded = Loaded::new(id, async move |number| {
            // As late as can be: whoever changes a setting from now on finds this generation.
            let resolved = source.resolve(&manifest).await?;
            if !resolved.problems.is_empty() {
                return Err(PluginLoadError::NeedsSettings {
                    manifest: Box::new(manifest),
                    problems: SettingProblems(resolved.problems),
                });
            }
            let settings = LiveSettings::new(resolved.values);
            let terms = Terms {
                ceilings,
                settings: settings.clone(),
                capabilities,
            };
            let plugin = assemble(program, &manifest, &migrations, terms).await?;
            let own_tables = own_tables(&manifest, &migrations);
            let instances = Arc::new(plugin);
            let made = Generation::new(number, version, manifest, own_tables, &ceilings, instances);
            Ok(made.with_settings(settings))
        });
        Ok(loaded.with_playable(playable))
    }
}
