//! Bounds on what some functions work on.
//!
//! A few functions compare each place of one text with all of another, and no database ends them in the middle:
//! two texts of megabytes, which SQL itself can make, take hours. So what is searched for is written with a
//! check of its length, which the database makes while it runs. A literal needs none.
//!
//! This is the last step: the checks are text in the tree, and nobody reads the tree after it.

use std::{convert::Infallible, ops::ControlFlow};

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Statement, Value, VisitMut,
    VisitorMut, visit_expressions,
};

use crate::Dialect;

/// Characters of what is searched for.
const PATTERN: usize = 256;
/// Characters of the text in which is searched.
const TEXT: usize = 4 << 20;
/// Bytes of JSON of which each field is compared with each.
const JSON: usize = 64 << 10;

/// Writes the checks into a query or a change.
pub(crate) fn apply(dialect: Dialect, statement: &mut Statement) {
    if matches!(
        statement,
        Statement::Query(_) | Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_)
    ) {
        let ControlFlow::Continue(()) = statement.visit(&mut Bounds { dialect });
    }
}

struct Bounds {
    dialect: Dialect,
}

/// The places of a function's arguments, each with the most that may stand there.
fn bounded_arguments(dialect: Dialect, function: &str) -> &'static [(usize, usize)] {
    match (dialect, function) {
        (Dialect::Sqlite, "json_patch" | "jsonb_patch") => &[(0, JSON), (1, JSON)],
        (
            Dialect::Postgres,
            "strpos" | "replace" | "translate" | "btrim" | "ltrim" | "rtrim" | "split_part"
            | "string_to_array",
        ) => &[(0, TEXT), (1, PATTERN)],
        (Dialect::Mysql, "locate" | "find_in_set") => &[(0, PATTERN)],
        (Dialect::Mysql, "instr" | "replace" | "substring_index") => &[(1, PATTERN)],
        _ => &[],
    }
}

impl Bounds {
    fn bound(&self, operand: &mut Expr, most: usize) {
        if is_short(operand, most) {
            return;
        }
        let text = match self.dialect {
            // One of the functions that the server gives to plugins' connections.
            Dialect::Sqlite => format!("raisfast_bounded({operand}, {most})"),
            // What `varchar(n)` calls where a column has it: an error, not a cut. Four is the length's own.
            Dialect::Postgres => {
                format!("pg_catalog.\"varchar\"({operand}, {}, false)", most + 4)
            }
            // There is nothing that evaluates a parameter once and refuses it.
            Dialect::Mysql if has_placeholder(operand) => return,
            // The bound writes its operand twice: in one another they would double at each level.
            Dialect::Mysql if holds_a_bound(operand) => return,
            Dialect::Mysql => format!(
                "CASE WHEN OCTET_LENGTH({operand}) > {most} THEN 9223372036854775807 + OCTET_LENGTH('too long') ELSE {operand} END"
            ),
        };
        *operand = Expr::Identifier(Ident::new(text));
    }
}

fn is_short(operand: &Expr, most: usize) -> bool {
    match operand {
        Expr::Nested(inner) => is_short(inner, most),
        Expr::Value(value) => match &value.value {
            Value::Placeholder(_) => false,
            value => value.to_string().len() <= most,
        },
        _ => false,
    }
}

fn has_placeholder(operand: &Expr) -> bool {
    visit_expressions(operand, |part| match part {
        Expr::Value(value) if matches!(value.value, Value::Placeholder(_)) => {
            ControlFlow::Break(())
        }
        // Bounded already, as text.
        Expr::Identifier(name) if name.value.contains('?') => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

fn holds_a_bound(operand: &Expr) -> bool {
    visit_expressions(operand, |part| match part {
        Expr::Identifier(name) if name.value.contains("'too long'") => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

fn is_column(operand: &Expr) -> bool {
    matches!(operand, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

impl VisitorMut for Bounds {
    type Break = Infallible;

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Infallible> {
        match expression {
            Expr::Function(function) => {
                let name = function.name.to_string().to_ascii_lowercase();
                let bounded = bounded_arguments(self.dialect, &name);
                if let FunctionArguments::List(list) = &mut function.args
                    && list.args.len() > 1
                {
                    for (place, most) in bounded {
                        if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(operand))) =
                            list.args.get_mut(*place)
                        {
                            self.bound(operand, *most);
                        }
                    }
                }
            }
            Expr::Position { expr, r#in } if self.dialect != Dialect::Sqlite => {
                self.bound(expr, PATTERN);
                if self.dialect == Dialect::Postgres {
                    self.bound(r#in, TEXT);
                }
            }
            Expr::Trim {
                trim_what: Some(what),
                expr,
                ..
            } if self.dialect == Dialect::Postgres => {
                self.bound(what, PATTERN);
                self.bound(expr, TEXT);
            }
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. }
                if self.dialect != Dialect::Sqlite =>
            {
                self.bound(pattern, PATTERN);
                // An index of a column is for the column alone.
                if self.dialect == Dialect::Postgres && !is_column(expr) {
                    self.bound(expr, TEXT);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
