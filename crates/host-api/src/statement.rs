//! Requests of the typed functions as statements.
//!
//! Everything that a guest names is checked to be a name and quoted; everything else that it sends becomes a
//! parameter. So no text of a guest is ever read as SQL. The gate reads the statement all the same: it tells
//! the tables, and stands behind this module should it have a hole.

mod condition;
mod name;
#[cfg(test)]
mod properties;
mod value;

use raisfast_types::database::{
    Addition, Direction, Field, Filter, Grouping, Order, Query, Row, Value,
};

use crate::{
    ApiError, ErrorCode,
    capability::{Dialect, Scalar},
};
use condition::Names;
use name::Quoted;

/// Columns, fields, sums or orders of one request.
const MAX_COLUMNS: usize = 100;
/// Values of one request. Every database takes that many parameters.
const MAX_VALUES: usize = 1_000;

/// A statement as an author could have written it, with `?` for each parameter.
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Scalar>,
}

pub(crate) fn insert(dialect: Dialect, table: &str, row: Row) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(dialect);
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
        let stored = writer.stored(field.value)?;
        writer.push(&stored);
    }
    writer.push(")");
    writer.finish()
}

/// `limit` stands before the query's own.
pub(crate) fn select(dialect: Dialect, query: Query, limit: u64) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(dialect);
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
    dialect: Dialect,
    table: &str,
    filter: Filter,
    set: Row,
) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(dialect);
    let table = writer.quoted(table)?;
    writer.push(&format!("UPDATE {table} SET "));
    writer.columns("set", set.iter().map(|field| field.name.as_str()))?;
    writer.assignments(set)?;
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

pub(crate) fn delete(dialect: Dialect, table: &str, filter: Filter) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(dialect);
    let table = writer.quoted(table)?;
    writer.push(&format!("DELETE FROM {table}"));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

pub(crate) fn count(dialect: Dialect, table: &str, filter: Filter) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(dialect);
    let table = writer.quoted(table)?;
    writer.push(&format!("SELECT COUNT(*) AS counted FROM {table}"));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

pub(crate) fn sum(
    dialect: Dialect,
    table: &str,
    column: &str,
    filter: Filter,
) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(dialect);
    let table = writer.quoted(table)?;
    let column = writer.quoted(column)?;
    writer.push(&format!("SELECT {} AS total FROM {table}", sum_of(&column)));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

/// One statement, so that nobody else's change is lost in between.
pub(crate) fn increment(dialect: Dialect, addition: Addition) -> Result<Statement, ApiError> {
    let Addition {
        table,
        filter,
        column,
        by,
        bounds,
        set,
    } = addition;
    let mut writer = Writer::new(dialect);
    let table = writer.quoted(&table)?;
    let quoted = writer.quoted(&column)?;
    let names = set.iter().map(|field| field.name.as_str());
    writer.columns("the increment", names.chain([column.as_str()]))?;
    let limits = [(bounds.min, ">=", "min"), (bounds.max, "<=", "max")];
    value::check_number("by", &by)?;

    let added = writer.compared(by.clone())?;
    writer.push(&format!("UPDATE {table} SET {quoted} = {quoted} + {added}"));
    if !set.is_empty() {
        writer.push(", ");
        writer.assignments(set)?;
    }
    writer.push(&format!(" WHERE {quoted} IS NOT NULL"));
    writer.filter(" AND ", filter, &Names::Columns)?;
    for (bound, operator, called) in limits {
        let Some(bound) = bound else { continue };
        value::check_number(called, &bound)?;
        let added = writer.compared(by.clone())?;
        let bound = writer.compared(bound)?;
        writer.push(&format!(" AND {quoted} + {added} {operator} {bound}"));
    }
    // SQLite alone would go on with a number that is not exact.
    if let (Dialect::Sqlite, Value::Integer(by)) = (dialect, by) {
        let (operator, edge) = if by > 0 {
            ("<=", i64::MAX - by)
        } else {
            (">=", i64::MIN - by)
        };
        let edge = writer.compared(Value::Integer(edge))?;
        writer.push(&format!(" AND {quoted} {operator} {edge}"));
    }
    writer.finish()
}

/// `limit` stands before the grouping's own.
pub(crate) fn group(
    dialect: Dialect,
    grouping: Grouping,
    limit: u64,
) -> Result<Statement, ApiError> {
    let mut writer = Writer::new(dialect);
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
        let column = writer.quoted(&total.column)?;
        computed.push((total.name.clone(), sum_of(&column)));
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

fn sum_of(column: &Quoted) -> String {
    format!("COALESCE(SUM({column}), 0)")
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, message)
}

/// A statement in the making. Parameters are added in the order of their placeholders.
struct Writer {
    dialect: Dialect,
    sql: String,
    params: Vec<Scalar>,
}

impl Writer {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            sql: String::new(),
            params: Vec::new(),
        }
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn quoted(&self, name: &str) -> Result<Quoted, ApiError> {
        Quoted::new(self.dialect, name)
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
            let stored = self.stored(value)?;
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
            let expression = names.expression(self.dialect, column)?;
            // PostgreSQL alone takes NULL for the greatest.
            let direction = match (direction, self.dialect) {
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

    /// A value that goes into a column; answers what stands for it.
    fn stored(&mut self, value: Value) -> Result<String, ApiError> {
        self.params.push(value::parameter(value)?);
        Ok("?".to_owned())
    }

    /// A value that is compared or added; answers what stands for it.
    fn compared(&mut self, value: Value) -> Result<String, ApiError> {
        let placeholder = match (&value, self.dialect) {
            // The others would compare or add its text, or a number that is not exact.
            (Value::Decimal(_), Dialect::Mysql) => "CAST(? AS DECIMAL(65, 30))",
            (Value::Decimal(_), _) => "CAST(? AS NUMERIC)",
            _ => "?",
        };
        self.params.push(value::parameter(value)?);
        Ok(placeholder.to_owned())
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
