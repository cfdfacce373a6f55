//! Plugins' own statements, on whichever database is in use.

use std::sync::Arc;

use async_trait::async_trait;
use raisfast_host_api::{
    ApiError,
    capability::{Columns, Db, Dialect, Row, RowLimits, Scalar, Transaction},
};

use crate::{Database, columns::KnownColumns};

#[async_trait]
impl Db for Database {
    fn dialect(&self) -> Dialect {
        self.plugins.dialect()
    }

    async fn columns(&self, table: &str) -> Result<Arc<Columns>, ApiError> {
        if let Some(columns) = self.columns.get(table) {
            return Ok(columns);
        }
        let schema = self.columns.schema();
        let columns = self.plugins.columns(table).await?;
        self.columns.keep(schema, table, &columns);
        Ok(columns)
    }

    async fn query(
        &self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        self.plugins.query(sql, params, limits).await
    }

    async fn execute(&self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        self.plugins.execute(sql, params).await
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, ApiError> {
        let known = self.columns.clone();
        // It may see the tables as they are now until its end.
        let schema = known.schema();
        let open = self.plugins.begin().await?;
        Ok(Box::new(OpenTransaction {
            open,
            known,
            schema,
        }))
    }
}

/// A transaction that knows of columns what is known outside of it.
struct OpenTransaction {
    open: Box<dyn Transaction>,
    known: Arc<KnownColumns>,
    schema: u64,
}

#[async_trait]
impl Transaction for OpenTransaction {
    async fn columns(&mut self, table: &str) -> Result<Arc<Columns>, ApiError> {
        if let Some(columns) = self.known.get(table) {
            return Ok(columns);
        }
        let columns = self.open.columns(table).await?;
        self.known.keep(self.schema, table, &columns);
        Ok(columns)
    }

    async fn query(
        &mut self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        self.open.query(sql, params, limits).await
    }

    async fn execute(&mut self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        self.open.execute(sql, params).await
    }

    async fn commit(self: Box<Self>) -> Result<(), ApiError> {
        self.open.commit().await
    }

    async fn rollback(self: Box<Self>) -> Result<(), ApiError> {
        self.open.rollback().await
    }
}
