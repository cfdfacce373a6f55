//! The one form in which tables and their aliases are written for the database.
//!
//! A database has words before a table's name that the parser does not know, and it takes
//! `FROM ONLY users` (PostgreSQL) or `UPDATE IGNORE users` (MySQL) for a table with an alias. In quotes the
//! word can only be a table, and with AS the alias can only be an alias: then the database reads what the
//! gate has read, or refuses.

use std::{convert::Infallible, ops::ControlFlow};

use sqlparser::ast::{
    Insert, ObjectName, ObjectNamePart, Statement, TableFactor, TableObject, VisitMut, VisitorMut,
};

use crate::Dialect;

/// Quotes every table's name, folded as the database would fold it, and puts AS before every alias.
pub(crate) fn apply(dialect: Dialect, statement: &mut Statement) {
    let quote = match dialect {
        Dialect::Sqlite | Dialect::Postgres => '"',
        Dialect::Mysql => '`',
    };
    let ControlFlow::Continue(()) = statement.visit(&mut PlainForm { quote });
}

struct PlainForm {
    quote: char,
}

impl PlainForm {
    fn quote(&self, table: &mut ObjectName) {
        for part in &mut table.0 {
            if let ObjectNamePart::Identifier(part) = part {
                // The walk lets upper case through only where the database ignores it.
                part.value.make_ascii_lowercase();
                part.quote_style = Some(self.quote);
            }
        }
    }
}

impl VisitorMut for PlainForm {
    type Break = Infallible;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Infallible> {
        if let TableFactor::Table {
            name, args: None, ..
        } = factor
        {
            self.quote(name);
        }
        if let TableFactor::Table {
            alias: Some(alias), ..
        }
        | TableFactor::Derived {
            alias: Some(alias), ..
        }
        | TableFactor::Function {
            alias: Some(alias), ..
        }
        | TableFactor::UNNEST {
            alias: Some(alias), ..
        }
        | TableFactor::NestedJoin {
            alias: Some(alias), ..
        } = factor
        {
            alias.explicit = true;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<Infallible> {
        if let Statement::Insert(Insert {
            table, table_alias, ..
        }) = statement
        {
            if let TableObject::TableName(name) = table {
                self.quote(name);
            }
            if let Some(alias) = table_alias {
                alias.explicit = true;
            }
        }
        ControlFlow::Continue(())
    }
}
