//! Every table of the schema is either content, which grants can reach, or the server's own.

use std::collections::BTreeSet;

use raisfast_contract::grant::Access;
use raisfast_db::CONTENT_TABLES;
use raisfast_host_api::{Grants, capability::Dialect};

use crate::support::{TestDatabase, on_every_database};

/// The names of all tables of a database that was empty before the server opened it.
async fn tables(test: &TestDatabase) -> BTreeSet<String> {
    let (catalog, name) = match test.dialect() {
        Dialect::Sqlite => ("sqlite_master WHERE type = 'table'", "name"),
        Dialect::Postgres => ("pg_tables WHERE schemaname = 'public'", "tablename"),
        Dialect::Mysql => (
            "information_schema.tables WHERE table_schema = database()",
            "table_name",
        ),
    };
    let rows = test
        .rows(&format!("SELECT {name} AS name FROM {catalog}"), &[])
        .await;
    rows.iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

on_every_database! {
    async fn of_the_schema_grants_reach_content_and_nothing_else(test: &TestDatabase) {
        let everything = Grants {
            database: vec!["*".parse().unwrap()],
            ..Grants::default()
        };
        let tables = tables(test).await;
        for table in CONTENT_TABLES {
            assert!(tables.contains(table), "{table} is in {tables:?}");
        }
        for table in &tables {
            let is_content = CONTENT_TABLES.contains(&table.as_str());
            for access in [Access::Read, Access::Write] {
                assert_eq!(
                    everything.allows_table(access, table),
                    is_content,
                    "`{table}` is new: name it in CONTENT_TABLES if plugins may be granted it, \
                     or in the host's tables of raisfast-host-api"
                );
            }
        }
    }
}
