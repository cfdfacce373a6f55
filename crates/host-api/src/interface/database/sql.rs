//! `db-query`, `db-execute`, `db-begin`, `db-commit`, `db-rollback`.

use std::{fmt::Display, sync::Arc};

use raisfast_contract::grant::Access;
use raisfast_sql_gate::{Refusal, Statement};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{Row, RowLimits, Scalar, parameters::scalars};
use crate::{
    ApiError, ErrorCode, Session,
    capability::Level,
    grants::{Owner, owner},
    session::answer,
};

impl Session {
    /// `db-query`
    pub async fn db_query(&mut self, sql: &str, params: Option<&str>) -> String {
        self.query(sql, params)
            .await
            .unwrap_or_else(|error| answer(Err(error)))
    }

    /// `db-execute`
    pub async fn db_execute(&mut self, sql: &str, params: Option<&str>) -> String {
        answer(self.execute(sql, params).await)
    }

    /// `db-begin`
    pub async fn db_begin(&mut self) -> String {
        let begun = self.begin().await;
        answer(self.told("db-begin", begun))
    }

    /// `db-commit`
    pub async fn db_commit(&mut self) -> String {
        let done = match self.transaction.take() {
            Some(open) => open.commit().await,
            None => Err(none_open()),
        };
        let done = self.told("db-commit", done);
        answer(done.map(|()| json!({"ok": true})))
    }

    /// `db-rollback`
    pub async fn db_rollback(&mut self) -> String {
        let done = match self.transaction.take() {
            Some(open) => open.rollback().await,
            None => Err(none_open()),
        };
        let done = self.told("db-rollback", done);
        answer(done.map(|()| json!({"ok": true})))
    }

