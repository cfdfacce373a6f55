//! The decision before a call: it is made, it is a probe, or the plugin is paused.

use std::{sync::Arc, time::SystemTime};

use raisfast_contract::{HookName, PluginId};

use crate::HandlerError;

/// The maker of gates: whatever has to be looked up for a plugin and a hook is looked up once, when
/// the plugin subscribes, and not at each call.
pub trait Gatekeeper: Send + Sync + 'static {
    /// Returns the gate that the calls of `hook` in `plugin` have to pass. The same plugin
    /// subscribes anew with each reload.
    fn gate(&self, plugin: &PluginId, hook: HookName) -> Arc<dyn Gate>;
}

/// The gate in front of one subscription. It runs on the calling task, so it must not block.
pub trait Gate: Send + Sync + 'static {
    /// Decides about a call. Nothing has been done for the call yet.
    fn admit(&self) -> Admission;
}

/// A gate's decision about one call.
pub enum Admission {
    /// The call is made.
    Call,
    /// The call is made, and its outcome decides about the calls after it.
    Probe(Box<dyn Probe>),
    /// The call is not made.
    Pause(Arc<Paused>),
}

/// A call that tries a paused plugin. If it is dropped before it has [`ended`](Self::ended), its
/// caller gave up, and another call may be the probe.
pub trait Probe: Send {
    /// Takes the outcome of the call. The subscription's [observers](crate::CallObserver) were
    /// notified before.
    fn ended(self: Box<Self>, outcome: Result<(), &HandlerError>);
}

/// The reason why a plugin is not called for a hook for a while.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Paused {
    /// The kind of reason.
    pub cause: PauseCause,
    /// The time at which a further call is worth trying; not in the past.
    pub until: SystemTime,
    /// The pause in words: since when, until when, and how to end it.
    pub message: String,
}

/// The kinds of pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseCause {
    /// The plugin has failed too often.
    Failing,
    /// The subscription is [reserved](crate::Subscription::reserve), and the plugin is not there
    /// yet.
    NotReady,
    /// The plugin could not be loaded, and a subscription [stands
    /// in](crate::Subscription::stand_in) for it.
    NotLoaded,
}

/// Gates that are always open.
impl Gatekeeper for () {
    fn gate(&self, _: &PluginId, _: HookName) -> Arc<dyn Gate> {
        Arc::new(())
    }
}

/// An open gate.
impl Gate for () {
    fn admit(&self) -> Admission {
        Admission::Call
    }
}
