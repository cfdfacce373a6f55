//! A plugin's migrations: files of SQL that make and change its own tables.
//!
//! A [`Migration`] is checked when it is made: every table, index and constraint that it makes,
//! changes or drops is the plugin's own, and what it reads besides is granted. Whether it has run,
//! the database's provider knows.

mod capability;

use std::collections::BTreeSet;

pub use capability::Migrations;
use raisfast_sql_gate::{Dialect, MigrationRefusal, SchemaStatement, migration};
use sha2::{Digest, Sha256};

use crate::Grants;

/// Bytes of a file's name.
const MAX_NAME_BYTES: usize = 128;
/// Line ends at the end of a file whose checksum was taken over its bytes.
const MAX_FORMER_LINE_ENDS: usize = 3;

/// One file of a plugin's `migrations/`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    name: String,
    /// See [`plain_text`].
    text: String,
    checksum: String,
    statements: Vec<SchemaStatement>,
}

/// The reason why a plugin's own tables cannot be brought up to date. What had run before has run;
/// of the file that is named nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MigrationError {
    /// The file's name is none that has a place in an order.
    #[error(
        "migrations/{file}: a migration is called by lower-case letters, digits, `_` and `-`, with `.sql` at \
         its end, in at most 128 bytes; rename it, like `0001_orders.sql`"
    )]
    Name {
        /// The name that was found.
        file: String,
    },
    /// A statement may not run.
    #[error("migrations/{file}, {refusal}")]
    Refused {
        /// The file.
        file: String,
        /// The place and the reason.
        refusal: MigrationRefusal,
    },
    /// A statement makes or changes what is not the plugin's.
    #[error(
        "migrations/{file}, line {line}: `{name}` is not the plugin's own; \
         its tables, indexes and constraints are called `{prefix}…`"
    )]
    NotOwn {
        /// The file.
        file: String,
        /// The line where the statement begins.
        line: u64,
        /// The table, index or constraint.
        name: String,
        /// The start of the plugin's own names.
        prefix: String,
    },
    /// A statement reads a table of others.
    #[error(
        "migrations/{file}, line {line}: it reads the table `{table}`, which is not granted; \
         write in manifest.toml, under [permissions]: database = [\"read:{table}\"]"
    )]
    NotGranted {
        /// The file.
        file: String,
        /// The line where the statement begins.
        line: u64,
        /// The table.
        table: String,
    },
    /// The database refused a statement.
    #[error(
        "migrations/{file}, line {line}: the database refused it, so nothing of this file is kept: {reason}; \
         fix the file and copy it there again"
    )]
    Failed {
        /// The file.
        file: String,
        /// The line where the statement begins.
        line: u64,
        /// The database's words.
        reason: String,
    },
    /// A file is not what has run.
    #[error(
        "migrations/{file} has changed since it ran on this database (its SHA-256 was {ran}, and is {found}); \
         put the file back as it was, and write the change into a new one that comes last"
    )]
    Changed {
        /// The file.
        file: String,
        /// The checksum of what has run.
        ran: String,
        /// The checksum of what is there.
        found: String,
    },
    /// A file that has run is gone.
    #[error(
        "migrations/{file} has run on this database, and is not in the folder any more; put it back: \
         a plugin brings all of its migrations with it"
    )]
    Missing {
        /// The file.
        file: String,
    },
    /// A new file comes before one that has run.
    #[error(
        "migrations/{file} is new, and comes before {last}, which has run already; \
         give it a name that comes last"
    )]
    TooLate {
        /// The new file.
        file: String,
        /// The last one that has run.
        last: String,
    },
    /// The database cannot be asked now.
    #[error(
        "the plugin's migrations cannot be looked after: {reason}; reload the plugin to try again"
    )]
    Unavailable {
        /// The database's words.
        reason: String,
    },
}

