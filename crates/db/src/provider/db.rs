//! Plugins' own statements, on whichever database is in use.

use async_trait::async_trait;
use raisfast_host_api::{
    ApiError,
    capability::{Db, Dialect, Row, RowLimits, Scalar, Transaction},
};

use crate::Database;

#[async_trait]
impl Db for Database {
    fn dialect(&self) -> Dialect {
        self.plugins.dialect()
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
        self.plugins.begin().await
    }
}
