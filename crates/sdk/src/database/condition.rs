//! Conditions on columns, and orders by them.

use std::ops::Not;

use super::{Value, host};

/// A column of a table, or a name that [`Groups`](super::Groups) has given.
pub fn field(name: impl Into<String>) -> Column {
    Column(name.into())
}

/// A column in a condition or an order. Made by [`field`].
#[derive(Debug, Clone)]
pub struct Column(String);

impl Column {
    /// The value is this one. Null is not a value: see [`Column::is_null`].
    pub fn eq(self, value: impl Into<Value>) -> Condition {
        self.compare(host::Operator::Equal, value)
    }

    /// The value is another one.
    pub fn ne(self, value: impl Into<Value>) -> Condition {
        self.compare(host::Operator::NotEqual, value)
    }

    /// The value is less.
    pub fn lt(self, value: impl Into<Value>) -> Condition {
        self.compare(host::Operator::Less, value)
    }

    /// The value is this one or less.
    pub fn le(self, value: impl Into<Value>) -> Condition {
        self.compare(host::Operator::LessOrEqual, value)
    }

    /// The value is greater.
    pub fn gt(self, value: impl Into<Value>) -> Condition {
        self.compare(host::Operator::Greater, value)
    }

    /// The value is this one or greater.
    pub fn ge(self, value: impl Into<Value>) -> Condition {
        self.compare(host::Operator::GreaterOrEqual, value)
    }

    /// The value is one of these. No value is one of none.
    pub fn is_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        Condition::single(host::Condition::In(host::Membership {
            column: self.0,
            values: values.into_iter().map(Into::into).collect(),
        }))
    }

    /// The text has this form: `%` stands for any characters, `_` for one; `\` before one of the
    /// three takes its meaning away. Upper and lower case differ.
    pub fn like(self, pattern: impl Into<String>) -> Condition {
        Condition::single(host::Condition::Like(host::Pattern {
            column: self.0,
            pattern: pattern.into(),
        }))
    }

    /// The value is one of these two, or between them.
    pub fn between(self, low: impl Into<Value>, high: impl Into<Value>) -> Condition {
        Condition::single(host::Condition::Between(host::Span {
            column: self.0,
            low: low.into(),
            high: high.into(),
        }))
    }

    /// There is no value.
    pub fn is_null(self) -> Condition {
        Condition::single(host::Condition::IsNull(self.0))
    }

    /// There is a value.
    pub fn is_not_null(self) -> Condition {
        !self.is_null()
    }

    /// The greatest value first, and rows without one last. The name alone, as text, is the least
    /// first.
    pub fn desc(self) -> Order {
        Order(host::Order {
            column: self.0,
            direction: host::Direction::Descending,
        })
    }

    fn compare(self, operator: host::Operator, value: impl Into<Value>) -> Condition {
        Condition::single(host::Condition::Compare(host::Comparison {
            column: self.0,
            operator,
            value: value.into(),
        }))
    }
}

/// The rows that are meant. `!` is its opposite.
#[derive(Debug, Clone)]
pub struct Condition(Vec<host::Condition>);

impl Condition {
    fn single(part: host::Condition) -> Self {
        Self(vec![part])
    }

    /// Both hold.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let count = self.take_joined(is_and) + self.append(other, is_and);
        self.0.push(host::Condition::And(count));
        self
    }

    /// One of them holds, or both.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        let count = self.take_joined(is_or) + self.append(other, is_or);
        self.0.push(host::Condition::Or(count));
        self
    }

    /// Adds the other's parts, and returns the number of conditions in them.
    fn append(&mut self, mut other: Self, joins: fn(&host::Condition) -> Option<u32>) -> u32 {
        let count = other.take_joined(joins);
        self.0.append(&mut other.0);
        count
    }

    /// Returns how many conditions these parts join, or that they are one. Joined to more of their
    /// kind they need no level of their own.
    fn take_joined(&mut self, joins: fn(&host::Condition) -> Option<u32>) -> u32 {
        match self.0.last().and_then(joins) {
            Some(count) => {
                self.0.pop();
                count
            }
            None => 1,
        }
    }

    pub(super) fn into_filter(self) -> host::Filter {
        host::Filter::Matching(self.0)
    }
}

fn is_and(part: &host::Condition) -> Option<u32> {
    match part {
        host::Condition::And(count) => Some(*count),
        _ => None,
    }
}

fn is_or(part: &host::Condition) -> Option<u32> {
    match part {
        host::Condition::Or(count) => Some(*count),
        _ => None,
    }
}

impl Not for Condition {
    type Output = Self;

    fn not(mut self) -> Self {
        self.0.push(host::Condition::Not);
        self
    }
}

/// By what rows are sorted: a name for the least first, [`Column::desc`] for the greatest first.
#[derive(Debug, Clone)]
pub struct Order(pub(super) host::Order);

impl From<&str> for Order {
    fn from(column: &str) -> Self {
        Self(host::Order {
            column: column.to_owned(),
            direction: host::Direction::Ascending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As postfix text.
    fn parts(condition: &Condition) -> String {
        let parts = condition.0.iter().map(|part| match part {
            host::Condition::IsNull(column) => column.clone(),
            host::Condition::And(count) => format!("and{count}"),
            host::Condition::Or(count) => format!("or{count}"),
            host::Condition::Not => "not".to_owned(),
            other => format!("{other:?}"),
        });
        parts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn conditions_of_a_kind_are_joined_on_one_level() {
        let null = |name: &str| field(name).is_null();
        let long = null("a").and(null("b")).and(null("c").and(null("d")));
        assert_eq!(parts(&long), "a b c d and4");
        let mixed = null("a").or(null("b")).and(null("c"));
        assert_eq!(parts(&mixed), "a b or2 c and2");
        let nested = null("a").and(null("b").or(null("c"))).or(!null("d"));
        assert_eq!(parts(&nested), "a b c or2 and2 d not or2");
        assert_eq!(parts(&!null("a").and(null("b"))), "a b and2 not");
        assert_eq!(parts(&(!null("a")).and(null("b"))), "a not b and2");
    }
}
