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

    /// Returns the word by which nodes name it to each other.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Plugins => "plugins",
            Self::Events => "events",
        }
    }

    /// Returns the topic of a word; none where a node of another version has one more.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}
