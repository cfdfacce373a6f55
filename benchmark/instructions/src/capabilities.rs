//! The capabilities of the counted guest: a key-value store, and nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_host_api::{
    ApiError, Capabilities, ErrorCode,
    capability::{
        Columns, Config, Content, Db, Dialect, Events, Figures, FileStat, FoundPost, Http,
        HttpRequest, HttpResponse, Kv, KvLimits, Log, LogRecord, Migrations, Recorders,
        RequestError, Row, RowLimits, Scalar, Transaction, Vfs, VfsLimits,
    },
    migration::{Migration, MigrationError},
};

/// The value of every key.
pub(crate) const VALUE: &str = "blue";

/// Answers at once, so that nothing but the way to a provider and back is counted.
struct Nothing;

pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        log: Arc::new(Nothing),
        config: Arc::new(Nothing),
        http: Arc::new(Nothing),
        kv: Arc::new(Nothing),
        content: Arc::new(Nothing),
        db: Arc::new(Nothing),
        migrations: Arc::new(Nothing),
        vfs: Arc::new(Nothing),
        events: Arc::new(Nothing),
        recorders: Recorders::default(),
        figures: Figures::default(),
    }
}

fn missing<T>() -> Result<T, ApiError> {
    Err(ApiError::new(ErrorCode::NotFound, "this is not counted"))
}

#[async_trait]
impl Kv for Nothing {
    async fn get(&self, _plugin: &PluginId, _key: &str) -> Result<Option<String>, ApiError> {
        Ok(Some(VALUE.to_owned()))
    }

    async fn set(
        &self,
        _plugin: &PluginId,
        _key: &str,
        _value: &str,
        _limits: KvLimits,
    ) -> Result<(), ApiError> {
        missing()
    }
}

impl Log for Nothing {
    fn record(&self, record: LogRecord<'_>) {
        // A panic's message, say.
        eprintln!("{}: {}", record.plugin, record.message);
    }
}

impl Config for Nothing {
    fn get(&self, _key: &str) -> Option<String> {
        None
    }
}

#[async_trait]
impl Http for Nothing {
    async fn send(&self, _request: HttpRequest) -> Result<HttpResponse, RequestError> {
        Err(RequestError::Connection("not part of this".to_owned()))
    }
}

#[async_trait]
impl Content for Nothing {
    async fn post_by_slug(&self, _slug: &str) -> Result<Option<FoundPost>, ApiError> {
        missing()
    }
}

#[async_trait]
impl Db for Nothing {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn columns(&self, _table: &str) -> Result<Arc<Columns>, ApiError> {
        missing()
    }

    async fn query(
        &self,
        _sql: &str,
        _params: &[Scalar],
        _limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        missing()
    }

    async fn execute(&self, _sql: &str, _params: &[Scalar]) -> Result<u64, ApiError> {
        missing()
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, ApiError> {
        missing()
    }
}

#[async_trait]
impl Migrations for Nothing {
    async fn apply(
        &self,
        _plugin: &PluginId,
        _migrations: &[Migration],
    ) -> Result<Vec<String>, MigrationError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Vfs for Nothing {
    async fn read(&self, _plugin: &PluginId, _path: &str) -> Result<Option<String>, ApiError> {
        missing()
    }

    async fn write(
        &self,
        _plugin: &PluginId,
        _path: &str,
        _content: &str,
        _limits: VfsLimits,
    ) -> Result<(), ApiError> {
        missing()
    }

    async fn delete(&self, _plugin: &PluginId, _path: &str) -> Result<bool, ApiError> {
        missing()
    }

    async fn exists(&self, _plugin: &PluginId, _path: &str) -> Result<bool, ApiError> {
        missing()
    }

    async fn list(&self, _plugin: &PluginId, _path: &str) -> Result<Option<Vec<String>>, ApiError> {
        missing()
    }

    async fn stat(&self, _plugin: &PluginId, _path: &str) -> Result<Option<FileStat>, ApiError> {
        missing()
    }
}

impl Events for Nothing {
    fn emit(&self, _plugin: &PluginId, _event_type: &str, _data: &str) {}
}
