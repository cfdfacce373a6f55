//! One change: a transaction, and the deliveries that are written in it.
//!
//! It begins with [`Changes::begin`], after the filters, and is made by [`Change::commit`]. Dropped
//! before that, nothing of it has happened. The record is written first and its deliveries then: on
//! a database with several writers, the order in which they get the record's row is the order of
//! the deliveries.

use std::marker::PhantomData;

use raisfast_contract::hook::Action;
use raisfast_db::Database;
use raisfast_hooks::{Bus, Hooks};
use sea_orm::DatabaseTransaction;

use crate::{Outbox, OutboxError, Places};

/// The place where changes begin. Cloning is cheap.
#[derive(Clone)]
pub struct Changes {
    database: Database,
    bus: Bus,
    outbox: Outbox,
}

impl Changes {
    /// Changes of this database, which the plugins on this bus receive through this outbox.
    pub fn new(database: Database, bus: Bus, outbox: Outbox) -> Self {
        Self {
            database,
            bus,
            outbox,
        }
    }

    /// Returns the database that is changed.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Returns the plugins of one operation, from its first filter to its last action.
    pub fn hooks(&self) -> Hooks {
        self.bus.snapshot()
    }

    /// Begins a change that plugins receive by the action `H`.
    ///
    /// # Errors
    ///
    /// [`OutboxError::Full`] where a plugin has no room left for a delivery.
    pub async fn begin<H: Action>(&self, hooks: &Hooks) -> Result<Change<H>, OutboxError> {
        self.begin_of_type(hooks, None).await
    }

    /// As [`begin`](Self::begin), for a change of typed content.
    pub async fn begin_of_type<H: Action>(
        &self,
        hooks: &Hooks,
        content_type: Option<&str>,
    ) -> Result<Change<H>, OutboxError> {
        // First: nobody waits for room in the outbox with a transaction in hand.
        let places = self.outbox.places(hooks, H::NAME, content_type).await?;
        Ok(Change {
            transaction: self.database.begin().await?,
            places,
            action: PhantomData,
        })
    }

    /// Begins a change that never waits for a plugin, nor is refused for one: a plugin whose room
    /// in the outbox is full gets no delivery.
    pub async fn begin_unhindered<H: Action>(
        &self,
        hooks: &Hooks,
    ) -> Result<Change<H>, OutboxError> {
        Ok(Change {
            places: self.outbox.places_or_none(hooks, H::NAME).await,
            transaction: self.database.begin().await?,
            action: PhantomData,
        })
    }
}

/// A change that is not committed yet.
pub struct Change<H> {
    transaction: DatabaseTransaction,
    places: Places,
    action: PhantomData<fn(H)>,
}

impl<H: Action> Change<H> {
    /// Returns the transaction in which the change is written.
    pub fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Writes a delivery for each plugin, as part of the change of the record with this id. A
    /// plugin receives the changes of one record in their order.
    pub async fn tell(&mut self, record: &str, params: H::Params) -> Result<(), OutboxError> {
        self.places
            .write::<H>(&self.transaction, record, &params)
            .await
    }

    /// Commits the change. From here on its deliveries are promised.
    pub async fn commit(self) -> Result<(), OutboxError> {
        self.transaction.commit().await?;
        self.places.committed();
        Ok(())
    }

    /// Gives the change up, and returns when nobody has to wait for it any longer.
    pub async fn roll_back(self) -> Result<(), OutboxError> {
        Ok(self.transaction.rollback().await?)
    }
}
