//! INSERT, UPDATE and DELETE.
//!
//! A change also reads the table it writes as soon as its conditions, new values or answers name a
//! column: the number of rows affected would tell what is in it. PostgreSQL has the same rule for
//! its own privileges. `INSERT … VALUES`, `UPDATE t SET a = ?` and `DELETE FROM t` read nothing;
//! nor does the column list of ON CONFLICT, because a plain INSERT would tell the same by failing.

use sqlparser::ast::{
    self, Assignment, AssignmentTarget, ConflictTarget, Delete, DoUpdate, FromTable, Insert,
    InsertAliases, ObjectName, OnConflict, OnConflictAction, OnInsert, SelectItem, SetExpr,
    SqliteOnConflict, TableAliasWithoutColumns, TableFactor, TableObject, TableWithJoins, Update,
    UpdateTableFromKind,
};

use super::{EXCLUDED, LEAVE_IT_OUT, Walk, absent, refuse};
use crate::{Refusal, names};

impl Walk {
    /// Walks the statement if it is a change; false for one of another kind.
    pub(super) fn change(&mut self, statement: &ast::Statement) -> Result<bool, Refusal> {
        match statement {
            ast::Statement::Insert(insert) => self.insert(insert)?,
            ast::Statement::Update(update) => self.update(update)?,
            ast::Statement::Delete(delete) => self.delete(delete)?,
            ast::Statement::Query(query) => match query.body.as_ref() {
                // WITH … INSERT
                SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) => {
                    self.query_around_body(query)?;
                    return self.change(inner);
                }
                _ => return Ok(false),
            },
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn insert(&mut self, insert: &Insert) -> Result<(), Refusal> {
        let Insert {
            insert_token: _,
            optimizer_hints,
            or,
            ignore: _,
            into: _,
            table,
            table_alias,
            columns,
            overwrite,
            source,
            assignments,
            partitioned,
            after_columns,
            has_table_keyword,
            on,
            returning,
            output,
            replace_into: _,
            priority,
            insert_alias,
            settings,
            format_clause,
            multi_table_insert_type,
            multi_table_into_clauses,
            multi_table_when_clauses,
            multi_table_else_clause,
        } = insert;
        absent(
            !optimizer_hints.is_empty() || priority.is_some(),
            "an optimizer hint or priority",
            LEAVE_IT_OUT,
        )?;
        let of_other_databases = *overwrite
            || partitioned.is_some()
            || !after_columns.is_empty()
            || *has_table_keyword
            || output.is_some()
            || settings.is_some()
            || format_clause.is_some()
            || multi_table_insert_type.is_some()
            || !multi_table_into_clauses.is_empty()
            || !multi_table_when_clauses.is_empty()
            || multi_table_else_clause.is_some();
        absent(
            of_other_databases,
            "a clause of another database",
            "write a plain INSERT",
        )?;
        conflict_rule(*or)?;

        let TableObject::TableName(table) = table else {
            return refuse("INSERT into something that is not a table", "name a table");
        };
        let written = self.write(table)?;
        if let Some(TableAliasWithoutColumns { explicit: _, alias }) = table_alias {
            self.name(alias)?;
        }
        for column in columns {
            names::parts(self.rules, column)?;
        }
        if let Some(InsertAliases {
            row_alias,
            col_aliases,
        }) = insert_alias
        {
            names::parts(self.rules, row_alias)?;
            col_aliases
                .iter()
                .flatten()
                .try_for_each(|alias| self.name(alias))?;
        }
        if let Some(source) = source {
            self.query(source)?;
        }
        self.names_column = false;
        self.assignments(assignments)?;
        if let Some(on) = on {
            let alias = table_alias.as_ref().map(|alias| &alias.alias);
            self.on_insert(on, alias.map_or(&written, |alias| &alias.value))?;
        }
        self.returning(returning.as_deref())?;
        self.read_written(written);
        Ok(())
    }

    /// Walks what an INSERT does about a conflict; `changed` is what its table is called there.
    fn on_insert(&mut self, on: &OnInsert, changed: &str) -> Result<(), Refusal> {
        match on {
            OnInsert::DuplicateKeyUpdate(assignments) => {
                // MariaDB's number of rows affected tells whether the row had these values already.
                // So it asks for the privilege to read, too.
                self.names_column = true;
                self.assignments(assignments)
            }
            OnInsert::OnConflict(OnConflict {
                conflict_target,
                action,
            }) => {
                match conflict_target {
                    None => {}
                    Some(ConflictTarget::Columns(columns)) => {
                        columns.iter().try_for_each(|column| self.name(column))?;
                    }
                    Some(ConflictTarget::OnConstraint(name)) => {
                        names::parts(self.rules, name)?;
                    }
                }
                match action {
                    OnConflictAction::DoNothing => Ok(()),
                    OnConflictAction::DoUpdate(DoUpdate {
                        assignments,
                        selection,
                    }) => {
                        absent(
                            changed.eq_ignore_ascii_case(EXCLUDED),
                            "ON CONFLICT on a table called `excluded`",
                            "give the table another alias",
                        )?;
                        self.knows_excluded = true;
                        self.assignments(assignments)?;
                        self.expressions(selection)?;
                        self.knows_excluded = false;
                        Ok(())
                    }
                }
            }
            _ => refuse(
                "an ON clause of this form",
                "use ON CONFLICT or ON DUPLICATE KEY UPDATE",
            ),
        }
    }

    fn update(&mut self, update: &Update) -> Result<(), Refusal> {
        let Update {
            update_token: _,
            optimizer_hints,
            table,
            assignments,
            from,
            selection,
            returning,
            output,
            or,
            order_by,
            limit,
        } = update;
        absent(
            !optimizer_hints.is_empty() || output.is_some(),
            "an optimizer hint or OUTPUT",
            LEAVE_IT_OUT,
        )?;
        conflict_rule(*or)?;
        let written = self.write_one(table)?;
        self.names_column = false;
        self.assignments(assignments)?;
        match from {
            None => {}
            Some(UpdateTableFromKind::AfterSet(tables)) if self.rules.has_update_from => {
                tables.iter().try_for_each(|from| self.from(from))?;
            }
            Some(_) => return refuse("UPDATE with FROM on this database", "use a subquery"),
        }
        self.expressions(selection)?;
        self.order_by_items(order_by)?;
        self.expressions(limit)?;
        self.returning(returning.as_deref())?;
        self.read_written(written);
        Ok(())
    }

    fn delete(&mut self, delete: &Delete) -> Result<(), Refusal> {
        let Delete {
            delete_token: _,
            optimizer_hints,
            tables,
            from,
            using,
            selection,
            returning,
            output,
            order_by,
            limit,
        } = delete;
        absent(
            !optimizer_hints.is_empty() || output.is_some(),
            "an optimizer hint or OUTPUT",
            LEAVE_IT_OUT,
        )?;
        absent(
            !tables.is_empty(),
            "DELETE with several tables",
            "delete from one table, WHERE … IN (SELECT …)",
        )?;
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = from;
        let [table] = from.as_slice() else {
            return refuse("DELETE from several tables", "run one DELETE for each");
        };
        let written = self.write_one(table)?;
        self.names_column = false;
        if let Some(using) = using {
            absent(
                !self.rules.has_delete_using,
                "DELETE with USING on this database",
                "use WHERE … IN (SELECT …)",
            )?;
            using.iter().try_for_each(|from| self.from(from))?;
        }
        self.expressions(selection)?;
        self.order_by_items(order_by)?;
        self.expressions(limit)?;
        self.returning(returning.as_deref())?;
        self.read_written(written);
        Ok(())
    }

    /// The one table that an UPDATE or DELETE changes.
    fn write_one(&mut self, table: &TableWithJoins) -> Result<String, Refusal> {
        let TableWithJoins { relation, joins } = table;
        absent(
            !joins.is_empty(),
            "a join in the place of the changed table",
            "change one table, with a subquery in WHERE",
        )?;
        match relation {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                index_hints,
            } if with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() => {
                self.alias(alias.as_ref())?;
                self.write(name)
            }
            _ => refuse(
                "a change to something that is not a table",
                "name one table",
            ),
        }
    }

