//! Expressions, wherever they stand.

use sqlparser::ast::{
    Array, BinaryOperator, CaseWhen, CastKind, CeilFloorKind, DateTimeField, Expr, Ident, Interval,
    TypedString, UnaryOperator, Value, ValueWithSpan,
};

use super::{EXCLUDED, Walk, absent, refuse};
use crate::{Refusal, data_types, functions, names, placeholders};

impl Walk {
    pub(super) fn expressions<'a>(
        &mut self,
        expressions: impl IntoIterator<Item = &'a Expr>,
    ) -> Result<(), Refusal> {
        expressions
            .into_iter()
            .try_for_each(|expression| self.expression(expression))
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each form that is allowed"
    )]
    pub(super) fn expression(&mut self, expression: &Expr) -> Result<(), Refusal> {
        match expression {
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(parts) => self.qualified_column(parts),
            Expr::Value(value) => self.value(value),
            Expr::Function(function) => self.function(function),
            Expr::Subquery(query) => self.query(query),
            Expr::Exists {
                subquery,
                negated: _,
            } => self.query(subquery),
            Expr::InSubquery {
                expr,
                subquery,
                negated: _,
            } => {
                self.expression(expr)?;
                self.query(subquery)
            }
            Expr::InList {
                expr,
                list,
                negated: _,
            } => {
                self.expression(expr)?;
                self.expressions(list)
            }
            Expr::BinaryOp { left, op, right } => {
                binary_operator(op)?;
                self.expression(left)?;
                self.expression(right)
            }
            Expr::UnaryOp { op, expr } => {
                unary_operator(*op)?;
                self.expression(expr)
            }
            Expr::AnyOp {
                left,
                compare_op,
                right,
                is_some: _,
            }
            | Expr::AllOp {
                left,
                compare_op,
                right,
            } => {
                binary_operator(compare_op)?;
                self.expression(left)?;
                self.expression(right)
            }
            Expr::Like {
                negated: _,
                any: false,
                expr,
                pattern,
                escape_char,
            }
            | Expr::ILike {
                negated: _,
                any: false,
                expr,
                pattern,
                escape_char,
            }
            | Expr::SimilarTo {
                negated: _,
                expr,
                pattern,
                escape_char,
            } => {
                self.expression(expr)?;
                self.expression(pattern)?;
                self.optional(escape_char.as_deref())
            }
            Expr::RLike {
                negated: _,
                expr,
                pattern,
                regexp: _,
            } => {
                self.expression(expr)?;
                self.expression(pattern)
            }
            Expr::Between {
                expr,
                negated: _,
                low,
                high,
            } => {
                self.expression(expr)?;
                self.expression(low)?;
                self.expression(high)
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.expression(left)?;
                self.expression(right)
            }
            Expr::Nested(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::IsNormalized {
                expr: inner,
                form: _,
                negated: _,
            }
            | Expr::IsJson {
                expr: inner,
                kind: _,
                unique_keys: _,
                negated: _,
            } => self.expression(inner),
            Expr::Case {
                case_token: _,
                end_token: _,
                operand,
                conditions,
                else_result,
            } => {
                self.optional(operand.as_deref())?;
                for CaseWhen { condition, result } in conditions {
                    self.expressions([condition, result])?;
                }
                self.optional(else_result.as_deref())
            }
            Expr::Cast {
                kind,
                expr,
                data_type,
                format: None,
            } => {
                let known = matches!(kind, CastKind::Cast | CastKind::DoubleColon);
                absent(!known, "TRY_CAST or SAFE_CAST", "use CAST")?;
                data_types::check(data_type)?;
                self.expression(expr)
            }
            Expr::Convert {
                is_try: false,
                expr,
                data_type: Some(data_type),
                charset: None,
                target_before_value: false,
                styles,
            } => {
                absent(!styles.is_empty(), "CONVERT with styles", "use CAST")?;
                data_types::check(data_type)?;
                self.expression(expr)
            }
            Expr::Tuple(items) => self.expressions(items),
            Expr::Array(Array { elem, named: _ }) => self.expressions(elem),
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                sets.iter().try_for_each(|set| self.expressions(set))
            }
            Expr::Collate { expr, collation } => {
                names::parts(self.rules, collation)?;
                self.expression(expr)
            }
            Expr::TypedString(TypedString {
                data_type,
                value,
                uses_odbc_syntax: false,
            }) => {
                data_types::check(data_type)?;
                // Where the database has no such literal, it is a column and its alias.
                self.names_column |= !(self.rules.is_typed_literal)(data_type);
                self.value(value)
            }
            other => self.special_syntax(other),
        }
    }

    /// Functions that the parser knows by a syntax of their own.
    fn special_syntax(&mut self, expression: &Expr) -> Result<(), Refusal> {
        match expression {
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => {
                self.expression(timestamp)?;
                self.expression(time_zone)
            }
            Expr::Extract {
                field,
                syntax: _,
                expr,
            } => {
                self.date_field(field)?;
                self.expression(expr)
            }
            Expr::Ceil {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            }
            | Expr::Floor {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => self.expression(expr),
            Expr::Position { expr, r#in } => {
                self.expression(expr)?;
                self.expression(r#in)
            }
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                special: _,
                shorthand: _,
            } => {
                self.expression(expr)?;
                self.optional(substring_from.as_deref())?;
                self.optional(substring_for.as_deref())
            }
            Expr::Trim {
                trim_where: _,
                trim_what,
                expr,
                trim_characters,
            } => {
                self.optional(trim_what.as_deref())?;
                self.expression(expr)?;
                self.expressions(trim_characters.iter().flatten())
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                self.expression(expr)?;
                self.expression(overlay_what)?;
                self.expression(overlay_from)?;
                self.optional(overlay_for.as_deref())
            }
            Expr::Interval(Interval {
                value,
                leading_field,
                leading_precision: _,
                last_field,
                fractional_seconds_precision: _,
            }) => {
                // `SELECT interval FROM posts`, read as an interval from nothing that is called
                // posts.
                absent(
                    !self.rules.has_intervals,
                    "INTERVAL",
                    "call the function datetime, or put a column's name in double quotes",
                )?;
                for field in leading_field.iter().chain(last_field) {
                    self.date_field(field)?;
                }
                self.expression(value)
            }
            Expr::MatchAgainst {
                columns,
                match_value,
                opt_search_modifier: _,
            } => {
                self.names_column = true;
                for column in columns {
                    names::parts(self.rules, column)?;
                }
                self.value(match_value)
            }
            Expr::MemberOf(member) => {
                let sqlparser::ast::MemberOf { value, array } = member;
                self.expression(value)?;
                self.expression(array)
            }
            _ => refuse(
                "an expression of this form",
                "write it with plain operators and functions",
            ),
        }
    }

    pub(super) fn optional(&mut self, expression: Option<&Expr>) -> Result<(), Refusal> {
        expression.map_or(Ok(()), |expression| self.expression(expression))
    }

    fn column(&mut self, name: &Ident) -> Result<(), Refusal> {
        self.name(name)?;
        let bare = name
            .quote_style
            .is_none()
            .then(|| name.value.to_ascii_lowercase());
        match bare {
            Some(name) if functions::is_called_by_name_alone(self.rules, &name) => {
                Err(Refusal::Function { name })
            }
            // VALUES (DEFAULT), SET a = DEFAULT
            Some(name) if name == "default" => Ok(()),
            _ => {
                self.names_column = true;
                Ok(())
            }
        }
    }

    fn qualified_column(&mut self, parts: &[Ident]) -> Result<(), Refusal> {
        parts.iter().try_for_each(|part| self.name(part))?;
        // What the plugin itself has sent, or something in a FROM, which is reported there.
        let sent = self.knows_excluded
            && matches!(parts, [row, _] if row.value.eq_ignore_ascii_case(EXCLUDED));
        self.names_column |= !sent;
        match parts {
            [_, .., last] if (self.rules.is_row_function)(&last.value) => Err(Refusal::Function {
                name: last.value.clone(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn value(&mut self, value: &ValueWithSpan) -> Result<(), Refusal> {
        let backslash = |text: &str| self.rules.has_backslash_escapes && text.contains('\\');
        let refuse = |found| Err(Refusal::Literal { found });
        match &value.value {
            // What a backslash means there depends on a setting of the server.
            Value::SingleQuotedString(text) if backslash(text) => refuse("a backslash in a string"),
            Value::SingleQuotedString(_)
            | Value::Number(_, false)
            | Value::HexStringLiteral(_)
            | Value::Boolean(_)
            | Value::Null => Ok(()),
            Value::Placeholder(text) => placeholders::check(self.rules, text),
            Value::DoubleQuotedString(_) => refuse("a string in double quotes"),
            Value::DollarQuotedString(_) => refuse("a string in dollar quotes"),
            Value::EscapedStringLiteral(_) | Value::UnicodeStringLiteral(_) => {
                refuse("a string with escapes")
            }
            _ => refuse("a literal of this form"),
        }
    }

    fn date_field(&self, field: &DateTimeField) -> Result<(), Refusal> {
        match field {
            DateTimeField::Custom(name) | DateTimeField::Week(Some(name)) => self.name(name),
            _ => Ok(()),
        }
    }
}

fn binary_operator(operator: &BinaryOperator) -> Result<(), Refusal> {
    use BinaryOperator as Op;
    match operator {
        Op::Plus
        | Op::Minus
        | Op::Multiply
        | Op::Divide
        | Op::Modulo
        | Op::MyIntegerDivide
        | Op::PGExp
        | Op::Gt
        | Op::Lt
        | Op::GtEq
        | Op::LtEq
        | Op::Eq
        | Op::NotEq
        | Op::Spaceship
        | Op::And
        | Op::Or
        | Op::Xor
        | Op::BitwiseOr
        | Op::BitwiseAnd
        | Op::BitwiseXor
        | Op::PGBitwiseXor
        | Op::PGBitwiseShiftLeft
        | Op::PGBitwiseShiftRight
        | Op::StringConcat
        | Op::Match
        | Op::Regexp
        | Op::Glob
        | Op::PGStartsWith
        | Op::PGRegexMatch
        | Op::PGRegexIMatch
        | Op::PGRegexNotMatch
        | Op::PGRegexNotIMatch
        | Op::PGLikeMatch
        | Op::PGILikeMatch
        | Op::PGNotLikeMatch
        | Op::PGNotILikeMatch
        | Op::Arrow
        | Op::LongArrow
        | Op::HashArrow
        | Op::HashLongArrow
        | Op::AtAt
        | Op::AtArrow
        | Op::ArrowAt
        | Op::HashMinus
        | Op::PGOverlap
        | Op::Overlaps => Ok(()),
        other => Err(Refusal::Operator {
            operator: other.to_string(),
        }),
    }
}

fn unary_operator(operator: UnaryOperator) -> Result<(), Refusal> {
    match operator {
        UnaryOperator::Plus
        | UnaryOperator::Minus
        | UnaryOperator::Not
        | UnaryOperator::BitwiseNot
        | UnaryOperator::BangNot => Ok(()),
        other => Err(Refusal::Operator {
            operator: other.to_string(),
        }),
    }
}
