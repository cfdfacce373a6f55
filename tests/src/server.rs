//! A test server: a real one in this process, with its plugins, its database and its users.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use raisfast::{Config, Secret, Server};
use raisfast_contract::{HookName, PluginId};
use raisfast_host_api::capability::Kv;
use raisfast_test_databases::Server as DatabaseServer;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Client, Manifest, eventually, files::Files, guest, plugins::target, sample};

const PASSWORD: &str = "correct horse battery staple";

/// A change that a test makes to the configuration of a new operator.
type Change = Box<dyn FnOnce(&mut Config)>;

/// A server to be started.
#[derive(Default)]
pub struct Settings {
    pub(crate) plugins: Vec<(String, Vec<u8>, String)>,
    pub(crate) migrations: Vec<(String, String, String)>,
    pub(crate) texts: Vec<(String, String, String)>,
    pub(crate) changes: Vec<Change>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) arguments: Vec<String>,
}

impl Settings {
    /// With a guest of `tests/guests/` in the plugin folder of the same name.
    #[must_use]
    pub fn guest(self, name: &str, manifest: &Manifest) -> Self {
        self.plugin(name, guest(name), manifest.text())
    }

    /// With a sample of `sample-plugins/`, as it is.
    #[must_use]
    pub fn sample(self, name: &str) -> Self {
        let (wasm, manifest) = sample(name);
        self.plugin(name, wasm, &manifest)
    }

    /// With a plugin folder of two files.
    #[must_use]
    pub fn plugin(mut self, folder: &str, wasm: Vec<u8>, manifest: &str) -> Self {
        self.plugins
            .push((folder.to_owned(), wasm, manifest.to_owned()));
        self
    }

    /// With a plugin folder of a manifest and text files: a script.
    #[must_use]
    pub fn script(mut self, folder: &str, manifest: &Manifest, files: &[(&str, &str)]) -> Self {
        let mut add = |name: &str, text: &str| {
            self.texts
                .push((folder.to_owned(), name.to_owned(), text.to_owned()));
        };
        add("manifest.toml", manifest.text());
        for (name, text) in files {
            add(name, text);
        }
        self
    }

    /// With a migration in a plugin's folder.
    #[must_use]
    pub fn migration(mut self, folder: &str, name: &str, sql: &str) -> Self {
        self.migrations
            .push((folder.to_owned(), name.to_owned(), sql.to_owned()));
        self
    }

    /// With a variable in the environment of a [child](Self::start_child).
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an argument on the command line of a [child](Self::start_child).
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With a change to the configuration.
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(&mut Config) + 'static) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Starts it, on the database and the storage that the environment asks for, and logs the admin
    /// in.
    pub async fn start(self) -> TestServer {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config::with_data_dir(folder.path().join("data"));
        config.addr.set_port(0);
        config.admin_password = Some(Secret::new(PASSWORD.to_owned()));
        config.plugins.dir = folder.path().join("plugins");
        // Here small guests are compiled by this process, without optimisation, beside other tests.
        config.plugins.patience = Duration::from_mins(2);
        // Shared by all tests: each guest is compiled once.
        config.cache_dir = target().join("test-aot");
        // All visitors of a test come from one address.
        config.comments.per_minute = 0;
        if let Some(database) = DatabaseServer::asked_for() {
            config.database_url = Secret::new(database.fresh_database());
        }
        let files = Files::asked_for(&mut config).await;
        for change in self.changes {
            change(&mut config);
        }
        for (name, wasm, manifest) in self.plugins {
            write_plugin(&config.plugins.dir.join(name), &wasm, &manifest);
        }
        for (folder, name, text) in self.texts {
            write_text(&config.plugins.dir.join(folder).join(name), &text);
        }
        for (folder, name, sql) in self.migrations {
            write_migration(&config.plugins.dir.join(folder), &name, &sql);
        }
        TestServer::start(Arc::new(folder), files, config).await
    }
}

