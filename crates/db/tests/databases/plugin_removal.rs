//! All that a plugin has stored in the database is deleted together, and nobody else's.

use raisfast_contract::PluginId;
use raisfast_db::{
    Database, KeyValueUse, RowBounds, Timestamp,
    entity::{plugin_migrations, plugin_settings, releases},
};
use raisfast_host_api::capability::{Kv, KvLimits};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _};

use crate::support::on_every_database;

const ORDERS: &str = "own_com_example_shop__orders";
const BOUNDS: RowBounds = RowBounds {
    of_one: 100,
    of_all: 100,
};

fn id(text: &str) -> PluginId {
    text.parse().unwrap()
}

/// A plugin with a key, a setting, the record of a migration, and tables that refer to each other.
async fn fill(database: &Database, plugin: &PluginId, prefix: &str) {
    let limits = KvLimits {
        keys: 10,
        bytes: 100,
    };
    database.set(plugin, "key", "value", limits).await.unwrap();
    let connection = database.connection();
    for sql in [
        // The first by name is one that others refer to.
        format!("CREATE TABLE {prefix}carts (id INTEGER NOT NULL PRIMARY KEY)"),
        format!(
            "CREATE TABLE {prefix}orders (id INTEGER NOT NULL PRIMARY KEY, cart INTEGER NOT NULL, \
             before_it INTEGER, FOREIGN KEY (cart) REFERENCES {prefix}carts (id), \
             FOREIGN KEY (before_it) REFERENCES {prefix}orders (id))"
        ),
        format!("INSERT INTO {prefix}carts VALUES (1), (2)"),
        format!("INSERT INTO {prefix}orders VALUES (1, 1, NULL), (2, 2, 1)"),
    ] {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    let migration = plugin_migrations::ActiveModel {
        plugin_id: Set(plugin.to_string()),
        name: Set("0001_orders.sql".to_owned()),
        checksum: Set("x".to_owned()),
        ran_at: Set(Timestamp::now()),
        journal: Set(None),
    };
    migration.insert(connection).await.unwrap();
    let setting = plugin_settings::ActiveModel {
        plugin_id: Set(plugin.to_string()),
        setting: Set("currency".to_owned()),
        value: Set("\"EUR\"".to_owned()),
        key_id: Set(None),
        updated_at: Set(Timestamp::now()),
    };
    setting.insert(connection).await.unwrap();
}

/// Keys, tables, records of migrations and settings.
async fn kept(database: &Database, plugin: &PluginId) -> (u64, usize, u64, u64) {
    let KeyValueUse { keys, .. } = database.key_value_use(plugin).await.unwrap();
    let tables = database.table_use(plugin, 10, BOUNDS).await.unwrap();
    let rows = database.plugin_rows(plugin).await.unwrap();
    (keys, tables.len(), rows.migrations, rows.settings)
}

on_every_database! {

async fn what_a_plugin_has_stored_goes_and_what_others_have_stays(test: &TestDatabase) {
    let database = &test.database;
    let (shop, other) = (id("com.example.shop"), id("com.example.shop-x"));
    fill(database, &shop, "own_com_example_shop__").await;
    fill(database, &other, "own_com_example_shop___x__").await;
    let both = [shop.to_string(), other.to_string()];
    assert_eq!(database.plugins_with_rows().await.unwrap(), both.into());

    let before = database.installations_of(&shop).await.unwrap();
    let revision = database.desire_release(shop.as_str(), None).await.unwrap();
    assert!(database.delete_plugin_rows(&shop, revision, &before).await.unwrap());
    assert_eq!(kept(database, &shop).await, (0, 0, 0, 0));
    assert_eq!(kept(database, &other).await, (1, 2, 1, 1));
    assert_eq!(database.plugins_with_rows().await.unwrap(), [other.to_string()].into());
    // There is nothing left to delete, and it may be made again.
    assert!(database.delete_plugin_rows(&shop, revision, &before).await.unwrap());
    fill(database, &shop, "own_com_example_shop__").await;
    assert_eq!(kept(database, &shop).await, (1, 2, 1, 1));
}

async fn a_plugin_that_is_installed_meanwhile_loses_nothing(test: &TestDatabase) {
    let database = &test.database;
    let shop = id("com.example.shop");
    fill(database, &shop, "own_com_example_shop__").await;
    let release = releases::Model {
        digest: "a".repeat(64),
        plugin_id: shop.to_string(),
        version: "1.0.0".to_owned(),
        bytes: 1,
        installed_at: Timestamp::now(),
    };
    let before = database.installations_of(&shop).await.unwrap();
    let revision = database.desire_release(shop.as_str(), None).await.unwrap();
    // It is kept before it is put in its place, and desired when it serves.
    database.keep_release(release.clone(), b"x").await.unwrap();
    assert!(!database.delete_plugin_rows(&shop, revision, &before).await.unwrap());
    let before = database.installations_of(&shop).await.unwrap();
    database.desire_release(shop.as_str(), Some(&release.digest)).await.unwrap();
    assert!(!database.delete_plugin_rows(&shop, revision, &before).await.unwrap());
    // Removed once more, by somebody else.
    database.desire_release(shop.as_str(), None).await.unwrap();
    assert!(!database.delete_plugin_rows(&shop, revision, &before).await.unwrap());
    assert_eq!(kept(database, &shop).await, (1, 2, 1, 1));
    let orders = test.rows(&format!("SELECT id FROM {ORDERS}"), &[]).await;
    assert_eq!(orders.len(), 2);
}

}
