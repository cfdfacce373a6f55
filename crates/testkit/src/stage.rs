//! Recorded calls, played to a plugin: a tape answers all of its host calls.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    num::NonZeroUsize,
    path::Path,
    sync::Arc,
};

use raisfast_contract::{HookName, PluginId};
use raisfast_host_api::{Capabilities, Grants, HostedPlugin, Quotas};
use raisfast_profile::Profiler;
use raisfast_recording::Tape;
use raisfast_runtime::{Plugin, PluginLimits, Program, RuntimeOptions};

use crate::{
    LoadError, LogEntry, Sandbox,
    providers::Journal,
    sandbox::{compile, read, unreadable},
};

/// A plugin's code, to which recorded calls are played. It needs no manifest: what it was granted
/// shows in the answers.
pub struct Stage {
    plugin: PluginId,
    program: Program,
    capabilities: Capabilities,
}

/// One instance whose host calls a tape answers.
pub struct Played {
    /// The plugin, with this one instance.
    pub plugin: Plugin,
    journal: Arc<Journal>,
}

impl Stage {
    /// Loads the wasm of a file.
    pub async fn of_file(
        file: &Path,
        plugin: &PluginId,
        hooks: BTreeSet<HookName>,
    ) -> Result<Self, LoadError> {
        let wasm = fs::read(file).map_err(unreadable(file))?;
        Self::load(wasm, plugin, hooks).await
    }

    /// Loads the wasm of a plugin's folder.
    pub async fn of_folder(
        folder: &Path,
        plugin: &PluginId,
        hooks: BTreeSet<HookName>,
    ) -> Result<Self, LoadError> {
        let (_, wasm) = read(folder)?;
        Self::load(wasm, plugin, hooks).await
    }

    async fn load(
        wasm: Vec<u8>,
        plugin: &PluginId,
        hooks: BTreeSet<HookName>,
    ) -> Result<Self, LoadError> {
        Self::of_program(compile(wasm, hooks).await?, plugin).await
    }

    /// Takes code that is loaded already. It runs in the engine that has loaded it; all else of the
    /// stage is in memory.
    pub async fn of_program(program: Program, plugin: &PluginId) -> Result<Self, LoadError> {
        let world = Sandbox::new().world(plugin).await?;
        Ok(Self {
            plugin: plugin.clone(),
            program,
            capabilities: world.capabilities,
        })
    }

    /// Lets a profiler see where the time of the calls goes.
    ///
    /// # Errors
    ///
    /// If no thread can be started for its clock.
    pub fn profiled(mut self, profiler: &Arc<Profiler>) -> Result<Self, LoadError> {
        self.program = self.program.profiled(profiler)?;
        Ok(self)
    }

    /// Makes an instance with this tape, and with this much memory, as far as an instance may have
    /// it.
    ///
    /// # Errors
    ///
    /// If the instance cannot be made; its beginning is played too.
    pub async fn play(
        &self,
        tape: Arc<Tape>,
        max_memory: u64,
    ) -> Result<Played, raisfast_runtime::LoadError> {
        let journal = Arc::new(Journal::default());
        let capabilities = Capabilities {
            log: journal.clone(),
            ..self.capabilities.clone()
        };
        let hosted = HostedPlugin::new(
            self.plugin.clone(),
            Grants::default(),
            Quotas::default(),
            BTreeMap::new(),
            capabilities,
        );
        let most = RuntimeOptions::default().max_memory;
        let limits = PluginLimits {
            pool_size: NonZeroUsize::MIN,
            max_memory: usize::try_from(max_memory).map_or(most, |asked| asked.min(most)),
            ..PluginLimits::default()
        };
        let hosted = Arc::new(hosted.played_from(tape));
        let plugin = Plugin::start(self.program.clone(), hosted, limits).await?;
        Ok(Played { plugin, journal })
    }
}

impl Played {
    /// Returns what the guest has logged.
    pub fn logs(&self) -> Vec<LogEntry> {
        self.journal.logs()
    }
}
