//! One row from SQLite: through `db-query`, and straight through sea-orm.
//!
//! Both read the same table of the same file on connections of the same kind, and end with the row
//! as JSON text. What `db-query` does beyond that is what it is there for: the statement is
//! checked, it runs in a read-only transaction, its row is counted, and it can be cut off.

use std::{
    collections::BTreeMap,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use raisfast_db::{Connection, Database};
use raisfast_host_api::{Capabilities, Grants, HostedPlugin, Quotas, Session};
use raisfast_sql_gate::{Dialect, Gate};
use sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Statement};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::Progress;
use crate::{
    Contender, Entry,
    contenders::capabilities,
    report::{Figure, HOST, Report, Unit},
    sampling::{self, Effort},
};

/// The name of the figures in the report.
pub const SCENARIO: &str = "db-query, one row";
/// The contender without a host.
pub const SEA_ORM: &str = "sea-orm";
/// The part of the gate.
pub const GATE: &str = "the gate alone";

/// Text, a number and NULL, found by the primary key.
const SQL: &str = "SELECT id, title, views, excerpt FROM notes WHERE id = ?";
const KEY: &str = "0197c9f0-6c1e-7b3a-9d55-1c2e3f405162";

/// Measures the two side by side, then the gate alone.
pub fn measure(effort: Effort, report: &mut Report, progress: Progress) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut entries = [
        Entry {
            name: HOST,
            contender: Box::new(HostFunction::open(&folder)?),
        },
        Entry {
            name: SEA_ORM,
            contender: Box::new(SeaOrm::open(&folder)?),
        },
    ];
    for samples in sampling::compare(&mut entries, effort, |done| progress("one row", done))? {
        report.add(nanoseconds(samples));
    }
    let contender = Box::new(TheGate(Gate::new(Dialect::Sqlite)));
    let mut gate = [Entry {
        name: GATE,
        contender,
    }];
    for samples in sampling::compare(&mut gate, effort, |done| progress(GATE, done))? {
        report.add(nanoseconds(samples));
    }
    Ok(())
}

fn nanoseconds(samples: sampling::Samples) -> Figure {
    Figure::of(
        SCENARIO,
        samples.name,
        Unit::Nanoseconds,
        samples.nanoseconds,
    )
}

/// The file's database, with its one row.
async fn database(folder: &TempDir) -> Result<Database> {
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("db").display());
    let database = Database::connect(&url).await?;
    let connection = database.connection();
    let table = "CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, title TEXT NOT NULL, views INTEGER NOT NULL, excerpt TEXT)";
    connection.execute_unprepared(table).await?;
    let row = format!("INSERT OR IGNORE INTO notes VALUES ('{KEY}', 'Number one', 42, NULL)");
    connection.execute_unprepared(&row).await?;
    Ok(database)
}

/// Like a server: the calls run on one of its workers.
fn workers() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?)
}

/// `db-query` as a guest calls it.
struct HostFunction {
    workers: Runtime,
    /// Handed to a worker for the length of a batch.
    session: Option<Session>,
    params: String,
}

impl HostFunction {
    fn open(folder: &TempDir) -> Result<Self> {
        let workers = workers()?;
        let session = workers.block_on(async {
            let database = Arc::new(database(folder).await?);
            let capabilities = Capabilities {
                db: database.clone(),
                content: database,
                ..capabilities().await?
            };
            let grants = Grants {
                database: vec!["read:notes".parse()?],
                ..Grants::default()
            };
            let plugin = HostedPlugin::new(
                "com.example.reader".parse()?,
                grants,
                Quotas::UNLIMITED,
                BTreeMap::new(),
                capabilities,
            );
            anyhow::Ok(Arc::new(plugin).session(None))
        })?;
        Ok(Self {
            workers,
            session: Some(session),
            params: serde_json::json!([KEY]).to_string(),
        })
    }

    fn calls(&mut self, times: u64) -> Result<(String, Duration)> {
        let mut session = self.session.take().context("the session is there")?;
        let params = self.params.clone();
        let (session, answer, took) = self.workers.block_on(self.workers.spawn(async move {
            let mut answer = String::new();
            let began = Instant::now();
            for _ in 0..times {
                answer = session.db_query(SQL, Some(&params)).await;
            }
            let took = began.elapsed();
            (session, answer, took)
        }))?;
        self.session = Some(session);
        ensure!(answer.starts_with('['), "{answer}");
        Ok((answer, took))
    }
}

impl Contender for HostFunction {
    fn answer(&mut self) -> Result<String> {
        Ok(self.calls(1)?.0)
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        Ok(self.calls(times)?.1)
    }
}

/// The same query on the server's own connection.
struct SeaOrm {
    workers: Runtime,
    connection: Connection,
}

impl SeaOrm {
    fn open(folder: &TempDir) -> Result<Self> {
        let workers = workers()?;
        let database = workers.block_on(database(folder))?;
        Ok(Self {
            connection: database.connection().clone(),
            workers,
        })
    }

    fn calls(&self, times: u64) -> Result<(String, Duration)> {
        let connection = self.connection.clone();
        self.workers.block_on(self.workers.spawn(async move {
            let mut answer = String::new();
            let began = Instant::now();
            for _ in 0..times {
                let backend = connection.get_database_backend();
                let statement = Statement::from_sql_and_values(backend, SQL, [KEY.into()]);
                let rows = JsonValue::find_by_statement(statement)
                    .all(&connection)
                    .await?;
                answer = JsonValue::Array(rows).to_string();
            }
            Ok((answer, began.elapsed()))
        }))?
    }
}

impl Contender for SeaOrm {
    fn answer(&mut self) -> Result<String> {
        Ok(self.calls(1)?.0)
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        Ok(self.calls(times)?.1)
    }
}

/// The decision on a statement that has been seen before.
struct TheGate(Gate);

impl Contender for TheGate {
    fn answer(&mut self) -> Result<String> {
        Ok(self.0.query(SQL)?.sql.clone())
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        let began = Instant::now();
        for _ in 0..times {
            black_box(self.0.query(black_box(SQL))?);
        }
        Ok(began.elapsed())
    }
}
