//! The columns of tables, as the database's catalogue declares them.
//!
//! The catalogue is asked once a table and the answer kept for a minute: a table that somebody
//! alters by hand, or another server's migration, is known soon; what this server's migrations
//! alter, at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use raisfast_host_api::{
    ApiError,
    capability::{
        ColumnType, ColumnValue, Columns, Db, Dialect, Digits, Row, RowLimits, Scalar, Transaction,
    },
};

/// The time for which an answer of the catalogue is used.
const MAX_AGE: Duration = Duration::from_mins(1);
/// Tables that are kept; with one more all are read anew.
const MAX_TABLES: usize = 1_000;
/// Columns of one table. SQLite's own limit is 2,000, those of the others are lower.
const LIMITS: RowLimits = RowLimits {
    rows: 4_000,
    bytes: 1 << 20,
    memory: 4 << 20,
};

/// Asks the catalogue, with the database's own query for the columns of one table.
pub(crate) async fn read(
    database: &impl Db,
    query: &str,
    table: &str,
) -> Result<Arc<Columns>, ApiError> {
    let dialect = database.dialect();
    let rows = database.query(query, &name(table), LIMITS).await?;
    Ok(columns(dialect, rows))
}

/// Asks the catalogue within a transaction, for which somebody else might otherwise wait.
pub(crate) async fn read_within(
    transaction: &mut impl Transaction,
    dialect: Dialect,
    query: &str,
    table: &str,
) -> Result<Arc<Columns>, ApiError> {
    let rows = transaction.query(query, &name(table), LIMITS).await?;
    Ok(columns(dialect, rows))
}

fn name(table: &str) -> [Scalar; 1] {
    [Scalar::Text(table.to_owned())]
}

fn columns(dialect: Dialect, rows: Vec<Row>) -> Arc<Columns> {
    let columns = rows.into_iter().filter_map(|row| {
        let [name, declared] = texts(row)?;
        Some((name, parse(dialect, &declared)))
    });
    Arc::new(columns.collect())
}

fn texts(row: Row) -> Option<[String; 2]> {
    let texts: Vec<_> = row
        .into_columns()
        .into_iter()
        .filter_map(|(_, value)| match value {
            ColumnValue::Text(text) => Some(text),
            _ => None,
        })
        .collect();
    texts.try_into().ok()
}

/// The columns that the catalogue has named.
#[derive(Debug, Default)]
pub(crate) struct KnownColumns(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Counts up with each [`KnownColumns::forget`].
    schema: u64,
    tables: HashMap<String, (Instant, Arc<Columns>)>,
}

impl KnownColumns {
    /// Returns the columns of a table, if they were read recently.
    pub(crate) fn get(&self, table: &str) -> Option<Arc<Columns>> {
        let known = self.lock();
        let (since, columns) = known.tables.get(table)?;
        (since.elapsed() < MAX_AGE).then(|| columns.clone())
    }

    /// Returns the version of the schema, which [`keep`](Self::keep) takes from before the
    /// catalogue is asked.
    pub(crate) fn schema(&self) -> u64 {
        self.lock().schema
    }

    /// Keeps what the catalogue has said, unless the tables have changed since: it may be what was
    /// there before.
    pub(crate) fn keep(&self, schema: u64, table: &str, columns: &Arc<Columns>) {
        let mut known = self.lock();
        if known.schema != schema {
            return;
        }
        if known.tables.len() >= MAX_TABLES {
            known.tables.clear();
        }
        let now = (Instant::now(), columns.clone());
        known.tables.insert(table.to_owned(), now);
    }

