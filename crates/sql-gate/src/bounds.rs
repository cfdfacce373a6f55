//! Bounds on what some functions work on.
//!
//! A few functions compare each place of one text with all of another, and no database ends them in
//! the middle: two texts of megabytes, which SQL itself can make, take hours. So what is searched
//! for is written with a check of its length, which the database makes while it runs. A literal
//! needs none.
//!
//! This is the last step: the checks are text in the tree, and nobody reads the tree after it.

use std::{convert::Infallible, ops::ControlFlow};

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Statement, Value, VisitMut,
    VisitorMut,
};

use crate::dialect::Rules;

/// Characters of what is searched for.
pub(crate) const PATTERN: usize = 256;
/// Characters of the text in which is searched.
pub(crate) const TEXT: usize = 4 << 20;
/// Bytes of JSON of which each field is compared with each.
pub(crate) const JSON: usize = 64 << 10;

/// Writes the checks into a query or a change.
pub(crate) fn apply(rules: &'static Rules, statement: &mut Statement) {
    if matches!(
        statement,
        Statement::Query(_) | Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_)
    ) {
        let ControlFlow::Continue(()) = statement.visit(&mut Bounds { rules });
    }
}

struct Bounds {
    rules: &'static Rules,
}

impl Bounds {
    fn bound(&self, operand: &mut Expr, most: usize) {
        if is_short(operand, most) {
            return;
        }
        if let Some(text) = (self.rules.bounded)(operand, most) {
            *operand = Expr::Identifier(Ident::new(text));
        }
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

fn is_column(operand: &Expr) -> bool {
    matches!(operand, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

impl VisitorMut for Bounds {
    type Break = Infallible;

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Infallible> {
        match expression {
            Expr::Function(function) => {
                let name = function.name.to_string().to_ascii_lowercase();
                let bounded = (self.rules.bounded_arguments)(&name);
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
            Expr::Position { expr, r#in } if self.rules.bounds_patterns => {
                self.bound(expr, PATTERN);
                if self.rules.bounds_texts {
                    self.bound(r#in, TEXT);
                }
            }
            Expr::Trim {
                trim_what: Some(what),
                expr,
                ..
            } if self.rules.bounds_texts => {
                self.bound(what, PATTERN);
                self.bound(expr, TEXT);
            }
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. }
                if self.rules.bounds_patterns =>
            {
                self.bound(pattern, PATTERN);
                // An index of a column is for the column alone.
                if self.rules.bounds_texts && !is_column(expr) {
                    self.bound(expr, TEXT);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
