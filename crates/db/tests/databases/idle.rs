//! A server that stands still in a transaction, or is gone with its machine.

use std::time::Duration;

use raisfast_db::{Database, entity::node_locks};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use tokio::time::timeout;

use crate::support::TestDatabase;

async fn lock(connection: &impl ConnectionTrait) {
    let row = node_locks::Entity::find_by_id(node_locks::ROW);
    let locked = row.lock_exclusive().one(connection).await;
    locked.expect("the lock is had before the wait for it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn others_get_its_locks_before_they_have_waited_in_vain() {
    for test in [
        TestDatabase::postgres().await,
        TestDatabase::mariadb().await,
    ] {
        let still = test.database.begin().await.unwrap();
        lock(&still).await;
        let other = Database::connect(&test.url).await.unwrap();
        let other = other.begin().await.unwrap();
        timeout(Duration::from_secs(10), lock(&other))
            .await
            .unwrap();
        other.commit().await.unwrap();
        // What it had begun is over.
        assert!(still.commit().await.is_err());
    }
}
