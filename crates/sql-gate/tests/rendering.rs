//! The text that the database gets to see.

use raisfast_sql_gate::{Dialect, Gate};

fn query(dialect: Dialect, sql: &str) -> String {
    Gate::new(dialect).query(sql).expect(sql).sql.clone()
}

fn execute(dialect: Dialect, sql: &str) -> String {
    Gate::new(dialect).execute(sql).expect(sql).sql.clone()
}

#[test]
fn placeholders_are_the_databases_own_in_the_authors_order() {
    let sql = "select a, ? from t where b = ? and c in (?, ?) order by ? limit ? offset ?";
    let numbered =
        r#"SELECT a, $1 FROM "t" WHERE b = $2 AND c IN ($3, $4) ORDER BY $5 LIMIT $6 OFFSET $7"#;
    assert_eq!(query(Dialect::Postgres, sql), numbered);
    let plain = r#"SELECT a, ? FROM "t" WHERE b = ? AND c IN (?, ?) ORDER BY ? LIMIT ? OFFSET ?"#;
    assert_eq!(query(Dialect::Sqlite, sql), plain);
    assert_eq!(query(Dialect::Mysql, sql), plain.replace('"', "`"));
}

#[test]
fn a_question_mark_in_text_is_no_placeholder() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        let statement = Gate::new(dialect)
            .query("select '?', '$1' /* ? */ from t where a = ? -- ?")
            .unwrap();
        assert_eq!(statement.placeholders, 1);
        assert!(
            statement.sql.starts_with("SELECT '?', '$1' FROM "),
            "{}",
            statement.sql
        );
    }
}

#[test]
fn text_stays_as_it_was_written() {
    for text in [
        "''",
        "'it''s'",
        "''''",
        "''''''",
        "'a''''b'",
        "'-- x'",
        "'/* x */'",
        "'grüße 日本'",
        "'a\nb'",
        "'%'",
    ] {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
            assert_eq!(
                query(dialect, &format!("select {text}")),
                format!("SELECT {text}")
            );
        }
    }
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        assert_eq!(query(dialect, r"select 'a\b', '\'"), r"SELECT 'a\b', '\'");
    }
}

#[test]
fn tables_are_quoted_and_aliases_marked() {
    let sql = "select P.id from main.Posts P join (select 1 as x) s on true";
    assert_eq!(
        query(Dialect::Sqlite, sql),
        r#"SELECT P.id FROM "main"."posts" AS P JOIN (SELECT 1 AS x) AS s ON true"#
    );
    // A word that the database knows and the parser does not cannot reach the table behind it.
    assert_eq!(
        query(Dialect::Postgres, "select * from only users"),
        r#"SELECT * FROM "only" AS users"#
    );
    assert_eq!(
        execute(Dialect::Mysql, "update ignore users set a = ?"),
        "UPDATE `ignore` AS users SET a = ?"
    );
    assert_eq!(
        execute(Dialect::Postgres, "insert into posts p (a) values (?)"),
        r#"INSERT INTO "posts" AS p (a) VALUES ($1)"#
    );
}

#[test]
fn mariadbs_dual_is_a_word_and_no_table() {
    for (dialect, sql, rendered, is_table) in [
        (
            Dialect::Mysql,
            "select 1 from dual",
            "SELECT 1 FROM dual",
            false,
        ),
        (
            Dialect::Mysql,
            "select 1 from DUAL",
            "SELECT 1 FROM DUAL",
            false,
        ),
        (
            Dialect::Mysql,
            "select 1 from `dual`",
            "SELECT 1 FROM `dual`",
            true,
        ),
        (
            Dialect::Postgres,
            "select 1 from dual",
            r#"SELECT 1 FROM "dual""#,
            true,
        ),
    ] {
        let statement = Gate::new(dialect).query(sql).unwrap();
        assert_eq!(statement.sql, rendered);
        assert_eq!(statement.reads.contains("dual"), is_table, "{sql}");
    }
}

#[test]
fn comments_do_not_reach_the_database() {
    let sql = "select /* one */ 1 -- two\n, 2";
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        assert_eq!(query(dialect, sql), "SELECT 1, 2");
    }
}

#[test]
fn what_is_searched_for_has_a_bound() {
    for (sql, rendered) in [
        (
            "select strpos(a, ?) from t where lower(b) like ? and c like 'x%'",
            "SELECT strpos(pg_catalog.\"varchar\"(a, 4194308, false), pg_catalog.\"varchar\"($1, 260, false)) \
             FROM \"t\" WHERE pg_catalog.\"varchar\"(lower(b), 4194308, false) LIKE pg_catalog.\"varchar\"($2, 260, false) \
             AND c LIKE 'x%'",
        ),
        (
            "select position('x' in a), trim(both b from a), ltrim(a) from t",
            "SELECT POSITION('x' IN pg_catalog.\"varchar\"(a, 4194308, false)), \
             TRIM(BOTH pg_catalog.\"varchar\"(b, 260, false) FROM pg_catalog.\"varchar\"(a, 4194308, false)), ltrim(a) \
             FROM \"t\"",
        ),
    ] {
        assert_eq!(query(Dialect::Postgres, sql), rendered);
    }
    assert_eq!(
        query(
            Dialect::Mysql,
            "select locate(b, a), instr(a, ?), replace(a, 'x', b) from t"
        ),
        "SELECT locate(CASE WHEN OCTET_LENGTH(b) > 256 THEN 9223372036854775807 + OCTET_LENGTH('too long') ELSE b END, a), \
         instr(a, ?), replace(a, 'x', b) FROM `t`"
    );
    assert_eq!(
        query(
            Dialect::Sqlite,
            "select json_patch(a, ?), instr(a, ?) from t"
        ),
        "SELECT json_patch(raisfast_bounded(a, 65536), raisfast_bounded(?, 65536)), instr(a, ?) FROM \"t\""
    );
}
