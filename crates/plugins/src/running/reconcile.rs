//! The steps of a [plan](super::plan), taken: what runs follows what the folders hold.
//!
//! Those who wait for it get what could be loaded in a moment. What has to be compiled has only
//! begun then, and comes back when it is ready.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use raisfast_contract::PluginId;
use raisfast_hooks::Subscription;
use raisfast_manifest::Manifest;
use tokio::task::JoinSet;

use crate::{
    PluginLoadError,
    files::{
        folder::{Difference, Look, Marks, PluginFolder, ReadManifest, Seen, Stamp},
        source::Source,
        watch::Follower,
    },
    running::{
        compiling::{Begun, Compiling},
        generation::Generation,
        installed::{Installed, InstalledPlugin},
        loader::Loaded,
        plan::{Meanwhile, Occasion, Step},
        probation::Verdict,
        reserved,
        succession::Running,
    },
};

/// Compares every folder of the directory with what was seen before.
fn look(
    directory: &Path,
    seen: &BTreeMap<PluginFolder, Seen>,
) -> io::Result<BTreeMap<PluginFolder, Look>> {
    let folders = PluginFolder::all_in(directory)?;
    let looked = folders.into_iter().map(|folder| {
        let look = folder.look(seen.get(&folder));
        (folder, look)
    });
    Ok(looked.collect())
}

/// A folder's plugin, as far as it could be loaded at once.
enum Found {
    Generation(Box<Generation>),
    /// It has to be compiled first.
    Uncompiled(Box<Source>),
}

impl Installed {
    /// Makes what runs equal to what the folders hold, as far as it can be loaded. What has to be
    /// compiled has only begun when this returns.
    pub(crate) async fn reconcile(self: &Arc<Self>, occasion: Occasion) -> io::Result<Begun> {
        let _changing = self.changing.lock().await;
        self.take_changes(occasion).await
    }

    /// The same for who holds the lock.
    pub(super) async fn take_changes(self: &Arc<Self>, occasion: Occasion) -> io::Result<Begun> {
        let mut begun = Begun::default();
        // An id that a folder has given up may be what another one waits for.
        while self.take_steps(occasion, &mut begun).await? {}
        Ok(begun)
    }

    /// Takes the steps that follow one look. Returns true if a plugin has given up its id for
    /// another.
    async fn take_steps(
        self: &Arc<Self>,
        occasion: Occasion,
        begun: &mut Begun,
    ) -> io::Result<bool> {
        let situation = self.situation();
        // Reading is blocking work, and so is parsing a hostile manifest.
        let (directory, seen) = (self.options.directory.clone(), situation.seen());
        let looks = tokio::task::spawn_blocking(move || look(&directory, &seen))
            .await
            .map_err(io::Error::other)??;
        let before = situation.ids.claimed.clone();
        let mut loading = JoinSet::new();
        for (folder, step) in situation.plan(looks) {
            match step {
                Step::Unload => self.unload(&folder),
                Step::Touch(stamp) => self.touch(&folder, stamp),
                Step::Refuse {
                    stamp,
                    manifest,
                    reason,
                } => {
                    self.notice(&folder, stamp, manifest.as_deref());
                    self.refuse(&folder, None, &reason);
                }
                Step::TurnOff { stamp, manifest } => {
                    self.notice(&folder, stamp, Some(&manifest));
                    self.turn_off(&folder, &manifest.plugin.id).await;
                }
                Step::HoldBack { stamp, manifest } => {
                    self.notice(&folder, stamp, Some(&manifest));
                    self.hold_back(&folder, &manifest);
                }
                Step::Load { stamp, read } => {
                    self.notice(&folder, stamp, Some(&read.manifest));
                    let id = read.manifest.plugin.id.clone();
                    if let Some(plugin) = self.plugins().get_mut(&folder) {
                        // By which administrators find it while it is loaded.
                        plugin.id.get_or_insert_with(|| id.clone());
                    }
                    let (installed, number) = (Arc::clone(self), self.next_generation(&folder));
                    loading.spawn(async move {
                        let found = installed.load(&folder, *read, number).await;
                        (folder, id, found)
                    });
                }
            }
        }
        while let Some(loaded) = loading.join_next().await {
            match loaded {
                Ok((folder, id, Ok(found))) => self.take(folder, &id, found, occasion, begun),
                Ok((folder, id, Err(reason))) => {
                    self.refuse(&folder, Some(id), &reason);
                }
                Err(error) => tracing::error!(%error, "loading a plugin panicked"),
            }
        }
        let after = self.ids().claimed;
        Ok(before.keys().any(|id| !after.contains_key(id)))
    }

