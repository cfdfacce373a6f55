//! Plugins' own tables, on every database: what runs, what is undone, and what is seen of it.

use raisfast_contract::{PluginId, TablePrefix};
use raisfast_db::Database;
use raisfast_host_api::{
    Grants,
    capability::{Db, Dialect, Migrations, Scalar},
    migration::{Migration, MigrationError},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{AMPLE, TestDatabase, cell, on_every_database, text};

const OWN: &str = "own_com_example_shop__";

fn shop() -> PluginId {
    "com.example.shop".parse().unwrap()
}

/// Files in which `~` stands for the plugin's prefix.
fn files(test: &TestDatabase, files: &[(&str, &str)]) -> Vec<Migration> {
    let grants = Grants {
        own_tables: Some(TablePrefix::of(&shop())),
        ..Grants::default()
    };
    files
        .iter()
        .map(|(name, sql)| {
            Migration::parse(test.dialect(), &grants, name, &sql.replace('~', OWN)).unwrap()
        })
        .collect()
}

async fn apply(
    test: &TestDatabase,
    migrations: &[(&str, &str)],
) -> Result<Vec<String>, MigrationError> {
    let migrations = files(test, migrations);
    test.database.apply(&shop(), &migrations).await
}

async fn rows(test: &TestDatabase, sql: &str) -> Vec<Value> {
    test.rows(&sql.replace('~', OWN), &[]).await
}

async fn change(test: &TestDatabase, sql: &str) {
    test.execute(&sql.replace('~', OWN), &[]).await.unwrap();
}

const ORDERS: (&str, &str) = (
    "0001_orders.sql",
    "CREATE TABLE ~orders (id INTEGER PRIMARY KEY, title VARCHAR(80) NOT NULL);\n\
     CREATE UNIQUE INDEX ~by_title ON ~orders (title);\n\
     INSERT INTO ~orders VALUES (1, 'first');",
);

on_every_database! {
    async fn each_file_runs_once_in_the_order_of_names(test: &TestDatabase) {
        assert_eq!(apply(test, &[ORDERS]).await.unwrap(), ["0001_orders.sql"]);
        assert_eq!(apply(test, &[ORDERS]).await.unwrap(), [""; 0]);
        let more = [
            ORDERS,
            ("0002_second.sql", "INSERT INTO ~orders VALUES (2, 'second')"),
            ("0003_more.sql", "UPDATE ~orders SET title = 'more' WHERE id = 2"),
        ];
        assert_eq!(
            apply(test, &more).await.unwrap(),
            ["0002_second.sql", "0003_more.sql"]
        );
        assert_eq!(
            rows(test, "SELECT id, title FROM ~orders ORDER BY id").await,
            [json!({"id": 1, "title": "first"}), json!({"id": 2, "title": "more"})]
        );
        let records = rows(
            test,
            "SELECT name, checksum, journal FROM plugin_migrations ORDER BY name",
        )
        .await;
        let records: Vec<_> = records.iter().map(|record| &record["name"]).collect();
        assert_eq!(records, ["0001_orders.sql", "0002_second.sql", "0003_more.sql"]);
    }

    async fn line_ends_and_a_byte_order_mark_are_no_change(test: &TestDatabase) {
        let (name, text) = ORDERS;
        let crlf = text.replace('\n', "\r\n");
        apply(test, &[(name, text)]).await.unwrap();
        for same in [&crlf, &format!("\u{feff}{text}"), &format!("{text}\n"), &format!("{crlf}\r\n")] {
            assert_eq!(apply(test, &[(name, same)]).await.unwrap(), [""; 0], "{same:?}");
        }
        // A server before this one has stored the checksum of the bytes, here of a file with CRLF.
        let former = "UPDATE plugin_migrations SET checksum = ?";
        let bytes = crlf.replace('~', OWN);
        let checksum = Sha256::digest(&bytes).iter().fold(String::new(), |all, byte| all + &format!("{byte:02x}"));
        let former = test.execute(former, &[Scalar::Text(checksum)]).await;
        assert_eq!(former, Ok(1));
        assert_eq!(apply(test, &[(name, text)]).await.unwrap(), [""; 0]);
        let error = apply(test, &[(name, &text.replace("first", "other"))]).await.unwrap_err();
        assert!(matches!(error, MigrationError::Changed { .. }), "{error}");
        // A new file with both runs.
        let more = ("0002_more.sql", "\u{feff}INSERT INTO ~orders\r\nVALUES (2, 'second');\r\n");
        assert_eq!(apply(test, &[ORDERS, more]).await.unwrap(), ["0002_more.sql"]);
    }

    async fn a_file_that_fails_leaves_everything_as_it_was(test: &TestDatabase) {
        apply(test, &[ORDERS]).await.unwrap();
        change(test, "INSERT INTO ~orders VALUES (7, 'by a visitor')").await;
        let before = rows(test, "SELECT * FROM ~orders ORDER BY id").await;
        let bad = (
            "0002_bad.sql",
            "CREATE TABLE ~parts (id INTEGER PRIMARY KEY);\n\
             ALTER TABLE ~orders ADD COLUMN note VARCHAR(80);\n\
             UPDATE ~orders SET title = 'lost' WHERE id = 1;\n\
             DELETE FROM ~orders WHERE id = 7;\n\n\
             INSERT INTO ~orders (id, title) VALUES (9, 'lost')",
        );
        let error = apply(test, &[ORDERS, bad]).await.unwrap_err();
        let MigrationError::Failed { file, line, reason } = &error else {
            panic!("{error}");
        };
        assert_eq!((file.as_str(), *line), ("0002_bad.sql", 6));
        assert!(!reason.is_empty());
        assert!(error.to_string().contains("nothing of this file is kept"), "{error}");

        assert_eq!(rows(test, "SELECT * FROM ~orders ORDER BY id").await, before);
        let parts = test.query(&format!("SELECT * FROM {OWN}parts"), &[], AMPLE).await;
        assert!(parts.is_err(), "the table is gone");
        // The index is what it was.
        let twice = test.execute(&format!("INSERT INTO {OWN}orders VALUES (8, 'first')"), &[]).await;
        assert!(twice.is_err());

        // It can be fixed: it has not run.
        let good = ("0002_bad.sql", "ALTER TABLE ~orders ADD COLUMN note VARCHAR(80)");
        assert_eq!(apply(test, &[ORDERS, good]).await.unwrap(), ["0002_bad.sql"]);
        assert_eq!(rows(test, "SELECT note FROM ~orders WHERE id = 7").await, [json!({"note": null})]);
    }

    async fn a_table_that_was_dropped_or_renamed_is_back_when_the_file_fails(test: &TestDatabase) {
        let tables = (
            "1.sql",
            "CREATE TABLE ~goods (id INTEGER PRIMARY KEY, name VARCHAR(80) DEFAULT 'x');\n\
             CREATE TABLE ~prices (good INTEGER PRIMARY KEY, price DECIMAL(10, 2), \
             CONSTRAINT ~to_good FOREIGN KEY (good) REFERENCES ~goods (id) ON DELETE CASCADE);\n\
             INSERT INTO ~goods (id) VALUES (0), (1);\n\
             INSERT INTO ~prices VALUES (0, 9.99), (1, 10)",
        );
        apply(test, &[tables]).await.unwrap();
        let bad = (
            "2.sql",
            "DROP TABLE ~prices; ALTER TABLE ~goods RENAME TO ~wares; INSERT INTO ~nowhere VALUES (1)",
        );
        let error = apply(test, &[tables, bad]).await.unwrap_err();
        assert!(matches!(error, MigrationError::Failed { line: 1, .. }), "{error}");
        assert_eq!(
            rows(test, "SELECT id, name FROM ~goods ORDER BY id").await,
            [json!({"id": 0, "name": "x"}), json!({"id": 1, "name": "x"})]
        );
        // Foreign key and default are there again.
        change(test, "DELETE FROM ~goods WHERE id = 0").await;
        assert_eq!(rows(test, "SELECT good FROM ~prices").await, [json!({"good": 1})]);
    }

    async fn a_file_that_has_run_has_to_stay_as_it_was(test: &TestDatabase) {
        let second = ("0002_second.sql", "INSERT INTO ~orders VALUES (2, 'second')");
        apply(test, &[ORDERS, second]).await.unwrap();

        let changed = ("0001_orders.sql", "CREATE TABLE ~orders (id INTEGER)");
        let error = apply(test, &[changed, second]).await.unwrap_err();
        assert!(
            matches!(&error, MigrationError::Changed { file, ran, found }
                if file == "0001_orders.sql" && ran != found),
            "{error}"
        );
        let error = apply(test, &[ORDERS]).await.unwrap_err();
        assert_eq!(error, MigrationError::Missing { file: "0002_second.sql".into() });
        let error = apply(test, &[]).await.unwrap_err();
        assert_eq!(error, MigrationError::Missing { file: "0001_orders.sql".into() });

        let between = ("0001_between.sql", "DELETE FROM ~orders");
        let error = apply(test, &[between, ORDERS, second]).await.unwrap_err();
        assert_eq!(
            error,
            MigrationError::TooLate {
                file: "0001_between.sql".into(),
                last: "0002_second.sql".into(),
            }
        );
        // None of these has changed anything, and the plugin's files still fit.
        assert_eq!(apply(test, &[ORDERS, second]).await.unwrap(), [""; 0]);
        assert_eq!(rows(test, "SELECT id FROM ~orders").await.len(), 2);
    }

    async fn a_query_that_was_prepared_before_sees_the_table_as_it_is(test: &TestDatabase) {
        apply(test, &[ORDERS]).await.unwrap();
        let all = format!("SELECT * FROM {OWN}orders");
        let returning = format!("INSERT INTO {OWN}orders (id, title) VALUES (?, ?) RETURNING *");
        // So often that every connection has it.
        for _ in 0..8 {
            assert_eq!(test.rows(&all, &[]).await, [json!({"id": 1, "title": "first"})]);
        }
        test.execute(&returning, &[Scalar::Integer(2), text("second")]).await.unwrap();
        let mut open = Db::begin(&test.database).await.unwrap();
        open.query(&all, &[], AMPLE).await.unwrap();
        open.commit().await.unwrap();

        let wider = ("0002_wider.sql", "ALTER TABLE ~orders ADD COLUMN note VARCHAR(80) DEFAULT 'n'");
        apply(test, &[ORDERS, wider]).await.unwrap();
        for _ in 0..8 {
            let rows = test.rows(&all, &[]).await;
            assert_eq!(rows[0], json!({"id": 1, "title": "first", "note": "n"}));
        }
        test.execute(&returning, &[Scalar::Integer(3), text("third")]).await.unwrap();
        let mut open = Db::begin(&test.database).await.unwrap();
        let rows = open.query(&all, &[], AMPLE).await.unwrap();
        assert_eq!(rows[0].columns().len(), 3);
        open.execute(&test.own_form(&returning), &[Scalar::Integer(4), text("fourth")])
            .await
            .unwrap();
        open.commit().await.unwrap();

        let narrower = ("0003_narrower.sql", "ALTER TABLE ~orders DROP COLUMN note");
        apply(test, &[ORDERS, wider, narrower]).await.unwrap();
        assert_eq!(test.rows(&all, &[]).await[0], json!({"id": 1, "title": "first"}));
    }

    async fn two_servers_run_each_file_once(test: &TestDatabase) {
        let other = Database::connect(&test.url).await.unwrap();
        let all: Vec<(String, String)> = (10..20)
            .map(|number| {
                let sql = match number {
                    10 => ORDERS.1.to_owned(),
                    _ => format!("INSERT INTO ~orders VALUES ({number}, 'number {number}')"),
                };
                (format!("{number}.sql"), sql)
            })
            .collect();
        let all: Vec<_> = all.iter().map(|(name, sql)| (name.as_str(), sql.as_str())).collect();
        let migrations = files(test, &all);
        let id = shop();
        let (one, two) = tokio::join!(
            test.database.apply(&id, &migrations),
            other.apply(&id, &migrations)
        );
        let mut ran = one.unwrap();
        ran.extend(two.unwrap());
        ran.sort();
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        assert_eq!(ran, names);
        assert_eq!(rows(test, "SELECT id FROM ~orders").await.len(), 10);
        other.close().await;
    }

    async fn queries_go_on_while_files_run(test: &TestDatabase) {
        apply(test, &[ORDERS]).await.unwrap();
        let all = format!("SELECT * FROM {OWN}orders WHERE id = 1");
        let done = std::sync::atomic::AtomicBool::new(false);
        let readers = async {
            let mut answers = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) || answers == 0 {
                let rows = test.query(&all, &[], AMPLE).await.unwrap();
                assert_eq!(cell(&rows[0], "title"), "first");
                answers += 1;
            }
        };
        let writer = async {
            let mut columns = vec![ORDERS];
            let names: Vec<_> = (1..=8).map(|number| format!("1{number}.sql")).collect();
            let sql: Vec<_> = (1..=8)
                .map(|number| format!("ALTER TABLE ~orders ADD COLUMN c{number} INTEGER"))
                .collect();
            for (name, sql) in names.iter().zip(&sql) {
                columns.push((name, sql));
                apply(test, &columns).await.unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        };
        tokio::join!(readers, writer);
        assert_eq!(test.query(&all, &[], AMPLE).await.unwrap()[0].columns().len(), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_mends_what_a_server_has_left_half_done() {
    let test = TestDatabase::mariadb().await;
    assert_eq!(test.dialect(), Dialect::Mysql);
    apply(&test, &[ORDERS]).await.unwrap();
    let half = (
        "0002_half.sql",
        "ALTER TABLE ~orders ADD COLUMN note VARCHAR(80)",
    );
    // What a server leaves behind that ends between the statement and its record.
    change(&test, "CREATE TABLE plugin_copy_x LIKE ~orders").await;
    change(&test, "INSERT INTO plugin_copy_x SELECT * FROM ~orders").await;
    let shown = test
        .rows(&format!("SHOW CREATE TABLE {OWN}orders"), &[])
        .await;
    let journal = json!({
        "phase": "running",
        "tables": [
            {"name": format!("{OWN}orders"), "before": {
                "definition": shown[0]["Create Table"], "columns": ["id", "title"], "copy": "plugin_copy_x",
            }},
            {"name": format!("{OWN}parts"), "before": null},
        ],
    });
    let record =
        "INSERT INTO plugin_migrations VALUES ('com.example.shop', '0002_half.sql', '', '', ?)";
    test.execute(record, &[text(&journal.to_string())])
        .await
        .unwrap();
    change(&test, "ALTER TABLE ~orders ADD COLUMN note VARCHAR(80)").await;
    change(&test, "CREATE TABLE ~parts (id INTEGER)").await;
    change(&test, "DELETE FROM ~orders").await;

    assert_eq!(
        apply(&test, &[ORDERS, half]).await.unwrap(),
        ["0002_half.sql"]
    );
    assert_eq!(
        rows(&test, "SELECT * FROM ~orders").await,
        [json!({"id": 1, "title": "first", "note": null})]
    );
    let left = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() \
                AND (table_name LIKE 'plugin_copy%' OR table_name LIKE 'own%parts')";
    assert_eq!(rows(&test, left).await, Vec::<Value>::new());
    assert_eq!(
        rows(
            &test,
            "SELECT name FROM plugin_migrations WHERE journal IS NOT NULL"
        )
        .await,
        Vec::<Value>::new()
    );
}
