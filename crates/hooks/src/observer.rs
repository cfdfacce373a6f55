//! Whoever counts calls: metrics, health, a breaker.

use std::{sync::Arc, time::Duration};

use raisfast_types::{HookName, PluginId};

use crate::HandlerError;

/// Is asked once, when a plugin subscribes to a hook, who is to be told of the calls: whatever has to be
/// looked up for a plugin and a hook is looked up then, and not at each call.
pub trait Observer: Send + Sync + 'static {
    /// Who is told of the calls of `hook` that reach `plugin`. The same plugin subscribes anew with
    /// each reload.
    fn observe(&self, plugin: &PluginId, hook: HookName) -> Arc<dyn CallObserver>;
}

/// Is told of every call of one subscription that ended, on the task that made it: be quick. A call
/// whose caller gave up before it ended is not told of.
pub trait CallObserver: Send + Sync + 'static {
    /// A call ended. An answer that was refused as invalid counts as an error.
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
