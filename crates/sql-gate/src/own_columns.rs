//! The columns of tables that plugins make: the same word holds the same on every database.
//!
//! A TIMESTAMP may know no fractions, or have more places than a plugin's clock; a TEXT may end at
//! 64 KiB; and what SQLite fills in for `CURRENT_TIMESTAMP` is not in the form of any time that a
//! plugin writes. So these are made into what the server's own times and texts are.

use sqlparser::ast::{AlterTableOperation, ColumnDef, ColumnOption, DataType, Statement};

use crate::dialect::Rules;

/// Places after the second of the server's own times, and of those that a plugin's clock tells.
pub(crate) const PLACES: u64 = 3;

/// Makes the types of columns, and defaults that are times, those that all databases share.
pub(crate) fn apply(rules: &Rules, statement: &mut Statement) {
    match statement {
        Statement::CreateTable(table) => {
            for column in &mut table.columns {
                define(rules, column);
            }
        }
        Statement::AlterTable(table) => {
            for operation in &mut table.operations {
                match operation {
                    AlterTableOperation::AddColumn { column_def, .. }
                        // SQLite adds no column whose default is computed, and says so.
                        if rules.computes_added_defaults =>
                    {
                        define(rules, column_def);
                    }
                    AlterTableOperation::ModifyColumn {
                        data_type, options, ..
                    }
                    | AlterTableOperation::ChangeColumn {
                        data_type, options, ..
                    } => {
                        let places = widen(rules, data_type);
                        for option in options {
                            fill(rules, places, option);
                        }
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn define(rules: &Rules, column: &mut ColumnDef) {
    let places = widen(rules, &mut column.data_type);
    for option in &mut column.options {
        fill(rules, places, &mut option.option);
    }
}

/// Writes the type that holds the same as on the other databases; returns the places of a time.
fn widen(rules: &Rules, data_type: &mut DataType) -> Option<u64> {
    if let Some(wider) = (rules.wider_type)(data_type) {
        *data_type = wider;
    }
    match data_type {
        DataType::Timestamp(places, _) | DataType::Datetime(places) => {
            Some(places.unwrap_or_default())
        }
        _ => None,
    }
}

/// Writes the time of a default with as many places as its column has.
fn fill(rules: &Rules, places: Option<u64>, option: &mut ColumnOption) {
    let Some(places) = places else { return };
    let (ColumnOption::Default(value) | ColumnOption::OnUpdate(value)) = option else {
        return;
    };
    if !value.to_string().eq_ignore_ascii_case("current_timestamp") {
        return;
    }
    if let Some(now) = (rules.now)(places) {
        *value = now;
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, migration};

    #[test]
    fn a_column_holds_the_same_on_each_database() {
        let file = "CREATE TABLE a (t TEXT NOT NULL, b BLOB, h TIMESTAMP DEFAULT CURRENT_TIMESTAMP, \
                    m TIMESTAMP(6), d VARCHAR(9) DEFAULT CURRENT_TIMESTAMP);\n\
                    ALTER TABLE a ADD COLUMN n TEXT;\n\
                    ALTER TABLE a ADD COLUMN at TIMESTAMP DEFAULT CURRENT_TIMESTAMP";
        let rendered = |dialect| {
            let statements = migration(dialect, file).unwrap();
            let sql: Vec<_> = statements
                .into_iter()
                .map(|statement| statement.sql)
                .collect();
            sql.join("; ").replace(['"', '`'], "")
        };
        assert_eq!(
            rendered(Dialect::Sqlite),
            "CREATE TABLE a (t TEXT NOT NULL, b BLOB, \
             h TIMESTAMP DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), \
             m TIMESTAMP(6), d VARCHAR(9) DEFAULT CURRENT_TIMESTAMP); \
             ALTER TABLE a ADD COLUMN n TEXT; \
             ALTER TABLE a ADD COLUMN at TIMESTAMP DEFAULT CURRENT_TIMESTAMP"
        );
        let postgres = file.replace("b BLOB", "b BYTEA");
        let postgres = migration(Dialect::Postgres, &postgres).unwrap();
        assert_eq!(
            postgres[0].sql.replace('"', ""),
            "CREATE TABLE a (t TEXT NOT NULL, b BYTEA, h TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP, \
             m TIMESTAMP(6), d VARCHAR(9) DEFAULT CURRENT_TIMESTAMP)"
        );
        assert_eq!(
            rendered(Dialect::Mysql),
            "CREATE TABLE a (t LONGTEXT NOT NULL, b LONGBLOB, h DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3), \
             m DATETIME(6), d VARCHAR(9) DEFAULT CURRENT_TIMESTAMP) \
             ENGINE = InnoDB CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin; \
             ALTER TABLE a ADD COLUMN n LONGTEXT; \
             ALTER TABLE a ADD COLUMN at DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3)"
        );
    }
}
