//! Functions that need no grant: log, configuration, keys, files, events.

use raisfast_host_api::{Grants, Quotas};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_log_record_keeps_its_level_and_is_cut_at_a_letter() {
    let world = World::granting(Grants::default()).await;
    let session = world.session();
    session.log("WARN", "careful");
    session.log("nonsense", "hello");
    session.log("debug", &format!("x{}", "ä".repeat(5_000)));
    let log = world.log();
    assert_eq!(log[..2], ["warn careful", "info hello"]);
    assert!(
        log[2].starts_with("debug xä") && log[2].ends_with("ä… [cut: 10001 bytes in all]"),
        "{}",
        log[2]
    );
    assert!(log[2].len() < 8_300);
}

#[tokio::test]
async fn over_the_rate_one_record_says_so_and_the_rest_is_silent() {
    let quotas = Quotas {
        log_records_per_minute: 2,
        ..Quotas::default()
    };
    let world = World::new(Grants::default(), quotas).await;
    let session = world.session();
    for count in 0..10 {
        session.log("info", &format!("{count}"));
    }
    let log = world.log();
    assert_eq!(log.len(), 3);
    assert!(
        log[2].ends_with("under [limits]: log_records_per_minute = 4"),
        "{}",
        log[2]
    );
}

#[tokio::test]
async fn denials_in_a_loop_do_not_flood_the_log_and_no_manifest_hides_the_first() {
    let quotas = Quotas {
        log_records_per_minute: 0,
        ..Quotas::default()
    };
    let world = World::new(Grants::default(), quotas).await;
    let session = world.session();
    for _ in 0..5_000 {
        assert_eq!(session.get_config("site.title"), None);
    }
    let log = world.log();
    assert_eq!(log.len(), 601);
    assert!(log[0].starts_with("warn denied: get-config"), "{}", log[0]);
    assert!(
        log[600].ends_with("the rest of this minute's are left out"),
        "{}",
        log[600]
    );
}

#[tokio::test]
async fn a_plugin_has_its_own_settings_and_the_servers_by_grant() {
    let world = World::granting(Grants::default()).await;
    let session = world.session();
    assert_eq!(session.get_config("colour").as_deref(), Some("blue"));
    assert_eq!(session.get_config("shape"), None);
    assert!(world.log().is_empty(), "{:?}", world.log());
    assert_eq!(session.get_config("site.title"), None);
    world.assert_logged("under [permissions]: config = [\"site.title\"]");

    let grants = Grants {
        config: vec!["site.*".parse().unwrap()],
        ..Grants::default()
    };
    let world = World::granting(grants).await;
    assert_eq!(
        world.session().get_config("site.title").as_deref(),
        Some("A site")
    );
}

#[tokio::test]
async fn a_key_that_was_set_is_there_for_the_next_call() {
    let world = World::granting(Grants::default()).await;
    assert!(world.session().set_data("key", "value").await);
    assert_eq!(
        world.session().get_data("key").await.as_deref(),
        Some("value")
    );
    assert_eq!(world.session().get_data("other").await, None);
    assert!(!world.session().set_data(&"k".repeat(513), "value").await);
    world.assert_logged("set-data: the key is 513 bytes long");
}

#[tokio::test]
async fn more_keys_than_the_limit_are_refused_and_nothing_changes() {
    let quotas = Quotas {
        kv_keys: 1,
        ..Quotas::default()
    };
    let world = World::new(Grants::default(), quotas).await;
    let session = world.session();
    assert!(session.set_data("a", "1").await);
    assert!(!session.set_data("b", "2").await);
    assert!(!session.set_data("c", "2").await);
    let told = "set-data failed: this would make 2 keys where the plugin may keep 1; store less; to raise the limit, write in manifest.toml, under [limits], kv_keys or kv_bytes";
    world.assert_logged(told);
    assert_eq!(world.log().len(), 1, "it is told once a minute");
    assert!(session.set_data("a", "3").await);
    assert_eq!(session.get_data("b").await, None);
    assert_eq!(session.get_data("a").await.as_deref(), Some("3"));
}

#[tokio::test]
async fn files_answer_in_the_contracts_shapes() {
    let world = World::granting(Grants::default()).await;
    let session = world.session();
    assert!(session.vfs_write("cache/a.json", "{}").await);
    assert_eq!(
        session.vfs_read("cache/a.json").await.as_deref(),
        Some("{}")
    );
    assert_eq!(session.vfs_list("").await.as_deref(), Some(r#"["cache/"]"#));
    let stat: Value =
        serde_json::from_str(&session.vfs_stat("cache/a.json").await.unwrap()).unwrap();
    assert_eq!((&stat["size"], &stat["is_dir"]), (&json!(2), &json!(false)));
    assert!(session.vfs_exists("cache").await);
    assert!(session.vfs_delete("cache/a.json").await);
    assert_eq!(session.vfs_read("cache/a.json").await, None);
    assert_eq!(session.vfs_list("cache").await, None);
    assert!(!session.vfs_write("../escape", "x").await);
    world.assert_logged("vfs-write failed");
}

#[tokio::test]
async fn an_event_is_published_and_a_bad_one_is_an_error_with_a_code() {
    let quotas = Quotas {
        events_per_minute: 1,
        ..Quotas::default()
    };
    let world = World::new(Grants::default(), quotas).await;
    let session = world.session();
    let code = |answer: &str| serde_json::from_str::<Value>(answer).unwrap()["code"].clone();
    assert_eq!(code(&session.emit_event("", "{}")), "invalid_argument");
    assert_eq!(code(&session.emit_event("a\nb", "{}")), "invalid_argument");
    assert_eq!(
        code(&session.emit_event("big", &"x".repeat(65_537))),
        "invalid_argument"
    );
    assert_eq!(session.emit_event("built", "{}"), r#"{"ok":true}"#);
    assert_eq!(code(&session.emit_event("built", "{}")), "quota");
    assert_eq!(world.events(), [("built".to_owned(), "{}".to_owned())]);
}
