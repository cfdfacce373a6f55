//! Identifiers: which are the same table, and which no two databases are sure to read alike.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, TableAlias};

use crate::{Refusal, dialect::Rules};

/// Bytes of a name. PostgreSQL silently cuts a longer one, and would then read another table.
const MAX_NAME_BYTES: usize = 63;

/// Checks a name of any kind: column, alias, window, collation.
pub(crate) fn check(rules: &Rules, name: &Ident) -> Result<(), Refusal> {
    let refuse = |reason| {
        Err(Refusal::Name {
            name: name.value.clone(),
            reason,
        })
    };
    if name.value.starts_with('@') {
        return Err(Refusal::Variable {
            name: name.value.clone(),
        });
    }
    if name.value.len() > MAX_NAME_BYTES {
        return refuse("it is longer than 63 bytes");
    }
    match name.quote_style {
        Some('\'') => refuse("it stands in single quotes, which are for text"),
        Some('"') if rules.double_quotes_are_text => {
            refuse("names stand in backticks, double quotes are for text")
        }
        Some(quote) if !rules.name_quotes.contains(&quote) => {
            refuse("this database has other quotes for names")
        }
        Some(_) if name.value.is_empty() => refuse("it is empty"),
        Some(_)
            if name
                .value
                .contains(|c: char| c.is_control() || "\"'`[]\\".contains(c)) =>
        {
            refuse("it holds a quote, bracket, backslash or control character")
        }
        None if !name
            .value
            .starts_with(|c: char| c.is_alphabetic() || c == '_') =>
        {
            refuse("it does not begin with a letter; put it in the database's quotes")
        }
        None if !name.value.chars().all(|c| c.is_alphanumeric() || c == '_') => refuse(
            "it holds something other than letters, digits and `_`; put it in the database's quotes",
        ),
        Some(_) | None => Ok(()),
    }
}

/// Checks every part of a name that is not a table's, and returns the parts.
pub(crate) fn parts<'a>(rules: &Rules, name: &'a ObjectName) -> Result<Vec<&'a Ident>, Refusal> {
    name.0
        .iter()
        .map(|part| match part {
            ObjectNamePart::Identifier(ident) => check(rules, ident).map(|()| ident),
            ObjectNamePart::Function(_) => Err(Refusal::Name {
                name: name.to_string(),
                reason: "it is made by a function",
            }),
        })
        .collect()
}

/// Checks a table's alias.
pub(crate) fn check_alias(rules: &Rules, alias: Option<&TableAlias>) -> Result<(), Refusal> {
    let Some(TableAlias {
        explicit: _,
        name,
        columns,
        at,
    }) = alias
    else {
        return Ok(());
    };
    check(rules, name)?;
    if at.is_some() || columns.iter().any(|column| column.data_type.is_some()) {
        return Err(Refusal::Clause {
            clause: "an alias with column types or AT",
            instead: "cast the columns in the select list",
        });
    }
    columns
        .iter()
        .try_for_each(|column| check(rules, &column.name))
}

/// The key under which a table or CTE is known: lower case, ASCII.
///
/// Case is where databases differ: SQLite ignores it, PostgreSQL folds what is not quoted, and for
/// MySQL it depends on the server. A name whose case could matter is refused rather than guessed.
/// Characters other than ASCII letters, digits and `_` cannot be granted, so no table that a plugin
/// may touch has them.
pub(crate) fn table_key(rules: &Rules, name: &Ident) -> Result<String, Refusal> {
    check(rules, name)?;
    let refuse = |reason| {
        Err(Refusal::TableName {
            name: name.value.clone(),
            reason,
        })
    };
    if !name
        .value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    {
        return refuse(
            "tables and common table expressions are called by ASCII letters, digits and `_`",
        );
    }
    let case_matters = (rules.case_matters)(name.quote_style.is_some());
    if case_matters && name.value.bytes().any(|b| b.is_ascii_uppercase()) {
        return refuse(
            "upper case may mean another table on this database; write it in lower case",
        );
    }
    Ok(name.value.to_ascii_lowercase())
}

/// A table's name as it stands in a statement, resolved as far as its text allows.
pub(crate) struct TableName {
    /// See [`table_key`].
    pub(crate) key: String,
    /// True if a schema stood before it; a CTE is never meant then.
    pub(crate) qualified: bool,
}

/// Resolves a table's name; any schema but the default one is refused, and so are the database's
/// own tables.
pub(crate) fn table(rules: &Rules, name: &ObjectName) -> Result<TableName, Refusal> {
    let parts = parts(rules, name)?;
    let (schema, table) = match parts.as_slice() {
        [table] => (None, table),
        [schema, table] => (Some(schema), table),
        _ => {
            return Err(Refusal::TableName {
                name: name.to_string(),
                reason: "it has more parts than a schema and a table",
            });
        }
    };
    let key = table_key(rules, table)?;
    if let Some(schema) = schema
        && rules.default_schema != Some(table_key(rules, schema)?.as_str())
    {
        return Err(Refusal::Schema {
            name: name.to_string(),
            table: key,
        });
    }
    if (rules.is_system_table)(&key) {
        return Err(Refusal::SystemTable { name: key });
    }
    Ok(TableName {
        key,
        qualified: schema.is_some(),
    })
}

/// Returns whether this is the word for no table at all. In backticks it is a table as any other.
pub(crate) fn is_dual(rules: &Rules, name: &ObjectName) -> bool {
    let [ObjectNamePart::Identifier(word)] = name.0.as_slice() else {
        return false;
    };
    rules.has_dual && word.quote_style.is_none() && word.value.eq_ignore_ascii_case("dual")
}
