//! One loaded version of a plugin.
//!
//! A generation begins when its files were read, its code compiled, which is the module `source`'s,
//! and all its instances made. It is taken off the bus when a newer one is put there; the requests
//! and deliveries that began with it keep it until they are through, and then it is closed. The
//! module `succession` sees to that.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use raisfast_contract::{Delivery, HookName, PluginId, TablePrefix, for_each_hook, hook};
use raisfast_health::Version;
use raisfast_hooks::{Handler, HandlerCall, HandlerError, Subscription, SubscriptionOptions};
use raisfast_host_api::{LiveSettings, Quotas};
use raisfast_manifest::{HookEntry, Manifest};
use raisfast_runtime::{CallError, GuestHook, Plugin, PluginLimits, PoolStatus};
use tokio::sync::Notify;

use crate::{Ceilings, running::probation::Probation};

/// A manifest, its instances, and what they subscribe to.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) version: Version,
    pub(crate) manifest: Manifest,
    pub(crate) limits: PluginLimits,
    pub(crate) quotas: Quotas,
    /// The prefix of the names of its own tables, if it makes some.
    pub(crate) own_tables: Option<TablePrefix>,
    pub(crate) hooks: BTreeMap<HookName, SubscribedHook>,
    pub(crate) instances: Arc<dyn Instances>,
    /// The values of its settings, which may change while it runs.
    pub(crate) settings: LiveSettings,
    in_use: Mutex<Weak<InUse>>,
    released: Arc<Notify>,
}

pub(crate) struct SubscribedHook {
    pub(crate) entry: HookEntry,
    pub(crate) timeout: Duration,
}

impl Generation {
    /// A generation of these instances, all of which are made.
    pub(crate) fn new(
        number: u64,
        version: Version,
        manifest: Manifest,
        own_tables: Option<TablePrefix>,
        ceilings: &Ceilings,
        instances: Arc<dyn Instances>,
    ) -> Self {
        let subscriptions = manifest.subscriptions().into_iter();
        let hooks = subscriptions
            .map(|(name, entry)| {
                let timeout = ceilings.timeout(&manifest, &entry);
                (name, SubscribedHook { entry, timeout })
            })
            .collect();
        Self {
            number,
            version,
            quotas: ceilings.quotas(&manifest),
            limits: ceilings.limits(&manifest),
            own_tables,
            manifest,
            hooks,
            instances,
            settings: LiveSettings::default(),
            in_use: Mutex::default(),
            released: Arc::default(),
        }
    }

    /// With settings that its instances read.
    pub(crate) fn with_settings(self, settings: LiveSettings) -> Self {
        Self { settings, ..self }
    }

    pub(crate) fn id(&self) -> &PluginId {
        &self.manifest.plugin.id
    }

    /// Returns its subscriptions, whose calls `probation` observes if there is one.
    pub(crate) fn subscriptions(&self, probation: Option<&Arc<Probation>>) -> Vec<Subscription> {
        let in_use = Arc::new(InUse(Arc::clone(&self.released)));
        *self.in_use() = Arc::downgrade(&in_use);
        let subscriptions = self.hooks.iter().map(|(&name, hook)| {
            let subscription =
                Arc::clone(&self.instances).subscription(self.id(), name, hook, &in_use);
            match probation {
                Some(probation) => subscription.observed_by(probation.of(name)),
                None => subscription,
            }
        });
        subscriptions.collect()
    }

    /// Resolves when nobody can call what was subscribed last: it is off the bus, and every request
    /// that began with it has ended.
    pub(crate) async fn released(&self) {
        while self.in_use().strong_count() > 0 {
            self.released.notified().await;
        }
    }

    fn in_use(&self) -> MutexGuard<'_, Weak<InUse>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The instances of a generation.
#[async_trait]
pub(crate) trait Instances: Send + Sync + 'static {
    /// Returns a subscription whose calls go to the instances. Whoever can call them by it holds
    /// `in_use`.
    fn subscription(
        self: Arc<Self>,
        plugin: &PluginId,
        name: HookName,
        subscribed: &SubscribedHook,
        in_use: &Arc<InUse>,
    ) -> Subscription;

    /// Returns the pool's counts.
    fn pool(&self) -> PoolStatus;

    /// Notifies the instances of their end, refuses new calls and waits for those in progress.
    async fn close(self: Arc<Self>);

    /// Returns the plugin whose state goes from one version to the next; `None` where nothing has
    /// state.
    fn plugin(self: Arc<Self>) -> Option<Arc<Plugin>>;
}

#[async_trait]
impl Instances for Plugin {
    fn subscription(
        self: Arc<Self>,
        plugin: &PluginId,
        name: HookName,
        subscribed: &SubscribedHook,
        in_use: &Arc<InUse>,
    ) -> Subscription {
        let caller = Arc::new(Caller {
            plugin: self,
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
                        plugin.clone(),
                        options,
                        caller,
                    ),)*)*
                }
            };
        }
        for_each_hook!(by_name)
    }

    fn pool(&self) -> PoolStatus {
        Plugin::pool(self)
    }

    async fn close(self: Arc<Self>) {
        Plugin::close(&self).await;
    }

    fn plugin(self: Arc<Self>) -> Option<Arc<Plugin>> {
        Some(self)
    }
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

/// A token held by all who can call a generation. Notifies when the last of them is gone.
pub(crate) struct InUse(Arc<Notify>);

impl Drop for InUse {
    fn drop(&mut self) {
        // Keeps for who asks later: by then nothing is counted any more.
        self.0.notify_one();
    }
}

impl<H: GuestHook> Handler<H> for Caller {
    fn call<'a>(&'a self, params: H::Params, delivery: Option<&'a Delivery>) -> HandlerCall<'a, H> {
        let into_handler_error = |error| into_handler_error(error, &self.plugin);
        let Self {
            plugin, timeout, ..
        } = self;
        plugin.call_or_else::<H, _>(params, delivery, *timeout, into_handler_error)
    }
}

/// Says why a call failed, without the secrets of the plugin's settings.
fn into_handler_error(error: CallError, plugin: &Plugin) -> HandlerError {
    if let CallError::Refused(refusals) = error {
        return HandlerError::refused(refusals);
    }
    let message = error.to_string();
    let message = plugin.masked(&message).into_owned();
    if matches!(error, CallError::Stuck { .. }) {
        HandlerError::stuck(message)
    } else if error.is_the_guests() {
        HandlerError::new(message)
    } else {
        HandlerError::not_reached(message)
    }
}
