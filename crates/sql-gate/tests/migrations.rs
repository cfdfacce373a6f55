//! Every file of the corpora under `tests/migrations`, on the databases that they are for.

use std::collections::BTreeSet;

use raisfast_sql_gate::{Dialect, MigrationRefusal, SchemaStatement, migration};

/// One file, and what is expected of it.
struct Case<'a> {
    line: usize,
    header: &'a str,
    file: String,
}

/// Reads a corpus; its form is explained at the top of `every.txt`.
fn cases(corpus: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut lines = corpus
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.starts_with("# "));
    while let Some((index, header)) = lines.next() {
        if header.is_empty() {
            continue;
        }
        let file: Vec<_> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| !line.is_empty())
            .collect();
        cases.push(Case {
            line: index + 1,
            header,
            file: file.join("\n"),
        });
    }
    cases
}

/// Returns everything that the statements touch, in the form of a header.
fn touched(statements: &[SchemaStatement]) -> String {
    let all = |part: fn(&SchemaStatement) -> &BTreeSet<String>| {
        let all: BTreeSet<_> = statements.iter().flat_map(part).cloned().collect();
        Vec::from_iter(all).join(", ")
    };
    format!(
        "allowed {} -> {} / {}",
        all(|statement| &statement.reads),
        all(|statement| &statement.writes),
        all(|statement| &statement.names)
    )
}

fn words(header: &str) -> String {
    header.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn complaint(dialect: Dialect, case: &Case<'_>) -> Option<String> {
    let answer = migration(dialect, &case.file);
    if let Some(reason) = case.header.strip_prefix("refused: ") {
        return match answer {
            Ok(statements) => Some(format!("let through: {statements:?}")),
            Err(MigrationRefusal { line: _, refusal }) => {
                let found = refusal.to_string();
                (!found.contains(reason)).then(|| format!("refused for another reason: {found}"))
            }
        };
    }
    let statements = match answer {
        Ok(statements) => statements,
        Err(refusal) => return Some(format!("refused: {refusal}")),
    };
    let found = touched(&statements);
    if words(&found) != words(case.header) {
        return Some(format!("touches other things: {found}"));
    }
    // What the database gets is let through again, but for the options that the gate itself has
    // set.
    for SchemaStatement { sql, .. } in &statements {
        if sql.starts_with("CREATE TABLE") && dialect == Dialect::Mysql {
            continue;
        }
        match migration(dialect, sql).as_deref() {
            Ok([again]) if again.sql == *sql => {}
            other => return Some(format!("rendered as `{sql}`, which gives {other:?}")),
        }
    }
    None
}

fn check(dialect: Dialect, name: &str, corpus: &str, at_least: usize) {
    let cases = cases(corpus);
    assert!(cases.len() >= at_least, "{name} has {} cases", cases.len());
    let complaints: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let complaint = complaint(dialect, case)?;
            let Case { line, file, .. } = case;
            Some(format!(
                "{name}:{line} on {dialect:?}\n    {file}\n    {complaint}"
            ))
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_database() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        check(
            dialect,
            "every.txt",
            include_str!("migrations/every.txt"),
            50,
        );
    }
}

#[test]
fn sqlite() {
    let corpus = include_str!("migrations/sqlite.txt");
    check(Dialect::Sqlite, "sqlite.txt", corpus, 20);
}

#[test]
fn postgres() {
    let corpus = include_str!("migrations/postgres.txt");
    check(Dialect::Postgres, "postgres.txt", corpus, 30);
}

#[test]
fn mysql() {
    let corpus = include_str!("migrations/mysql.txt");
    check(Dialect::Mysql, "mysql.txt", corpus, 20);
}

#[test]
fn a_refusal_names_the_line_in_which_the_statement_begins() {
    let file = "-- a comment; with a semicolon\nCREATE TABLE a (\n  id INTEGER\n);\n\n\n/* another; one */ DROP\nVIEW b;";
    let refusal = migration(Dialect::Sqlite, file).unwrap_err();
    assert_eq!(refusal.line, 7, "{refusal}");
    assert!(
        refusal
            .to_string()
            .starts_with("line 7: a migration creates"),
        "{refusal}"
    );
}

#[test]
fn a_file_is_cut_at_semicolons_that_are_no_text() {
    let file = "INSERT INTO a VALUES ('x;y', 'it''s;');; -- z;\n;INSERT INTO a VALUES (';')\n;";
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        let statements = migration(dialect, file).unwrap();
        let found: Vec<_> = statements.iter().map(|found| found.line).collect();
        assert_eq!(found, [1, 2], "{statements:?}");
        assert!(statements[0].sql.ends_with("VALUES ('x;y', 'it''s;')"));
    }
}

#[test]
fn a_file_may_have_many_statements_and_no_more_than_a_mebibyte() {
    let insert = "INSERT INTO a VALUES (1, 2, 3);\n";
    let largest = insert.repeat((1 << 20) / insert.len());
    let statements = migration(Dialect::Sqlite, &largest).unwrap();
    assert_eq!(statements.len(), (1 << 20) / insert.len());
    let refusal = migration(Dialect::Sqlite, &(largest + insert)).unwrap_err();
    assert!(refusal.to_string().contains("split it into several"));
    for nothing in ["", "\n", "-- only a comment", ";;"] {
        assert_eq!(migration(Dialect::Sqlite, nothing), Ok(Vec::new()));
    }
}

#[test]
fn tables_of_mariadb_are_made_like_the_servers_own() {
    let statements = migration(Dialect::Mysql, "CREATE TABLE a (id INT)").unwrap();
    assert_eq!(
        statements[0].sql,
        "CREATE TABLE `a` (id INT) ENGINE = InnoDB CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin"
    );
}
