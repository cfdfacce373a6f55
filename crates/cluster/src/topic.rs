//! The reasons for which nodes wake each other.

/// A part of the database that a node follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Deliveries are waiting.
    Outbox,
    /// A switch, a setting, a breaker or a release has changed.
    Plugins,
    /// An event was written.
    Events,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::Outbox, Self::Plugins, Self::Events];
}
