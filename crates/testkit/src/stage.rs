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
use raisfast_plugins::Code;
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
        Self::load(Code::Wasm(wasm.into()), plugin, hooks).await
    }

    /// Loads the code of a plugin's folder.
    pub async fn of_folder(
        folder: &Path,
        plugin: &PluginId,
        hooks: BTreeSet<HookName>,
    ) -> Result<Self, LoadError> {
        let (_, code) = read(folder)?;
        Self::load(code, plugin, hooks).await
    }

    async fn load(
        code: Code,
        plugin: &PluginId,
        hooks: BTreeSet<HookName>,
    ) -> Result<Self, LoadError> {
        Self::of_program(compile(code, hooks).await?, plugin).await
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

    /// Runs the top level of the plugin's script, with no right to anything, and returns the hooks
    /// that it has a function for; none where the plugin is not a script.
    ///
    /// # Errors
    ///
    /// If the script does not compile, fails, or lacks a hook that it was loaded for.
    pub async fn script_handlers(&self) -> Result<BTreeSet<HookName>, raisfast_runtime::LoadError> {
        let hosted = HostedPlugin::new(
            self.plugin.clone(),
            Grants::default(),
            Quotas::default(),
            BTreeMap::new(),
            self.capabilities.clone(),
        );
        let handlers = self
            .program
            .script_handlers(Arc::new(hosted), PluginLimits::default());
        handlers.await
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
