//! The declared types of a table's columns.

use std::{collections::BTreeMap, fmt};

/// The type of a column, in words that all databases share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ColumnType {
    /// True or false.
    Boolean,
    /// A whole number within this range.
    Integer {
        /// The least.
        min: i128,
        /// The greatest.
        max: i128,
    },
    /// A decimal; without digits, any.
    Decimal(Option<Digits>),
    /// A number that is not exact, of 64 bits.
    Double,
    /// The same, of 32 bits.
    Single,
    /// Text, of this many characters where that is declared.
    Text(Option<u64>),
    /// Bytes, this many where that is declared.
    Bytes(Option<u64>),
    /// A date.
    Date,
    /// A time of a day.
    Time,
    /// A point in time, with this many places after the second, 6 at most.
    Timestamp(u32),
    /// Another type, or a column of which nothing is known: the database alone says what it takes.
    #[default]
    Other,
}

/// The digits of a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    /// Before the point.
    pub whole: usize,
    /// After it.
    pub places: usize,
}

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns(BTreeMap<String, ColumnType>);

impl Columns {
    /// The type of a column; [`ColumnType::Other`] for one that is not there.
    pub fn of(&self, name: &str) -> &ColumnType {
        self.0.get(name).unwrap_or(&ColumnType::Other)
    }
}

impl FromIterator<(String, ColumnType)> for Columns {
    fn from_iter<T: IntoIterator<Item = (String, ColumnType)>>(columns: T) -> Self {
        Self(columns.into_iter().collect())
    }
}

impl ColumnType {
    /// A whole number of this many bits, with a sign.
    pub const fn signed(bits: u32) -> Self {
        Self::Integer {
            min: -(1 << (bits - 1)),
            max: (1 << (bits - 1)) - 1,
        }
    }

    /// A whole number of this many bits that is never negative.
    pub const fn unsigned(bits: u32) -> Self {
        Self::Integer {
            min: 0,
            max: (1 << bits) - 1,
        }
    }

    /// Returns whether its values can be added to each other.
    pub fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Integer { .. } | Self::Decimal(_) | Self::Double | Self::Single
        )
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("true or false"),
            Self::Integer { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Decimal(None) | Self::Double => f.write_str("a number"),
            Self::Decimal(Some(Digits { whole, .. })) => {
                write!(f, "a number with at most {whole} digits before its point")
            }
            Self::Single => f.write_str("a number of 32 bits"),
            Self::Text(None) => f.write_str("text"),
            Self::Text(Some(most)) => write!(f, "text of at most {most} characters"),
            Self::Bytes(None) => f.write_str("bytes"),
            Self::Bytes(Some(most)) => write!(f, "at most {most} bytes"),
            Self::Date => f.write_str("a date such as 2026-11-22"),
            Self::Time => f.write_str("a time such as 07:42:28"),
            Self::Timestamp(_) => f.write_str("a time such as 2026-11-22T07:42:28.123Z"),
            Self::Other => f.write_str("a value of its own type"),
        }
    }
}
