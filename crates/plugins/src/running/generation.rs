//! One loaded version of a plugin.
//!
//! A generation begins when its files were read, its code compiled, which is the module `source`'s, and all its
//! instances made. It is taken off the bus when a newer one is put there; the requests and deliveries that began with it keep
//! it until they are through, and then it is closed. The module `succession` sees to that.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use raisfast_contract::{Delivery, HookName, PluginId, TablePrefix, for_each_hook, hook};
use raisfast_health::Version;
use raisfast_hooks::{Handler, HandlerCall, HandlerError, Subscription, SubscriptionOptions};
use raisfast_host_api::{HostedPlugin, Quotas, capability::Level};
use raisfast_manifest::{HookEntry, Manifest};
use raisfast_runtime::{CallError, GuestHook, Plugin, PluginLimits};
use tokio::sync::Notify;

use crate::{
    PluginLoadError, PluginsOptions, files::source::Compiled, options,
    running::probation::Probation,
};

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
            ($(in $interface:literal {
                $($kind:ident $marker:ident $name:literal $signature:tt)*
            })*) => {
                match name {
                    $($(HookName::$marker => Subscription::new::<hook::$marker>(
                        self.id().clone(),
                        options,
                        caller,
                    ),)*)*
                }
            };
        }
        for_each_hook!(by_name)
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

impl<H: GuestHook> Handler<H> for Caller {
    fn call<'a>(&'a self, params: H::Params, delivery: Option<&'a Delivery>) -> HandlerCall<'a, H> {
        let call = self.plugin.call::<H>(params, delivery, self.timeout);
        call.map(|output| output.map_err(into_handler_error))
            .boxed()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn into_handler_error(error: CallError) -> HandlerError {
    let message = error.to_string();
    if matches!(error, CallError::Stuck { .. }) {
        HandlerError::stuck(message)
    } else if error.is_the_guests() {
        HandlerError::new(message)
    } else {
        HandlerError::not_reached(message)
    }
}
