//! Messages between the servers of one site, where the database carries any.

use futures::stream::BoxStream;
use raisfast_host_api::capability::{Db as _, Dialect};

#[cfg(feature = "postgres")]
use crate::postgres;
use crate::{Database, DbError};

/// The messages of a channel as they arrive; `None` where some may have been lost. It ends with an
/// error, after which one has to [listen](Database::listen) again.
pub type Notifications = BoxStream<'static, Result<Option<String>, DbError>>;

impl Database {
    /// Returns true if the database carries messages between servers. A pooler that gives out
    /// connections by the transaction passes none on.
    pub fn has_notifications(&self) -> bool {
        cfg!(feature = "postgres")
            && self.dialect() == Dialect::Postgres
            && !self.connection().is_lent()
    }

    /// Sends a message to all who listen on the channel, on a connection without a transaction.
    /// Where the database carries none, nothing is sent.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "no other database carries messages")
    )]
    pub async fn notify(&self, channel: &str, message: &str) -> Result<(), DbError> {
        match self.dialect() {
            #[cfg(feature = "postgres")]
            Dialect::Postgres if self.has_notifications() => {
                Ok(postgres::notifications::send(self.connection(), channel, message).await?)
            }
            _ => Ok(()),
        }
    }

    /// Listens on a channel, on a connection of its own.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "no other database carries messages")
    )]
    pub async fn listen(&self, channel: &'static str) -> Result<Option<Notifications>, DbError> {
        match self.dialect() {
            #[cfg(feature = "postgres")]
            Dialect::Postgres if self.has_notifications() => {
                let listening = postgres::notifications::listen(self.connection(), channel);
                Ok(Some(listening.await?))
            }
            _ => Ok(None),
        }
    }
}
