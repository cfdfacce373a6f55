//! One loaded version of a plugin.
//!
//! A generation begins when its files were read, its code compiled, which is the module `source`'s, and all its
//! instances made. It is taken off the bus when a newer one is put there; the requests and deliveries that began with it keep
//! it until they are through, and then it is closed. The module `succession` sees to that.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use raisfast_contract::{Delivery, HookName, PluginId, Printable, TablePrefix, hook};
use raisfast_hooks::{Handler, HandlerError, Subscription, SubscriptionOptions};
use raisfast_host_api::{HostedPlugin, Quotas, capability::Level, migration::MigrationError};
use raisfast_manifest::{EntryPath, HookEntry, Manifest, ManifestErrors};
use raisfast_runtime::{CallError, GuestHook, LoadError, Plugin, PluginLimits};
use tokio::sync::Notify;

use crate::{
    Contested, IdentityError, PluginsOptions, Version,
    folder::{MANIFEST, MIGRATIONS},
    options,
    probation::Probation,
    source::Compiled,
};

/// Why a folder is not a running plugin.
#[derive(Debug, thiserror::Error)]
pub enum PluginLoadError {
    /// The manifest cannot be read.
    #[error(
        "{} cannot be read: {source}; a plugin's folder holds a {MANIFEST} and the wasm it names",
        Printable::new(path.display())
    )]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    InvalidManifest(#[from] ManifestErrors),
    /// The wasm cannot be read.
    #[error(
        "`{}`, which {MANIFEST} names as the entry, cannot be read: {source}; build the plugin and copy its wasm there",
        Printable::new(entry)
    )]
    Entry {
        /// The entry.
        entry: EntryPath,
        /// The system's reason.
        source: io::Error,
    },
    /// The wasm cannot be loaded.
    #[error("`{}`: {}", Printable::new(entry), shown(source))]
    Wasm {
        /// The entry.
        entry: EntryPath,
        /// The runtime's reason.
        source: LoadError,
    },
    /// A migration cannot be read.
    #[error("{MIGRATIONS}/{} cannot be read: {source}", Printable::new(file))]
    MigrationFile {
        /// The file's name; empty for the folder itself.
        file: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A migration may not run, or did not.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// The id belongs to another folder, which is there.
    #[error(
        "the folder `{holder}` already holds the plugin {plugin}, with all that it has stored; give this one another \
         id, or hand that over to it: raisfast plugin adopt {plugin} {folder}",
        holder = Printable::new(holder),
        folder = Printable::new(folder)
    )]
    Held {
        /// The id.
        plugin: PluginId,
        /// The folder that has it.
        holder: String,
        /// The folder that wants it.
        folder: String,
    },
    /// The id belongs to a folder that is gone.
    #[error(
        "the plugin {plugin} belongs to the folder `{holder}`, which is gone; what it has stored goes to no other \
         folder by itself. Call this folder `{holder}`, or hand the plugin over to it: \
         raisfast plugin adopt {plugin} {folder}",
        holder = Printable::new(holder),
        folder = Printable::new(folder)
    )]
    Left {
        /// The id.
        plugin: PluginId,
        /// The folder that had it.
        holder: String,
        /// The folder that wants it.
        folder: String,
    },
    /// That the folder has the id now cannot be remembered.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl PluginLoadError {
    /// The id that another folder has, if that is the reason.
    pub(crate) fn contested(&self) -> Option<Contested> {
        match self {
            Self::Held { plugin, holder, .. } | Self::Left { plugin, holder, .. } => {
                Some(Contested {
                    plugin: plugin.clone(),
                    held_by: holder.clone(),
                })
            }
            _ => None,
        }
    }
}

/// The runtime's reason, which may quote the guest's names; only between two findings there is a new line.
fn shown(reason: &LoadError) -> String {
    let LoadError::Mismatch(findings) = reason else {
        return Printable::new(reason).to_string();
    };
    let findings = findings.iter().map(Printable::new);
    let lines: Vec<_> = findings.map(|finding| finding.to_string()).collect();
    lines.join("\n")
}

/// A manifest, its instances, and what they subscribe to.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) version: Version,
    pub(crate) manifest: Manifest,
    pub(crate) limits: PluginLimits,
    pub(crate) quotas: Quotas,
    /// What the names of its own tables begin with, if it makes some.
    pub(crate) own_tables: Option<TablePrefix>,
    pub(crate) hooks: BTreeMap<HookName, SubscribedHook>,
    plugin: Arc<Plugin>,
    in_use: Mutex<Weak<InUse>>,
    released: Arc<Notify>,
}

pub(crate) struct SubscribedHook {
    pub(crate) entry: HookEntry,
    pub(crate) timeout: Duration,
}

