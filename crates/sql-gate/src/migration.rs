//! A file of statements that change the schema, in place of a single statement that a plugin sends.
//!
//! The file is cut at the semicolons between its tokens, so one in a string or a comment is none,
//! and each piece goes the way of every other statement: limits, parser, walk, rendering.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{Dialect, Refusal, dialect::Rules, own_columns, parse, walk};

/// Bytes of one file.
const MAX_BYTES: usize = 1 << 20;

/// A statement of a migration that may run, once everything that it touches is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaStatement {
    /// The text to run: rendered from the checked tree, the names of tables quoted.
    pub sql: String,
    /// The line of the file in which it begins, counted from 1.
    pub line: u64,
    /// Tables it reads, in lower case, without schema.
    pub reads: BTreeSet<String>,
    /// Tables it makes, changes, refers to with a foreign key, renames (both names), fills or
    /// drops.
    pub writes: BTreeSet<String>,
    /// Indexes and constraints that it makes, renames or drops. Some databases keep their names
    /// where the names of tables are.
    pub names: BTreeSet<String>,
}

/// The reason for which a migration may not run, and its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {refusal}")]
pub struct MigrationRefusal {
    /// The line of the file in which the statement begins, counted from 1.
    pub line: u64,
    /// The reason.
    pub refusal: Refusal,
}

/// Decides on a file of statements that are to run once, in order: CREATE, ALTER and DROP of tables
/// and indexes, INSERT, UPDATE and DELETE. It takes no parameters.
///
/// Like [`Gate`](crate::Gate) it reports what each statement touches, and its caller decides whose
/// that is.
///
/// ```
/// use raisfast_sql_gate::{Dialect, migration};
///
/// let file = "-- What is sold.
///     CREATE TABLE goods (id INTEGER PRIMARY KEY);
///     CREATE INDEX by_id ON goods (id);";
/// let statements = migration(Dialect::Sqlite, file)?;
/// assert_eq!(statements.len(), 2);
/// assert_eq!(statements[1].line, 3);
/// assert!(statements[1].writes.contains("goods"));
/// assert!(statements[1].names.contains("by_id"));
///
/// let refusal = migration(Dialect::Sqlite, "\nATTACH 'other.db' AS other").unwrap_err();
/// assert_eq!(refusal.line, 2);
/// # Ok::<(), raisfast_sql_gate::MigrationRefusal>(())
/// ```
pub fn migration(dialect: Dialect, file: &str) -> Result<Vec<SchemaStatement>, MigrationRefusal> {
    let whole = |refusal| MigrationRefusal { line: 1, refusal };
    if file.len() > MAX_BYTES {
        return Err(whole(Refusal::FileTooLong {
            found: file.len(),
            limit: MAX_BYTES,
        }));
    }
    let rules = dialect.rules();
    let tokens = parse::tokens_of_file(rules, file).map_err(whole)?;
    parse::with_stack_for_any(|| statements(rules, &tokens))
}

fn statements(
    rules: &'static Rules,
    tokens: &[TokenWithSpan],
) -> Result<Vec<SchemaStatement>, MigrationRefusal> {
    tokens
        .split(|token| token.token == Token::SemiColon)
        .filter_map(|piece| {
            let first = piece
                .iter()
                .find(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF))?;
            Some((first.span.start.line, piece))
        })
        .map(|(line, piece)| {
            decide(rules, line, piece).map_err(|refusal| MigrationRefusal { line, refusal })
        })
        .collect()
}

fn decide(
    rules: &'static Rules,
    line: u64,
    piece: &[TokenWithSpan],
) -> Result<SchemaStatement, Refusal> {
    let tokens = parse::piece_of_file(rules, piece.to_vec())?;
    let mut parsed =
        parse::parse(tokens).map_err(|refusal| not_a_migration(piece).unwrap_or(refusal))?;
    let tables = walk::schema(rules, &parsed.statement)?;
    let understood = parse::tokens_of_file(rules, &parsed.statement.to_string())?;
    nothing_lost(piece, &understood)?;
    own_columns::apply(rules, &mut parsed.statement);
    let sql = parse::render(parsed)?;
    Ok(SchemaStatement {
        sql,
        line,
        reads: tables.reads,
        writes: tables.writes,
        names: tables.names,
    })
}

/// Refuses a statement of which the parser has dropped a word: it does so with words of other
/// databases, such as `AUTOINCREMENT`, and the table would not be what its author has written.
fn nothing_lost(written: &[TokenWithSpan], rendered: &[TokenWithSpan]) -> Result<(), Refusal> {
    let mut words = BTreeMap::new();
    for word in rendered.iter().filter_map(word) {
        *words.entry(word).or_insert(0) += 1;
    }
    for word in written.iter().filter_map(word) {
        match words.get_mut(&word) {
            Some(left) if *left > 0 => *left -= 1,
            _ => return Err(Refusal::ForeignWord { word }),
        }
    }
    Ok(())
}

fn word(token: &TokenWithSpan) -> Option<String> {
    match &token.token {
        Token::Word(word) => Some(word.value.to_ascii_uppercase()),
        _ => None,
    }
}

/// Returns the refusal of a statement that cannot be parsed and whose first words have no place
/// here: the parser's complaint would be about something else.
fn not_a_migration(piece: &[TokenWithSpan]) -> Option<Refusal> {
    let mut words = piece.iter().filter_map(word);
    let (first, second) = (words.next()?, words.next().unwrap_or_default());
    let found = match first.as_str() {
        "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "WITH" => return None,
        "CREATE" | "ALTER" | "DROP" => match second.as_str() {
            "TABLE" | "INDEX" | "UNIQUE" | "TEMP" | "TEMPORARY" | "OR" | "" => return None,
            _ => format!("{first} {second}"),
        },
        _ => first,
    };
    Some(Refusal::NotAMigration {
        found: format!("a statement that begins with {found}"),
    })
}