    /// Loads what lies in a folder, unless it has to be compiled.
    async fn load(
        &self,
        folder: &PluginFolder,
        read: ReadManifest,
        number: u64,
    ) -> Result<Found, PluginLoadError> {
        let loader = &self.options.loader;
        let source = loader.read(folder.clone(), read).await?;
        if !source.is_compiled {
            return Ok(Found::Uncompiled(Box::new(source)));
        }
        let compiled = loader.load(source, &|| {}).await?;
        self.make(folder, compiled, number).await
    }

    /// Makes a generation of what was loaded. A folder that has come that far has its id from then
    /// on.
    async fn make(
        &self,
        folder: &PluginFolder,
        loaded: Loaded,
        number: u64,
    ) -> Result<Found, PluginLoadError> {
        let made = loaded.make(number).await;
        if let Err(PluginLoadError::NeedsSettings { manifest, .. }) = &made {
            // Its settings are the id's, and are about to be set.
            self.keep_identity(&manifest.plugin.id, folder).await?;
        }
        let generation = made?;
        self.keep_identity(generation.id(), folder).await?;
        Ok(Found::Generation(Box::new(generation)))
    }

    /// Begins to compile a plugin in the background. Whatever its folder ran goes on.
    fn compile(
        self: &Arc<Self>,
        folder: PluginFolder,
        plugin: &mut InstalledPlugin,
        source: Source,
        occasion: Occasion,
        begun: &mut Begun,
    ) {
        let id = source.manifest.plugin.id.clone();
        let (runs, is_reserved) = (plugin.running.is_some(), plugin.reserved.is_some());
        let meanwhile = Meanwhile::of(runs, is_reserved, occasion);
        if meanwhile == Meanwhile::Reserved {
            self.reserve(
                plugin,
                &source.manifest.plugin.id,
                reserved::compiling(&source.manifest),
            );
        }
        if plugin.running.is_none() {
            plugin.id = Some(id.clone());
        }
        plugin.problem = None;
        plugin.needs.clear();
        // Weak: what nobody uses any longer waits for no compiler.
        let installed = Arc::downgrade(self);
        let loader = Arc::clone(&self.options.loader);
        let finish = async move |loaded| {
            if let Some(installed) = installed.upgrade() {
                installed.finish(folder, id, loaded).await;
            }
        };
        plugin.compiling = Some(Compiling::begin(begun, source, loader, meanwhile, finish));
    }

    /// Takes a plugin that was compiled. Where it is no longer wanted this ends at its first line:
    /// whoever gives it up holds the lock, and drops the task that waits here.
    async fn finish(
        self: Arc<Self>,
        folder: PluginFolder,
        id: PluginId,
        loaded: Result<Loaded, PluginLoadError>,
    ) {
        let _changing = self.changing.lock().await;
        let found = match loaded {
            Ok(loaded) => self.make_compiled(&folder, loaded).await,
            Err(error) => Err(error),
        };
        let ended = self
            .plugins()
            .get_mut(&folder)
            .and_then(|plugin| plugin.compiling.take());
        // To the end: then it is seen how the plugin is.
        let _ended = ended.map(Compiling::detach);
        match found {
            Ok(found) => self.take(folder, &id, found, Occasion::Change, &mut Begun::default()),
            Err(reason) => self.refuse(&folder, Some(id), &reason),
        }
        match self.take_changes(Occasion::Change).await {
            Ok(begun) => drop(begun),
            Err(error) => {
                tracing::error!(%error, "the directory of plugins cannot be read; what runs stays");
            }
        }
    }