impl Migration {
    /// Checks a file. `grants` are those of the plugin; they hold the prefix of its own tables.
    pub fn parse(
        dialect: Dialect,
        grants: &Grants,
        file: &str,
        text: &str,
    ) -> Result<Self, MigrationError> {
        if !is_name(file) {
            return Err(MigrationError::Name {
                file: file.escape_debug().to_string(),
            });
        }
        let text = plain_text(text);
        let statements = migration(dialect, &text).map_err(|refusal| MigrationError::Refused {
            file: file.to_owned(),
            refusal,
        })?;
        for statement in &statements {
            check(grants, file, statement)?;
        }
        Ok(Self {
            name: file.to_owned(),
            checksum: checksum(&text),
            text,
            statements,
        })
    }

    /// The file's name, which is its place in the order.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The SHA-256 of the file's text, in 64 hexadecimal digits: with LF at the end of each line,
    /// and without a byte-order mark.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Returns whether a stored checksum is one of this text. Earlier versions stored the checksum
    /// of the file's bytes, so the same text with other line ends is recognised as well.
    pub fn has_checksum(&self, stored: &str) -> bool {
        stored == self.checksum
            || former_texts(&self.text).any(|former| checksum(&former) == stored)
    }

    /// Returns the statements that it runs, in order.
    pub fn statements(&self) -> &[SchemaStatement] {
        &self.statements
    }

    /// Every table that it makes, changes or drops, or that its foreign keys refer to.
    pub fn tables(&self) -> BTreeSet<&str> {
        let statements = self.statements.iter();
        statements
            .flat_map(|statement| &statement.writes)
            .map(String::as_str)
            .collect()
    }
}

