//! The one form in which tables and their aliases are written for the database.
//!
//! A database has words before a table's name that the parser does not know, and it takes
//! `FROM ONLY users` (PostgreSQL) or `UPDATE IGNORE users` (MySQL) for a table with an alias. In
//! quotes the word can only be a table, and with AS the alias can only be an alias: then the
//! database reads what the gate has read, or refuses.

use std::{convert::Infallible, ops::ControlFlow};

use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, Expr, Insert, ObjectName, ObjectNamePart,
    RenameTableNameKind, Statement, TableConstraint, TableFactor, TableObject, UnaryOperator,
    Value, VisitMut, VisitorMut,
};

use crate::{dialect::Rules, names};

/// Quotes every table's name, folded as the database would fold it, and puts AS before every alias.
pub(crate) fn apply(rules: &'static Rules, statement: &mut Statement) {
    let ControlFlow::Continue(()) = statement.visit(&mut PlainForm { rules });
    if let Statement::CreateTable(table) = statement
        && let Some(options) = (rules.table_options)()
    {
        table.table_options = options;
    }
}

struct PlainForm {
    rules: &'static Rules,
}

impl PlainForm {
    /// Quotes a table that is read, unless it is MariaDB's `dual`: that is a word and no table, and
    /// in quotes it would be a table that is not there.
    fn quote_read(&self, table: &mut ObjectName) {
        if !names::is_dual(self.rules, table) {
            self.quote(table);
        }
    }

    fn quote(&self, table: &mut ObjectName) {
        for part in &mut table.0 {
            if let ObjectNamePart::Identifier(part) = part {
                // The walk lets upper case through only where the database ignores it.
                part.value.make_ascii_lowercase();
                part.quote_style = Some(self.rules.table_quote);
            }
        }
    }

    fn quote_in_schema(&self, statement: &mut Statement) {
        match statement {
            Statement::CreateTable(table) => {
                self.quote(&mut table.name);
                for column in &mut table.columns {
                    self.quote_in_column(column);
                }
                for constraint in &mut table.constraints {
                    self.quote_in_constraint(constraint);
                }
            }
            Statement::CreateIndex(index) => {
                self.quote(&mut index.table_name);
                if let Some(name) = &mut index.name {
                    self.quote(name);
                }
            }
            Statement::AlterTable(table) => {
                self.quote(&mut table.name);
                for operation in &mut table.operations {
                    match operation {
                        AlterTableOperation::AddColumn { column_def, .. } => {
                            self.quote_in_column(column_def);
                        }
                        AlterTableOperation::AddConstraint { constraint, .. } => {
                            self.quote_in_constraint(constraint);
                        }
                        AlterTableOperation::RenameTable {
                            table_name:
                                RenameTableNameKind::As(name) | RenameTableNameKind::To(name),
                        } => self.quote(name),
                        _ => {}
                    }
                }
            }
            Statement::Drop { names, table, .. } => {
                names
                    .iter_mut()
                    .chain(table)
                    .for_each(|name| self.quote(name));
            }
            _ => {}
        }
    }

    fn quote_in_column(&self, column: &mut ColumnDef) {
        for option in &mut column.options {
            if let ColumnOption::ForeignKey(key) = &mut option.option {
                self.quote(&mut key.foreign_table);
            }
        }
    }

    fn quote_in_constraint(&self, constraint: &mut TableConstraint) {
        if let TableConstraint::ForeignKey(key) = constraint {
            self.quote(&mut key.foreign_table);
        }
    }
}

fn is_sign(operator: UnaryOperator) -> bool {
    operator != UnaryOperator::Not
}

impl VisitorMut for PlainForm {
    type Break = Infallible;

    /// Keeps signs apart: `- -1` would be written `--1`, which begins a comment, and some databases
    /// have operators of several signs.
    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Infallible> {
        if let Expr::UnaryOp { op, expr: operand } = expression
            && is_sign(*op)
            && matches!(**operand, Expr::UnaryOp { op, .. } if is_sign(op))
        {
            let inner = std::mem::replace(&mut **operand, Expr::value(Value::Null));
            **operand = Expr::Nested(Box::new(inner));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Infallible> {
        if let TableFactor::Table {
            name, args: None, ..
        } = factor
        {
            self.quote_read(name);
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
        self.quote_in_schema(statement);
        ControlFlow::Continue(())
    }
}
