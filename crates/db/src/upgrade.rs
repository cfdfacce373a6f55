//! The schema is brought up to date, beside other servers on the same database.
//!
//! - **One at a time.** A server takes the turn before it looks at the schema, by a lock of the
//!   database that ends with its connection. The others wait for up to a minute. An SQLite file is
//!   one server's, and needs none.
//! - **Steps expand.** Servers of the version before go on while a newer one adds tables and
//!   columns, and start again on the schema that they do not know all of. A step that takes
//!   something away has `_contracts_` in its name, and comes a version later at the earliest: a
//!   server that does not know such a step refuses to start.
//! - **Servers from before [`NODES`]** know nothing of others: they deliver and tick by themselves.
//!   Where the database is theirs, nobody else may be connected to it when it is changed.

use std::{collections::BTreeSet, time::Duration};

use raisfast_host_api::capability::Dialect;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use sea_orm_migration::{MigratorTrait as _, seaql_migrations::Model as Applied};
use tokio::time::{Instant, sleep};

use crate::{Connection, Database, DbError, database::open_read_only, migration::Migrator};

/// The step since which servers know each other.
const NODES: &str = "m0017_nodes";
/// The part of a step's name that says that servers of the version before cannot go on.
const CONTRACTS: &str = "_contracts_";
/// The longest time for which a server that is being replaced may stay connected.
const FAREWELL: Duration = Duration::from_secs(10);
/// The time between two looks at who is connected.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The turn to change the schema. It ends with the connection that holds it.
pub(crate) struct Turn(Option<(Connection, DatabaseTransaction)>);

/// The statements of a server, in its words.
struct Words {
    /// Each in turn, on the connection that holds the turn.
    take: &'static [&'static str],
    /// Returns one row if a table of steps is there.
    has_steps: &'static str,
    /// Counts the other sessions on the database, but for those that wait for the turn.
    count_others: &'static [&'static str],
}

/// The key of the lock is the name of the program in ASCII, so that no other program has it.
const POSTGRES: Words = Words {
    take: &[
        "SET LOCAL lock_timeout = '60s'",
        // It holds the turn and nothing else, for as long as the steps take.
        "SET LOCAL idle_in_transaction_session_timeout = 0",
        "SELECT pg_advisory_xact_lock(8241984737424536436)",
    ],
    has_steps: "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
    count_others: &[
        "SELECT pg_stat_clear_snapshot()",
        "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() \
           AND coalesce(backend_type, 'client backend') = 'client backend' \
           AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)",
    ],
};
const MARIADB: Words = Words {
    take: &[
        "SET SESSION idle_transaction_timeout = 0",
        "SELECT GET_LOCK(CONCAT('raisfast ', MD5(DATABASE())), 60)",
    ],
    has_steps: "SELECT 1 FROM information_schema.TABLES \
                WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'seaql_migrations'",
    count_others: &["SELECT count(*) FROM information_schema.PROCESSLIST \
                     WHERE DB = DATABASE() AND ID <> CONNECTION_ID() \
                       AND COALESCE(STATE, '') <> 'User lock'"],
};

impl Turn {
    /// Waits for the turn, and for the end of servers that know nothing of others. To be called
    /// before this server opens its own connections, which would be counted.
    pub(crate) async fn take(url: &str) -> Result<Self, DbError> {
        let words = match Database::dialect_of(url)? {
            Dialect::Sqlite => return Ok(Self(None)),
            Dialect::Postgres => POSTGRES,
            Dialect::Mysql => MARIADB,
        };
        let (connection, _) = open_read_only(url).await?;
        let turn = connection.begin().await?;
        for statement in words.take {
            let taken = answer(&turn, statement).await;
            // PostgreSQL fails here; MariaDB returns 0.
            if !matches!(taken, Ok(None | Some(1))) {
                return Err(DbError::SchemaInUse);
            }
        }
        wait_for_former_servers(&turn, &words).await?;
        Ok(Self(Some((connection, turn))))
    }

    /// Gives the turn to the next server.
    pub(crate) async fn end(self) -> Result<(), DbErr> {
        let Some((connection, turn)) = self.0 else {
            return Ok(());
        };
        turn.rollback().await?;
        connection.close().await
    }
}

