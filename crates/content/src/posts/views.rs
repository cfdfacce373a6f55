//! Counting readers.
//!
//! Whoever reads a page must not wait for somebody who holds the database. So a view is remembered,
//! and written a second later together with the others of that second. What is not written yet when
//! the server is killed is lost; a server that is stopped in good order [writes](Views::write) it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use raisfast_db::{Database, entity::posts};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use tokio::time::sleep;

/// The time for which a view is remembered before it is written.
const DELAY: Duration = Duration::from_secs(1);

/// The views of a site's posts. Cloning shares them.
#[derive(Clone)]
pub(super) struct Views(Arc<Shared>);

struct Shared {
    database: Database,
    /// By the posts' ids. Of a post with no new views there is nothing.
    unwritten: Mutex<BTreeMap<String, i64>>,
    /// Whoever holds it writes.
    writing: tokio::sync::Mutex<()>,
}

impl Views {
    pub(super) fn new(database: Database) -> Self {
        Self(Arc::new(Shared {
            database,
            unwritten: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }))
    }

    /// Counts a view of a post; returns how many of its views are not written yet, with this one.
    pub(super) fn count(&self, id: &str) -> i64 {
        let mut unwritten = self.0.unwritten();
        let is_first = unwritten.is_empty();
        let views = unwritten.entry(id.to_owned()).or_default();
        *views += 1;
        let views = *views;
        drop(unwritten);
        if is_first {
            self.write_soon();
        }
        views
    }

    /// Schedules a write of the pending views. Views that arrive before it runs are included.
    fn write_soon(&self) {
        let site = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                sleep(DELAY).await;
                let Some(views) = site.upgrade() else { return };
                if let Err(error) = views.write().await {
                    tracing::warn!(%error, "views are not counted yet; this is tried again");
                }
                if views.unwritten().is_empty() {
                    return;
                }
            }
        });
    }

    /// Writes all views that were counted so far.
    pub(super) async fn write(&self) -> Result<(), DbErr> {
        self.0.write().await
    }
}

impl Shared {
    fn unwritten(&self) -> MutexGuard<'_, BTreeMap<String, i64>> {
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn write(&self) -> Result<(), DbErr> {
        let _writing = self.writing.lock().await;
        let written = self.unwritten().clone();
        if written.is_empty() {
            return Ok(());
        }
        let transaction = self.database.connection().begin().await?;
        for (id, views) in &written {
            let count = posts::Column::ViewCount;
            posts::Entity::update_many()
                .col_expr(count, Expr::col(count).add(*views))
                .filter(posts::Column::Id.eq(id))
                .exec(&transaction)
                .await?;
        }
        transaction.commit().await?;
        let mut unwritten = self.unwritten();
        for (id, views) in written {
            if let Some(left) = unwritten.get_mut(&id) {
                *left -= views;
                if *left == 0 {
                    unwritten.remove(&id);
                }
            }
        }
        Ok(())
    }
}