    /// Makes the instances of a plugin that was compiled. Meanwhile another folder may have taken
    /// its id.
    async fn make_compiled(
        &self,
        folder: &PluginFolder,
        loaded: Loaded,
    ) -> Result<Found, PluginLoadError> {
        self.ids().claim(&loaded.id, folder)?;
        let number = self.next_generation(folder);
        self.make(folder, loaded, number).await
    }

    /// Reserves subscriptions of a plugin that does not run.
    pub(super) fn reserve(
        &self,
        plugin: &mut InstalledPlugin,
        id: &PluginId,
        subscriptions: Vec<Subscription>,
    ) {
        if plugin.reserved.as_ref() != Some(id) {
            self.release_reservation(plugin);
            plugin.reserved = Some(id.clone());
        }
        self.options.bus.replace(id, subscriptions);
    }

    /// Takes note of a folder that was touched and holds what it held.
    fn touch(&self, folder: &PluginFolder, stamp: Stamp) {
        if let Some(plugin) = self.plugins().get_mut(folder) {
            warn_of_nested(folder, &stamp, plugin.stamp.as_ref());
            plugin.stamp = Some(stamp);
        }
    }

    /// Takes note of a folder that has changed. What it was before is no longer on its way.
    fn notice(&self, folder: &PluginFolder, stamp: Stamp, manifest: Option<&Manifest>) {
        let mut plugins = self.plugins();
        let plugin = plugins.entry(folder.clone()).or_default();
        warn_of_nested(folder, &stamp, plugin.stamp.as_ref());
        plugin.stamp = Some(stamp);
        if let Some(manifest) = manifest {
            let named = &manifest.plugin;
            plugin.named = Some((named.name.clone(), named.version.to_string()));
            plugin.manifest = Some(Arc::new(manifest.clone()));
        }
    }

    /// Takes a plugin that was loaded, or is to be compiled.
    fn take(
        self: &Arc<Self>,
        folder: PluginFolder,
        id: &PluginId,
        found: Found,
        occasion: Occasion,
        begun: &mut Begun,
    ) {
        let mut plugins = self.plugins();
        let plugin = plugins.entry(folder.clone()).or_default();
        // Of what the folder was before.
        plugin.compiling = None;
        plugin.contested = None;
        match found {
            Found::Generation(generation) => {
                tracing::info!(
                    folder = folder.name(),
                    plugin = %id,
                    version = %generation.manifest.plugin.version,
                    generation = generation.number,
                    "plugin loaded"
                );
                self.begin(plugin, Arc::new(*generation));
            }
            Found::Uncompiled(source) => self.compile(folder, plugin, *source, occasion, begun),
        }
    }

    /// Puts a generation in the place of the one before it.
    fn begin(self: &Arc<Self>, plugin: &mut InstalledPlugin, generation: Arc<Generation>) {
        let bus = &self.options.bus;
        let mut before = plugin.running.take();
        if let Some(other) = before.take_if(|before| before.generation.id() != generation.id()) {
            bus.remove(other.generation.id());
            self.options.health.breakers().forget(other.generation.id());
            self.end(other);
        }
        if plugin.reserved.as_ref() == Some(generation.id()) {
            // It is taken now.
            plugin.reserved = None;
        }
        self.release_reservation(plugin);
        let id = generation.id().clone();
        let number = generation.number;
        plugin.id = Some(id.clone());
        plugin.generations = number;
        let breakers = &self.options.health.breakers();
        breakers.begin(&id, &generation.version);
        plugin.problem = None;
        plugin.needs.clear();
        let succession = self.options.succession;
        let runs = self.runs();
        let (running, trial) =
            Running::begin(&runs, generation, before, succession, &self.draining);
        plugin.running = Some(running);
        if let Some(trial) = trial {
            // Weak: a version that is never called keeps nothing alive.
            let installed = Arc::downgrade(self);
            tokio::spawn(async move {
                if let Some(verdict) = trial.verdict().await
                    && let Some(installed) = installed.upgrade()
                {
                    installed.judge(&id, number, verdict);
                }
            });
        }
    }

