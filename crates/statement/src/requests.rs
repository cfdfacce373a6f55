//! The requests, each as the statement that an author could have written for it.

use raisfast_contract::database::{Filter, Grouping, Query, Row};

use crate::{Statement, StatementError, Target, condition::Names, writer::Writer};

/// Writes the insertion of a row.
pub fn insert(target: Target<'_>, table: &str, row: Row) -> Result<Statement, StatementError> {
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

/// Writes a query. `limit` stands before the query's own.
pub fn select(target: Target<'_>, query: Query, limit: u64) -> Result<Statement, StatementError> {
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

/// Writes the change of the rows that a filter matches.
pub fn update(
    target: Target<'_>,
    table: &str,
    filter: Filter,
    set: Row,
) -> Result<Statement, StatementError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    writer.push(&format!("UPDATE {table} SET "));
    writer.columns("set", set.iter().map(|field| field.name.as_str()))?;
    writer.assignments(set)?;
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

/// Writes the removal of the rows that a filter matches.
pub fn delete(
    target: Target<'_>,
    table: &str,
    filter: Filter,
) -> Result<Statement, StatementError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    writer.push(&format!("DELETE FROM {table}"));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

/// Writes the question for the number of rows that a filter matches.
pub fn count(target: Target<'_>, table: &str, filter: Filter) -> Result<Statement, StatementError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    writer.push(&format!("SELECT COUNT(*) AS counted FROM {table}"));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

/// Writes the question for the sum of a column, over the rows that a filter matches.
pub fn sum(
    target: Target<'_>,
    table: &str,
    column: &str,
    filter: Filter,
) -> Result<Statement, StatementError> {
    let mut writer = Writer::new(target);
    let table = writer.quoted(table)?;
    let total = writer.sum_of(column)?;
    writer.push(&format!("SELECT {total} AS total FROM {table}"));
    writer.filter(" WHERE ", filter, &Names::Columns)?;
    writer.finish()
}

/// Writes the question for groups of rows. `limit` stands before the grouping's own.
pub fn group(
    target: Target<'_>,
    grouping: Grouping,
    limit: u64,
) -> Result<Statement, StatementError> {
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
