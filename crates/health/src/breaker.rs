//! Breakers: a plugin that fails again and again is not called for a while.
//!
//! There is one for each plugin and hook. It *opens* after some failures in a row: calls are
//! skipped. After a pause it is *half-open*: one call tries the plugin, the others are still
//! skipped. The answer *closes* it, a failure opens it for twice as long.
//!
//! A breaker begins closed, with the first generation of a version of its plugin that has the hook;
//! it survives reloads of that version and restarts of the server, and ends with the version. Its
//! state is written down when it changes, not when a call is made, and off the call's path: a
//! server that is killed may forget the last change.
//!
//! The bus and the runtime say what counts as a failure: a trap, a deadline, a panic, an answer
//! that is refused. A caller that gave up and a call that waited for an instance in vain say
//! nothing about the plugin.

mod hook_breaker;
mod machine;
mod memory;
mod registry;

use std::time::Duration;

use raisfast_contract::{HookName, PluginId};
use raisfast_hooks::HandlerError;
use serde::Serialize;

pub(crate) use hook_breaker::HookBreaker;
pub use memory::{BreakerMemory, BreakerMemoryError, OpenBreaker, Version};
pub use registry::Breakers;

/// When breakers open, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row that open a breaker; 0 for no breakers. Default 5.
    pub failures: u32,
    /// The first pause. Default 30 s.
    pub pause: Duration,
    /// The longest pause: each is twice as long as the one before it. Default 1 h.
    pub max_pause: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            failures: 5,
            pause: Duration::from_secs(30),
            max_pause: Duration::from_hours(1),
        }
    }
}

/// The state of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakerState {
    /// The plugin is called.
    Closed,
    /// It is not called.
    Open,
    /// One call tries it.
    HalfOpen,
}

/// One breaker, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakerStatus {
    /// The state.
    pub state: BreakerState,
    /// Failures in a row so far.
    pub failures: u32,
    /// Since when the plugin is not called, RFC 3339; absent where it is.
    pub since: Option<String>,
    /// When a call tries it, or tried it, RFC 3339.
    pub until: Option<String>,
    /// The reason for the last of the failures.
    pub reason: Option<String>,
    /// Calls that were not made, since the server or this version of the plugin began.
    pub skipped: u64,
}

impl BreakerStatus {
    /// A breaker that has seen nothing.
    pub(crate) const CLOSED: Self = Self {
        state: BreakerState::Closed,
        failures: 0,
        since: None,
        until: None,
        reason: None,
        skipped: 0,
    };
}

/// The change of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakerEvent {
    /// The plugin failed too often and is paused.
    Paused,
    /// The pause is over: a call tries the plugin.
    Probing,
    /// That call failed too: the plugin is paused again.
    PausedAgain,
    /// That call was answered: the plugin is called again.
    Recovered,
    /// An administrator ended the pause.
    Reset,
    /// Another version of the plugin took the place of the one that was paused.
    NewVersion,
}

/// News of one breaker.
#[derive(Debug, Clone)]
pub struct BreakerNews {
    /// The plugin.
    pub plugin: PluginId,
    /// The hook.
    pub hook: HookName,
    /// The change.
    pub event: BreakerEvent,
    /// The breaker's state after it.
    pub status: BreakerStatus,
    /// The same in words, with what to do next.
    pub message: String,
}

/// A listener to breakers' changes and their causes. It is called on the task on which they happen,
/// so it must not block.
pub trait BreakerListener: Send + Sync {
    /// A breaker has changed.
    fn changed(&self, news: &BreakerNews);

    /// A call has failed, whatever the breaker makes of it.
    fn failed(&self, plugin: &PluginId, hook: HookName, reason: &HandlerError) {
        let _ = (plugin, hook, reason);
    }

    /// Returns what an administrator can do about a paused plugin. Messages end with it.
    fn way_out(&self, plugin: &PluginId) -> String {
        let _ = plugin;
        "an admin can fix it and deploy it again, or end the pause".to_owned()
    }
}

/// Listens to nothing.
impl BreakerListener for () {
    fn changed(&self, _: &BreakerNews) {}
}
