//! `interface database`: the functions that take no SQL.
//!
//! Each request is written as a statement of the database's dialect, which then goes the way of the
//! statements of `db-query` and `db-execute`: through the gate, past the grants, into the open
//! transaction.

use std::sync::Arc;

use raisfast_contract::{
    database::{Addition, Error, Field, Filter, Grouping, Query, Row, Value},
    grant::Access,
};
use raisfast_statement::{self as statement, Statement, Target};

use crate::{
    ApiError, ErrorCode, Session,
    capability::{self, ColumnValue, Columns},
};

impl Session {
    /// `insert`
    pub async fn insert(&mut self, table: &str, row: Row) -> Result<(), Error> {
        let columns = self.columns(table).await?;
        let statement = statement::insert(self.target(&columns), table, row)?;
        self.changed("insert", statement).await?;
        Ok(())
    }

    /// `fetch-one`
    pub async fn fetch_one(&mut self, query: Query) -> Result<Option<Row>, Error> {
        let limit = query.limit.map_or(1, |limit| limit.min(1));
        let columns = self.columns(&query.table).await?;
        let statement = statement::select(self.target(&columns), query, limit)?;
        let mut rows = self.found("fetch-one", statement).await?;
        Ok(rows.pop().map(|found| row(&columns, found)))
    }

    /// `fetch-all`
    pub async fn fetch_all(&mut self, query: Query) -> Result<Vec<Row>, Error> {
        let limit = self.row_limit(query.limit);
        let columns = self.columns(&query.table).await?;
        let statement = statement::select(self.target(&columns), query, limit)?;
        let rows = self.found("fetch-all", statement).await?;
        Ok(rows.into_iter().map(|found| row(&columns, found)).collect())
    }

    /// `update`
    pub async fn update(&mut self, table: &str, filter: Filter, set: Row) -> Result<u64, Error> {
        let columns = self.columns(table).await?;
        let statement = statement::update(self.target(&columns), table, filter, set)?;
        Ok(self.changed("update", statement).await?)
    }

    /// `delete`
    pub async fn delete(&mut self, table: &str, filter: Filter) -> Result<u64, Error> {
        let columns = self.columns(table).await?;
        let statement = statement::delete(self.target(&columns), table, filter)?;
        Ok(self.changed("delete", statement).await?)
    }

    /// `count`
    pub async fn count(&mut self, table: &str, filter: Filter) -> Result<u64, Error> {
        let columns = self.columns(table).await?;
        let statement = statement::count(self.target(&columns), table, filter)?;
        match self.single("count", statement).await? {
            Value::Integer(count) => Ok(u64::try_from(count).unwrap_or_default()),
            other => Err(no_answer("count", &other)),
        }
    }

    /// `increment`
    pub async fn increment(&mut self, addition: Addition) -> Result<u64, Error> {
        let columns = self.columns(&addition.table).await?;
        let statement = statement::increment(self.target(&columns), addition)?;
        Ok(self.changed("increment", statement).await?)
    }

    /// `sum`
    pub async fn sum(&mut self, table: &str, column: &str, filter: Filter) -> Result<Value, Error> {
        let columns = self.columns(table).await?;
        let statement = statement::sum(self.target(&columns), table, column, filter)?;
        Ok(self.single("sum", statement).await?)
    }

    /// `group-by`
    pub async fn group_by(&mut self, grouping: Grouping) -> Result<Vec<Row>, Error> {
        let limit = self.row_limit(grouping.limit);
        let columns = self.columns(&grouping.table).await?;
        let statement = statement::group(self.target(&columns), grouping, limit)?;
        let rows = self.found("group-by", statement).await?;
        Ok(rows.into_iter().map(|found| row(&columns, found)).collect())
    }

    /// `placeholder`
    ///
    /// It is `?` on every database: the gate writes the database's own form. So SQL that is put
    /// together with it, as scripts do, is understood.
    pub fn placeholder(&self, _number: u32) -> &'static str {
        "?"
    }

    fn target<'c>(&self, columns: &'c Columns) -> Target<'c> {
        Target {
            dialect: self.plugin.capabilities.db.dialect(),
            columns,
        }
    }

    /// The columns of a table. Of one that the plugin cannot touch it learns nothing: its statement
    /// is denied.
    async fn columns(&mut self, table: &str) -> Result<Arc<Columns>, ApiError> {
        let grants = &self.plugin.grants;
        let is_granted = [Access::Read, Access::Write]
            .into_iter()
            .any(|access| grants.allows_table(access, table));
        if !is_granted || !statement::is_name(table) {
            return Ok(Arc::default());
        }
        match &mut self.transaction {
            Some(open) => open.columns(table).await,
            None => self.plugin.capabilities.db.columns(table).await,
        }
    }

    /// One row more than may be answered tells that there are too many; the database need not find
    /// the rest.
    fn row_limit(&self, asked: Option<u64>) -> u64 {
        let most = self.plugin.quotas.db_rows.saturating_add(1);
        asked.map_or(most, |asked| asked.min(most))
    }

    async fn found(
        &mut self,
        function: &str,
        statement: Statement,
    ) -> Result<Vec<capability::Row>, ApiError> {
        let admitted = self.admit(function, Access::Read, &statement.sql).await?;
        let rows = self.rows(&admitted, &statement.params).await;
        self.told(function, rows)
    }

    async fn changed(&mut self, function: &str, statement: Statement) -> Result<u64, ApiError> {
        let admitted = self.admit(function, Access::Write, &statement.sql).await?;
        let changed = self.change(&admitted, &statement.params).await;
        self.told(function, changed)
    }

    /// The one value of an answer of one row and one column.
    async fn single(&mut self, function: &str, statement: Statement) -> Result<Value, ApiError> {
        let mut rows = self.found(function, statement).await?;
        let columns = rows.pop().unwrap_or_default().into_columns();
        let first = columns.into_iter().next();
        Ok(first.map_or(Value::Null, |(_, found)| value(found)))
    }
}

fn no_answer(function: &str, found: &Value) -> Error {
    let message = format!("the database answers {function} with {found:?}");
    ApiError::new(ErrorCode::Internal, message).into()
}

fn row(columns: &Columns, found: capability::Row) -> Row {
    let fields = found.into_columns().into_iter();
    fields
        .map(|(name, found)| Field {
            value: value(match found {
                ColumnValue::Text(text) => {
                    ColumnValue::Text(statement::shown(columns.of(&name), text))
                }
                found => found,
            }),
            name,
        })
        .collect()
}

fn value(found: ColumnValue) -> Value {
    match found {
        ColumnValue::Null => Value::Null,
        ColumnValue::Bool(truth) => Value::Boolean(truth),
        ColumnValue::Integer(number) => Value::Integer(number),
        ColumnValue::Unsigned(number) => i64::try_from(number)
            .map_or_else(|_| Value::Decimal(number.to_string()), Value::Integer),
        ColumnValue::Real(number) => Value::Float(number),
        ColumnValue::Decimal(digits) => Value::Decimal(digits),
        ColumnValue::Text(text) => Value::Text(text),
        ColumnValue::Bytes(bytes) => Value::Bytes(bytes),
        // A text on the databases that have no type for it; so it is one on each.
        ColumnValue::Json(json) => Value::Text(json.to_string()),
    }
}
