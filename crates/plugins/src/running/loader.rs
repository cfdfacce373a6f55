//! The way from a folder to a generation: read, load, make the instances.
//!
//! [`Loader`] is a seam: a server's is the [`RuntimeLoader`]; tests of what follows what have one
//! without wasm.

use std::{
    collections::{BTreeMap, HashMap},
    pin::Pin,
};

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_host_api::Capabilities;
use raisfast_runtime::Runtime;

use crate::{
    Ceilings, PluginLoadError,
    assemble::{Terms, assemble},
    files::{
        folder::{PluginFolder, ReadManifest},
        migrations::own_tables,
        source::{Compiled, Source},
    },
    running::generation::Generation,
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
    make: MakeGeneration,
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
            make: Box::new(|number| Box::pin(make(number))),
        }
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
    /// The operator's values for plugins' `[config]`.
    pub(crate) config: HashMap<PluginId, BTreeMap<String, String>>,
}

#[async_trait]
impl Loader for RuntimeLoader {
    async fn read(
        &self,
        folder: PluginFolder,
        manifest: ReadManifest,
    ) -> Result<Source, PluginLoadError> {
        let runtime = self.runtime.clone();
        let is_compiled = move |wasm: &[u8]| runtime.is_compiled(wasm);
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
        let terms = Terms {
            ceilings,
            settings: self.config.get(&id).cloned().unwrap_or_default(),
            capabilities: self.capabilities.clone(),
        };
        Ok(Loaded::new(id, async move |number| {
            let plugin = assemble(program, &manifest, &migrations, terms).await?;
            let own_tables = own_tables(&manifest, &migrations);
            Ok(Generation::new(
                number,
                version,
                manifest,
                own_tables,
                &ceilings,
                std::sync::Arc::new(plugin),
            ))
        }))
    }
}
