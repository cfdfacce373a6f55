//! Whoever counts calls: metrics, health, a breaker.

use std::time::Duration;

use raisfast_types::{HookName, PluginId};

use crate::HandlerError;

/// Is told of every call that ended, on the task that made it: be quick. A call whose caller gave up
/// before it ended is not told of.
pub trait Observer: Send + Sync + 'static {
    /// A call ended. An answer that was refused as invalid counts as an error.
    fn called(
        &self,
        plugin: &PluginId,
        hook: HookName,
        duration: Duration,
        outcome: Result<(), &HandlerError>,
    );
}

/// Observes nothing.
impl Observer for () {
    fn called(&self, _: &PluginId, _: HookName, _: Duration, _: Result<(), &HandlerError>) {}
}
