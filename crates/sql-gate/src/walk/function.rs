//! Calls of functions, their arguments, and their windows.

use sqlparser::ast::{
    DuplicateTreatment, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, NullTreatment, ObjectName, WindowFrame,
    WindowFrameBound, WindowSpec, WindowType,
};

use super::{LEAVE_IT_OUT, Walk, absent, refuse};
use crate::{Refusal, functions, names};

impl Walk {
    pub(super) fn function(&mut self, function: &Function) -> Result<(), Refusal> {
        let Function {
            name,
            uses_odbc_syntax,
            parameters,
            args,
            within_group,
            filter,
            null_treatment,
            over,
        } = function;
        let allowed = match names::parts(self.rules, name)?.as_slice() {
            // In quotes, or in a schema, it could be somebody's own function of that name.
            [part] => {
                part.quote_style.is_none()
                    && functions::is_allowed(self.rules, &part.value.to_ascii_lowercase())
            }
            _ => false,
        };
        if !allowed {
            return Err(Refusal::Function {
                name: name.to_string(),
            });
        }
        absent(
            *uses_odbc_syntax,
            "{fn …}",
            "call the function without braces",
        )?;
        absent(
            !matches!(parameters, FunctionArguments::None),
            "a function with two lists of arguments",
            LEAVE_IT_OUT,
        )?;
        match null_treatment {
            None | Some(NullTreatment::IgnoreNulls | NullTreatment::RespectNulls) => {}
        }
        match args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => self.query(query)?,
            FunctionArguments::List(list) => self.arguments(list)?,
        }
        self.order_by_items(within_group)?;
        self.optional(filter.as_deref())?;
        match over {
            None => Ok(()),
            Some(WindowType::NamedWindow(name)) => self.name(name),
            Some(WindowType::WindowSpec(spec)) => self.window(spec),
        }
    }

    fn arguments(&mut self, list: &FunctionArgumentList) -> Result<(), Refusal> {
        let FunctionArgumentList {
            duplicate_treatment,
            args,
            clauses,
        } = list;
        match duplicate_treatment {
            None | Some(DuplicateTreatment::All | DuplicateTreatment::Distinct) => {}
        }
        args.iter()
            .try_for_each(|arg| self.function_argument(arg))?;
        for clause in clauses {
            match clause {
                FunctionArgumentClause::OrderBy(items) => self.order_by_items(items)?,
                FunctionArgumentClause::Limit(limit) => self.expression(limit)?,
                FunctionArgumentClause::Separator(value) => self.value(value)?,
                FunctionArgumentClause::IgnoreOrRespectNulls(_) => {}
                _ => {
                    return refuse(
                        "a clause of this form in a function's arguments",
                        LEAVE_IT_OUT,
                    );
                }
            }
        }
        Ok(())
    }

    pub(super) fn function_argument(&mut self, argument: &FunctionArg) -> Result<(), Refusal> {
        let value = match argument {
            FunctionArg::Unnamed(value) => value,
            FunctionArg::Named {
                name,
                arg,
                operator: _,
            } => {
                self.name(name)?;
                arg
            }
            FunctionArg::ExprNamed { .. } => {
                return refuse("an argument named by an expression", "pass it by position");
            }
        };
        match value {
            FunctionArgExpr::Expr(expression) => self.expression(expression),
            FunctionArgExpr::Wildcard => {
                self.names_column = true;
                Ok(())
            }
            _ => refuse("`*` of a table as an argument", "name the columns"),
        }
    }

    pub(super) fn window(&mut self, window: &WindowSpec) -> Result<(), Refusal> {
        let WindowSpec {
            window_name,
            partition_by,
            order_by,
            window_frame,
        } = window;
        if let Some(name) = window_name {
            self.name(name)?;
        }
        self.expressions(partition_by)?;
        self.order_by_items(order_by)?;
        if let Some(WindowFrame {
            units: _,
            start_bound,
            end_bound,
        }) = window_frame
        {
            for bound in std::iter::once(start_bound).chain(end_bound) {
                match bound {
                    WindowFrameBound::CurrentRow
                    | WindowFrameBound::Preceding(None)
                    | WindowFrameBound::Following(None) => {}
                    WindowFrameBound::Preceding(Some(rows))
                    | WindowFrameBound::Following(Some(rows)) => self.expression(rows)?,
                }
            }
        }
        Ok(())
    }

    /// A function in the place of a table; its arguments are the caller's to walk.
    pub(super) fn table_function(&mut self, name: &ObjectName) -> Result<(), Refusal> {
        match names::parts(self.rules, name)?.as_slice() {
            [function]
                if function.quote_style.is_none()
                    && functions::is_allowed_as_table(
                        self.rules,
                        &function.value.to_ascii_lowercase(),
                    ) =>
            {
                Ok(())
            }
            _ => Err(Refusal::TableFunction {
                name: name.to_string(),
            }),
        }
    }
}
