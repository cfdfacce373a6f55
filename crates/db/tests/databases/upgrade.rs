//! The schema, where servers of several versions meet on one database.

use futures::future::join_all;
use raisfast_db::{Database, DbError};
use raisfast_test_databases::Server;

use crate::support::{TestDatabase, on_every_database};

async fn run(test: &TestDatabase, statement: &str) {
    use sea_orm::ConnectionTrait as _;
    let connection = test.database.connection();
    connection.execute_unprepared(statement).await.unwrap();
}

on_every_database! {
    async fn a_schema_that_a_newer_version_has_expanded_is_used(test: &TestDatabase) {
        run(test, "INSERT INTO seaql_migrations VALUES ('m9998_more', 1)").await;
        let same = Database::connect(&test.url).await.unwrap();
        same.close().await;
        let contracted = "INSERT INTO seaql_migrations VALUES ('m9999_contracts_posts', 1)";
        run(test, contracted).await;
        let refused = Database::connect(&test.url).await.unwrap_err();
        assert!(matches!(refused, DbError::NewerSchema { .. }), "{refused}");
        let refused = refused.to_string();
        assert!(refused.contains("`m9999_contracts_posts`; start that version"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_make_the_schema_once() {
    for server in [Server::Postgres, Server::Mariadb] {
        let url = server.fresh_database();
        let databases = join_all((0..6).map(|_| Database::connect(&url))).await;
        for database in databases {
            database.unwrap().close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_servers_that_know_nothing_of_others_is_not_changed_beside_them() {
    let both = [
        TestDatabase::postgres().await,
        TestDatabase::mariadb().await,
    ];
    join_all(both.map(async |test| {
        run(
            &test,
            "DELETE FROM seaql_migrations WHERE version >= 'm0017'",
        )
        .await;
        let refused = Database::connect(&test.url).await.unwrap_err();
        assert!(matches!(refused, DbError::FormerServer { .. }), "{refused}");
        let refused = refused.to_string();
        assert!(refused.contains("stop that server first"), "{refused}");
        // One that is being stopped is waited for.
        let (next, ()) = tokio::join!(Database::connect(&test.url), test.database.close());
        // Its tables are there already: this is past the question who is connected.
        let next = next.unwrap_err();
        assert!(matches!(next, DbError::Migrate { .. }), "{next}");
    }))
    .await;
}
