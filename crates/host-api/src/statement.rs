//! Requests of the typed functions as statements.
//!
//! Everything that a guest names is checked to be a name and quoted; everything else that it sends
//! becomes a parameter. So no text of a guest is ever read as SQL. The gate reads the statement all
//! the same: it tells the tables, and stands behind this module should it have a hole.

mod condition;
mod increment;
mod name;
mod number;
#[cfg(test)]
mod properties;
mod time;
mod value;

use raisfast_contract::database::{Direction, Field, Filter, Grouping, Order, Query, Row};

use crate::{
    ApiError, ErrorCode,
    capability::{ColumnType, Columns, Dialect, Scalar},
};
use condition::Names;
pub(crate) use increment::increment;
use name::Quoted;
pub(crate) use name::is_name;
pub(crate) use value::read;

/// Columns, fields, sums or orders of one request.
const MAX_COLUMNS: usize = 100;
/// Values of one request. Every database takes that many parameters.
const MAX_VALUES: usize = 1_000;

/// The database for which statements are written, and the columns of the table that is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'c> {
    pub(crate) dialect: Dialect,
    pub(crate) columns: &'c Columns,
}

/// A statement as an author could have written it, with `?` for each parameter.
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Scalar>,
}

pub(crate) fn insert(target: Target<'_>, table: &str, row: Row) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    let columns = writer.columns("the row", row.iter().map(|field| field.name.as_str()))?;
    writer.push(&format!(
        "INSERT INTO {table} ({}) VALUES (",
        columns.join(", ")
    ));
    for (index, field) in row.into_iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let stored = writer.stored(&field.name, field.value)?;
        writer.push(&stored);
    }
    writer.push(")");
    writer.finish()
}

/// `limit` stands before the query's own.
pub(crate) fn select(target: Target<'_>, query: Query, limit: u64) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(&query.table)?;
    let columns = if query.columns.is_empty() {
        "*".to_owned()
    } else {
        let names = query.columns.iter().map(String::as_str);
        writer.columns("columns", names)?.join(", ")
    };
    writer.push(&format!("SELECT {columns} FROM {table}"));
    writer.filter(" WHERE ", query.filter, &Names::Columns)?;
    writer.order(&query.order, &Names::Columns)?;
    writer.page(limit, query.offset)?;
    writer.finish()
}

pub(crate) fn update(
    target: Target<'_>,
    table: &str,
    filter: Filter,
    set: Row,
) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    writer.push(&format!("UPDATE {table} SET "));
    writer.columns("set", set.iter().map(|field| field.name.as_str()))?;
    writer.assignments(set)?;
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

pub(crate) fn delete(
    target: Target<'_>,
    table: &str,
    filter: Filter,
) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    writer.push(&format!("DELETE FROM {table}"));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

pub(crate) fn count(
    target: Target<'_>,
    table: &str,
    filter: Filter,
) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    writer.push(&format!("SELECT COUNT(*) AS counted FROM {table}"));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

pub(crate) fn sum(
    target: Target<'_>,
    table: &str,
    column: &str,
    filter: Filter,
) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    let total = writer.sum_of(column)?;
    writer.push(&format!("SELECT {total} AS total FROM {table}"));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

/// `limit` stands before the grouping's own.
pub(crate) fn group(
    target: Target<'_>,
    grouping: Grouping,
    limit: u64,
) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(&grouping.table)?;
    let columns = grouping.columns.iter().map(String::as_str);
    let totals = grouping.sums.iter().map(|total| total.name.as_str());
    writer.columns(
        "the groups",
        columns
            .clone()
            .chain(grouping.count.as_deref())
            .chain(totals),
    )?;
    let columns = writer.columns("columns", columns)?;

    let mut computed = Vec::new();
    if let Some(count) = &grouping.count {
        computed.push((count.clone(), "COUNT(*)".to_owned()));
    }
    for total in &grouping.sums {
        computed.push((total.name.clone(), writer.sum_of(&total.column)?));
    }
    let mut answered = columns.clone();
    for (name, expression) in &computed {
        answered.push(format!("{expression} AS {}", writer.quoted(name)?));
    }
    let names = Names::Group {
        columns: &grouping.columns,
        computed: &computed,
    };
    writer.push(&format!("SELECT {} FROM {table}", answered.join(", ")));
    writer.filter(" WHERE ", grouping.filter, &Names::Columns)?;
    writer.push(&format!(" GROUP BY {}", columns.join(", ")));
    writer.filter(" HAVING ", grouping.having, &names)?;
    writer.order(&grouping.order, &names)?;
    writer.page(limit, grouping.offset)?;
    writer.finish()
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, message)
}

