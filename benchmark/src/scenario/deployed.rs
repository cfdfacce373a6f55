//! A directory of plugins in this process, wired as a server does it.

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::{Result, anyhow, ensure};
use raisfast_contract::{PluginId, PostInput, hook::OnPostCreating};
use raisfast_health::Health;
use raisfast_hooks::Bus;
use raisfast_host_api::Capabilities;
use raisfast_plugins::{Ceilings, PluginState, Plugins, PluginsOptions, RememberNothing};
use raisfast_runtime::{Runtime, RuntimeOptions};
use tempfile::TempDir;

use super::Guest;
use crate::contenders::capabilities;

/// A post that the plugins of the scenarios change: it has no slug, and 2 KB of content.
pub(crate) fn post() -> PostInput {
    PostInput {
        title: "Number 1 of many".into(),
        content: "All work and no play. ".repeat(2_000 / 22),
        ..PostInput::default()
    }
}

/// An engine as a server has it, which keeps compiled code in this folder, if any.
pub(crate) fn runtime(cache: Option<&Path>) -> Result<Runtime> {
    Ok(Runtime::new(RuntimeOptions {
        cache: cache.map(Path::to_owned),
        ..RuntimeOptions::default()
    })?)
}

/// A directory with one plugin's folder, to be loaded any number of times.
pub(crate) struct Directory {
    folder: TempDir,
    /// The name of the file that the plugin's code is in.
    file: &'static str,
    capabilities: Capabilities,
}

impl Directory {
    pub(crate) async fn with(guest: &Guest) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        guest.deploy(folder.path(), 1)?;
        let capabilities = capabilities().await?;
        Ok(Self {
            folder,
            file: guest.file(),
            capabilities,
        })
    }

    /// Puts other code in the place of the plugin's, in one step.
    pub(crate) fn replace(&self, code: &[u8]) -> Result<()> {
        // Beside the plugin's folder, not in it: what is not ready must not count as a change.
        let new = self.folder.path().join(".new");
        fs::write(&new, code)?;
        let old = self.folder.path().join(Guest::id(1)).join(self.file);
        Ok(fs::rename(new, old)?)
    }

    /// Loads the directory; returns when the plugin's instances are ready.
    pub(crate) async fn load(&self, runtime: &Runtime, hot_reload: bool) -> Result<Loaded> {
        let health = Arc::new(Health::default());
        let bus = Bus::gated(health.clone(), health.clone());
        let plugins = Plugins::start(PluginsOptions {
            folder: self.folder.path().to_owned(),
            hot_reload,
            runtime: runtime.clone(),
            bus: bus.clone(),
            health,
            capabilities: self.capabilities.clone(),
            releases: Arc::new(RememberNothing),
            switches: Arc::new(RememberNothing),
            identities: Arc::new(RememberNothing),
            ticks: Arc::new(RememberNothing),
            settings: Arc::new(RememberNothing),
            ceilings: Ceilings::default(),
            succession: raisfast_plugins::Succession::default(),
            patience: std::time::Duration::from_mins(1),
            config: std::collections::HashMap::default(),
            safe_mode: raisfast_plugins::SafeMode::Off,
            way_out: |_| None,
        })
        .await?;
        for plugin in plugins.list() {
            ensure!(
                plugin.state == PluginState::Running,
                "the plugin does not run: {}",
                plugin.last_error.unwrap_or_default()
            );
        }
        let plugin = Guest::id(1).parse()?;
        Ok(Loaded {
            bus,
            plugins,
            plugin,
        })
    }
}

/// A loaded directory.
pub(crate) struct Loaded {
    bus: Bus,
    plugins: Plugins,
    plugin: PluginId,
}

impl Loaded {
    pub(crate) fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Returns the number of times that the plugin was loaded.
    pub(crate) fn generation(&self) -> Option<u64> {
        self.plugins.get(&self.plugin)?.generation
    }

    /// Loads the plugin anew, as an administrator does it.
    pub(crate) async fn reload(&self) -> Result<()> {
        self.plugins.reload(&self.plugin).await?;
        Ok(())
    }

    /// Resolves when the watcher has loaded a later generation than this.
    pub(crate) async fn later_than(&self, generation: Option<u64>) -> Result<()> {
        let loaded = async {
            while self.generation() <= generation {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), loaded)
            .await
            .map_err(|_| anyhow!("a changed plugin was not loaded within a minute"))
    }

    /// Calls the plugin, and fails if it does not answer.
    pub(crate) async fn call(&self, post: &Arc<PostInput>) -> Result<()> {
        call(&self.bus, post).await
    }

    pub(crate) async fn end(self) {
        self.plugins.shutdown().await;
    }
}

/// One `on-post-creating` through the bus.
pub(crate) async fn call(bus: &Bus, post: &Arc<PostInput>) -> Result<()> {
    let hooks = bus.snapshot();
    let changed = hooks
        .filter::<OnPostCreating>(Arc::clone(post), |_| Ok(()))
        .await?;
    ensure!(changed.slug.is_some(), "the plugin was not called");
    Ok(())
}
