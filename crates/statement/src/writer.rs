//! A statement in the making.

use raisfast_contract::database::{Direction, Field, Filter, Order, Row};
use raisfast_sql_gate::Dialect;

use crate::{
    ColumnType, Scalar, Statement, StatementError, Target,
    condition::{self, Names},
    error::invalid,
    name::Quoted,
};

/// The most columns, fields, sums or orders of one request.
const MAX_COLUMNS: usize = 100;
/// The most values of one request. Every database takes that many parameters.
const MAX_VALUES: usize = 1_000;

/// A statement in the making. Parameters are added in the order of their placeholders.
pub(crate) struct Writer<'c> {
    pub(crate) target: Target<'c>,
    sql: String,
    pub(crate) params: Vec<Scalar>,
}

impl<'c> Writer<'c> {
    pub(crate) fn new(target: Target<'c>) -> Self {
        Self {
            target,
            sql: String::new(),
            params: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    pub(crate) fn quoted(&self, name: &str) -> Result<Quoted, StatementError> {
        Quoted::new(self.target.dialect, name)
    }

    /// Names that have to differ.
    pub(crate) fn columns<'n>(
        &self,
        place: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Vec<String>, StatementError> {
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

    pub(crate) fn assignments(&mut self, set: Row) -> Result<(), StatementError> {
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

    pub(crate) fn filter(
        &mut self,
        word: &str,
        filter: Filter,
        names: &Names<'_>,
    ) -> Result<(), StatementError> {
        let Filter::Matching(parts) = filter else {
            return Ok(());
        };
        let condition = condition::write(self, parts, names)?;
        self.push(word);
        self.push(&condition);
        Ok(())
    }

    pub(crate) fn order(
        &mut self,
        order: &[Order],
        names: &Names<'_>,
    ) -> Result<(), StatementError> {
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

    pub(crate) fn page(&mut self, limit: u64, offset: u64) -> Result<(), StatementError> {
        let number = |called: &str, number: u64| {
            let number = i64::try_from(number)
                .map_err(|_| invalid(format!("the {called} {number} is over {}", i64::MAX)))?;
            Ok::<_, StatementError>(Scalar::Integer(number))
        };
        self.push(" LIMIT ?");
        self.params.push(number("limit", limit)?);
        if offset > 0 {
            self.push(" OFFSET ?");
            self.params.push(number("offset", offset)?);
        }
        Ok(())
    }

    pub(crate) fn sum_of(&self, column: &str) -> Result<String, StatementError> {
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
                return Err(StatementError::Unfit(format!(
                    "the column `{column}` takes {other}, and a sum needs numbers"
                )));
            }
        };
        Ok(format!("COALESCE(SUM({added}), 0)"))
    }

    pub(crate) fn finish(self) -> Result<Statement, StatementError> {
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
