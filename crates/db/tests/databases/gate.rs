//! The gate's tables are those that PostgreSQL and MariaDB find.
//!
//! Both check privileges for each table that a statement reads or changes, whatever its text looks
//! like. So each statement that the gate's corpora let through is given to the database, as the
//! gate has rendered it, by a user who may do exactly what the gate reports: that has to suffice.
//! Without any one of these privileges the database has to refuse: then the gate reports nothing
//! too much. (For SQLite the gate's own tests ask its authorizer.)

#[path = "../../../sql-gate/tests/corpus/cases.rs"]
#[allow(dead_code, reason = "refusals never get here")]
mod cases;

use async_trait::async_trait;
use cases::cases;
use raisfast_sql_gate::{Dialect, Gate, Statement};
use raisfast_test_databases::Server;
use sea_orm::sqlx::{
    self, AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, SqlSafeStr,
};

const EVERY: &str = include_str!("../../../sql-gate/tests/corpus/every.txt");

/// Tables of the corpora. Each has every column, so that most statements mean something.
const TABLES: &[&str] = &[
    "posts", "comments", "contents", "users", "a", "b", "c", "d", "e", "only",
];

/// The database's answer to a statement.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Fine,
    /// A privilege is missing.
    Denied(String),
    /// It means nothing there: an unknown column, another type.
    Meaningless(String),
}

/// A privilege on one table.
#[derive(Clone, Copy)]
enum Privilege {
    Read,
    Write,
}

impl Privilege {
    fn words(self) -> &'static str {
        match self {
            Self::Read => "SELECT",
            Self::Write => "INSERT, UPDATE, DELETE",
        }
    }
}

#[async_trait]
trait Judge {
    /// Asks as the administrator.
    async fn allows_anyone(&mut self, statement: &Statement) -> Answer;
    /// Asks as the user who has what was given.
    async fn allows(&mut self, statement: &Statement) -> Answer;
    async fn give(&mut self, privilege: Privilege, table: &str);
    async fn take(&mut self, privilege: Privilege, table: &str);
}

struct Postgres(PgConnection);

impl Postgres {
    async fn new() -> Self {
        let url = Server::Postgres.fresh_database();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        for table in TABLES {
            let create = format!(
                "CREATE TABLE \"{table}\" (id integer PRIMARY KEY, post_id integer, parent integer, \
                 views integer, n integer, x integer, y integer, z integer, w integer, a integer, b integer, \
                 title text, slug text, content text, excerpt text, status text, created_by text, name text, \
                 \"tïtle\" text, \"größe\" text, \"ñame\" text, \"名前\" text, \"Title\" text, \
                 created_at timestamptz, data jsonb, tags jsonb)"
            );
            run(&mut connection, &create).await.unwrap();
        }
        // Roles are the server's, which other tests share.
        run(&mut connection, "CREATE ROLE gate_probe")
            .await
            .unwrap();
        Self(connection)
    }

    async fn ask(&mut self, statement: &Statement) -> Answer {
        let sql = format!("PREPARE asked AS {}", statement.sql);
        let params = vec!["NULL"; statement.placeholders].join(", ");
        let explain = match statement.placeholders {
            0 => "EXPLAIN EXECUTE asked".to_owned(),
            _ => format!("EXPLAIN EXECUTE asked({params})"),
        };
        let mut answer = run(&mut self.0, &sql).await;
        if answer.is_ok() {
            answer = run(&mut self.0, &explain).await;
            run(&mut self.0, "DEALLOCATE asked").await.unwrap();
        }
        judged(answer, &["42501"])
    }
}

#[async_trait]
impl Judge for Postgres {
    async fn allows_anyone(&mut self, statement: &Statement) -> Answer {
        self.ask(statement).await
    }

    async fn allows(&mut self, statement: &Statement) -> Answer {
        run(&mut self.0, "SET ROLE gate_probe").await.unwrap();
        let answer = self.ask(statement).await;
        run(&mut self.0, "RESET ROLE").await.unwrap();
        answer
    }

    async fn give(&mut self, privilege: Privilege, table: &str) {
        let grant = format!("GRANT {} ON \"{table}\" TO gate_probe", privilege.words());
        run(&mut self.0, &grant).await.unwrap();
    }

    async fn take(&mut self, privilege: Privilege, table: &str) {
        let revoke = format!(
            "REVOKE {} ON \"{table}\" FROM gate_probe",
            privilege.words()
        );
        run(&mut self.0, &revoke).await.unwrap();
    }
}

struct Mariadb {
    admin: MySqlConnection,
    probe: MySqlConnection,
    database: String,
}

impl Mariadb {
    async fn new() -> Self {
        let url = Server::Mariadb.fresh_database();
        let mut admin = MySqlConnection::connect(&url).await.unwrap();
        for table in TABLES.iter().chain(&["ignore", "low_priority"]) {
            let create = format!(
                "CREATE TABLE `{table}` (id integer PRIMARY KEY, post_id integer, parent integer, \
                 views integer, n integer, x integer, y integer, z integer, w integer, a integer, b integer, \
                 c integer, d integer, e integer, \
                 title text, slug text, content text, excerpt text, status text, created_by text, name text, \
                 tïtle text, größe text, ñame text, 名前 text, \
                 created_at datetime, data json, tags json, FULLTEXT (title, content))"
            );
            run_mysql(&mut admin, &create).await.unwrap();
        }
        run_mysql(&mut admin, "CREATE USER gate_probe@localhost")
            .await
            .unwrap();
        let start = url.find("localhost/").unwrap() + "localhost/".len();
        let database = url[start..url.find('?').unwrap()].to_owned();
        // It may not enter the database before it may see one table.
        let probe = url
            .replace("root@", "gate_probe@")
            .replace(&format!("/{database}?"), "/?");
        let mut probe = MySqlConnection::connect(&probe).await.unwrap();
        run_mysql(&mut admin, "CREATE TABLE door (id integer)")
            .await
            .unwrap();
        run_mysql(&mut admin, "GRANT SELECT ON door TO gate_probe@localhost")
            .await
            .unwrap();
        run_mysql(&mut probe, &format!("USE {database}"))
            .await
            .unwrap();
        Self {
            admin,
            probe,
            database,
        }
    }
}

