//! The lifecycle of instances, for guests that export `interface lifecycle`: they are notified of
//! their beginning and end, and hand on their state.
//!
//! - `on-load` is a part of making an instance: one that refuses is an instance that cannot be
//!   made.
//! - [`HandOver`] takes the state of one version's instances to the next one's: it begins with
//!   instances that nobody has called yet, and ends when each of them has its state, or goes
//!   without.
//! - `on-unload` is a part of [`Plugin::close`]. An instance that ends in any other way is not
//!   notified.
//!
//! A function that fails costs its instance, like a hook that fails, and nothing else. One that
//! takes long goes on in the [background](crate::schedule).

use std::{pin::pin, sync::Arc, time::Duration};

use raisfast_bindings::GuestLifecycle;
use raisfast_contract::{is_printable, lifecycle::InstancePlace};
use raisfast_host_api::capability::Level;
use raisfast_pool::Lease;
use tokio::time::{Instant, timeout_at};
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc};

use crate::{
    CallError, LoadError, Plugin,
    instance::Instance,
    plugin::{InstanceFactory, no_instance},
    schedule::{BackgroundCooldown, OwnStack, Stack, paced, within},
};

/// The most characters of a guest's reason.
const SAID: usize = 500;

impl Instance {
    /// Notifies a fresh instance of its beginning.
    pub(crate) async fn load(
        &mut self,
        place: InstancePlace,
        limit: Duration,
    ) -> Result<(), LoadError> {
        let Some(on_load) = self.exported(|lifecycle| lifecycle.on_load) else {
            return Ok(());
        };
        match self.run(on_load, (place,), limit).await {
            Ok((Ok(()),)) => Ok(()),
            Ok((Err(reason),)) => Err(LoadError::Refused {
                reason: said(&reason),
            }),
            Err(error) => Err(LoadError::OnLoad {
                reason: error.to_string(),
            }),
        }
    }

    /// Notifies an instance that its version ends.
    async fn unload(&mut self, limit: Duration) -> Result<(), CallError> {
        match self.exported(|lifecycle| lifecycle.on_unload) {
            Some(on_unload) => self.run(on_unload, (), limit).await,
            None => Ok(()),
        }
    }

    async fn snapshot(&mut self, limit: Duration) -> Result<Option<Vec<u8>>, CallError> {
        let Some(snapshot) = self.exported(|lifecycle| lifecycle.snapshot) else {
            return Ok(None);
        };
        let (state,) = self.run(snapshot, (), limit).await?;
        Ok(state)
    }

