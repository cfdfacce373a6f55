//! The administrators' event stream.
//!
//! Events are not kept: whoever listens gets those that happen from then on. A listener who is slower
//! than the events loses the oldest and is told how many.

use raisfast_host_api::capability::Events;
use raisfast_types::PluginId;
use serde::Serialize;
use tokio::sync::broadcast;

/// How many events a slow listener may be behind.
const BACKLOG: usize = 256;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Who emitted it.
    pub plugin: PluginId,
    /// The plugin's own word for what happened.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The plugin's own text, often JSON.
    pub data: String,
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
}

impl Events for EventStream {
    fn emit(&self, plugin: &PluginId, event_type: &str, data: &str) {
        let event = Event {
            plugin: plugin.clone(),
            event_type: event_type.to_owned(),
            data: data.to_owned(),
            at: super::log::now(),
        };
        // An error only says that nobody listens.
        let _ = self.0.send(event);
    }
}