    async fn query(&mut self, sql: &str, params: Option<&str>) -> Result<String, ApiError> {
        self.check_any_table("db-query")?;
        let statement = self.admit("db-query", Access::Read, sql).await?;
        let params = self.told("db-query", scalars(params, statement.placeholders))?;
        let rows = self.rows(&statement, &params).await;
        let rows = self.told("db-query", rows)?;
        serde_json::to_string(&rows)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))
    }

    async fn execute(&mut self, sql: &str, params: Option<&str>) -> Result<Value, ApiError> {
        self.check_any_table("db-execute")?;
        let statement = self.admit("db-execute", Access::Write, sql).await?;
        let params = self.told("db-execute", scalars(params, statement.placeholders))?;
        let rows_affected = self.change(&statement, &params).await;
        let rows_affected = self.told("db-execute", rows_affected)?;
        Ok(json!({"rows_affected": rows_affected}))
    }

    /// Writes a failure into the plugin's log, unless whoever refused has done so with the line
    /// that would allow it.
    pub(crate) fn told<T>(
        &self,
        function: &str,
        result: Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if let Err(error) = &result
            && !matches!(error.code, ErrorCode::Denied | ErrorCode::Quota)
        {
            self.report(Level::Warn, &format!("{function} failed: {error}"));
        }
        result
    }

    /// Runs a query that was let through, in the open transaction if there is one.
    pub(crate) async fn rows(
        &mut self,
        statement: &Statement,
        params: &[Scalar],
    ) -> Result<Vec<Row>, ApiError> {
        check_count(statement, params)?;
        self.check_rows(Access::Read)?;
        let limits = RowLimits {
            rows: self.plugin.quotas.db_rows,
            bytes: self.plugin.quotas.db_bytes,
            memory: self.plugin.quotas.collected_bytes,
        };
        let rows = if let Some(open) = &mut self.transaction {
            open.query(&statement.sql, params, limits).await?
        } else {
            let db = &self.plugin.capabilities.db;
            db.query(&statement.sql, params, limits).await?
        };
        self.plugin.rates.rows_read.count(rows.len() as u64);
        Ok(rows)
    }

    /// Runs a change that was let through, in the open transaction if there is one.
    pub(crate) async fn change(
        &mut self,
        statement: &Statement,
        params: &[Scalar],
    ) -> Result<u64, ApiError> {
        check_count(statement, params)?;
        self.check_rows(Access::Write)?;
        let rows_affected = if let Some(open) = &mut self.transaction {
            open.execute(&statement.sql, params).await?
        } else {
            let db = &self.plugin.capabilities.db;
            db.execute(&statement.sql, params).await?
        };
        self.plugin.rates.rows_written.count(rows_affected);
        Ok(rows_affected)
    }

    async fn begin(&mut self) -> Result<Value, ApiError> {
        self.check_any_table("db-begin")?;
        if self.transaction.is_some() {
            return Err(ApiError::new(
                ErrorCode::Transaction,
                "a transaction is already open; commit it or roll it back first",
            ));
        }
        self.transaction = Some(self.plugin.capabilities.db.begin().await?);
        Ok(json!({"ok": true}))
    }

    /// Denies everything to a plugin that may use no table, so that nothing of it is read.
    fn check_any_table(&self, function: &str) -> Result<(), ApiError> {
        if self.plugin.grants.allows_any_table() {
            return Ok(());
        }
        let line = "[permissions]: database = [\"read:posts\"]";
        self.report_denial(&format!("{function} without any table granted"), line);
        Err(ApiError::new(
            ErrorCode::Denied,
            format!(
                "no table is granted, so no SQL is read; name the tables in manifest.toml, under {line}"
            ),
        ))
    }

    /// Lets a statement through, a query or a change, whose tables are all granted.
    pub(crate) async fn admit(
        &self,
        function: &str,
        access: Access,
        sql: &str,
    ) -> Result<Arc<Statement>, ApiError> {
        let statement = self.decide(access, sql).await?.map_err(|refusal| {
            let error = ApiError::new(ErrorCode::Sql, refusal.to_string());
            self.report(Level::Warn, &format!("{function} refused: {error}"));
            error
        })?;
        for table in &statement.reads {
            self.check_table(function, Access::Read, table)?;
        }
        for table in &statement.writes {
            self.check_table(function, Access::Write, table)?;
        }
        Ok(statement)
    }

    /// Asks the gate to decide. A long statement is read on a thread of its own, one for each
    /// plugin, and goes on there to its end when the call's deadline comes: it costs its caller,
    /// and no one else's turn on this thread.
    async fn decide(
        &self,
        access: Access,
        sql: &str,
    ) -> Result<Result<Arc<Statement>, Refusal>, ApiError> {
        let gate = &self.plugin.gate;
        let at_once = match access {
            Access::Read => gate.query_at_once(sql),
            Access::Write => gate.execute_at_once(sql),
        };
        if let Some(decision) = at_once {
            return Ok(decision);
        }
        let failed = |error: &dyn Display| ApiError::new(ErrorCode::Internal, error.to_string());
        let turn = Arc::clone(&self.plugin.long_statements).acquire_owned();
        let turn = turn.await.map_err(|error| failed(&error))?;
        let (plugin, sql) = (Arc::clone(&self.plugin), sql.to_owned());
        let decision = spawn_blocking(move || {
            let _turn = turn;
            match access {
                Access::Read => plugin.gate.query(&sql),
                Access::Write => plugin.gate.execute(&sql),
            }
        });
        decision.await.map_err(|error| failed(&error))
    }

    /// Refuses a statement when the minute's rows are used up. How many it takes is known when it
    /// has run.
    fn check_rows(&self, access: Access) -> Result<(), ApiError> {
        let (rates, quotas) = (&self.plugin.rates, &self.plugin.quotas);
        match access {
            Access::Read => self.within(
                rates.rows_read.ask(),
                "rows read a minute",
                "db_rows_read_per_minute",
                quotas.db_rows_read_per_minute,
            ),
            Access::Write => self.within(
                rates.rows_written.ask(),
                "rows written a minute",
                "db_rows_written_per_minute",
                quotas.db_rows_written_per_minute,
            ),
        }
    }

    fn check_table(&self, function: &str, access: Access, table: &str) -> Result<(), ApiError> {
        if self.plugin.grants.allows_table(access, table) {
            return Ok(());
        }
        let access = access.as_str();
        let beyond = |why: &str| {
            let message = format!("the table `{table}` {why}");
            self.report(Level::Warn, &format!("denied: {function}: {message}"));
            message
        };
        let message = match owner(table) {
            Some(Owner::Host) => beyond("is the host's own; no grant reaches it"),
            Some(Owner::Plugin) => beyond("is another plugin's own; no grant reaches it"),
            None => {
                let line = format!("[permissions]: database = [\"{access}:{table}\"]");
                self.report_denial(
                    &format!("{function} wants to {access} the table `{table}`"),
                    &line,
                );
                format!(
                    "the table `{table}` is not granted for {access}; write in manifest.toml, under {line}"
                )
            }
        };
        Err(ApiError::new(ErrorCode::Denied, message))
    }
}

fn check_count(statement: &Statement, params: &[Scalar]) -> Result<(), ApiError> {
    if params.len() == statement.placeholders {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::InvalidArgument,
        format!(
            "the statement has {} placeholders and {} parameters",
            statement.placeholders,
            params.len()
        ),
    ))
}

fn none_open() -> ApiError {
    ApiError::new(
        ErrorCode::Transaction,
        "no transaction is open; call db-begin first",
    )
}
