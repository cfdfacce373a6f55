//! Every table of a migrated database has a decision: granted to plugins, or the host's own.

use std::collections::BTreeSet;

use raisfast_contract::{Reach, ServerTable, grant::Access};
use raisfast_host_api::{Grants, capability::Dialect};

use crate::support::{TestDatabase, on_every_database};

/// The names of all tables of a database that was empty before the server opened it.
async fn tables(test: &TestDatabase) -> BTreeSet<String> {
    let (catalog, name) = match test.dialect() {
        // SQLite's own begin with `sqlite_`.
        Dialect::Sqlite => (
            "sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
            "name",
        ),
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
    async fn each_table_of_the_schema_has_a_decision_that_grants_keep(test: &TestDatabase) {
        let everything = Grants {
            database: vec!["*".parse().unwrap()],
            ..Grants::default()
        };
        let found = tables(test).await;
        let declared = ServerTable::ALL.iter().map(|table| table.name().to_owned());
        assert_eq!(
            found,
            declared.collect(),
            "the tables that were made, and those of the list in raisfast-contract"
        );
        for table in ServerTable::ALL {
            let is_grantable = table.reach() == Reach::Grantable;
            for access in [Access::Read, Access::Write] {
                let name = table.name();
                assert_eq!(everything.allows_table(access, name), is_grantable, "{name}");
                let upper = name.to_ascii_uppercase();
                assert_eq!(everything.allows_table(access, &upper), is_grantable, "{upper}");
            }
        }
    }
}