    /// Gives a fresh instance the state of one before it; the error is the reason why it did not
    /// take it.
    async fn restore(&mut self, state: Vec<u8>, limit: Duration) -> Result<(), String> {
        let Some(restore) = self.exported(|lifecycle| lifecycle.restore) else {
            return Ok(());
        };
        match self.run(restore, (state,), limit).await {
            Ok((taken,)) => taken.map_err(|reason| said(&reason)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn exported<T>(&self, function: impl FnOnce(&GuestLifecycle) -> Option<T>) -> Option<T> {
        function(self.lifecycle.as_ref()?)
    }

    /// Calls a function of the lifecycle. After an error the instance must not be used again.
    pub(crate) async fn run<Params, Return>(
        &mut self,
        function: TypedFunc<Params, Return>,
        params: Params,
        limit: Duration,
    ) -> Result<Return, CallError>
    where
        Params: ComponentNamedList + Lower + Send + Sync,
        Return: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let (whereabouts, number) = (Arc::clone(&self.store.data().whereabouts), self.number);
        let call = pin!(async {
            let stack = Stack::Own(OwnStack::new(limit));
            self.store.set_epoch_deadline(stack.first_tick());
            self.store.data_mut().stack = stack;
            let returned = function.call_async(&mut self.store, params).await;
            self.store.data_mut().end_call().output().await;
            self.outcome(returned)
        });
        let returned = within(limit, call).await;
        returned.unwrap_or_else(|| {
            let place = whereabouts.last(number, limit);
            Err(CallError::Deadline { limit, place })
        })
    }
}

/// Instances of a new version, held back until they have the state of the version before.
///
/// Callers of the new version wait for an instance meanwhile; dropping this ends the wait, with
/// fresh instances.
#[must_use = "callers of the plugin wait for the hand-over"]
pub struct HandOver {
    plugin: Arc<Plugin>,
    held: Vec<Lease<InstanceFactory>>,
}

impl Plugin {
    /// Holds back the instances of a guest that takes over state: each one that is idle, so call
    /// this before anybody can call the plugin. Returns `None` if the guest takes over none.
    pub fn hold(self: &Arc<Self>) -> Option<HandOver> {
        if !self.has_lifecycle {
            return None;
        }
        let mut held = Vec::new();
        while let Some(instance) = self.pool.checkout_idle() {
            if instance.exported(|lifecycle| lifecycle.restore).is_none() {
                instance.release();
                return None;
            }
            held.push(instance);
        }
        let plugin = Arc::clone(self);
        Some(HandOver { plugin, held })
    }

    /// Notifies every instance that its version ends, as each becomes idle.
    pub(crate) async fn unload(self: &Arc<Self>) {
        if self.has_lifecycle {
            let unloading = Box::pin(Arc::clone(self).unload_instances());
            paced(&self.background, &BackgroundCooldown::default(), unloading).await;
        }
    }

    async fn unload_instances(self: Arc<Self>) {
        let limit = self.limits.start_timeout;
        let deadline = Instant::now() + limit;
        // Kept to the end, so that each turn brings another instance.
        let mut ended = Vec::new();
        for _ in 0..self.pool.status().size {
            let Ok(Ok(mut instance)) = timeout_at(deadline, self.pool.checkout()).await else {
                break;
            };
            if instance.exported(|lifecycle| lifecycle.on_unload).is_none() {
                instance.release();
                return;
            }
            if let Err(error) = instance.unload(limit).await {
                self.report(&format!("on-unload: {error}"));
            }
            ended.push(instance);
        }
        // Closed before they are dropped: nobody is to make others in their place.
        self.pool.close();
    }

    fn report(&self, what: &str) {
        self.hosted.report(None, Level::Warn, what);
    }
}

impl HandOver {
    /// Hands over the state of the former version's instances, one for one, each as soon as its
    /// call in progress has ended, and returns the number of those handed over. `limit` is for all
    /// of it, beside the time that each function has anyway. An instance that gets no state begins
    /// without, and the plugin's log says why.
    ///
    /// The former version can still be called, by requests that began with it. Their changes after
    /// this are lost.
    pub async fn run(self, former: &Arc<Plugin>, limit: Duration) -> usize {
        let background = self.plugin.background.clone();
        let handing_over = Box::pin(self.each_from(Arc::clone(former), limit));
        paced(&background, &BackgroundCooldown::default(), handing_over).await
    }

    async fn each_from(self, former: Arc<Plugin>, limit: Duration) -> usize {
        let deadline = Instant::now() + limit;
        let each = self.plugin.limits.start_timeout;
        let mut states = 0;
        // Kept to the end, so that each turn brings another instance.
        let mut asked = Vec::new();
        let count = former.pool.status().size;
        let mut held = self.held.into_iter();
        for mut instance in held.by_ref().take(count) {
            let state = async {
                let mut old = former.pool.checkout().await.map_err(no_instance)?;
                let state = old.snapshot(each).await?;
                asked.push(old);
                Ok::<_, CallError>(state)
            };
            match timeout_at(deadline, state).await {
                Ok(Ok(Some(state))) => match instance.restore(state, each).await {
                    Ok(()) => {
                        states += 1;
                        instance.release();
                    }
                    // Dropped: it may have taken half of it.
                    Err(reason) => self.plugin.report(&format!(
                        "restore: {reason}; the instance begins without the state of the version before"
                    )),
                },
                Ok(Ok(None)) => instance.release(),
                Ok(Err(error)) => {
                    self.plugin.report(&format!(
                        "snapshot: {error}; an instance begins without the state of the version before"
                    ));
                    instance.release();
                }
                Err(_) => {
                    self.plugin.report(
                        "the version before is too busy to hand on its state: instances begin without it",
                    );
                    instance.release();
                    break;
                }
            }
        }
        for instance in held.chain(asked) {
            instance.release();
        }
        states
    }
}

/// Returns a guest's reason as it may appear in logs and answers.
fn said(reason: &str) -> String {
    reason
        .chars()
        .take(SAID)
        .map(|c| if is_printable(c) { c } else { ' ' })
        .collect()
}
