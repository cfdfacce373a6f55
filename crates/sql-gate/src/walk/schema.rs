//! CREATE, ALTER and DROP of tables and indexes, for migrations.
//!
//! A change of the schema has far more forms than one of rows, and most are another database's. So
//! the form that is let through is built anew from its parts, and a statement that is anything more
//! than its plain form is refused.

use sqlparser::ast::{
    self, AlterColumnOperation, AlterTable, AlterTableOperation, CreateIndex, CreateTable,
    CreateTableOptions, DropBehavior, ObjectName, ObjectType, RenameTableNameKind,
    helpers::stmt_create_table::CreateTableBuilder,
};

use super::{LEAVE_IT_OUT, Walk, absent, definition::index_type, refuse};
use crate::{Refusal, data_types, names};

impl Walk {
    /// Walks the statement if it changes the schema; false for one of another kind.
    pub(super) fn schema(&mut self, statement: &ast::Statement) -> Result<bool, Refusal> {
        match statement {
            ast::Statement::CreateTable(table) => self.create_table(table)?,
            ast::Statement::CreateIndex(index) => self.create_index(index)?,
            ast::Statement::AlterTable(table) => self.alter_table(table)?,
            ast::Statement::Drop {
                object_type,
                if_exists: _,
                names,
                cascade,
                restrict: _,
                purge,
                temporary,
                table,
            } => {
                absent(
                    *cascade,
                    "CASCADE",
                    "drop first what depends on it, each by its own statement",
                )?;
                absent(*purge || *temporary, "PURGE or TEMPORARY", LEAVE_IT_OUT)?;
                match object_type {
                    ObjectType::Table => {
                        for name in names {
                            self.write(name)?;
                        }
                    }
                    ObjectType::Index => {
                        for name in names {
                            self.object(name)?;
                        }
                    }
                    _ => return Ok(false),
                }
                if let Some(table) = table {
                    self.write(table)?;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn create_table(&mut self, table: &CreateTable) -> Result<(), Refusal> {
        absent(
            table.query.is_some() || table.like.is_some() || table.clone.is_some(),
            "a table made from another one",
            "name the columns, and fill the table with INSERT … SELECT",
        )?;
        absent(
            table.temporary || table.global.is_some(),
            "a temporary table",
            "keep what is needed for a moment in the plugin's memory",
        )?;
        absent(
            table.or_replace,
            "OR REPLACE",
            "write DROP TABLE before it, if its rows are no longer needed",
        )?;
        absent(
            table.table_options != CreateTableOptions::None,
            "an option of the whole table",
            "leave it out: the server chooses engine, character set and collation",
        )?;
        let plain = CreateTableBuilder::new(table.name.clone())
            .if_not_exists(table.if_not_exists)
            .columns(table.columns.clone())
            .constraints(table.constraints.clone())
            .without_rowid(table.without_rowid)
            .strict(table.strict)
            .build();
        absent(
            *table != plain,
            "a clause of CREATE TABLE beside columns and constraints",
            LEAVE_IT_OUT,
        )?;
        self.write(&table.name)?;
        table
            .columns
            .iter()
            .try_for_each(|column| self.column_definition(column))?;
        table
            .constraints
            .iter()
            .try_for_each(|constraint| self.constraint(constraint))
    }

    fn create_index(&mut self, index: &CreateIndex) -> Result<(), Refusal> {
        absent(
            index.concurrently,
            "CONCURRENTLY",
            "leave it out: a migration is one transaction",
        )?;
        let plain = CreateIndex {
            name: index.name.clone(),
            table_name: index.table_name.clone(),
            using: index.using.clone(),
            columns: index.columns.clone(),
            unique: index.unique,
            concurrently: false,
            r#async: false,
            if_not_exists: index.if_not_exists,
            include: index.include.clone(),
            nulls_distinct: index.nulls_distinct,
            with: Vec::new(),
            predicate: index.predicate.clone(),
            index_options: Vec::new(),
            alter_options: Vec::new(),
        };
        absent(
            *index != plain,
            "an option of an index",
            "name its table, columns and condition only",
        )?;
        let Some(name) = &index.name else {
            return refuse("an index without a name", "give it one");
        };
        self.object(name)?;
        self.write(&index.table_name)?;
        index_type(index.using.as_ref())?;
        self.index_columns(&index.columns)?;
        self.all_names(&index.include)?;
        self.expressions(&index.predicate)
    }

    fn alter_table(&mut self, table: &AlterTable) -> Result<(), Refusal> {
        let AlterTable {
            name,
            if_exists: _,
            only,
            operations,
            location,
            on_cluster,
            table_type,
            end_token: _,
        } = table;
        absent(
            *only || location.is_some() || on_cluster.is_some() || table_type.is_some(),
            "a clause of ALTER TABLE of another database",
            LEAVE_IT_OUT,
        )?;
        self.write(name)?;
        operations
            .iter()
            .try_for_each(|operation| self.alteration(operation))
    }

    fn alteration(&mut self, operation: &AlterTableOperation) -> Result<(), Refusal> {
        match operation {
            AlterTableOperation::AddColumn {
                column_keyword: _,
                if_not_exists: _,
                column_def,
                column_position,
            } => {
                self.position(column_position.as_ref())?;
                self.column_definition(column_def)
            }
            AlterTableOperation::DropColumn {
                has_column_keyword: _,
                column_names,
                if_exists: _,
                drop_behavior,
            } => {
                no_cascade(drop_behavior.as_ref())?;
                self.all_names(column_names)
            }
            AlterTableOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => self.all_names([old_column_name, new_column_name]),
            AlterTableOperation::RenameTable { table_name } => {
                let (RenameTableNameKind::As(name) | RenameTableNameKind::To(name)) = table_name;
                self.write(name).map(drop)
            }
            AlterTableOperation::AddConstraint {
                constraint,
                not_valid: _,
            } => self.constraint(constraint),
            AlterTableOperation::DropConstraint {
                if_exists: _,
                name,
                drop_behavior,
            }
            | AlterTableOperation::DropForeignKey {
                name,
                drop_behavior,
            } => {
                no_cascade(drop_behavior.as_ref())?;
                // It is the table's own, whatever it is called: PostgreSQL makes names of its own.
                self.name(name)
            }
            AlterTableOperation::DropIndex { name } => self.name(name),
            AlterTableOperation::DropPrimaryKey { drop_behavior } => {
                no_cascade(drop_behavior.as_ref())
            }
            AlterTableOperation::RenameConstraint { old_name, new_name } => {
                self.name(old_name)?;
                self.named(Some(new_name))
            }
            AlterTableOperation::AlterColumn { column_name, op } => {
                self.name(column_name)?;
                self.alter_column(op)
            }
            AlterTableOperation::ModifyColumn {
                col_name,
                data_type,
                options,
                column_position,
            } => {
                self.name(col_name)?;
                self.position(column_position.as_ref())?;
                data_types::check_column(self.rules, data_type)?;
                options
                    .iter()
                    .try_for_each(|option| self.column_option(option))
            }
            AlterTableOperation::ChangeColumn {
                old_name,
                new_name,
                data_type,
                options,
                column_position,
            } => {
                self.all_names([old_name, new_name])?;
                self.position(column_position.as_ref())?;
                data_types::check_column(self.rules, data_type)?;
                options
                    .iter()
                    .try_for_each(|option| self.column_option(option))
            }
            _ => refuse(
                "an ALTER TABLE of this kind",
                "add, drop, rename or alter columns and constraints, or rename the table",
            ),
        }
    }

    fn alter_column(&mut self, operation: &AlterColumnOperation) -> Result<(), Refusal> {
        match operation {
            AlterColumnOperation::SetNotNull
            | AlterColumnOperation::DropNotNull
            | AlterColumnOperation::DropDefault => Ok(()),
            AlterColumnOperation::SetDefault { value } => self.expression(value),
            AlterColumnOperation::SetDataType {
                data_type,
                using,
                had_set: _,
            } => {
                data_types::check_column(self.rules, data_type)?;
                self.expressions(using)
            }
            AlterColumnOperation::AddGenerated { .. } => refuse(
                "ADD GENERATED",
                "add a column that is generated from its beginning",
            ),
        }
    }

    /// The name of an index, which stands beside those of tables.
    fn object(&mut self, name: &ObjectName) -> Result<(), Refusal> {
        let key = names::table(self.rules, name)?.key;
        self.tables.names.insert(key);
        Ok(())
    }
}

fn no_cascade(behavior: Option<&DropBehavior>) -> Result<(), Refusal> {
    absent(
        matches!(behavior, Some(DropBehavior::Cascade)),
        "CASCADE",
        "drop first what depends on it, each by its own statement",
    )
}