/// The text of a file, whatever an editor or a checkout made of its first bytes and its line ends:
/// no byte-order mark, LF alone, one at the end of a file that holds anything.
fn plain_text(file: &str) -> String {
    let text = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mut text = text.replace("\r\n", "\n");
    text.truncate(text.trim_end_matches('\n').len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The files that hold this text and could have run before checksums were those of the text.
fn former_texts(text: &str) -> impl Iterator<Item = String> {
    let text = text.trim_end_matches('\n');
    ["\n", "\r\n"].into_iter().flat_map(move |line_end| {
        (0..=MAX_FORMER_LINE_ENDS)
            .map(move |count| text.replace('\n', line_end) + &line_end.repeat(count))
    })
}

fn checksum(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Letters of one case, so that every file system and database keeps names apart alike.
fn is_name(file: &str) -> bool {
    file.len() <= MAX_NAME_BYTES
        && file.strip_suffix(".sql").is_some_and(|stem| {
            !stem.is_empty()
                && stem
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
        })
}

fn check(grants: &Grants, file: &str, statement: &SchemaStatement) -> Result<(), MigrationError> {
    let own = grants.own_tables.as_ref();
    for name in statement.writes.iter().chain(&statement.names) {
        if !own.is_some_and(|own| own.owns(name)) {
            return Err(MigrationError::NotOwn {
                file: file.to_owned(),
                line: statement.line,
                name: name.clone(),
                prefix: own.map(ToString::to_string).unwrap_or_default(),
            });
        }
    }
    for table in &statement.reads {
        if !grants.allows_table(raisfast_contract::grant::Access::Read, table) {
            return Err(MigrationError::NotGranted {
                file: file.to_owned(),
                line: statement.line,
                table: table.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use raisfast_contract::TablePrefix;

    use super::*;

    const OWN: &str = "own_com_example_shop__";

    fn parse(file: &str, text: &str) -> Result<Migration, MigrationError> {
        let grants = Grants {
            database: vec!["read:posts".parse().unwrap(), "*".parse().unwrap()],
            own_tables: Some(TablePrefix::of(&"com.example.shop".parse().unwrap())),
            ..Grants::default()
        };
        Migration::parse(Dialect::Sqlite, &grants, file, text)
    }

    #[test]
    fn a_file_of_ones_own_is_known_by_its_checksum() {
        let text = format!("CREATE TABLE {OWN}orders (id INTEGER)");
        let migration = parse("0001_orders.sql", &text).unwrap();
        assert_eq!(migration.name(), "0001_orders.sql");
        assert_eq!(migration.tables(), [format!("{OWN}orders").as_str()].into());
        assert_eq!(migration.checksum().len(), 64);
        assert_eq!(
            parse("0001_orders.sql", "").unwrap().checksum(),
            // `printf '' | sha256sum`
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn the_text_decides_and_not_its_line_ends() {
        let text = format!("CREATE TABLE {OWN}a (id INTEGER);\nDROP TABLE {OWN}a;\n");
        let plain = parse("1.sql", &text).unwrap();
        // So a file that is written as usual has the checksum that `sha256sum` prints.
        assert_eq!(plain.checksum(), checksum(&text));
        for same in [
            text.replace('\n', "\r\n"),
            format!("\u{feff}{text}"),
            format!("\u{feff}{}", text.replace('\n', "\r\n")),
            format!("{text}\n\n"),
            text.trim_end().to_owned(),
        ] {
            assert_eq!(parse("1.sql", &same).unwrap(), plain, "{same:?}");
            // What ran before has the checksum of its bytes, which had no byte-order mark.
            let former = checksum(same.trim_start_matches('\u{feff}'));
            assert!(plain.has_checksum(&former), "{same:?}");
        }
        for other in [
            text.replace('\n', " "),
            text.replace('\n', "\n\n"),
            format!(" {text}"),
            text.replace("id", "ID"),
        ] {
            let other = parse("1.sql", &other).unwrap();
            assert!(!plain.has_checksum(other.checksum()), "{other:?}");
        }
    }

    #[test]
    fn what_is_not_the_plugins_own_is_refused_whatever_is_granted() {
        for (sql, name) in [
            ("\nDROP TABLE posts", "posts"),
            ("\nDELETE FROM posts", "posts"),
            ("\nCREATE TABLE orders (id INTEGER)", "orders"),
            ("\nALTER TABLE own_com_example_shop__a RENAME TO b", "b"),
            (
                "\nCREATE INDEX by_title ON own_com_example_shop__a (title)",
                "by_title",
            ),
            (
                "\nCREATE TABLE own_com_example_shop__a (post TEXT REFERENCES posts (id))",
                "posts",
            ),
            (
                "\nINSERT INTO own_com_example_other__a VALUES (1)",
                "own_com_example_other__a",
            ),
            ("\nDROP TABLE plugin_migrations", "plugin_migrations"),
        ] {
            assert_eq!(
                parse("1.sql", sql),
                Err(MigrationError::NotOwn {
                    file: "1.sql".into(),
                    line: 2,
                    name: name.into(),
                    prefix: OWN.into(),
                }),
                "{sql}"
            );
        }
    }

    #[test]
    fn other_tables_are_read_where_they_are_granted() {
        let copy = |table: &str| format!("INSERT INTO {OWN}a SELECT id FROM {table}");
        assert!(parse("1.sql", &copy("posts")).is_ok());
        for table in ["users", "own_com_example_other__a"] {
            let error = parse("1.sql", &copy(table)).unwrap_err();
            assert!(
                matches!(&error, MigrationError::NotGranted { table: found, .. } if found == table),
                "{error}"
            );
        }
    }

    #[test]
    fn a_name_has_one_place_in_every_order() {
        for good in ["1.sql", "0001_orders.sql", "2026-11-22_more.sql"] {
            assert!(parse(good, "").is_ok(), "{good}");
        }
        for bad in [
            "Orders.sql",
            "a b.sql",
            ".sql",
            "orders",
            "ä.sql",
            "a/b.sql",
        ] {
            let error = parse(bad, "").unwrap_err();
            assert!(matches!(error, MigrationError::Name { .. }), "{error}");
        }
        assert!(parse(&format!("{}.sql", "x".repeat(125)), "").is_err());
    }
}
