//! How what runs follows what the folders hold.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use raisfast_contract::PluginId;
use raisfast_manifest::Manifest;
use tokio::task::JoinSet;

use super::{Installed, InstalledPlugin};
use crate::{
    PluginLoadError,
    files::folder::{Difference, Known, Look, Marks, PluginFolder, ReadManifest, Stamp},
    files::source::{Compiled, Source},
    running::compiling::{Begun, Compiling, Meanwhile, reserved},
    running::generation::Generation,
    running::probation::Verdict,
    running::succession::Running,
};

/// Why the folders are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The server starts: what is there belongs to the site, and is missed until it is ready.
    Start,
    /// Something may have changed: what is new was not missed before.
    Change,
}

/// Every folder of the directory, compared with what is known.
fn look(
    directory: &Path,
    known: &BTreeMap<PluginFolder, Known>,
) -> io::Result<BTreeMap<PluginFolder, Look>> {
    let folders = PluginFolder::all_in(directory)?;
    let looked = folders.into_iter().map(|folder| {
        let look = folder.look(known.get(&folder));
        (folder, look)
    });
    Ok(looked.collect())
}

/// What a changed folder holds.
enum Found {
    Generation(Box<Generation>),
    /// It has to be compiled first.
    Uncompiled(Box<Source>),
    /// It may be fine, but nobody wants it to run.
    Disabled(PluginId),
}

impl Installed {
    /// Makes what runs equal to what the folders hold, as far as it can be loaded. What has to be compiled has only
    /// begun when this returns.
    pub(crate) async fn reconcile(self: &Arc<Self>, occasion: Occasion) -> io::Result<Begun> {
        let _changing = self.changing.lock().await;
        self.load_changes(occasion).await
    }

    async fn load_changes(self: &Arc<Self>, occasion: Occasion) -> io::Result<Begun> {
        let mut begun = Begun::default();
        // An id that a folder has given up may be what another one waits for.
        while self.load_changed(occasion, &mut begun).await? {}
        Ok(begun)
    }

    /// Loads what has changed, and says whether a plugin has given up its id for another.
    async fn load_changed(
        self: &Arc<Self>,
        occasion: Occasion,
        begun: &mut Begun,
    ) -> io::Result<bool> {
        // Reading is blocking work, and so is parsing a hostile manifest.
        let (directory, known) = (self.options.folder.clone(), self.known());
        let folders = tokio::task::spawn_blocking(move || look(&directory, &known))
            .await
            .map_err(io::Error::other)??;
        let before = self.claimed();
        self.unload_missing(&folders);
        let mut claimed = self.claimed();
        let mut loading = JoinSet::new();
        for (folder, look) in folders {
            let (stamp, manifest) = match look {
                Look::Same => continue,
                Look::Touched(stamp) => {
                    self.touch(&folder, stamp);
                    continue;
                }
                Look::Changed(stamp, manifest) => (stamp, *manifest),
            };
            self.notice(&folder, stamp, manifest.as_ref().ok());
            let manifest = manifest.and_then(|read| {
                self.claim(&mut claimed, &read.manifest.plugin.id, &folder)?;
                Ok(read)
            });
            let id = manifest.as_ref().ok();
            let id = id.map(|read| read.manifest.plugin.id.clone());
            if let (Some(id), Some(plugin)) = (&id, self.plugins().get_mut(&folder)) {
                // By which administrators find it while it is loaded.
                plugin.id.get_or_insert_with(|| id.clone());
            }
            let (installed, number) = (Arc::clone(self), self.next_generation(&folder));
            loading.spawn(async move {
                let found = match manifest {
                    Ok(read) => installed.load(&folder, read, number).await,
                    Err(error) => Err(error),
                };
                (folder, id, found)
            });
        }
        while let Some(loaded) = loading.join_next().await {
            match loaded {
                Ok((folder, id, found)) => self.apply(folder, id, found, occasion, begun),
                Err(error) => tracing::error!(%error, "loading a plugin panicked"),
            }
        }
        let after = self.claimed();
        Ok(before.keys().any(|id| !after.contains_key(id)))
    }

    /// Compares the folders with what is known, without reading a file, and gives the marks that it was judged by.
    pub(crate) async fn compare(&self) -> io::Result<(Difference, BTreeMap<PluginFolder, Marks>)> {
        let (directory, known) = (self.options.folder.clone(), self.known());
        let compare = move || {
            let folders = PluginFolder::all_in(&directory)?;
            let mut difference = if folders.len() == known.len() {
                Difference::Nothing
            } else {
                Difference::Marks
            };
            let mut marks = BTreeMap::new();
            for folder in folders {
                let known = known.get(&folder).map(|known| &known.stamp);
                let (differs, marked) = folder.difference(known);
                difference = difference.max(differs);
                marks.insert(folder, marked);
            }
            Ok((difference, marks))
        };
        tokio::task::spawn_blocking(compare)
            .await
            .map_err(io::Error::other)?
    }