/// A statement in the making. Parameters are added in the order of their placeholders.
struct Writer<'c> {
    target: Target<'c>,
    sql: String,
    params: Vec<Scalar>,
}

impl<'c> Writer<'c> {
    fn new(target: Target<'c>) -> Self {
        Self {
            target,
            sql: String::new(),
            params: Vec::new(),
        }
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn quoted(&self, name: &str) -> Result<Quoted, ApiError> {
        Quoted::new(self.target.dialect, name)
    }

    /// Names that have to differ.
    fn columns<'n>(
        &self,
        place: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Vec<String>, ApiError> {
        let mut columns = Vec::new();
        for name in names {
            let column = self.quoted(name)?.to_string();
            if columns.contains(&column) {
                return Err(invalid(format!(
                    "{place} names `{name}` twice; name it once"
                )));
            }
            if columns.len() == MAX_COLUMNS {
                return Err(invalid(format!(
                    "{place} has more than {MAX_COLUMNS} columns; use fewer"
                )));
            }
            columns.push(column);
        }
        if columns.is_empty() {
            return Err(invalid(format!(
                "{place} names no column; name one at least"
            )));
        }
        Ok(columns)
    }

    fn assignments(&mut self, set: Row) -> Result<(), ApiError> {
        for (index, Field { name, value }) in set.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            let column = self.quoted(&name)?;
            let stored = self.stored(&name, value)?;
            self.push(&format!("{column} = {stored}"));
        }
        Ok(())
    }

    fn filter(&mut self, word: &str, filter: Filter, names: &Names<'_>) -> Result<(), ApiError> {
        let Filter::Matching(parts) = filter else {
            return Ok(());
        };
        let condition = condition::write(self, parts, names)?;
        self.push(word);
        self.push(&condition);
        Ok(())
    }

    fn order(&mut self, order: &[Order], names: &Names<'_>) -> Result<(), ApiError> {
        if order.len() > MAX_COLUMNS {
            return Err(invalid(format!(
                "order has more than {MAX_COLUMNS} columns; use fewer"
            )));
        }
        for (index, Order { column, direction }) in order.iter().enumerate() {
            let expression = names.expression(self.target.dialect, column)?;
            // PostgreSQL alone takes NULL for the greatest.
            let direction = match (direction, self.target.dialect) {
                (Direction::Ascending, Dialect::Postgres) => "ASC NULLS FIRST",
                (Direction::Descending, Dialect::Postgres) => "DESC NULLS LAST",
                (Direction::Ascending, _) => "ASC",
                (Direction::Descending, _) => "DESC",
            };
            let separator = if index == 0 { " ORDER BY" } else { "," };
            self.push(&format!("{separator} {expression} {direction}"));
        }
        Ok(())
    }

    fn page(&mut self, limit: u64, offset: u64) -> Result<(), ApiError> {
        let number = |called: &str, number: u64| {
            let number = i64::try_from(number)
                .map_err(|_| invalid(format!("the {called} {number} is over {}", i64::MAX)))?;
            Ok::<_, ApiError>(Scalar::Integer(number))
        };
        self.push(" LIMIT ?");
        self.params.push(number("limit", limit)?);
        if offset > 0 {
            self.push(" OFFSET ?");
            self.params.push(number("offset", offset)?);
        }
        Ok(())
    }

    fn sum_of(&self, column: &str) -> Result<String, ApiError> {
        let quoted = self.quoted(column)?;
        let added = match self.target.columns.of(column) {
            ColumnType::Other => quoted.to_string(),
            number if number.is_number() => quoted.to_string(),
            // PostgreSQL does not add truths.
            ColumnType::Boolean if self.target.dialect == Dialect::Postgres => {
                format!("CAST({quoted} AS INTEGER)")
            }
            ColumnType::Boolean => quoted.to_string(),
            other => {
                return Err(ApiError::new(
                    ErrorCode::Sql,
                    format!("the column `{column}` takes {other}, and a sum needs numbers"),
                ));
            }
        };
        Ok(format!("COALESCE(SUM({added}), 0)"))
    }

    fn finish(self) -> Result<Statement, ApiError> {
        if self.params.len() > MAX_VALUES {
            return Err(invalid(format!(
                "the request has {} values, and may have {MAX_VALUES}; send it in parts",
                self.params.len()
            )));
        }
        Ok(Statement {
            sql: self.sql,
            params: self.params,
        })
    }
}
