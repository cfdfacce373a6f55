//! The types that a cast or a column may name: plain values. A type such as PostgreSQL's `regclass`
//! looks things up.

use sqlparser::ast::{ArrayElemTypeDef, CharacterLength, DataType};

use crate::{Refusal, dialect::Rules};

/// Refuses a type that is not on the list.
pub(crate) fn check(data_type: &DataType) -> Result<(), Refusal> {
    match data_type {
        DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) => check(element),
        plain if is_plain(plain) => Ok(()),
        other => Err(Refusal::DataType {
            name: other.to_string(),
        }),
    }
}

/// Refuses a column's type that is not on the list: what a cast may name, and what only columns
/// have.
pub(crate) fn check_column(rules: &Rules, data_type: &DataType) -> Result<(), Refusal> {
    if (rules.is_column_type)(data_type) || is_of_columns(data_type) {
        Ok(())
    } else {
        check(data_type)
    }
}

fn is_of_columns(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::TsVector
            | DataType::TinyText
            | DataType::MediumText
            | DataType::LongText
            | DataType::TinyBlob
            | DataType::MediumBlob
            | DataType::LongBlob
            | DataType::Binary(Some(0..=255))
            | DataType::TinyIntUnsigned(_)
            | DataType::SmallIntUnsigned(_)
            | DataType::MediumIntUnsigned(_)
            | DataType::IntUnsigned(_)
            | DataType::IntegerUnsigned(_)
            | DataType::BigIntUnsigned(_)
            | DataType::DecimalUnsigned(_)
            | DataType::DoubleUnsigned(_)
    )
}

fn is_plain(data_type: &DataType) -> bool {
    is_number(data_type)
        || is_text(data_type)
        || matches!(
            data_type,
            DataType::Bool
                | DataType::Boolean
                | DataType::Uuid
                | DataType::JSON
                | DataType::JSONB
                | DataType::Date
                | DataType::Time(..)
                | DataType::Datetime(_)
                | DataType::Timestamp(..)
                | DataType::Interval { .. }
                // With a length it pads its value, to any size.
                | DataType::Binary(None)
                | DataType::Varbinary(_)
                | DataType::Blob(_)
                | DataType::Bytea
        )
}

fn is_number(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Numeric(_)
            | DataType::Decimal(_)
            | DataType::Dec(_)
            | DataType::Float(_)
            | DataType::Float4
            | DataType::Float8
            | DataType::Real
            | DataType::Double(_)
            | DataType::DoublePrecision
            | DataType::TinyInt(_)
            | DataType::SmallInt(_)
            | DataType::MediumInt(_)
            | DataType::Int(_)
            | DataType::Int2(_)
            | DataType::Int4(_)
            | DataType::Int8(_)
            | DataType::Integer(_)
            | DataType::BigInt(_)
            | DataType::Signed
            | DataType::SignedInteger
            | DataType::Unsigned
            | DataType::UnsignedInteger
    )
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Text
            | DataType::CharacterVarying(_)
            | DataType::CharVarying(_)
            | DataType::Varchar(_)
            | DataType::Nvarchar(_)
            // It pads its value, so a longer one is a way to ask for memory.
            | DataType::Character(None | Some(CharacterLength::IntegerLength { length: 0..=255, .. }))
            | DataType::Char(None | Some(CharacterLength::IntegerLength { length: 0..=255, .. }))
    )
}