    async fn load(
        &self,
        folder: &PluginFolder,
        read: ReadManifest,
        number: u64,
    ) -> Result<Found, PluginLoadError> {
        let id = &read.manifest.plugin.id;
        if self.disabled().contains(id) {
            self.keep_identity(id, folder).await?;
            return Ok(Found::Disabled(id.clone()));
        }
        let source = Source::read(&self.options, folder.clone(), read).await?;
        if !source.is_compiled {
            return Ok(Found::Uncompiled(Box::new(source)));
        }
        let compiled = source.load(self.options.runtime.clone()).await?;
        self.generation_of(folder, compiled, number).await
    }

    /// Makes a generation of what was compiled. A folder that has come that far has its id from then on.
    async fn generation_of(
        &self,
        folder: &PluginFolder,
        compiled: Compiled,
        number: u64,
    ) -> Result<Found, PluginLoadError> {
        let generation = Generation::start(&self.options, compiled, number).await?;
        self.keep_identity(generation.id(), folder).await?;
        Ok(Found::Generation(Box::new(generation)))
    }

    /// Has a plugin compiled in the background. Whatever its folder ran goes on.
    fn compile(
        self: &Arc<Self>,
        folder: PluginFolder,
        plugin: &mut InstalledPlugin,
        source: Source,
        occasion: Occasion,
        begun: &mut Begun,
    ) {
        let id = source.manifest.plugin.id.clone();
        let is_missed = occasion == Occasion::Start || plugin.reserved.is_some();
        let meanwhile = if plugin.running.is_some() {
            Meanwhile::Former
        } else if is_missed {
            self.reserve(plugin, &source.manifest);
            Meanwhile::Reserved
        } else {
            Meanwhile::New
        };
        if plugin.running.is_none() {
            plugin.id = Some(id.clone());
        }
        plugin.problem = None;
        // Weak: what nobody uses any more waits for no compiler.
        let installed = Arc::downgrade(self);
        let runtime = self.options.runtime.clone();
        let finish = async move |compiled| {
            if let Some(installed) = installed.upgrade() {
                installed.finish(folder, id, compiled).await;
            }
        };
        plugin.compiling = Some(Compiling::begin(begun, source, runtime, meanwhile, finish));
    }

    /// Takes a plugin that was compiled. Where it is not wanted any more this ends at its first line:
    /// whoever gives it up holds the lock, and drops the task that waits here.
    async fn finish(
        self: Arc<Self>,
        folder: PluginFolder,
        id: PluginId,
        compiled: Result<Compiled, PluginLoadError>,
    ) {
        let _changing = self.changing.lock().await;
        let found = match compiled {
            Ok(compiled) => self.start(&folder, compiled).await,
            Err(error) => Err(error),
        };
        let ended = self
            .plugins()
            .get_mut(&folder)
            .and_then(|plugin| plugin.compiling.take());
        // To the end: then it is seen how the plugin is.
        let _ended = ended.map(Compiling::detach);
        let mut begun = Begun::default();
        self.apply(folder, Some(id), found, Occasion::Change, &mut begun);
        drop(begun);
        match self.load_changes(Occasion::Change).await {
            Ok(begun) => drop(begun),
            Err(error) => {
                tracing::error!(%error, "the directory of plugins cannot be read; what runs stays");
            }
        }
    }

    /// Makes the instances of a plugin that was compiled. Meanwhile another folder may have taken its id.
    async fn start(
        &self,
        folder: &PluginFolder,
        compiled: Compiled,
    ) -> Result<Found, PluginLoadError> {
        self.claim(&mut self.claimed(), &compiled.manifest.plugin.id, folder)?;
        let number = self.next_generation(folder);
        self.generation_of(folder, compiled, number).await
    }

    /// Keeps the places of a plugin that is not there yet.
    fn reserve(&self, plugin: &mut InstalledPlugin, manifest: &Manifest) {
        let id = &manifest.plugin.id;
        if plugin.reserved.as_ref() != Some(id) {
            self.give_up_place(plugin);
            plugin.reserved = Some(id.clone());
        }
        self.options.bus.replace(id, reserved(manifest));
    }

    /// Takes note of a folder that was touched and holds what it held.
    fn touch(&self, folder: &PluginFolder, stamp: Stamp) {
        if let Some(plugin) = self.plugins().get_mut(folder) {
            warn_of_nested(folder, &stamp, plugin.stamp.as_ref());
            plugin.stamp = Some(stamp);
        }
    }

    /// Takes note of a folder that has changed, before it is loaded.
    fn notice(&self, folder: &PluginFolder, stamp: Stamp, read: Option<&ReadManifest>) {
        let mut plugins = self.plugins();
        let plugin = plugins.entry(folder.clone()).or_default();
        warn_of_nested(folder, &stamp, plugin.stamp.as_ref());
        plugin.stamp = Some(stamp);
        if let Some(ReadManifest { manifest, .. }) = read {
            let named = &manifest.plugin;
            plugin.named = Some((named.name.clone(), named.version.to_string()));
        }
    }

