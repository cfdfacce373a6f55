//! The reasons why a change was refused, or the outbox cannot be used.

use std::fmt;

use raisfast_contract::PluginId;
use raisfast_db::DbError;

/// Too many deliveries wait for a plugin, or too large ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{plugin} has {most} waiting or dead in the outbox, and may have no more")]
pub struct OutboxFull {
    /// The plugin.
    pub plugin: PluginId,
    /// The bound that it has reached.
    pub most: Bound,
}

/// A bound on a plugin's deliveries together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// This many.
    Deliveries(u64),
    /// Of this many bytes.
    Bytes(u64),
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deliveries(most) => write!(f, "{most} deliveries"),
            Self::Bytes(most) => write!(f, "deliveries of {} MiB", most >> 20),
        }
    }
}

/// The reason why the outbox cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// There is no room for what a change would add.
    #[error(transparent)]
    Full(#[from] OutboxFull),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// There is no such delivery.
    #[error("no delivery {0} is in the outbox: it was delivered, discarded, or never was")]
    NotFound(String),
    /// A cursor that no page has given.
    #[error("`{0}` is not a valid cursor; use `next` from the previous page")]
    Cursor(String),
    /// A delivery cannot be written down.
    #[error("what a plugin is to be told cannot be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
}

impl From<sea_orm::DbErr> for OutboxError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}
