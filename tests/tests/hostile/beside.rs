//! A hostile plugin beside a healthy one.

use std::time::Duration;

use raisfast_tests::{Answer, Manifest, Settings, TestServer, eventually, guest};
use serde_json::{Value, json};

pub(crate) const HOSTILE: &str = "com.example.hostile";
const HEALTHY: &str = "com.example.healthy";

/// The limits of each instance of the hostile plugin, unless a test sets others.
pub(crate) const LIMITS: &str =
    "[permissions]\ntimeout_ms = 1500\nmax_memory_mb = 8\n[pool]\nsize = 2";

/// The configuration of a server that goes on calling a plugin which fails again and again.
pub(crate) const NEVER_PAUSED: &str = "[plugins.breaker]\nfailures = 0\n";

/// The healthy one marks pages, the hostile one filters posts; its failures refuse the request, so
/// that a test reads them.
pub(crate) struct Beside(pub(crate) TestServer);

/// A server on which the hostile plugin is this guest.
pub(crate) fn beside(wasm: Vec<u8>, toml: &str) -> Settings {
    let hostile = Manifest::new(HOSTILE, &[])
        .with("[hooks.on-post-creating]\non_error = \"abort\"")
        .with(toml);
    TestServer::with()
        // Each of its calls is to reach the guest, however many have failed.
        .config(|config| config.plugins.breaker.failures = 0)
        .plugin("hostile", wasm, hostile.text())
        .guest("recorder", &Manifest::new(HEALTHY, &["filter-html"]))
}

impl Beside {
    pub(crate) async fn start(wasm: Vec<u8>) -> Self {
        Self::of(beside(wasm, LIMITS)).await
    }

    /// The guest `hostile`, with the limits of the tests and more permissions.
    pub(crate) async fn hostile(permissions: &str) -> Self {
        let toml = LIMITS.replace("[pool]", &format!("{permissions}\n[pool]"));
        Self::of(beside(guest("hostile"), &toml)).await
    }

    pub(crate) async fn of(settings: Settings) -> Self {
        let server = settings.start().await;
        server.publish("index").await;
        Self(server)
    }

    pub(crate) async fn post(&self, title: &str, content: &str) -> Answer {
        let post = json!({"title": title, "content": content, "status": "draft"});
        self.0.admin.post("/api/v1/posts", &post).await
    }

    /// The reason for which a call fails that this post begins. Only that call is lost.
    pub(crate) async fn fails(&self, title: &str, content: &str) -> String {
        let before = self.hook().await["errors"].as_u64().expect("a count");
        let refused = self.post(title, content).await.expect(422);
        let detail = refused["detail"].as_str().expect("a reason");
        let prefix = format!(
            "the plugin {HOSTILE} failed in on-post-creating, and its manifest says `on_error = \"abort\"`: "
        );
        let reason = detail.strip_prefix(&prefix).expect(detail).to_owned();

        let plugin = self.is_whole().await;
        let last_error = plugin["last_error"].as_str().expect("it failed");
        assert!(last_error.ends_with(&reason), "{last_error}");
        assert_eq!(plugin["hooks"][0]["errors"], before + 1);
        self.is_healthy().await;
        reason
    }

    /// The post of a call that does its worst and returns.
    pub(crate) async fn survives(&self, title: &str, content: &str) -> Value {
        let post = self.post(title, content).await.expect(201);
        self.is_whole().await;
        self.is_healthy().await;
        post
    }

    /// Waits until the hostile plugin has all its instances.
    pub(crate) async fn is_whole(&self) -> Value {
        eventually("the pool is whole", || async {
            let plugin = self.0.plugin(HOSTILE).await;
            (plugin["pool"]["idle"] == plugin["pool"]["size"]).then_some(plugin)
        })
        .await
    }

    /// The server, the plugin beside and each instance of the hostile one do their work.
    async fn is_healthy(&self) {
        self.0.visitor.get("/readyz").await.expect(200);
        let page = self.0.html("index").await;
        assert!(page.ends_with("<!--filter-html-->"), "{page}");
        let plugin = self.0.plugin(HOSTILE).await;
        assert_eq!(plugin["state"], "running");
        for _ in 0..plugin["pool"]["size"].as_u64().expect("a size") {
            let post = self.post("fine", "Text.").await.expect(201);
            assert_ne!(post["excerpt"], "poisoned");
        }
    }

    pub(crate) async fn hook(&self) -> Value {
        self.0.plugin(HOSTILE).await["hooks"][0].clone()
    }
}

/// The time that a call may take beyond its deadline.
pub(crate) const GRACE: Duration = Duration::from_millis(50);
