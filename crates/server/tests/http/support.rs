//! A server of its own for each test.

use std::path::PathBuf;

use raisfast::{Config, Secret, Server};
use raisfast_accounts::Role;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use crate::documented::RequestBuilder;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct TestServer {
    pub(crate) server: Server,
    client: Client,
    /// Deleted when the test ends.
    data: TempDir,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_in(TempDir::new().expect("a temporary folder")).await
    }

    /// Starts a server that an operator has set up.
    pub(crate) async fn configured(configure: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(TempDir::new().expect("a temporary folder"), configure).await
    }

    /// Starts a server over what a folder holds already.
    async fn start_in(data: TempDir) -> Self {
        Self::start_with(data, |_| {}).await
    }

    async fn start_with(data: TempDir, configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::with_data_dir(data.path());
        config.addr.set_port(0);
        config.plugins.dir = data.path().join("plugins");
        config.plugins.hot_reload = false;
        config.admin_password = Some(Secret::new(PASSWORD));
        configure(&mut config);
        let server = Server::start(config).await.expect("the server starts");
        Self {
            server,
            client: client(),
            data,
        }
    }

    /// Starts a server with these plugins: folder, manifest and wasm of each.
    pub(crate) async fn with_plugins(plugins: &[(&str, &str, &[u8])]) -> Self {
        let data = TempDir::new().expect("a temporary folder");
        for (folder, manifest, wasm) in plugins {
            let folder = data.path().join("plugins").join(folder);
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join("manifest.toml"), manifest).expect("a file");
            std::fs::write(folder.join("plugin.wasm"), wasm).expect("a file");
        }
        Self::start_in(data).await
    }

    /// Shuts down and starts again over the same data.
    pub(crate) async fn restart(self) -> Self {
        self.server.shutdown().await;
        Self::start_in(self.data).await
    }

    /// The folder that plugins' folders are in.
    pub(crate) fn plugin_dir(&self) -> PathBuf {
        self.data.path().join("plugins")
    }

    /// The folder of a plugin's files.
    pub(crate) fn files_of(&self, plugin: &str) -> PathBuf {
        self.data.path().join("vfs").join(plugin)
    }

    /// Runs SQL on the database, as somebody beside the server does.
    pub(crate) fn run(&self, sql: &str) {
        let file = self.data.path().join("raisfast.db");
        let connection = rusqlite::Connection::open(file).expect("the database");
        connection.execute_batch(sql).expect("the SQL runs");
    }

    /// A request to a path below the server's root, whose answer is held to the document.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("http://{}{path}", self.server.addr()));
        request.into()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub(crate) fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    pub(crate) fn patch(&self, path: &str) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// A token of `admin`, by the route that users take.
    pub(crate) async fn admin(&self) -> String {
        self.token("admin", PASSWORD).await
    }

    /// A token of a new author with this name.
    pub(crate) async fn author(&self, name: &str) -> String {
        self.user(name, Role::Author).await
    }

    /// A token of a new user with this name and role.
    pub(crate) async fn user(&self, name: &str, role: Role) -> String {
        let users = self.server.users();
        let admin = users
            .login("admin", PASSWORD)
            .await
            .expect("admin logs in")
            .user;
        users
            .create(&admin, name, PASSWORD, role)
            .await
            .expect("an account is made");
        self.token(name, PASSWORD).await
    }

    pub(crate) async fn token(&self, username: &str, password: &str) -> String {
        let credentials = json!({ "username": username, "password": password });
        let response = self
            .post("/api/v1/auth/login")
            .json(&credentials)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200);
        let login: Value = response.json().await.expect("JSON");
        login["token"].as_str().expect("a token").to_owned()
    }

    /// Returns the figures of `/metrics`.
    pub(crate) async fn figures(&self) -> String {
        let request = self.get("/metrics").bearer_auth(self.admin().await);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        response.text().await.expect("text")
    }

    /// Publishes a post and returns it.
    pub(crate) async fn publish(&self, token: &str, title: &str) -> Value {
        let response = self
            .post("/api/v1/posts")
            .bearer_auth(token)
            .json(&json!({ "title": title, "content": "*Hello*", "status": "published" }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 201);
        response.json().await.expect("JSON")
    }
}

/// An HTTP client that goes straight to the server.
pub(crate) fn client() -> Client {
    // reqwest wants a TLS provider even for http; an error says that another test has chosen it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

/// Sends a request that must succeed and returns its status and JSON; `null` where there is no
/// body.
pub(crate) async fn send(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("the whole answer");
    let json = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).expect("JSON")
    };
    (status, json)
}

/// Checks that an answer is a problem document with this status and returns it.
pub(crate) async fn problem(response: Response, status: u16, about: &str) -> Value {
    assert_eq!(response.status(), status, "{about}");
    let content_type = response.headers()["content-type"].clone();
    assert_eq!(content_type, "application/problem+json", "{about}");
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(problem["status"], status, "{about}: {problem}");
    for member in ["type", "title", "detail"] {
        let text = problem[member].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{about}: {member} in {problem}");
    }
    problem
}