    /// Takes what was found in a changed folder. The id is its manifest's, where there is one that no
    /// other folder has.
    fn apply(
        self: &Arc<Self>,
        folder: PluginFolder,
        id: Option<PluginId>,
        found: Result<Found, PluginLoadError>,
        occasion: Occasion,
        begun: &mut Begun,
    ) {
        let name = folder.name();
        let mut plugins = self.plugins();
        let plugin = plugins.entry(folder.clone()).or_default();
        // Of what the folder was before.
        plugin.compiling = None;
        plugin.contested = None;
        match found {
            Ok(Found::Generation(generation)) => {
                tracing::info!(
                    folder = name,
                    plugin = %generation.id(),
                    version = %generation.manifest.plugin.version,
                    generation = generation.number,
                    "plugin loaded"
                );
                self.begin(plugin, Arc::new(*generation));
            }
            Ok(Found::Uncompiled(source)) => {
                self.compile(folder, plugin, *source, occasion, begun);
            }
            Ok(Found::Disabled(id)) => {
                self.give_up_place(plugin);
                plugin.id = Some(id);
                plugin.problem = None;
            }
            Err(error) => {
                let serving = plugin
                    .running
                    .as_ref()
                    .map(|running| running.generation.number);
                tracing::error!(folder = name, serving, "plugin not loaded: {error}");
                plugin.contested = error.contested();
                self.give_up_place(plugin);
                if plugin.running.is_none() && id.is_some() {
                    // By which administrators find it.
                    plugin.id = id;
                }
                plugin.problem = Some(error.to_string());
            }
        }
    }

    /// Puts a generation in the place of the one before it.
    fn begin(self: &Arc<Self>, plugin: &mut InstalledPlugin, generation: Arc<Generation>) {
        let bus = &self.options.bus;
        let mut before = plugin.running.take();
        if let Some(other) = before.take_if(|before| before.generation.id() != generation.id()) {
            bus.remove(other.generation.id());
            self.options.health.breakers().forget(other.generation.id());
            self.end(Some(other));
        }
        if plugin.reserved.as_ref() == Some(generation.id()) {
            // It is taken now.
            plugin.reserved = None;
        }
        self.give_up_place(plugin);
        let id = generation.id().clone();
        let number = generation.number;
        plugin.id = Some(id.clone());
        plugin.generations = number;
        let breakers = &self.options.health.breakers();
        breakers.begin(&id, &generation.version);
        plugin.problem = None;
        let succession = self.options.succession;
        let (running, trial) = Running::begin(bus, generation, before, succession, &self.draining);
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
        let (bus, succession) = (&self.options.bus, self.options.succession);
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
                    let running = running.roll_back(bus, succession, &self.draining);
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

    fn unload_missing(&self, folders: &BTreeMap<PluginFolder, Look>) {
        self.plugins().retain(|folder, plugin| {
            let here = folders.contains_key(folder);
            if let (false, Some(id)) = (here, &plugin.id) {
                self.options.bus.remove(id);
                self.options.health.breakers().forget(id);
                tracing::info!(folder = folder.name(), plugin = %id, "plugin unloaded");
                self.end(plugin.running.take());
            }
            here
        });
    }

    /// What is known of the folders. Those that are to be loaded whatever they hold are left out, and so are those
    /// that would get an id now that they were refused.
    fn known(&self) -> BTreeMap<PluginFolder, Known> {
        let claimed = self.claimed();
        let plugins = self.plugins();
        let known = plugins.iter().filter_map(|(folder, plugin)| {
            let contested = plugin.contested.as_ref();
            if contested
                .is_some_and(|contested| self.may_claim(&claimed, &contested.plugin, folder))
            {
                return None;
            }
            let known = Known {
                stamp: plugin.stamp.clone()?,
                has_failed: plugin.problem.is_some(),
            };
            Some((folder.clone(), known))
        });
        known.collect()
    }

    fn next_generation(&self, folder: &PluginFolder) -> u64 {
        let plugins = self.plugins();
        plugins
            .get(folder)
            .map_or(1, |plugin| plugin.generations + 1)
    }

    fn claimed(&self) -> BTreeMap<PluginId, PluginFolder> {
        let plugins = self.plugins();
        plugins
            .iter()
            .filter_map(|(folder, plugin)| Some((plugin.id.clone()?, folder.clone())))
            .collect()
    }
}

/// Says what lies in a plugin's folder like a plugin, and is none.
fn warn_of_nested(folder: &PluginFolder, stamp: &Stamp, before: Option<&Stamp>) {
    for inner in stamp.newly_nested(before) {
        tracing::warn!(folder = folder.name(), "{}", folder.nested_warning(inner));
    }
}