    /// Reads all tables anew.
    pub(crate) fn forget(&self) {
        let mut known = self.lock();
        known.schema += 1;
        known.tables.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a declared type, such as `character varying(80)` or `bigint(20) unsigned`.
fn parse(dialect: Dialect, declared: &str) -> ColumnType {
    let declared = declared.trim().to_ascii_lowercase();
    let (name, rest) = declared.split_once('(').unwrap_or((&declared, ""));
    let (numbers, more) = rest.split_once(')').unwrap_or(("", ""));
    let numbers: Vec<u64> = numbers
        .split(',')
        .map(|number| number.trim().parse())
        .collect::<Result<_, _>>()
        .unwrap_or_default();
    let words = format!("{} {}", name.trim(), more.trim());
    let mut words: Vec<&str> = words.split_whitespace().collect();
    let is_unsigned = words.contains(&"unsigned");
    words.retain(|word| !["unsigned", "zerofill"].contains(word));
    let integer = |bits| {
        if is_unsigned {
            ColumnType::unsigned(bits)
        } else {
            ColumnType::signed(bits)
        }
    };
    let length = numbers.first().copied();
    match words.join(" ").as_str() {
        "boolean" | "bool" => ColumnType::Boolean,
        // So MariaDB keeps BOOLEAN.
        "tinyint" if dialect == Dialect::Mysql && length == Some(1) && !is_unsigned => {
            ColumnType::Boolean
        }
        "tinyint" => integer(8),
        "smallint" | "int2" => integer(16),
        "mediumint" => integer(24),
        // SQLite's INTEGER has 64 bits, and plugins that know it alone use them.
        "integer" | "int" if dialect == Dialect::Sqlite => integer(64),
        "integer" | "int" | "int4" => integer(32),
        "bigint" | "int8" => integer(64),
        "decimal" | "numeric" | "dec" => ColumnType::Decimal(digits(&numbers)),
        "real" | "float4" if dialect == Dialect::Postgres => ColumnType::Single,
        "float" if dialect == Dialect::Mysql => ColumnType::Single,
        "double precision" | "double" | "float8" | "real" | "float" | "float4" => {
            ColumnType::Double
        }
        "character varying" | "varchar" | "character" | "char" => ColumnType::Text(length),
        "text" | "tinytext" | "mediumtext" | "longtext" => ColumnType::Text(None),
        "bytea" | "blob" | "tinyblob" | "mediumblob" | "longblob" => ColumnType::Bytes(None),
        "binary" | "varbinary" => ColumnType::Bytes(length),
        "date" => ColumnType::Date,
        "time" | "time without time zone" => ColumnType::Time,
        "timestamp"
        | "datetime"
        | "timestamptz"
        | "timestamp with time zone"
        | "timestamp without time zone" => ColumnType::Timestamp(match dialect {
            Dialect::Sqlite => 3,
            Dialect::Postgres => places(length, 6),
            Dialect::Mysql => places(length, 0),
        }),
        _ => ColumnType::Other,
    }
}

fn digits(numbers: &[u64]) -> Option<Digits> {
    let (precision, places) = match numbers {
        [precision] => (*precision, 0),
        [precision, places] => (*precision, *places),
        _ => return None,
    };
    Some(Digits {
        whole: usize::try_from(precision.checked_sub(places)?).ok()?,
        places: usize::try_from(places).ok()?,
    })
}

fn places(declared: Option<u64>, otherwise: u32) -> u32 {
    declared
        .and_then(|places| u32::try_from(places).ok())
        .unwrap_or(otherwise)
        .min(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_type_is_known_in_the_words_of_each_database() {
        let decimal = |whole, places| ColumnType::Decimal(Some(Digits { whole, places }));
        for (dialect, declared, found) in [
            (Dialect::Sqlite, "BIGINT", ColumnType::signed(64)),
            (Dialect::Sqlite, "INTEGER", ColumnType::signed(64)),
            (Dialect::Sqlite, "VARCHAR(100)", ColumnType::Text(Some(100))),
            (Dialect::Sqlite, "DECIMAL(10, 2)", decimal(8, 2)),
            (Dialect::Sqlite, "TIMESTAMP", ColumnType::Timestamp(3)),
            (Dialect::Sqlite, "", ColumnType::Other),
            (Dialect::Sqlite, "a thing(", ColumnType::Other),
            (Dialect::Postgres, "integer", ColumnType::signed(32)),
            (
                Dialect::Postgres,
                "character varying(100)",
                ColumnType::Text(Some(100)),
            ),
            (
                Dialect::Postgres,
                "character varying",
                ColumnType::Text(None),
            ),
            (Dialect::Postgres, "numeric(10,2)", decimal(8, 2)),
            (Dialect::Postgres, "numeric", ColumnType::Decimal(None)),
            (
                Dialect::Postgres,
                "numeric(2,-3)",
                ColumnType::Decimal(None),
            ),
            (
                Dialect::Postgres,
                "timestamp without time zone",
                ColumnType::Timestamp(6),
            ),
            (
                Dialect::Postgres,
                "timestamp(3) with time zone",
                ColumnType::Timestamp(3),
            ),
            (Dialect::Postgres, "text[]", ColumnType::Other),
            (Dialect::Postgres, "uuid", ColumnType::Other),
            (
                Dialect::Mysql,
                "bigint(20) unsigned",
                ColumnType::unsigned(64),
            ),
            (
                Dialect::Mysql,
                "int(10) unsigned zerofill",
                ColumnType::unsigned(32),
            ),
            (Dialect::Mysql, "tinyint(1)", ColumnType::Boolean),
            (Dialect::Mysql, "tinyint(4)", ColumnType::signed(8)),
            (Dialect::Mysql, "timestamp", ColumnType::Timestamp(0)),
            (Dialect::Mysql, "datetime(3)", ColumnType::Timestamp(3)),
            (Dialect::Mysql, "enum('a','b')", ColumnType::Other),
        ] {
            assert_eq!(parse(dialect, declared), found, "{dialect:?} {declared}");
        }
    }
}