/// Waits until nobody else is connected, if the database was last changed by a server that knows
/// nothing of others.
async fn wait_for_former_servers(turn: &DatabaseTransaction, words: &Words) -> Result<(), DbError> {
    if answer(turn, words.has_steps).await? != Some(1) {
        return Ok(());
    }
    let former = "SELECT count(*) FROM seaql_migrations";
    let known = format!("{former} WHERE version = '{NODES}'");
    if answer(turn, former).await? == Some(0) || answer(turn, &known).await? != Some(0) {
        return Ok(());
    }
    let end = Instant::now() + FAREWELL;
    loop {
        let mut sessions = None;
        for statement in words.count_others {
            sessions = answer(turn, statement).await?;
        }
        match sessions {
            None | Some(0) => return Ok(()),
            Some(sessions) if Instant::now() >= end => {
                return Err(DbError::FormerServer { sessions });
            }
            Some(_) => sleep(LOOK_AGAIN).await,
        }
    }
}

/// Returns the number in the only row, if it is one.
async fn answer(turn: &DatabaseTransaction, statement: &str) -> Result<Option<i64>, DbErr> {
    let statement = Statement::from_string(turn.get_database_backend(), statement);
    let row = turn.query_one_raw(statement).await?;
    Ok(row.and_then(|row| {
        let narrow = || row.try_get_by_index::<i32>(0).map(i64::from);
        row.try_get_by_index::<i64>(0).or_else(|_| narrow()).ok()
    }))
}

/// Does the steps that are missing. The turn is this server's.
pub(crate) async fn bring_up_to_date(connection: &Connection) -> Result<(), DbError> {
    let migrate = |source| DbError::Migrate { source };
    if !connection.is_lent() {
        let applied = Migrator::get_migration_models(connection.pool()).await;
        if has_to_change(applied.map_err(migrate)?)? {
            Migrator::up(connection.pool(), None)
                .await
                .map_err(migrate)?;
        }
        return Ok(());
    }
    let transaction = connection.begin().await?;
    let applied = Migrator::get_migration_models(&transaction).await;
    if has_to_change(applied.map_err(migrate)?)? {
        Migrator::up(&transaction, None).await.map_err(migrate)?;
    }
    Ok(transaction.commit().await?)
}

/// Returns false if a newer version has done more than all.
fn has_to_change(applied: Vec<Applied>) -> Result<bool, DbError> {
    let applied = applied.into_iter().map(|step| step.version).collect();
    match compare(&applied, &known()) {
        Schema::Known => Ok(true),
        Schema::Newer => {
            tracing::info!(
                "a newer version has changed this database's schema, and this server goes on with it"
            );
            Ok(false)
        }
        Schema::NotFor(step) => Err(DbError::NewerSchema { step }),
    }
}

impl Database {
    /// Returns the step that keeps this version from using a schema with these steps, if one does.
    pub fn unusable_step(schema: &[String]) -> Option<String> {
        match compare(&schema.iter().cloned().collect(), &known()) {
            Schema::Known | Schema::Newer => None,
            Schema::NotFor(step) => Some(step),
        }
    }
}

/// Returns the steps of the schema that this version has.
fn known() -> BTreeSet<String> {
    let steps = Migrator::migrations();
    steps.iter().map(|step| step.name().to_owned()).collect()
}

/// A schema as a server meets it.
#[derive(Debug, PartialEq, Eq)]
enum Schema {
    /// All of its steps are known; some may be missing.
    Known,
    /// A newer version has expanded it.
    Newer,
    /// This step keeps the server from using it.
    NotFor(String),
}

fn compare(applied: &BTreeSet<String>, known: &BTreeSet<String>) -> Schema {
    let mut unknown = applied.difference(known);
    let Some(first) = unknown.clone().next() else {
        return Schema::Known;
    };
    if let Some(step) = unknown.find(|step| step.contains(CONTRACTS)) {
        return Schema::NotFor(step.clone());
    }
    // Steps are done in order: where one of this server's is missing, the other is from elsewhere.
    if known.is_subset(applied) {
        Schema::Newer
    } else {
        Schema::NotFor(first.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_a_newer_version_has_expanded_can_be_used_and_one_that_it_contracted_cannot() {
        let not_for = |step: &str| Schema::NotFor(step.to_owned());
        let cases: &[(&[&str], Schema)] = &[
            (&[], Schema::Known),
            (&["m1"], Schema::Known),
            (&["m1", "m2"], Schema::Known),
            (&["m1", "m2", "m3_more"], Schema::Newer),
            (&["m1", "m3_more"], not_for("m3_more")),
            (
                &["m1", "m2", "m3_more", "m4_contracts_posts", "m5_more"],
                not_for("m4_contracts_posts"),
            ),
        ];
        let known = ["m1", "m2"].map(str::to_owned).into();
        for (applied, expected) in cases {
            let steps = applied.iter().map(|step| (*step).to_owned()).collect();
            assert_eq!(compare(&steps, &known), *expected, "{applied:?}");
        }
    }
}
