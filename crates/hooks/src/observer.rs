//! The record of calls: metrics, health, a log.

use std::{sync::Arc, time::Duration};

use raisfast_contract::{HookName, PluginId};

use crate::HandlerError;

/// The maker of call observers: whatever has to be looked up for a plugin and a hook is looked up
/// once, when the plugin subscribes, and not at each call.
pub trait Observer: Send + Sync + 'static {
    /// Returns the observer of the calls of `hook` in `plugin`. The same plugin subscribes anew
    /// with each reload.
    fn observe(&self, plugin: &PluginId, hook: HookName) -> Arc<dyn CallObserver>;
}

/// The observer of one subscription's calls. It runs on the calling task, so it must not block. A
/// call whose caller gave up before it ended is not reported.
pub trait CallObserver: Send + Sync + 'static {
    /// Takes note of a call that ended. An answer that was refused as invalid counts as an error.
    fn called(&self, duration: Duration, outcome: Result<(), &HandlerError>);
}

/// Observes nothing.
impl Observer for () {
    fn observe(&self, _: &PluginId, _: HookName) -> Arc<dyn CallObserver> {
        Arc::new(())
    }
}

/// Observes nothing.
impl CallObserver for () {
    fn called(&self, _: Duration, _: Result<(), &HandlerError>) {}
}