    /// Ends a generation's probation, if it still serves.
    fn judge(&self, id: &PluginId, number: u64, verdict: Verdict) {
        let (runs, succession) = (self.runs(), self.options.succession);
        self.with(id, |folder, plugin| {
            let serves = |running: &mut Running| running.generation.number == number;
            let Some(mut running) = plugin.running.take_if(serves) else {
                return;
            };
            plugin.running = Some(match verdict {
                Verdict::Proven => {
                    running.prove(succession, &self.draining);
                    running
                }
                Verdict::Failed {
                    hook,
                    calls,
                    reason,
                } => {
                    let failed = running.generation.manifest.plugin.version.clone();
                    if let Some(former) = &running.former {
                        self.options.health.breakers().begin(id, &former.version);
                    }
                    let running = running.roll_back(&runs, succession, &self.draining);
                    let serving = &running.generation.manifest.plugin.version;
                    let problem = format!(
                        "version {failed} failed its first {calls} calls of {hook}, so {serving} serves again; \
                         repair it and copy it again, or reload the plugin to give it another try. The last call: {reason}"
                    );
                    tracing::error!(folder = folder.name(), plugin = %id, "plugin rolled back: {problem}");
                    plugin.problem = Some(problem);
                    running
                }
            });
        });
    }

    /// Forgets a folder that is gone, and ends what runs of it.
    pub(super) fn unload(&self, folder: &PluginFolder) {
        let mut plugins = self.plugins();
        let Some(mut plugin) = plugins.remove(folder) else {
            return;
        };
        self.take_off(&mut plugin);
        if let Some(id) = &plugin.id {
            self.options.health.breakers().forget(id);
            tracing::info!(folder = folder.name(), plugin = %id, "plugin unloaded");
        }
    }

    fn next_generation(&self, folder: &PluginFolder) -> u64 {
        let plugins = self.plugins();
        plugins
            .get(folder)
            .map_or(1, |plugin| plugin.generations + 1)
    }
}

impl Follower for Installed {
    async fn compare(&self) -> io::Result<(Difference, BTreeMap<PluginFolder, Marks>)> {
        let (directory, seen) = (self.options.directory.clone(), self.situation().seen());
        let compare = move || {
            let folders = PluginFolder::all_in(&directory)?;
            let mut difference = if folders.len() == seen.len() {
                Difference::Nothing
            } else {
                Difference::Marks
            };
            let mut marks = BTreeMap::new();
            for folder in folders {
                let seen = seen.get(&folder).map(|seen| &seen.stamp);
                let (differs, marked) = folder.difference(seen);
                difference = difference.max(differs);
                marks.insert(folder, marked);
            }
            Ok((difference, marks))
        };
        tokio::task::spawn_blocking(compare)
            .await
            .map_err(io::Error::other)?
    }

    async fn follow(self: Arc<Self>) -> io::Result<()> {
        // The next change may be another plugin's: nobody waits for what has to be compiled.
        self.reconcile(Occasion::Change).await.map(drop)
    }
}

/// Says what lies in a plugin's folder like a plugin, and is none.
fn warn_of_nested(folder: &PluginFolder, stamp: &Stamp, before: Option<&Stamp>) {
    for inner in stamp.newly_nested(before) {
        tracing::warn!(folder = folder.name(), "{}", folder.nested_warning(inner));
    }
}

#[cfg(test)]
mod tests;
