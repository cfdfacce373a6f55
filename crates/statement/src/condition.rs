//! Conditions: from postfix order to SQL.

use raisfast_contract::database::{
    Comparison, Condition, Membership, Operator, Pattern, Span, Value,
};
use raisfast_sql_gate::Dialect;

use crate::{ColumnType, Columns, StatementError, error::invalid, name::Quoted, writer::Writer};

/// Parts of one condition. The gate has a limit of its own, which these stay below.
const MAX_PARTS: usize = 200;
/// Levels of `and`, `or` and `not` within one another.
const MAX_DEPTH: usize = 12;
/// Bytes of a pattern.
const MAX_PATTERN_BYTES: usize = 1_000;

/// The meanings of the names in a condition or order.
pub(crate) enum Names<'g> {
    /// Columns of the table.
    Columns,
    /// Columns of groups, and what is computed of each group.
    Group {
        columns: &'g [String],
        computed: &'g [(String, String)],
    },
}

impl Names<'_> {
    /// The expression behind a name.
    pub(crate) fn expression(
        &self,
        dialect: Dialect,
        name: &str,
    ) -> Result<String, StatementError> {
        let quoted = Quoted::new(dialect, name)?.to_string();
        let Self::Group { columns, computed } = self else {
            return Ok(quoted);
        };
        match computed.iter().find(|(known, _)| known == name) {
            Some((_, expression)) => Ok(expression.clone()),
            None if columns.iter().any(|column| column == name) => Ok(quoted),
            None => Err(invalid(format!(
                "`{name}` is not a column of the groups, nor a count or a sum of them; name one of these"
            ))),
        }
    }

    /// The type of what a name stands for.
    fn data_type<'c>(&self, columns: &'c Columns, name: &str) -> &'c ColumnType {
        match self {
            Self::Group { computed, .. } if computed.iter().any(|(known, _)| known == name) => {
                &COMPUTED
            }
            _ => columns.of(name),
        }
    }
}

/// The type of a count or a sum.
const COMPUTED: ColumnType = ColumnType::Decimal(None);

/// A part that is written, and how deep it is.
struct Written {
    sql: String,
    depth: usize,
}

/// Writes a condition and adds its values to the writer.
pub(crate) fn write(
    writer: &mut Writer<'_>,
    parts: Vec<Condition>,
    names: &Names<'_>,
) -> Result<String, StatementError> {
    if parts.len() > MAX_PARTS {
        return Err(invalid(format!(
            "the condition has {} parts, and may have {MAX_PARTS}; use `in` for many values of a column",
            parts.len()
        )));
    }
    let mut stack: Vec<Written> = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        let number = index + 1;
        let written = match part {
            Condition::And(count) => joined(&mut stack, number, count, "and")?,
            Condition::Or(count) => joined(&mut stack, number, count, "or")?,
            Condition::Not => negated(&mut stack, number)?,
            single => Written {
                sql: comparison(writer, single, names)?,
                depth: 0,
            },
        };
        if written.depth > MAX_DEPTH {
            return Err(invalid(format!(
                "part {number} of the condition is {} levels deep, and may be {MAX_DEPTH}; \
                 join more conditions with one `and` or `or`",
                written.depth
            )));
        }
        stack.push(written);
    }
    match (stack.pop(), stack.len()) {
        (Some(condition), 0) => Ok(condition.sql),
        (None, _) => Err(invalid(
            "the condition is empty; for every row the filter is `all`",
        )),
        (Some(_), left) => Err(invalid(format!(
            "the condition's parts leave {} conditions; join them with `and` or `or`",
            left + 1
        ))),
    }
}

fn joined(
    stack: &mut Vec<Written>,
    number: usize,
    count: u32,
    word: &str,
) -> Result<Written, StatementError> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let first = stack.len().checked_sub(count).filter(|_| count > 0);
    let Some(first) = first else {
        return Err(invalid(format!(
            "part {number} of the condition, `{word}`, joins {count} conditions; there are {} before it, and it takes 1 at least",
            stack.len()
        )));
    };
    let parts = stack.split_off(first);
    let depth = parts.iter().map(|part| part.depth).max().unwrap_or(0) + 1;
    let parts: Vec<String> = parts.into_iter().map(|part| part.sql).collect();
    let word = format!(" {} ", word.to_ascii_uppercase());
    Ok(Written {
        sql: format!("({})", parts.join(&word)),
        depth,
    })
}

fn negated(stack: &mut Vec<Written>, number: usize) -> Result<Written, StatementError> {
    let Written { sql, depth } = stack.pop().ok_or_else(|| {
        invalid(format!(
            "part {number} of the condition, `not`, has no condition before it"
        ))
    })?;
    Ok(Written {
        sql: format!("(NOT {sql})"),
        depth: depth + 1,
    })
}

