//! Changes that an administrator makes on one server reach the others, and each pauses plugins by
//! itself.

use std::time::Duration;

use raisfast_tests::{
    Cluster, DatabaseServer, Manifest, Settings, TestServer, eventually, eventually_within,
};
use serde_json::{Value, json};

const STAMP: &str = "com.example.stamp";
const MOODY: &str = "com.example.moody";
const DATABASES: [DatabaseServer; 2] = [DatabaseServer::Postgres, DatabaseServer::Mariadb];

/// Longer than any test.
const LONG: Duration = Duration::from_mins(10);

fn with_plugins(server: Settings) -> Settings {
    let stamp = Manifest::new(STAMP, &["on-post-creating"]).with("[config]\nversion = \"first\"");
    let moody = Manifest::new(MOODY, &["on-post-creating"])
        .with("[permissions]\ntimeout_ms = 1000\n[pool]\nsize = 1");
    server
        .guest("stamp", &stamp)
        .guest("moody", &moody)
        .config(|config| {
            config.plugins.breaker.pause = LONG;
            config.plugins.breaker.max_pause = LONG;
        })
}

/// Two servers of one site with the same plugins, and the longest time that news takes.
async fn two_servers(
    database: DatabaseServer,
    notifications: bool,
) -> (Cluster, [TestServer; 2], Duration) {
    let cluster = Cluster::on(database).await;
    let start = async |name| {
        let server = cluster.server(name).config(move |config| {
            config.node.timing.notifications = notifications;
        });
        with_plugins(server).start().await
    };
    let servers = [start("one").await, start("two").await];
    let is_notified = notifications && database == DatabaseServer::Postgres;
    let most = Duration::from_secs(if is_notified { 2 } else { 5 });
    (cluster, servers, most)
}

async fn change(server: &TestServer, plugin: &str, change: &str) -> Value {
    let path = format!("/api/v1/admin/plugins/{plugin}/{change}");
    server.admin.post(&path, &Value::Null).await.expect(200)
}

async fn state(server: &TestServer, plugin: &str) -> String {
    let plugin = server.plugin(plugin).await;
    plugin["state"].as_str().expect("a state").to_owned()
}

/// Returns what the plugin stamps on a new post; null if it is not called.
async fn stamped(server: &TestServer) -> Value {
    server.publish("fine").await["excerpt"].clone()
}

async fn breaker(server: &TestServer) -> String {
    let plugin = server.plugin(MOODY).await;
    let state = &plugin["hooks"][0]["breaker"]["state"];
    state.as_str().expect("a state").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_and_settings_reach_the_other_server_with_notifications_and_by_polling() {
    for database in DATABASES {
        for notifications in [true, false] {
            let (_cluster, [one, two], most) = two_servers(database, notifications).await;
            assert_eq!(stamped(&two).await, "first");

            change(&one, STAMP, "disable").await;
            eventually_within(most, "it is off everywhere", || async {
                (state(&two, STAMP).await == "disabled").then_some(())
            })
            .await;
            assert_ne!(stamped(&two).await, "first");

            change(&two, STAMP, "enable").await;
            eventually_within(most, "it is on everywhere", || async {
                (state(&one, STAMP).await == "running").then_some(())
            })
            .await;
            let generation = two.plugin(STAMP).await["generation"].clone();

            let settings = format!("/api/v1/admin/plugins/{STAMP}/settings");
            let body = json!({ "version": "second" });
            one.admin.put(&settings, &body).await.expect(200);
            assert_eq!(stamped(&one).await, "second", "at once where it was made");
            eventually_within(most, "the setting is the same everywhere", || async {
                (stamped(&two).await == "second").then_some(())
            })
            .await;
            assert_eq!(
                two.plugin(STAMP).await["generation"],
                generation,
                "nothing was loaded anew"
            );
            one.stop().await;
            two.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_starts_with_what_was_changed() {
    let (cluster, [one, two], _) = two_servers(DatabaseServer::Postgres, true).await;
    two.stop().await;
    change(&one, STAMP, "disable").await;
    let three = with_plugins(cluster.server("three")).start().await;
    assert_eq!(state(&three, STAMP).await, "disabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_pauses_by_itself_and_all_say_so_until_a_reset_on_any() {
    for database in DATABASES {
        let (_cluster, [one, two], most) = two_servers(database, true).await;
        for _ in 0..5 {
            one.publish("fail").await;
        }
        assert_eq!(breaker(&one).await, "open");
        assert_eq!(breaker(&two).await, "closed", "it has seen no failure");
        let pauses = eventually_within(most, "the other server shows the pause", || async {
            let pauses = two.plugin(MOODY).await["pauses"].clone();
            (pauses != json!([])).then_some(pauses)
        })
        .await;
        assert_eq!(pauses.as_array().map(Vec::len), Some(1), "{pauses}");
        let pause = &pauses[0];
        assert_eq!(
            (&pause["node_name"], &pause["hook"], &pause["failures"]),
            (&json!("one"), &json!("on-post-creating"), &json!(5))
        );
        let own = one.server().node().id().expect("an id").to_string();
        assert_eq!(pause["node"], own);
        two.logs(MOODY, "on the server one the plugin is paused")
            .await;

        change(&two, MOODY, "reset").await;
        eventually_within(most, "it is called everywhere", || async {
            (breaker(&one).await == "closed").then_some(())
        })
        .await;
        eventually("no pause is left", || async {
            (one.plugin(MOODY).await["pauses"] == json!([])).then_some(())
        })
        .await;
        one.stop().await;
        two.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_logins_count_for_the_site_and_nobody_is_locked_out() {
    let (_cluster, [one, two], _) = two_servers(DatabaseServer::Postgres, true).await;
    let wrong = json!({ "username": "admin", "password": "wrong" });
    for n in 0..5 {
        let server = if n % 2 == 0 { &one } else { &two };
        let answer = server.visitor.post("/api/v1/auth/login", &wrong).await;
        answer.expect(401);
    }
    for server in [&one, &two] {
        let answer = server.visitor.post("/api/v1/auth/login", &wrong).await;
        answer.expect(429);
        // Another name from there is another count.
        let other = json!({ "username": "nobody", "password": "wrong" });
        server
            .visitor
            .post("/api/v1/auth/login", &other)
            .await
            .expect(401);
    }
}