#[async_trait]
impl Judge for Mariadb {
    async fn allows_anyone(&mut self, statement: &Statement) -> Answer {
        prepared(&mut self.admin, statement).await
    }

    async fn allows(&mut self, statement: &Statement) -> Answer {
        prepared(&mut self.probe, statement).await
    }

    async fn give(&mut self, privilege: Privilege, table: &str) {
        let (words, database) = (privilege.words(), &self.database);
        let grant = format!("GRANT {words} ON {database}.`{table}` TO gate_probe@localhost");
        run_mysql(&mut self.admin, &grant).await.unwrap();
    }

    async fn take(&mut self, privilege: Privilege, table: &str) {
        let (words, database) = (privilege.words(), &self.database);
        let revoke = format!("REVOKE {words} ON {database}.`{table}` FROM gate_probe@localhost");
        run_mysql(&mut self.admin, &revoke).await.unwrap();
    }
}

async fn prepared(connection: &mut MySqlConnection, statement: &Statement) -> Answer {
    let sql = AssertSqlSafe(statement.sql.clone()).into_sql_str();
    let answer = (&mut *connection).prepare(sql).await.map(|_| ());
    connection.clear_cached_statements().await.unwrap();
    // For a table, or for a column of it.
    judged(answer, &["42000"])
}

fn judged(answer: Result<(), sqlx::Error>, denied: &[&str]) -> Answer {
    match answer {
        Ok(()) => Answer::Fine,
        Err(error) => {
            let reported = error.as_database_error().expect("the server answers");
            let message = reported.message().to_owned();
            let is_denied = denied.contains(&&*reported.code().unwrap_or_default())
                && (message.contains("denied"));
            if is_denied {
                Answer::Denied(message)
            } else {
                Answer::Meaningless(message)
            }
        }
    }
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .map(|_| ())
}

async fn run_mysql(connection: &mut MySqlConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .map(|_| ())
}

/// Returns the fault in the gate's answer, if there is one.
async fn complaint(
    judge: &mut dyn Judge,
    dialect: Dialect,
    statement: &Statement,
) -> Option<String> {
    let privileges: Vec<(Privilege, &String)> = statement
        .reads
        .iter()
        .map(|table| (Privilege::Read, table))
        .chain(
            statement
                .writes
                .iter()
                .map(|table| (Privilege::Write, table)),
        )
        .collect();
    for (privilege, table) in &privileges {
        judge.give(*privilege, table).await;
    }
    let mut complaint = None;
    // The columns of an ON CONFLICT tell no more than the failing of a plain INSERT.
    let target = statement
        .sql
        .contains(" ON CONFLICT")
        .then(|| statement.writes.first())
        .flatten();
    // Some releases of MariaDB let an INSERT return columns without SELECT; the gate asks for it on
    // each database.
    let returned = (dialect == Dialect::Mysql && statement.sql.contains(" RETURNING "))
        .then(|| statement.writes.first())
        .flatten();
    if let Some(target) = target {
        judge.give(Privilege::Read, target).await;
    }
    match judge.allows(statement).await {
        Answer::Fine => {}
        other => complaint = Some(format!("what the gate reports does not suffice: {other:?}")),
    }
    for (privilege, table) in &privileges {
        if [target, returned].contains(&Some(*table)) && matches!(privilege, Privilege::Read) {
            continue;
        }
        judge.take(*privilege, table).await;
        match judge.allows(statement).await {
            Answer::Denied(_) => {}
            other => {
                let words = privilege.words();
                complaint = Some(format!("it does without {words} on {table}: {other:?}"));
            }
        }
        judge.give(*privilege, table).await;
    }
    for (privilege, table) in &privileges {
        judge.take(*privilege, table).await;
    }
    if let Some(target) = target {
        judge.take(Privilege::Read, target).await;
    }
    complaint
}

async fn check(judge: &mut dyn Judge, dialect: Dialect, corpus: &str, at_least: usize) {
    let gate = Gate::new(dialect);
    let (mut compared, mut complaints, mut meaningless) = (0, Vec::new(), Vec::new());
    for case in cases(EVERY).into_iter().chain(cases(corpus)) {
        let Ok(statement) = case.function.call(&gate, &case.sql) else {
            continue;
        };
        match judge.allows_anyone(&statement).await {
            Answer::Fine => {}
            other => {
                meaningless.push(format!("{}\n    {other:?}", statement.sql));
                continue;
            }
        }
        compared += 1;
        if let Some(complaint) = complaint(judge, dialect, &statement).await {
            complaints.push(format!("{}\n    {complaint}", statement.sql));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {compared} statements:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    assert!(
        compared >= at_least,
        "the database understands only {compared}; not these:\n{}",
        meaningless.join("\n")
    );
}

#[tokio::test]
async fn postgres_finds_the_tables_that_the_gate_reports() {
    let corpus = include_str!("../../../sql-gate/tests/corpus/postgres.txt");
    check(&mut Postgres::new().await, Dialect::Postgres, corpus, 135).await;
}

#[tokio::test]
async fn mariadb_finds_the_tables_that_the_gate_reports() {
    let corpus = include_str!("../../../sql-gate/tests/corpus/mysql.txt");
    check(&mut Mariadb::new().await, Dialect::Mysql, corpus, 105).await;
}