/// A running server, its folders, and the logged-in admin.
pub struct TestServer {
    folder: Arc<TempDir>,
    files: Files,
    config: Config,
    server: Server,
    /// The admin.
    pub admin: Client,
    /// A visitor without a login.
    pub visitor: Client,
}

impl TestServer {
    /// A server without plugins.
    pub fn with() -> Settings {
        Settings::default()
    }

    async fn start(folder: Arc<TempDir>, files: Files, config: Config) -> Self {
        let server = Box::pin(Server::start(config.clone()))
            .await
            .expect("the server starts");
        let visitor = Client::new(server.addr());
        let admin = visitor.log_in("admin", PASSWORD).await;
        Self {
            folder,
            files,
            config,
            server,
            admin,
            visitor,
        }
    }

    /// Stops it in good order and starts it again on the same folders.
    pub async fn restart(self) -> Self {
        self.server.shutdown().await;
        Box::pin(Self::start(self.folder, self.files, self.config)).await
    }

    /// With a change to the configuration, which counts after a [restart](Self::restart).
    #[must_use]
    pub fn reconfigured(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Stops it in good order.
    pub async fn stop(self) {
        self.server.shutdown().await;
    }

    /// The server itself.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The admin's password.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// Returns the folder of the plugins.
    pub fn plugin_dir(&self) -> &Path {
        &self.config.plugins.dir
    }

    /// Returns the content of a file of a plugin's own tree, as its storage has it: on disk, or in
    /// the bucket.
    pub fn stored_file(&self, plugin: &str, path: &str) -> Option<String> {
        let bytes = self.files.get(&format!("{plugin}/{path}"))?;
        Some(String::from_utf8(bytes).expect("plugins write text"))
    }

    /// A file of a plugin's own tree in the data folder, where local files are.
    pub fn plugin_file(&self, plugin: &str, path: &str) -> PathBuf {
        self.config.data_dir.join("vfs").join(plugin).join(path)
    }

    /// Copies two files into a plugin folder, as an operator would.
    pub fn deploy(&self, folder: &str, wasm: &[u8], manifest: &Manifest) {
        write_plugin(&self.plugin_dir().join(folder), wasm, manifest.text());
    }

    /// Writes a text file into a plugin folder, as its author would.
    pub fn write(&self, folder: &str, name: &str, text: &str) {
        write_text(&self.plugin_dir().join(folder).join(name), text);
    }

    /// Copies a migration into a plugin folder, as an operator would.
    pub fn migrate(&self, folder: &str, name: &str, sql: &str) {
        write_migration(&self.plugin_dir().join(folder), name, sql);
    }

    /// A new plugin folder, which is there as a whole or not at all.
    pub fn install(&self, folder: &str, wasm: &[u8], manifest: &str) {
        let hidden = self.plugin_dir().join(format!(".{folder}"));
        write_plugin(&hidden, wasm, manifest);
        fs::rename(hidden, self.plugin_dir().join(folder)).expect("there is no such folder yet");
    }

    /// Waits until `admin/plugins` lists a folder in a state.
    pub async fn listed(&self, folder: &str, state: &str) -> Value {
        eventually(&format!("the folder {folder} is {state}"), || async {
            let list = self.admin.get("/api/v1/admin/plugins").await.expect(200);
            let mut plugins = list["items"].as_array().expect("a list").iter();
            plugins
                .find(|plugin| plugin["folder"] == folder && plugin["state"] == state)
                .cloned()
        })
        .await
    }

    /// The answer of `admin/plugins/{id}`.
    pub async fn plugin(&self, id: &str) -> Value {
        self.admin
            .get(&format!("/api/v1/admin/plugins/{id}"))
            .await
            .body
    }

    /// Waits until a plugin is in a state and generation.
    pub async fn reaches(&self, id: &str, state: &str, generation: u64) -> Value {
        eventually(
            &format!("{id} becomes {state}, generation {generation}"),
            || async {
                let plugin = self.plugin(id).await;
                (plugin["state"] == state && plugin["generation"] == generation).then_some(plugin)
            },
        )
        .await
    }

    /// Returns a plugin's log so far.
    pub fn logged(&self, plugin: &str) -> Vec<String> {
        let plugin: PluginId = plugin.parse().expect("a plugin id");
        let records = self.server.plugin_log().latest(&plugin);
        records.into_iter().map(|record| record.message).collect()
    }

    /// Waits for a log record of a plugin that contains a text.
    pub async fn logs(&self, plugin: &str, text: &str) -> String {
        eventually(&format!("{plugin} logs {text:?}"), || async {
            self.logged(plugin)
                .into_iter()
                .find(|message| message.contains(text))
        })
        .await
    }

    /// Returns the value that a plugin keeps under a key, when all its actions so far have run.
    pub async fn stored(&self, plugin: &str, key: &str) -> Option<String> {
        self.server.settled().await;
        let plugin: PluginId = plugin.parse().expect("a plugin id");
        let database = self.server.database();
        database.get(&plugin, key).await.expect("the key is read")
    }

    /// Returns the arguments of the last call of a hook of the guest `recorder`; null if it was
    /// never called.
    pub async fn recorded(&self, plugin: &str, hook: HookName) -> Value {
        let text = self.stored(plugin, &format!("hook:{hook}")).await;
        text.map_or(Value::Null, |text| {
            serde_json::from_str(&text).expect("the recorder writes JSON")
        })
    }

    /// Creates a post as the admin.
    pub async fn create_post(&self, post: &Value) -> Value {
        self.admin.post("/api/v1/posts", post).await.expect(201)
    }

    /// The page of a published post, as HTML.
    pub async fn html(&self, slug: &str) -> String {
        let path = format!("/api/v1/posts/{slug}");
        let page = self.visitor.get(&path).await.expect(200);
        page["html"].as_str().expect("a page has HTML").to_owned()
    }

    /// Creates a published post with this title, as the admin.
    pub async fn publish(&self, title: &str) -> Value {
        self.create_post(&json!({"title": title, "content": "Some text.", "status": "published"}))
            .await
    }

    /// Runs the binary of the command line against this server, as the admin; whether it succeeds,
    /// and what it prints.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub async fn command(&self, binary: &str, arguments: &[&str]) -> (bool, String) {
        run(binary, arguments, self.server.addr(), self.admin.token()).await
    }
}

