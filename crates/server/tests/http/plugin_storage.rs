//! The room that a plugin takes, as administrators see it.

use raisfast_host_api::capability::{Kv, KvLimits};
use serde_json::json;

use crate::support::{TestServer, send};

/// A component that imports and exports nothing.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

const QUIET: &str = "[plugin]\nid = 'com.example.quiet'\nname = 'Quiet'\nversion = '1.2.3'\nruntime = 'wasm'\nentry = 'plugin.wasm'\n[limits]\nkv_keys = 7\n";

const STORAGE: &str = "/api/v1/admin/plugins/com.example.quiet/storage";

#[tokio::test(flavor = "multi_thread")]
async fn keys_files_and_rows_are_counted_beside_their_limits() {
    let server = TestServer::with_plugins(&[("quiet", QUIET, EMPTY)]).await;
    let token = server.admin().await;
    let show = || send(server.get(STORAGE).bearer_auth(&token));
    let database = server.server.database();
    // What another plugin keeps does not count.
    for (plugin, key, value) in [
        ("com.example.quiet", "a", "12"),
        ("com.example.quiet", "ä", "3"),
        ("com.example.other", "a", "x"),
    ] {
        let limits = KvLimits { keys: 9, bytes: 99 };
        let plugin = plugin.parse().unwrap();
        database.set(&plugin, key, value, limits).await.unwrap();
    }
    let files = server.files_of("com.example.quiet");
    std::fs::create_dir_all(files.join("deep")).unwrap();
    std::fs::write(files.join("deep/one.txt"), "12345").unwrap();
    server.run(
        "CREATE TABLE own_com_example_quiet__orders (id INTEGER);
         INSERT INTO own_com_example_quiet__orders VALUES (1), (2);
         CREATE TABLE own_com_example_quiet__many (id INTEGER);
         WITH RECURSIVE number(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM number WHERE id < 100001)
         INSERT INTO own_com_example_quiet__many SELECT id FROM number;
         CREATE VIEW own_com_example_quiet__view AS SELECT 1;
         CREATE TABLE own_com_example_quieter__orders (id INTEGER);",
    );

    let (status, storage) = show().await;
    assert_eq!(status, 200);
    assert_eq!(
        storage,
        json!({
            "plugin": "com.example.quiet",
            "keys": { "used": 2, "limit": 7 },
            "key_value_bytes": { "used": 6, "limit": 10 << 20 },
            "files": { "used": 1, "limit": 10_000 },
            "file_bytes": { "used": 5, "limit": 10 << 20 },
            "tables": [
                { "name": "own_com_example_quiet__many", "rows": 100_000, "more_rows": true },
                { "name": "own_com_example_quiet__orders", "rows": 2, "more_rows": false },
            ],
            "more_tables": false,
            "migrations": 0,
            "settings": 0,
            "deliveries": 0,
        })
    );

    for number in 0..50 {
        server.run(&format!(
            "CREATE TABLE own_com_example_quiet__t{number} (id INTEGER)"
        ));
    }
    let (_, storage) = show().await;
    assert_eq!(storage["tables"].as_array().unwrap().len(), 50);
    assert_eq!(storage["more_tables"], true);
}
