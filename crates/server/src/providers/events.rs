//! The administrators' event stream.
//!
//! Events are not kept: whoever listens gets those that happen from then on. A listener who is
//! slower than the events loses the oldest and is told how many.

use raisfast_contract::{HookName, PluginId};
use raisfast_health::{BreakerEvent, BreakerNews, BreakerStatus};
use raisfast_host_api::capability::Events;
use serde::Serialize;
use tokio::sync::broadcast;

/// The most events that a slow listener may be behind.
const BACKLOG: usize = 256;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A plugin has something to say.
    Plugin(PluginEvent),
    /// A plugin is paused, tried, or called again.
    Breaker(BreakerChange),
}

impl Event {
    /// Returns the event's name in the stream. A plugin cannot choose this, and so not pretend to
    /// be the server.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plugin(_) => "plugin",
            Self::Breaker(_) => "breaker",
        }
    }
}

/// An event that a plugin has emitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginEvent {
    /// The plugin that emitted it.
    pub plugin: PluginId,
    /// The plugin's own word for what happened.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The plugin's own text, often JSON.
    pub data: String,
    /// When, RFC 3339.
    pub at: String,
}

/// A change of one plugin's breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakerChange {
    /// Whose breaker it is.
    pub plugin: PluginId,
    /// For which hook.
    pub hook: HookName,
    /// The change.
    #[serde(rename = "type")]
    pub event_type: BreakerEvent,
    /// The breaker's state now.
    #[serde(flatten)]
    pub status: BreakerStatus,
    /// When, RFC 3339.
    pub at: String,
}

/// Hands each event to everybody who listens. Cloning is cheap and gives the same stream.
#[derive(Clone)]
pub struct EventStream(broadcast::Sender<Event>);

impl EventStream {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    /// Events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    /// Tells everybody of a breaker's change.
    pub(crate) fn breaker(&self, news: &BreakerNews) {
        self.send(Event::Breaker(BreakerChange {
            plugin: news.plugin.clone(),
            hook: news.hook,
            event_type: news.event,
            status: news.status.clone(),
            at: super::log::now(),
        }));
    }

    fn send(&self, event: Event) {
        // An error only says that nobody listens.
        let _ = self.0.send(event);
    }
}

impl Events for EventStream {
    fn emit(&self, plugin: &PluginId, event_type: &str, data: &str) {
        self.send(Event::Plugin(PluginEvent {
            plugin: plugin.clone(),
            event_type: event_type.to_owned(),
            data: data.to_owned(),
            at: super::log::now(),
        }));
    }
}
