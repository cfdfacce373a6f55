//! One change: what is written together, and who is told of it.
//!
//! It begins with [`Changes::begin`], after the filters, and is there with [`Change::commit`]. Dropped
//! before that, nothing of it has happened. A change is written first and told of then: on a database with
//! several writers, whoever holds the record's row comes first in what plugins hear of it, too.

use std::marker::PhantomData;

use raisfast_contract::hook::Action;
use raisfast_db::Database;
use raisfast_hooks::{Bus, Hooks};
use raisfast_outbox::{Outbox, Places, Record};
use sea_orm::DatabaseTransaction;

use crate::ContentError;

/// Where changes begin. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Changes {
    database: Database,
    bus: Bus,
    outbox: Outbox,
}

impl Changes {
    pub(crate) fn new(database: Database, bus: Bus, outbox: Outbox) -> Self {
        Self {
            database,
            bus,
            outbox,
        }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The plugins of one operation, from its first filter to its last action.
    pub(crate) fn hooks(&self) -> Hooks {
        self.bus.snapshot()
    }

    /// Begins a change of which `H` tells the plugins.
    pub(crate) async fn begin<H: Action>(&self, hooks: &Hooks) -> Result<Change<H>, ContentError> {
        self.begin_of_type(hooks, None).await
    }

    /// The same for a change of typed content.
    pub(crate) async fn begin_of_type<H: Action>(
        &self,
        hooks: &Hooks,
        content_type: Option<&str>,
    ) -> Result<Change<H>, ContentError> {
        // First: nobody waits for room in the outbox with a transaction in hand.
        let places = self.outbox.places(hooks, H::NAME, content_type).await?;
        Ok(Change {
            transaction: self.database.begin().await?,
            places,
            action: PhantomData,
        })
    }

    /// Begins a change that never waits for a plugin, nor is refused for one: a plugin whose room in the outbox is
    /// full is not told of it.
    pub(crate) async fn begin_unhindered<H: Action>(
        &self,
        hooks: &Hooks,
    ) -> Result<Change<H>, ContentError> {
        Ok(Change {
            places: self.outbox.places_or_none(hooks, H::NAME),
            transaction: self.database.begin().await?,
            action: PhantomData,
        })
    }
}

/// A change that is not committed yet.
pub(crate) struct Change<H> {
    transaction: DatabaseTransaction,
    places: Places,
    action: PhantomData<fn(H)>,
}

impl<H: Action> Change<H> {
    /// Where the change is written.
    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Writes what the plugins are told of the record, as part of the change.
    pub(crate) async fn tell(
        &mut self,
        record: Record<'_>,
        params: H::Params,
    ) -> Result<(), ContentError> {
        Ok(self
            .places
            .write::<H>(&self.transaction, record, &params)
            .await?)
    }

    /// From here on the change is made, and what follows from it is promised.
    pub(crate) async fn commit(self) -> Result<(), ContentError> {
        self.transaction.commit().await?;
        self.places.committed();
        Ok(())
    }

    /// Gives the change up, and returns when nobody has to wait for it any more.
    pub(crate) async fn roll_back(self) -> Result<(), ContentError> {
        Ok(self.transaction.rollback().await?)
    }
}