impl Generation {
    /// Makes all instances of what was compiled. Migrations run before the first one is made.
    pub(crate) async fn start(
        options: &PluginsOptions,
        compiled: Compiled,
        number: u64,
    ) -> Result<Self, PluginLoadError> {
        let Compiled {
            manifest,
            program,
            version,
            migrations,
        } = compiled;
        let hooks: BTreeMap<_, _> = manifest
            .subscriptions()
            .into_iter()
            .map(|(name, entry)| {
                let timeout = options.ceilings.timeout(&manifest, &entry);
                (name, SubscribedHook { entry, timeout })
            })
            .collect();
        let id = &manifest.plugin.id;
        options
            .capabilities
            .migrations
            .apply(id, &migrations)
            .await?;
        let mut grants = options::grants(&manifest);
        let own_tables = (!migrations.is_empty()).then(|| TablePrefix::of(id));
        grants.own_tables.clone_from(&own_tables);
        let limits = options.ceilings.limits(&manifest);
        let hosted = Arc::new(HostedPlugin::new(
            id.clone(),
            grants,
            options.ceilings.quotas(&manifest),
            settings(options, &manifest),
            options.capabilities.clone(),
        ));
        for warning in options.ceilings.exceeded(&manifest) {
            hosted.report(None, Level::Warn, &warning);
        }
        let plugin = Plugin::start(program, hosted, limits)
            .await
            .map_err(|source| PluginLoadError::Wasm {
                entry: manifest.plugin.entry.clone(),
                source,
            })?;
        Ok(Self {
            number,
            version,
            quotas: options.ceilings.quotas(&manifest),
            own_tables,
            manifest,
            limits,
            hooks,
            plugin: Arc::new(plugin),
            in_use: Mutex::default(),
            released: Arc::default(),
        })
    }

    pub(crate) fn id(&self) -> &PluginId {
        &self.manifest.plugin.id
    }

    pub(crate) fn pool(&self) -> raisfast_runtime::PoolStatus {
        self.plugin.pool()
    }

    /// Tells the instances, refuses new calls and waits for those in progress.
    pub(crate) async fn close(&self) {
        self.plugin.close().await;
    }

    pub(crate) fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }

    /// What it subscribes to. `probation`, if it is on one, is told of these subscriptions' calls.
    pub(crate) fn subscriptions(&self, probation: Option<&Arc<Probation>>) -> Vec<Subscription> {
        let in_use = Arc::new(InUse(Arc::clone(&self.released)));
        *self.in_use() = Arc::downgrade(&in_use);
        let subscriptions = self.hooks.iter().map(|(&name, hook)| {
            let subscription = self.subscription(name, hook, &in_use);
            match probation {
                Some(probation) => subscription.observed_by(probation.of(name)),
                None => subscription,
            }
        });
        subscriptions.collect()
    }

    /// Resolves when nobody can call what was subscribed last: it is off the bus, and every request that began
    /// with it has ended.
    pub(crate) async fn released(&self) {
        while self.in_use().strong_count() > 0 {
            self.released.notified().await;
        }
    }

    fn in_use(&self) -> MutexGuard<'_, Weak<InUse>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscription(
        &self,
        name: HookName,
        subscribed: &SubscribedHook,
        in_use: &Arc<InUse>,
    ) -> Subscription {
        let caller = Arc::new(Caller {
            plugin: Arc::clone(&self.plugin),
            timeout: subscribed.timeout,
            _in_use: Arc::clone(in_use),
        });
        let options = subscription_options(&subscribed.entry);
        macro_rules! by_name {
            ($($marker:ident)*) => {
                match name {
                    $(HookName::$marker => Subscription::new::<hook::$marker>(
                        self.id().clone(),
                        options,
                        caller,
                    ),)*
                }
            };
        }
        by_name!(
            OnPostCreating OnPostUpdating OnCommentCreating OnContentCreating OnContentUpdating
            RenderMarkdown FilterHtml OnPostCreated OnPostUpdated OnPostDeleted OnCommentCreated
            OnContentCreated OnContentUpdated OnContentDeleted OnLogin OnCronTick
        )
    }
}

/// The manifest's `[config]` with the operator's values over it. The operator may set keys that the
/// manifest does not have: it knows the plugin's documentation.
fn settings(options: &PluginsOptions, manifest: &Manifest) -> BTreeMap<String, String> {
    let mut settings = manifest.config.clone();
    if let Some(operator) = options.config.get(&manifest.plugin.id) {
        settings.extend(operator.clone());
    }
    settings
}

/// Returns the subscription that a manifest's entry asks for.
pub(crate) fn subscription_options(entry: &HookEntry) -> SubscriptionOptions {
    SubscriptionOptions {
        priority: entry.priority,
        on_error: match entry.on_error {
            raisfast_manifest::OnError::Continue => raisfast_hooks::OnError::Continue,
            raisfast_manifest::OnError::Abort => raisfast_hooks::OnError::Abort,
        },
        content_types: entry.content_types.clone(),
    }
}

/// Hands a hook's call to the plugin's pool.
struct Caller {
    plugin: Arc<Plugin>,
    timeout: Duration,
    _in_use: Arc<InUse>,
}

/// Held by all who can call a generation; says when the last of them is gone.
struct InUse(Arc<Notify>);

impl Drop for InUse {
    fn drop(&mut self) {
        // Keeps for who asks later: by then nothing is counted any more.
        self.0.notify_one();
    }
}

#[async_trait]
impl<H: GuestHook> Handler<H> for Caller {
    async fn call(
        &self,
        params: H::Params,
        delivery: Option<&Delivery>,
    ) -> Result<H::Output, HandlerError> {
        self.plugin
            .call::<H>(params, delivery, self.timeout)
            .await
            .map_err(told)
    }

    fn call_at_once(
        &self,
        params: H::Params,
        delivery: Option<&Delivery>,
    ) -> Result<Result<H::Output, HandlerError>, H::Params> {
        let outcome = self
            .plugin
            .call_at_once::<H>(params, delivery, self.timeout)?;
        Ok(outcome.map_err(told))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn told(error: CallError) -> HandlerError {
    let message = error.to_string();
    if matches!(error, CallError::Stuck { .. }) {
        HandlerError::stuck(message)
    } else if error.is_the_guests() {
        HandlerError::new(message)
    } else {
        HandlerError::not_reached(message)
    }
}
