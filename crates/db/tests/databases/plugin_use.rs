//! The room that a plugin takes, on every database.

use raisfast_contract::PluginId;
use raisfast_db::{KeyValueUse, RowBounds, TableUse};
use raisfast_host_api::capability::{Kv, KvLimits};
use sea_orm::ConnectionTrait;

use crate::support::on_every_database;

const AMPLE: RowBounds = RowBounds {
    of_one: 100,
    of_all: 1_000,
};

fn shop() -> PluginId {
    "com.example.shop".parse().unwrap()
}

fn table(name: &str, rows: u64, has_more: bool) -> TableUse {
    TableUse {
        name: format!("own_com_example_shop__{name}"),
        rows,
        has_more,
    }
}

on_every_database! {

async fn keys_and_bytes_are_those_of_the_plugin(test: &TestDatabase) {
    let limits = KvLimits { keys: 10, bytes: 100 };
    let nothing = KeyValueUse { keys: 0, bytes: 0 };
    assert_eq!(test.database.key_value_use(&shop()).await.unwrap(), nothing);
    let other = "com.example.other".parse().unwrap();
    for (plugin, key, value) in [(&shop(), "a", "12"), (&shop(), "ä", ""), (&other, "b", "x")] {
        test.database.set(plugin, key, value, limits).await.unwrap();
    }
    assert_eq!(
        test.database.key_value_use(&shop()).await.unwrap(),
        KeyValueUse { keys: 2, bytes: 5 }
    );
}

async fn tables_are_counted_up_to_a_bound(test: &TestDatabase) {
    assert_eq!(test.database.table_use(&shop(), 5, AMPLE).await.unwrap(), []);
    for sql in [
        "CREATE TABLE own_com_example_shop__orders (id INTEGER)",
        "INSERT INTO own_com_example_shop__orders VALUES (1), (2), (3)",
        "CREATE TABLE own_com_example_shop__carts (id INTEGER)",
        "INSERT INTO own_com_example_shop__carts VALUES (1), (2)",
        "CREATE TABLE own_com_example_shop__empty (id INTEGER)",
        "CREATE VIEW own_com_example_shop__view AS SELECT id FROM own_com_example_shop__orders",
        "CREATE TABLE own_com_example_shopping__orders (id INTEGER)",
        // Another plugin's, `com.example.shop-x`, whose prefix begins alike.
        "CREATE TABLE own_com_example_shop___x__orders (id INTEGER)",
    ] {
        let connection = test.database.connection();
        connection.execute_unprepared(sql).await.unwrap();
    }
    let tables = async |most, rows| test.database.table_use(&shop(), most, rows).await.unwrap();
    assert_eq!(
        tables(5, AMPLE).await,
        [table("carts", 2, false), table("empty", 0, false), table("orders", 3, false)]
    );
    // One more than asked for says that there are more.
    assert_eq!(tables(1, AMPLE).await, [table("carts", 2, false), table("empty", 0, false)]);
    assert_eq!(
        tables(5, RowBounds { of_one: 2, ..AMPLE }).await,
        [table("carts", 2, false), table("empty", 0, false), table("orders", 2, true)]
    );
    assert_eq!(
        tables(5, RowBounds { of_one: 2, of_all: 3 }).await,
        [table("carts", 2, false), table("empty", 0, false), table("orders", 1, true)]
    );
}

}
