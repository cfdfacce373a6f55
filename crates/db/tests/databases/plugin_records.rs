//! The latest records of plugins' logs, on every database.

use raisfast_contract::PluginId;
use raisfast_db::{NewRecord, RecordBounds};

use crate::support::on_every_database;

fn plugin(name: &str) -> PluginId {
    format!("com.example.{name}").parse().unwrap()
}

fn records<'a>(messages: &'a [&str]) -> impl Iterator<Item = NewRecord> + 'a {
    messages.iter().map(|message| NewRecord {
        hook: Some("on-login".to_owned()),
        level: "info".to_owned(),
        message: (*message).to_owned(),
        written_at: "2026-01-01T00:00:00.000Z".to_owned(),
    })
}

on_every_database! {

async fn a_plugins_oldest_records_give_way_to_new_ones(test: &TestDatabase) {
    let (noisy, quiet) = (plugin("noisy"), plugin("quiet"));
    let kept = async || {
        let rows = test.database.plugin_records().await.unwrap().into_iter();
        rows.map(|row| (row.plugin_id, row.message)).collect::<Vec<_>>()
    };
    let of = |plugin: &PluginId, message: &str| (plugin.to_string(), message.to_owned());
    let add = async |plugin: &PluginId, messages: &[&str]| {
        let bounds = RecordBounds { records: 3, bytes: 10 };
        let database = &test.database;
        database.keep_plugin_records(plugin, records(messages), bounds).await.unwrap();
    };

    add(&quiet, &["stays"]).await;
    add(&noisy, &["1", "2"]).await;
    add(&noisy, &["3", "4"]).await;
    let expected = [of(&quiet, "stays"), of(&noisy, "2"), of(&noisy, "3"), of(&noisy, "4")];
    assert_eq!(kept().await, expected);

    add(&noisy, &["123456789"]).await;
    assert_eq!(kept().await, [of(&quiet, "stays"), of(&noisy, "4"), of(&noisy, "123456789")]);

    test.database.forget_plugin_records(&noisy).await.unwrap();
    assert_eq!(kept().await, [of(&quiet, "stays")]);
}

}
