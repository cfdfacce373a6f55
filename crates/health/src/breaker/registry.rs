//! The breakers of all plugins.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use raisfast_contract::{HookName, PluginId};
use tokio::runtime::Handle;

use super::{
    BreakerEvent, BreakerListener, BreakerMemory, BreakerMemoryError, BreakerNews, BreakerSettings,
    BreakerStatus, HookBreaker, Version,
};

/// The breakers of all plugins.
pub struct Breakers(Arc<Registry>);

/// The breakers behind a [`Breakers`]. They report to it; it writes their changes down and passes
/// the news on.
pub(super) struct Registry {
    settings: BreakerSettings,
    memory: Arc<dyn BreakerMemory>,
    listener: Arc<dyn BreakerListener>,
    plugins: Mutex<BTreeMap<PluginId, PluginBreakers>>,
    /// Those whose state is not what was written down last.
    unwritten: Mutex<BTreeSet<(PluginId, HookName)>>,
    /// Held while they are written down, so that an older state never follows a newer one.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct PluginBreakers {
    /// The version that they are about; none before the plugin has been loaded.
    version: Option<Version>,
    hooks: BTreeMap<HookName, Arc<HookBreaker>>,
}

impl Breakers {
    pub(crate) fn new(
        settings: BreakerSettings,
        memory: Arc<dyn BreakerMemory>,
        listener: Arc<dyn BreakerListener>,
    ) -> Self {
        Self(Arc::new(Registry {
            settings,
            memory,
            listener,
            plugins: Mutex::default(),
            unwritten: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }))
    }

    /// Opens those that were open when the server went down. Before the first plugin is loaded.
    pub async fn restore(&self) -> Result<(), BreakerMemoryError> {
        let open = self.0.memory.open().await?;
        let mut plugins = self.0.plugins();
        for written in open {
            let plugin = plugins.entry(written.plugin.clone()).or_default();
            plugin.version = Some(written.version.clone());
            let registry = Arc::downgrade(&self.0);
            let (hook, settings) = (written.hook, self.0.settings);
            let breaker = HookBreaker::restored(written, settings, registry);
            plugin.hooks.insert(hook, Arc::new(breaker));
        }
        Ok(())
    }

    /// A version of a plugin is about to be called. Another one than before begins with closed
    /// breakers; calls in progress keep those that they began with.
    pub fn begin(&self, plugin: &PluginId, version: &Version) {
        let former = {
            let mut plugins = self.0.plugins();
            let known = plugins.entry(plugin.clone()).or_default();
            let former = known.version.replace(version.clone());
            if former.is_none_or(|former| former == *version) {
                return;
            }
            mem::take(&mut known.hooks)
        };
        for breaker in former.into_values() {
            if breaker.status().since.is_some() {
                self.0.write_later(&breaker);
                let news = breaker.news(BreakerEvent::NewVersion, BreakerStatus::CLOSED);
                self.0.listener.changed(&news);
            }
        }
    }

    /// A plugin is gone, and what comes under its id begins anew.
    pub fn forget(&self, plugin: &PluginId) {
        let Some(former) = self.0.plugins().remove(plugin) else {
            return;
        };
        for breaker in former.hooks.values() {
            self.0.write_later(breaker);
        }
    }

    /// The breaker that calls of a hook meet from now on.
    pub(crate) fn of(&self, plugin: &PluginId, hook: HookName) -> Arc<HookBreaker> {
        let mut plugins = self.0.plugins();
        let hooks = &mut plugins.entry(plugin.clone()).or_default().hooks;
        let breaker = hooks.entry(hook).or_insert_with(|| {
            let (settings, registry) = (self.0.settings, Arc::downgrade(&self.0));
            Arc::new(HookBreaker::new(plugin.clone(), hook, settings, registry))
        });
        Arc::clone(breaker)
    }

    /// Returns how the breaker of a hook stands.
    pub fn status(&self, plugin: &PluginId, hook: HookName) -> BreakerStatus {
        let plugins = self.0.plugins();
        let breaker = plugins.get(plugin).and_then(|known| known.hooks.get(&hook));
        breaker.map_or(BreakerStatus::CLOSED, |breaker| breaker.status())
    }

    /// Counts a reset of a plugin's breakers where other servers see it.
    pub async fn count_reset(&self, plugin: &PluginId) -> Result<(), BreakerMemoryError> {
        self.0.memory.count_reset(plugin).await
    }

    /// Closes every breaker of a plugin, on this server.
    pub fn reset(&self, plugin: &PluginId) {
        let breakers: Vec<_> = {
            let plugins = self.0.plugins();
            let hooks = plugins.get(plugin).map(|known| known.hooks.values());
            hooks.into_iter().flatten().cloned().collect()
        };
        for breaker in breakers {
            breaker.reset();
        }
    }

    /// Resolves when every change so far is written down, or could not be.
    pub async fn written(&self) {
        self.0.write().await;
    }
}

impl Registry {
    /// A breaker has changed. One that another version has taken the place of is nobody's any more.
    pub(super) fn changed(self: &Arc<Self>, breaker: &HookBreaker, news: &BreakerNews) {
        let is_current = {
            let plugins = self.plugins();
            let known = plugins.get(&breaker.plugin);
            let current = known.and_then(|known| known.hooks.get(&breaker.hook));
            current.is_some_and(|current| std::ptr::eq(Arc::as_ptr(current), breaker))
        };
        if !is_current {
            return;
        }
        self.listener.changed(news);
        // A trial changes nothing that a restart should know.
        if news.event != BreakerEvent::Probing {
            self.write_later(breaker);
        }
    }

    pub(super) fn way_out(&self, plugin: &PluginId) -> String {
        self.listener.way_out(plugin)
    }

    fn write_later(self: &Arc<Self>, breaker: &HookBreaker) {
        let key = (breaker.plugin.clone(), breaker.hook);
        locked(&self.unwritten).insert(key);
        if let Ok(runtime) = Handle::try_current() {
            let registry = Arc::clone(self);
            runtime.spawn(async move { registry.write().await });
        }
    }

    /// Writes down how those stand now that have changed.
    async fn write(&self) {
        let _writing = self.writing.lock().await;
        let unwritten = mem::take(&mut *locked(&self.unwritten));
        for (plugin, hook) in unwritten {
            let open = {
                let plugins = self.plugins();
                plugins.get(&plugin).and_then(|known| {
                    let version = known.version.clone()?;
                    known.hooks.get(&hook)?.written(version)
                })
            };
            let written = match &open {
                Some(open) => self.memory.remember(open).await,
                None => self.memory.forget(&plugin, hook).await,
            };
            if let Err(error) = written {
                tracing::warn!(%plugin, %hook, %error, "a restart would not know how this breaker stands");
            }
        }
    }

    fn plugins(&self) -> MutexGuard<'_, BTreeMap<PluginId, PluginBreakers>> {
        locked(&self.plugins)
    }
}

/// Locks the value. Changes behind these locks are single steps, so it stays good when a thread
/// panics.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
