//! The parts of tables: columns, constraints and keys, for migrations.

use sqlparser::{
    ast::{
        CheckConstraint, ColumnDef, ColumnOption, ColumnOptionDef, ForeignKeyConstraint, Ident,
        IndexColumn, IndexConstraint, IndexOption, IndexType, MySQLColumnPosition,
        PrimaryKeyConstraint, TableConstraint, UniqueConstraint,
    },
    keywords::Keyword,
    tokenizer::Token,
};

use super::{LEAVE_IT_OUT, Walk, absent, refuse};
use crate::{Refusal, data_types, names};

impl Walk {
    pub(super) fn column_definition(&mut self, column: &ColumnDef) -> Result<(), Refusal> {
        let ColumnDef {
            name,
            data_type,
            options,
        } = column;
        self.name(name)?;
        data_types::check_column(self.rules, data_type)?;
        for ColumnOptionDef { name, option } in options {
            self.named(name.as_ref())?;
            self.column_option(option)?;
        }
        Ok(())
    }

    pub(super) fn column_option(&mut self, option: &ColumnOption) -> Result<(), Refusal> {
        match option {
            ColumnOption::Null | ColumnOption::NotNull => Ok(()),
            ColumnOption::Default(value) | ColumnOption::OnUpdate(value) => self.expression(value),
            ColumnOption::PrimaryKey(key) => self.primary_key(key),
            ColumnOption::Unique(unique) => self.unique(unique),
            ColumnOption::ForeignKey(key) => self.foreign_key(key),
            ColumnOption::Check(check) => self.check(check),
            ColumnOption::Collation(name) => names::parts(self.rules, name).map(drop),
            ColumnOption::Generated {
                generated_as: _,
                sequence_options,
                generation_expr,
                generation_expr_mode: _,
                generated_keyword: _,
            } => {
                absent(
                    sequence_options
                        .as_ref()
                        .is_some_and(|options| !options.is_empty()),
                    "an option of an identity",
                    LEAVE_IT_OUT,
                )?;
                self.expressions(generation_expr)
            }
            ColumnOption::DialectSpecific(words) if words.iter().all(is_of_a_key) => Ok(()),
            _ => refuse(
                "a column option of this kind",
                "use NOT NULL, DEFAULT, UNIQUE, PRIMARY KEY, REFERENCES, CHECK, COLLATE or GENERATED",
            ),
        }
    }

    pub(super) fn constraint(&mut self, constraint: &TableConstraint) -> Result<(), Refusal> {
        match constraint {
            TableConstraint::PrimaryKey(key) => self.primary_key(key),
            TableConstraint::Unique(unique) => self.unique(unique),
            TableConstraint::ForeignKey(key) => self.foreign_key(key),
            TableConstraint::Check(check) => self.check(check),
            TableConstraint::Index(IndexConstraint {
                display_as_key: _,
                name,
                index_type: kind,
                columns,
                index_options,
            }) => {
                absent(
                    !index_options.is_empty(),
                    "an option of an index",
                    LEAVE_IT_OUT,
                )?;
                self.named(name.as_ref())?;
                index_type(kind.as_ref())?;
                self.index_columns(columns)
            }
            _ => refuse(
                "a constraint of this kind",
                "use PRIMARY KEY, UNIQUE, FOREIGN KEY or CHECK",
            ),
        }
    }

    fn primary_key(&mut self, key: &PrimaryKeyConstraint) -> Result<(), Refusal> {
        let PrimaryKeyConstraint {
            name,
            index_name,
            index_type: kind,
            columns,
            include,
            index_options,
            characteristics: _,
        } = key;
        self.named(name.as_ref())?;
        self.named(index_name.as_ref())?;
        self.index(kind.as_ref(), columns, include, index_options)
    }

    fn unique(&mut self, unique: &UniqueConstraint) -> Result<(), Refusal> {
        let UniqueConstraint {
            name,
            index_name,
            index_type_display: _,
            index_type: kind,
            columns,
            include,
            index_options,
            characteristics: _,
            nulls_distinct: _,
        } = unique;
        self.named(name.as_ref())?;
        self.named(index_name.as_ref())?;
        self.index(kind.as_ref(), columns, include, index_options)
    }

    /// Checks the index behind a constraint.
    fn index(
        &mut self,
        kind: Option<&IndexType>,
        columns: &[IndexColumn],
        include: &[Ident],
        options: &[IndexOption],
    ) -> Result<(), Refusal> {
        absent(!options.is_empty(), "an option of an index", LEAVE_IT_OUT)?;
        index_type(kind)?;
        self.all_names(include)?;
        self.index_columns(columns)
    }

    /// The other table counts as written: a row there can no longer be deleted as its owner likes.
    fn foreign_key(&mut self, key: &ForeignKeyConstraint) -> Result<(), Refusal> {
        let ForeignKeyConstraint {
            name,
            index_name,
            columns,
            foreign_table,
            referred_columns,
            on_delete: _,
            on_update: _,
            match_kind: _,
            characteristics: _,
        } = key;
        self.named(name.as_ref())?;
        self.named(index_name.as_ref())?;
        self.all_names(columns)?;
        self.all_names(referred_columns)?;
        self.write(foreign_table).map(drop)
    }

    fn check(&mut self, check: &CheckConstraint) -> Result<(), Refusal> {
        let CheckConstraint {
            name,
            expr,
            no_inherit: _,
            enforced: _,
        } = check;
        self.named(name.as_ref())?;
        self.expression(expr)
    }

    pub(super) fn index_columns(&mut self, columns: &[IndexColumn]) -> Result<(), Refusal> {
        for IndexColumn {
            column,
            operator_class,
        } in columns
        {
            absent(operator_class.is_some(), "an operator class", LEAVE_IT_OUT)?;
            self.order_by_items(std::slice::from_ref(column))?;
        }
        Ok(())
    }

    pub(super) fn position(&self, position: Option<&MySQLColumnPosition>) -> Result<(), Refusal> {
        match position {
            None | Some(MySQLColumnPosition::First) => Ok(()),
            Some(MySQLColumnPosition::After(column)) => self.name(column),
        }
    }

    pub(super) fn all_names<'a>(
        &self,
        names: impl IntoIterator<Item = &'a Ident>,
    ) -> Result<(), Refusal> {
        names.into_iter().try_for_each(|name| self.name(name))
    }

    /// The name of a constraint or an index within a table, where it has one.
    pub(super) fn named(&mut self, name: Option<&Ident>) -> Result<(), Refusal> {
        if let Some(name) = name {
            let key = names::table_key(self.rules, name)?;
            self.tables.names.insert(key);
        }
        Ok(())
    }
}

/// The kinds that the databases bring themselves. Another one is code of an extension.
pub(super) fn index_type(kind: Option<&IndexType>) -> Result<(), Refusal> {
    match kind {
        None
        | Some(
            IndexType::BTree
            | IndexType::Hash
            | IndexType::GIN
            | IndexType::GiST
            | IndexType::SPGiST
            | IndexType::BRIN,
        ) => Ok(()),
        Some(IndexType::Bloom | IndexType::Custom(_)) => {
            refuse("an index of this kind", LEAVE_IT_OUT)
        }
    }
}

fn is_of_a_key(token: &Token) -> bool {
    matches!(
        token,
        Token::Word(word) if matches!(
            word.keyword,
            Keyword::AUTOINCREMENT | Keyword::AUTO_INCREMENT | Keyword::ASC | Keyword::DESC
        )
    )
}
