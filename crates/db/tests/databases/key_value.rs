//! The capability `Kv`: one namespace a plugin, and a quota that holds.

use raisfast_contract::PluginId;
use raisfast_db::Database;
use raisfast_host_api::{
    ErrorCode,
    capability::{Dialect, Kv, KvLimits},
};

use crate::support::on_every_database;

const AMPLE: KvLimits = KvLimits {
    keys: 1_000,
    bytes: 1 << 20,
};

fn plugin(name: &str) -> PluginId {
    format!("com.example.{name}").parse().unwrap()
}

async fn get(database: &Database, plugin: &PluginId, key: &str) -> Option<String> {
    Kv::get(database, plugin, key).await.unwrap()
}

on_every_database! {

async fn plugins_do_not_see_each_other(test: &TestDatabase) {
    let (one, two) = (plugin("one"), plugin("two"));
    test.database.set(&one, "key", "1", AMPLE).await.unwrap();
    test.database.set(&two, "key", "2", AMPLE).await.unwrap();
    test.database.set(&one, "key", "one", AMPLE).await.unwrap();
    assert_eq!(
        get(&test.database, &one, "key").await.as_deref(),
        Some("one")
    );
    assert_eq!(get(&test.database, &two, "key").await.as_deref(), Some("2"));
    assert_eq!(get(&test.database, &one, "other").await, None);
}

async fn values_outlive_the_server(test: &TestDatabase) {
    let owner = plugin("keeper");
    test.database
        .set(&owner, "key", "kept", AMPLE)
        .await
        .unwrap();
    test.database.close().await;
    let again = Database::connect(&test.url).await.unwrap();
    assert_eq!(get(&again, &owner, "key").await.as_deref(), Some("kept"));
}

async fn the_quota_counts_keys_of_the_plugin_itself(test: &TestDatabase) {
    let (owner, other) = (plugin("owner"), plugin("other"));
    let limits = KvLimits { keys: 2, ..AMPLE };
    test.database
        .set(&other, "theirs", "x", limits)
        .await
        .unwrap();
    test.database.set(&owner, "a", "1", limits).await.unwrap();
    test.database.set(&owner, "b", "2", limits).await.unwrap();

    let error = test
        .database
        .set(&owner, "c", "3", limits)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Quota);
    assert!(error.message.contains("3 keys"), "{error}");
    assert_eq!(get(&test.database, &owner, "c").await, None);
    // A key that is there may still change.
    test.database.set(&owner, "b", "two", limits).await.unwrap();
    assert_eq!(
        get(&test.database, &owner, "b").await.as_deref(),
        Some("two")
    );
}

async fn the_quota_counts_bytes_not_characters(test: &TestDatabase) {
    let owner = plugin("owner");
    let limits = KvLimits {
        keys: 10,
        bytes: 10,
    };
    // One byte of key and nine of value: `ä` has two bytes.
    test.database
        .set(&owner, "a", "ääääx", limits)
        .await
        .unwrap();
    let error = test
        .database
        .set(&owner, "b", "", limits)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Quota);
    // Replacing a value frees what it took.
    let error = test
        .database
        .set(&owner, "a", "äääääx", limits)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Quota);
    assert_eq!(
        get(&test.database, &owner, "a").await.as_deref(),
        Some("ääääx")
    );
    test.database
        .set(&owner, "a", "x y", limits)
        .await
        .unwrap();
    test.database
        .set(&owner, "b", "12345", limits)
        .await
        .unwrap();
    assert_eq!(
        test.database
            .set(&owner, "c", "", limits)
            .await
            .unwrap_err()
            .code,
        ErrorCode::Quota
    );
}

async fn the_quota_is_exact_with_16_writers_at_once(test: &TestDatabase) {
    let owner = plugin("busy");
    let limits = KvLimits { keys: 5, ..AMPLE };
    let writers = (0..16).map(|number| {
        let (database, owner) = (test.database.clone(), owner.clone());
        tokio::spawn(async move {
            database
                .set(&owner, &format!("key-{number}"), "x", limits)
                .await
        })
    });
    let mut stored = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.unwrap() {
            Ok(()) => stored += 1,
            Err(error) => assert_eq!(error.code, ErrorCode::Quota, "{error}"),
        }
    }
    assert_eq!(stored, 5);
    let mut found = 0;
    for number in 0..16 {
        found += usize::from(
            get(&test.database, &owner, &format!("key-{number}"))
                .await
                .is_some(),
        );
    }
    assert_eq!(found, 5);
}

async fn keys_are_told_apart_by_every_character(test: &TestDatabase) {
    let owner = plugin("exact");
    let keys = ["a", "A", "a ", "ä", "á", "ß", "ss", "", "\u{1F600}"];
    for key in keys {
        test.database.set(&owner, key, key, AMPLE).await.unwrap();
    }
    for key in keys {
        assert_eq!(get(&test.database, &owner, key).await.as_deref(), Some(key));
    }
}

async fn text_with_nul_is_kept_or_refused(test: &TestDatabase) {
    let owner = plugin("nul");
    let set = test.database.set(&owner, "key", "x\0y", AMPLE).await;
    if test.dialect() == Dialect::Postgres {
        let error = set.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        assert!(error.message.contains("NUL"), "{error}");
        return;
    }
    set.unwrap();
    assert_eq!(get(&test.database, &owner, "key").await.as_deref(), Some("x\0y"));
}

}
