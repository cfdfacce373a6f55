//! The values of plugins' settings.

use raisfast_db::{Database, Timestamp, entity::plugin_settings::Model};

use crate::support::on_every_database;

fn row(plugin: &str, setting: &str, value: &str, key: Option<&str>) -> Model {
    Model {
        plugin_id: format!("com.example.{plugin}"),
        setting: setting.to_owned(),
        value: value.to_owned(),
        key_id: key.map(str::to_owned),
        updated_at: Timestamp::now(),
    }
}

/// Returns each setting with its value and the id of its key.
async fn kept(database: &Database, plugin: &str) -> Vec<String> {
    let plugin = format!("com.example.{plugin}");
    let rows = database.plugin_settings(&plugin);
    let rows = rows.await.unwrap().into_iter();
    let mut rows: Vec<_> = rows
        .map(|row| format!("{} {} {:?}", row.setting, row.value, row.key_id))
        .collect();
    rows.sort();
    rows
}

on_every_database! {

async fn settings_are_replaced_and_forgotten_by_plugin(test: &TestDatabase) {
    let database = &test.database;
    let long = "ü".repeat(40_000);
    for plugin in ["one", "two"] {
        let rows = vec![row(plugin, "a", "1", None), row(plugin, "A", &long, None), row(plugin, "b", "x", Some("k1"))];
        let id = format!("com.example.{plugin}");
        database.change_plugin_settings(&id, rows, Vec::new()).await.unwrap();
    }
    let rows = vec![row("one", "a", "2", Some("k2"))];
    let forget = vec!["b".to_owned(), "unknown".to_owned()];
    database.change_plugin_settings("com.example.one", rows, forget).await.unwrap();
    assert_eq!(kept(database, "one").await, [format!("A {long} None"), "a 2 Some(\"k2\")".to_owned()]);
    assert_eq!(kept(database, "two").await.len(), 3);
    assert_eq!(kept(database, "three").await, <[String; 0]>::default());
}

async fn secrets_are_sealed_anew_unless_somebody_was_faster(test: &TestDatabase) {
    let database = &test.database;
    let rows = vec![row("one", "a", "old", Some("k1")), row("one", "b", "new", Some("k2")), row("one", "c", "plain", None)];
    database.change_plugin_settings("com.example.one", rows, Vec::new()).await.unwrap();
    let others = database.settings_of_other_keys("k2").await.unwrap();
    let [former] = &others[..] else {
        panic!("one secret has another key: {others:?}");
    };
    database.reseal_plugin_setting(former, "anew", "k2").await.unwrap();
    // The row is no longer the one that was read.
    database.reseal_plugin_setting(former, "late", "k3").await.unwrap();
    assert_eq!(kept(database, "one").await, ["a anew Some(\"k2\")", "b new Some(\"k2\")", "c plain None"]);
    assert!(database.settings_of_other_keys("k2").await.unwrap().is_empty());
}

}