/// Runs the binary of the command line against a server; whether it succeeds, and what it prints.
pub(crate) async fn run(
    binary: &str,
    arguments: &[&str],
    address: SocketAddr,
    token: &str,
) -> (bool, String) {
    let mut command = Command::new(binary);
    command
        .args(arguments)
        .env_clear()
        .env("RAISFAST_ADDR", address.to_string())
        .env("RAISFAST_TOKEN", token);
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("it ends").expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("UTF-8");
    (output.status.success(), text)
}

pub(crate) fn write_plugin(folder: &Path, wasm: &[u8], manifest: &str) {
    fs::create_dir_all(folder).expect("a plugin folder");
    fs::write(folder.join("plugin.wasm"), wasm).expect("plugin.wasm");
    fs::write(folder.join("manifest.toml"), manifest).expect("manifest.toml");
}

pub(crate) fn write_text(path: &Path, text: &str) {
    let folder = path.parent().expect("a file lies in a folder");
    fs::create_dir_all(folder).expect("a plugin folder");
    fs::write(path, text).expect("a text file");
}

pub(crate) fn write_migration(folder: &Path, name: &str, sql: &str) {
    let migrations = folder.join("migrations");
    fs::create_dir_all(&migrations).expect("a folder of migrations");
    fs::write(migrations.join(name), sql).expect("a migration");
}