/// A condition on one column, in parentheses.
fn comparison(
    writer: &mut Writer<'_>,
    condition: Condition,
    names: &Names<'_>,
) -> Result<String, StatementError> {
    let dialect = writer.target.dialect;
    let columns = writer.target.columns;
    let expression = |column: &str| names.expression(dialect, column);
    let mut compared = |column: &str, value| {
        let value = not_null(column, value)?;
        writer.compared(column, names.data_type(columns, column), value)
    };
    let sql = match condition {
        Condition::Compare(Comparison {
            column,
            operator,
            value,
        }) => {
            let left = expression(&column)?;
            let right = compared(&column, value)?;
            format!("{left} {} {right}", sign(operator))
        }
        Condition::In(Membership { column, values }) => {
            let left = expression(&column)?;
            let mut list = Vec::new();
            for value in values {
                list.push(compared(&column, value)?);
            }
            if list.is_empty() {
                // SQL has no empty list, and no value is in it.
                "1 = 0".to_owned()
            } else {
                format!("{left} IN ({})", list.join(", "))
            }
        }
        Condition::Like(Pattern { column, pattern }) => {
            let left = expression(&column)?;
            let pattern = like_pattern(dialect, &pattern)?;
            check_text(&column, names.data_type(columns, &column))?;
            let right = compared(&column, Value::Text(pattern))?;
            match dialect {
                // Its LIKE takes `a` for `A`.
                Dialect::Sqlite => format!("glob({right}, {left})"),
                Dialect::Postgres | Dialect::Mysql => format!("{left} LIKE {right}"),
            }
        }
        Condition::Between(Span { column, low, high }) => {
            let left = expression(&column)?;
            let low = compared(&column, low)?;
            let high = compared(&column, high)?;
            format!("{left} BETWEEN {low} AND {high}")
        }
        Condition::IsNull(column) => format!("{} IS NULL", expression(&column)?),
        Condition::And(_) | Condition::Or(_) | Condition::Not => {
            unreachable!("the caller joins and negates")
        }
    };
    Ok(format!("({sql})"))
}

fn not_null(column: &str, value: Value) -> Result<Value, StatementError> {
    if value == Value::Null {
        return Err(invalid(format!(
            "`{column}` is compared with null, which never holds; use is-null, or not and is-null"
        )));
    }
    Ok(value)
}

/// Databases write other values as text in their own ways, or not at all.
fn check_text(column: &str, data_type: &ColumnType) -> Result<(), StatementError> {
    match data_type {
        ColumnType::Text(_) | ColumnType::Other => Ok(()),
        other => Err(StatementError::Unfit(format!(
            "the column `{column}` takes {other}, and a pattern needs text; use between"
        ))),
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "=",
        Operator::NotEqual => "<>",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
    }
}

/// The pattern as the database's own operator reads it: LIKE, and on SQLite GLOB.
fn like_pattern(dialect: Dialect, pattern: &str) -> Result<String, StatementError> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(invalid(format!(
            "the pattern has {} bytes, and may have {MAX_PATTERN_BYTES}",
            pattern.len()
        )));
    }
    let is_glob = dialect == Dialect::Sqlite;
    let mut written = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '%' => {
                written.push(if is_glob { '*' } else { '%' });
                continue;
            }
            '_' => {
                written.push(if is_glob { '?' } else { '_' });
                continue;
            }
            '\\' => characters
                .next()
                .filter(|next| ['%', '_', '\\'].contains(next))
                .ok_or_else(|| {
                    invalid("in a pattern `%`, `_` or `\\` follows a `\\`; write `\\\\` for one")
                })?,
            other => other,
        };
        match literal {
            '*' | '?' | '[' if is_glob => written.extend(['[', literal, ']']),
            '%' | '_' | '\\' if !is_glob => written.extend(['\\', literal]),
            _ => written.push(literal),
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_the_same_in_both_languages() {
        for (pattern, like, glob) in [
            ("a%b_c", "a%b_c", "a*b?c"),
            (r"100\%", r"100\%", "100%"),
            (r"snake\_case", r"snake\_case", "snake_case"),
            (r"back\\slash", r"back\\slash", r"back\slash"),
            ("[*]?", "[*]?", "[[][*]][?]"),
        ] {
            assert_eq!(like_pattern(Dialect::Postgres, pattern).unwrap(), like);
            assert_eq!(like_pattern(Dialect::Mysql, pattern).unwrap(), like);
            assert_eq!(like_pattern(Dialect::Sqlite, pattern).unwrap(), glob);
        }
        for bad in ["\\", "a\\", "\\a", &"x".repeat(1_001)] {
            assert!(like_pattern(Dialect::Sqlite, bad).is_err(), "{bad}");
        }
    }
}
