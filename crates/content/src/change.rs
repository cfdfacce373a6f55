//! One change: what is written together, and who is told of it.
//!
//! It begins with [`Changes::begin`], after the filters, and is there with [`Change::commit`]. Dropped
//! before that, nothing of it has happened. A change is written first and told of then: on a database with
//! several writers, whoever holds the record's row comes first in what follows from it, too.

use raisfast_db::Database;
use raisfast_hooks::{Bus, Hooks};
use raisfast_types::hook::Action;
use sea_orm::DatabaseTransaction;

use crate::ContentError;

/// Where changes begin. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Changes {
    database: Database,
    bus: Bus,
}

impl Changes {
    pub(crate) fn new(database: Database, bus: Bus) -> Self {
        Self { database, bus }
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
        Ok(Change {
            transaction: self.database.begin().await?,
            hooks: hooks.clone(),
            told: None,
        })
    }
}

/// A change that is not committed yet.
pub(crate) struct Change<H: Action> {
    transaction: DatabaseTransaction,
    hooks: Hooks,
    told: Option<H::Params>,
}

impl<H: Action> Change<H> {
    /// Where the change is written.
    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Says what the plugins are told of the record that was written.
    #[expect(clippy::unused_async, reason = "it will be written with the change")]
    pub(crate) async fn tell(
        &mut self,
        _record: Record<'_>,
        params: H::Params,
    ) -> Result<(), ContentError> {
        self.told = Some(params);
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), ContentError> {
        self.transaction.commit().await?;
        if let Some(params) = self.told {
            self.hooks.act::<H>(params).await;
        }
        Ok(())
    }

    /// Gives the change up, and returns when nobody has to wait for it any more.
    pub(crate) async fn roll_back(self) -> Result<(), ContentError> {
        Ok(self.transaction.rollback().await?)
    }
}

/// What a change is about. Plugins hear of the changes of one record in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record<'a> {
    /// A post, by its id.
    Post(&'a str),
    /// A comment, by its id.
    Comment(&'a str),
    /// Typed content, by its id.
    Content(&'a str),
    /// A user, by the id.
    User(&'a str),
}