    fn read_written(&mut self, table: String) {
        if self.names_column {
            self.tables.reads.insert(table);
        }
    }

    fn assignments(&mut self, assignments: &[Assignment]) -> Result<(), Refusal> {
        for Assignment { target, value } in assignments {
            let columns: &[ObjectName] = match target {
                AssignmentTarget::ColumnName(column) => std::slice::from_ref(column),
                AssignmentTarget::Tuple(columns) => columns,
            };
            for column in columns {
                names::parts(self.rules, column)?;
            }
            self.expression(value)?;
        }
        Ok(())
    }

    fn returning(&mut self, items: Option<&[SelectItem]>) -> Result<(), Refusal> {
        items.map_or(Ok(()), |items| self.select_items(items))
    }
}

/// SQLite's `INSERT OR …`. ROLLBACK would end the transaction behind the host's back.
fn conflict_rule(rule: Option<SqliteOnConflict>) -> Result<(), Refusal> {
    match rule {
        None
        | Some(
            SqliteOnConflict::Abort
            | SqliteOnConflict::Fail
            | SqliteOnConflict::Ignore
            | SqliteOnConflict::Replace,
        ) => Ok(()),
        Some(SqliteOnConflict::Rollback) => refuse(
            "OR ROLLBACK",
            "use OR ABORT, and db-rollback to end the transaction",
        ),
    }
}
