//! The description of a node that is to join.

use std::time::Duration;

/// A server as others see it.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// The name, for people; two nodes may have the same.
    pub name: String,
    /// The address at which it listens.
    pub address: String,
    /// The version of its program.
    pub version: String,
    /// The place of plugins' files.
    pub files: Files,
    /// The id that this server had before, if the process which had it is certainly gone. Its lease
    /// ends as this one begins.
    pub former: Option<String>,
    /// The times that rule its lease.
    pub timing: Timing,
}

/// The place where a node keeps plugins' files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// On its own disk, where no other node finds them.
    Local,
    /// In a place where all nodes find them.
    Shared,
}

impl Files {
    /// Returns the word of the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Shared => "shared",
        }
    }
}

/// The times of leases and of looking. All nodes of a site have the same; tests have others.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The time that a lease lasts without being renewed.
    pub lease: Duration,
    /// The part of the lease, at its end, in which the node holds nothing any longer: what it has
    /// begun before may end in it.
    pub margin: Duration,
    /// The time between two renewals.
    pub renewal: Duration,
    /// The longest time of one renewal; less than the time between two.
    pub patience: Duration,
    /// The time between two looks at the database without being woken.
    pub polling: Duration,
    /// Set if nodes wake each other by notifications, where the database carries them.
    pub notifications: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(10),
            margin: Duration::from_secs(2),
            renewal: Duration::from_secs(2),
            patience: Duration::from_millis(1_500),
            polling: Duration::from_secs(2),
            notifications: true,
        }
    }
}
