//! The items of a FROM: tables, subqueries, joins, and a few functions.

use sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, TableAlias, TableFactor, TableFunctionArgs, TableWithJoins,
};

use super::{LEAVE_IT_OUT, Walk, absent, refuse};
use crate::{Refusal, functions, names};

impl Walk {
    pub(super) fn from(&mut self, from: &TableWithJoins) -> Result<(), Refusal> {
        let TableWithJoins { relation, joins } = from;
        self.table_factor(relation)?;
        for Join {
            relation,
            global,
            join_operator,
        } in joins
        {
            absent(*global, "GLOBAL", LEAVE_IT_OUT)?;
            self.table_factor(relation)?;
            match join_operator {
                JoinOperator::Join(constraint)
                | JoinOperator::Inner(constraint)
                | JoinOperator::Left(constraint)
                | JoinOperator::LeftOuter(constraint)
                | JoinOperator::Right(constraint)
                | JoinOperator::RightOuter(constraint)
                | JoinOperator::FullOuter(constraint)
                | JoinOperator::CrossJoin(constraint) => match constraint {
                    JoinConstraint::On(condition) => self.expression(condition)?,
                    JoinConstraint::Using(columns) => {
                        for column in columns {
                            names::parts(self.rules, column)?;
                        }
                    }
                    JoinConstraint::Natural | JoinConstraint::None => {}
                },
                _ => {
                    return refuse(
                        "a join of this kind",
                        "use JOIN, LEFT JOIN, RIGHT JOIN, FULL JOIN or CROSS JOIN",
                    );
                }
            }
        }
        Ok(())
    }

    fn table_factor(&mut self, factor: &TableFactor) -> Result<(), Refusal> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality: _,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                absent(
                    !with_hints.is_empty() || !index_hints.is_empty(),
                    "an index hint",
                    LEAVE_IT_OUT,
                )?;
                absent(
                    version.is_some()
                        || json_path.is_some()
                        || sample.is_some()
                        || !partitions.is_empty(),
                    "a version, sample, path or partition after a table",
                    LEAVE_IT_OUT,
                )?;
                self.alias(alias.as_ref())?;
                match args {
                    None => self.read(name),
                    Some(TableFunctionArgs { args, settings }) => {
                        absent(settings.is_some(), "SETTINGS", LEAVE_IT_OUT)?;
                        self.table_function(name)?;
                        args.iter().try_for_each(|arg| self.function_argument(arg))
                    }
                }
            }
            TableFactor::Function {
                lateral: _,
                name,
                args,
                with_ordinality: _,
                alias,
            } => {
                self.alias(alias.as_ref())?;
                self.table_function(name)?;
                args.iter().try_for_each(|arg| self.function_argument(arg))
            }
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset,
                with_offset_alias,
                with_ordinality: _,
            } => {
                absent(
                    *with_offset || with_offset_alias.is_some(),
                    "WITH OFFSET",
                    "use WITH ORDINALITY",
                )?;
                if !functions::is_allowed_as_table(self.rules, "unnest") {
                    return Err(Refusal::TableFunction {
                        name: "unnest".to_owned(),
                    });
                }
                self.alias(alias.as_ref())?;
                self.expressions(array_exprs)
            }
            TableFactor::Derived {
                lateral: _,
                subquery,
                alias,
                sample,
            } => {
                absent(sample.is_some(), "TABLESAMPLE", LEAVE_IT_OUT)?;
                self.alias(alias.as_ref())?;
                self.query(subquery)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                self.alias(alias.as_ref())?;
                self.from(table_with_joins)
            }
            _ => refuse(
                "something in FROM that is not a table, subquery or join",
                "name a table or a subquery",
            ),
        }
    }

    pub(super) fn alias(&self, alias: Option<&TableAlias>) -> Result<(), Refusal> {
        names::check_alias(self.rules, alias)
    }
}
