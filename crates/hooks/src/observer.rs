//! Whoever counts calls, and says whether there are more: metrics, health, a breaker.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use raisfast_contract::{HookName, PluginId};

use crate::HandlerError;

/// Is asked once, when a plugin subscribes to a hook, who is to be told of the calls: whatever has to be
/// looked up for a plugin and a hook is looked up then, and not at each call.
pub trait Observer: Send + Sync + 'static {
    /// Who is told of the calls of `hook` that reach `plugin`. The same plugin subscribes anew with
    /// each reload.
    fn observe(&self, plugin: &PluginId, hook: HookName) -> Arc<dyn CallObserver>;
}

/// Is asked before every call of one subscription and told of every one that ended, on the task that
/// makes it: be quick. A call whose caller gave up before it ended is not told of.
pub trait CallObserver: Send + Sync + 'static {
    /// Whether the call may be made. Nothing has been done for it yet.
    fn admit(&self) -> Admission {
        Admission::Call
    }

    /// A call ended. An answer that was refused as invalid counts as an error.
    fn called(&self, duration: Duration, outcome: Result<(), &HandlerError>);
}

/// What becomes of a call that is about to be made.
pub enum Admission {
    /// It is made.
    Call,
    /// It is made, and its outcome decides about those after it.
    Probe(Box<dyn Probe>),
    /// It is not made.
    Pause(Arc<Paused>),
}

/// A call that tries a paused plugin. Dropped before it has [`ended`](Self::ended), its caller gave up, and
/// another call may be the probe.
pub trait Probe: Send {
    /// The call ended. Its [`CallObserver`] was told before.
    fn ended(self: Box<Self>, outcome: Result<(), &HandlerError>);
}

/// A plugin is not called for a hook for a while.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Paused {
    /// Why.
    pub cause: PauseCause,
    /// When it is worth asking again; not in the past.
    pub until: SystemTime,
    /// Since when, until when, and how to end it.
    pub message: String,
}

/// Why a plugin is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseCause {
    /// It has failed too often.
    Failing,
    /// Its place is [reserved](crate::Subscription::reserve), and it is not there yet.
    NotReady,
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
