//! The surroundings of a plugin that a test sets up.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    num::NonZeroUsize,
    path::Path,
    sync::Arc,
};

use raisfast_contract::{HookName, PluginId, PostOutput};
use raisfast_db::Database;
use raisfast_host_api::{
    Capabilities, LiveSettings,
    capability::{Dialect, Figures, HttpResponse, Kv, KvLimits, Recorders, Vfs, VfsLimits},
    migration::Migration,
};
use raisfast_manifest::Manifest;
use raisfast_plugins::{Ceilings, Code, Terms, assemble};
use raisfast_profile::Profiler;
use raisfast_runtime::Program;
use raisfast_vfs::VfsStore;
use url::Url;

use crate::{
    LoadError, SandboxedPlugin, compiled, posts,
    providers::{Journal, RecordedHttp, Settings},
};

/// The file that makes a folder a plugin.
const MANIFEST: &str = "manifest.toml";
/// The limits of data that the test stores for the plugin: none, until the plugin writes itself.
const NO_KV_LIMITS: KvLimits = KvLimits {
    keys: u64::MAX,
    bytes: u64::MAX,
};
const NO_VFS_LIMITS: VfsLimits = VfsLimits {
    file_bytes: u64::MAX,
    total_bytes: u64::MAX,
};

/// The world of a plugin under test, before it is loaded. The default is an empty one.
///
/// Nothing here widens what the plugin may reach: a test that records an answer for a host which
/// the manifest does not grant sees the request refused.
#[derive(Debug, Clone, Default)]
pub struct Sandbox {
    config: BTreeMap<String, String>,
    server_config: BTreeMap<String, String>,
    instances: Option<NonZeroUsize>,
    posts: Vec<PostOutput>,
    files: BTreeMap<String, String>,
    data: BTreeMap<String, String>,
    answers: Vec<(String, HttpResponse)>,
    profiler: Option<Arc<Profiler>>,
}

impl Sandbox {
    /// An empty world: no posts, no files, nobody who answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a setting of the plugin, as an operator would set it: in place of the default of the
    /// manifest's `[[settings]]` or `[config]`. Numbers and booleans are given as their text. A
    /// plugin is not loaded without a setting that it requires, nor with one that does not fit.
    #[must_use]
    pub fn with_config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.insert(key.into(), value.into());
        self
    }

    /// With a setting of the server, which the plugin sees where `permissions.config` grants it.
    #[must_use]
    pub fn with_server_config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.server_config.insert(key.into(), value.into());
        self
    }

    /// Sets the number of instances where the manifest's `[pool]` names none, in place of 4. With
    /// one, each call sees what the call before has left in the guest's memory.
    #[must_use]
    pub fn with_instances(mut self, instances: NonZeroUsize) -> Self {
        self.instances = Some(instances);
        self
    }

    /// With a post. Its slug has to be given; what else is left empty gets what the server would
    /// give it: an id, the times, the status `draft`.
    #[must_use]
    pub fn with_post(mut self, post: PostOutput) -> Self {
        self.posts.push(post);
        self
    }

    /// With a file in the plugin's own tree.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<String>, content: impl Into<String>) -> Self {
        self.files.insert(path.into(), content.into());
        self
    }

    /// With a value in the plugin's own key-value store.
    #[must_use]
    pub fn with_data(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.data.insert(key.into(), value.into());
        self
    }

    /// With an answer to requests for exactly this URL, whatever their method. Several answers for
    /// one URL are given one after the other, and the last one again and again. A URL without
    /// answer is unreachable.
    #[must_use]
    pub fn with_http(self, url: impl Into<String>, status: u16, body: impl Into<String>) -> Self {
        let answer = HttpResponse {
            status,
            headers: Vec::new(),
            body: body.into().into_bytes(),
        };
        self.with_http_response(url, answer)
    }

    /// As [`with_http`](Self::with_http), with header fields (names in lower case) and bytes.
    #[must_use]
    pub fn with_http_response(mut self, url: impl Into<String>, answer: HttpResponse) -> Self {
        self.answers.push((url.into(), answer));
        self
    }

    /// With a profiler, which sees where the time of the plugin's calls goes. They take longer.
    #[must_use]
    pub fn with_profiler(mut self, profiler: Arc<Profiler>) -> Self {
        self.profiler = Some(profiler);
        self
    }

    /// Loads a plugin's folder, with `manifest.toml` and the code that it names, and runs its
    /// `migrations/` on an empty SQLite database. A relative path begins at the test's package,
    /// which is where cargo runs tests.
    pub async fn load(self, folder: impl AsRef<Path>) -> Result<SandboxedPlugin, LoadError> {
        let folder = folder.as_ref();
        let (manifest, code) = read(folder)?;
        let migrations = raisfast_plugins::migrations(folder, &manifest, Dialect::Sqlite)?;
        self.start(manifest, code, migrations).await
    }

    /// Loads a plugin from its manifest's text and its wasm, a core module or a component. It has
    /// no migrations.
    pub async fn load_parts(
        self,
        manifest: &str,
        wasm: impl Into<Vec<u8>>,
    ) -> Result<SandboxedPlugin, LoadError> {
        let manifest = Manifest::parse(MANIFEST, manifest)?;
        let code = Code::Wasm(wasm.into().into());
        self.start(manifest, code, Vec::new()).await
    }

    async fn start(
        self,
        manifest: Manifest,
        code: Code,
        migrations: Vec<Migration>,
    ) -> Result<SandboxedPlugin, LoadError> {
        let hooks = manifest.subscriptions().into_keys().collect();
        let mut program = compile(code, hooks).await?;
        if let Some(profiler) = &self.profiler {
            program = program.profiled(profiler)?;
        }
        let World {
            database,
            files,
            http,
            journal,
            capabilities,
        } = self.world(&manifest.plugin.id).await?;
        let mut ceilings = Ceilings::default();
        if let Some(instances) = self.instances {
            ceilings.default_pool_size = instances;
        }
        let settings = raisfast_plugins::resolve_settings(&manifest, &self.config)?;
        let terms = Terms {
            ceilings,
            settings: LiveSettings::new(settings),
            capabilities,
        };
        let plugin = assemble(program, &manifest, &migrations, terms).await?;
        Ok(SandboxedPlugin {
            plugin,
            manifest,
            ceilings,
            database,
            files,
            http,
            journal,
        })
    }

    /// Makes everything that is around a plugin.
    pub(crate) async fn world(&self, id: &PluginId) -> Result<World, LoadError> {
        let database = self.database(id).await?;
        let files = Arc::new(self.files(id).await?);
        let http = Arc::new(self.http()?);
        let journal = Arc::new(Journal::default());
        let capabilities = Capabilities {
            log: journal.clone(),
            config: Arc::new(Settings(self.server_config.clone())),
            http: http.clone(),
            kv: Arc::new(database.clone()),
            content: Arc::new(database.clone()),
            db: Arc::new(database.clone()),
            migrations: Arc::new(database.clone()),
            vfs: files.clone(),
            events: journal.clone(),
            recorders: Recorders::default(),
            figures: Figures::default(),
        };
        Ok(World {
            database,
            files,
            http,
            journal,
            capabilities,
        })
    }

    async fn database(&self, plugin: &PluginId) -> Result<Database, LoadError> {
        let database = Database::connect("sqlite::memory:").await?;
        for post in &self.posts {
            posts::store(&database, post.clone()).await?;
        }
        for (key, value) in &self.data {
            Kv::set(&database, plugin, key, value, NO_KV_LIMITS)
                .await
                .map_err(|source| LoadError::Store {
                    name: key.clone(),
                    source,
                })?;
        }
        Ok(database)
    }

    async fn files(&self, plugin: &PluginId) -> Result<VfsStore, LoadError> {
        let files = VfsStore::open("memory://")?;
        for (path, content) in &self.files {
            files
                .write(plugin, path, content, NO_VFS_LIMITS)
                .await
                .map_err(|source| LoadError::Store {
                    name: path.clone(),
                    source,
                })?;
        }
        Ok(files)
    }

    fn http(&self) -> Result<RecordedHttp, LoadError> {
        let http = RecordedHttp::default();
        for (url, answer) in &self.answers {
            let url = Url::parse(url).map_err(|error| LoadError::Url {
                found: url.clone(),
                reason: error.to_string(),
            })?;
            http.record(url, answer.clone());
        }
        Ok(http)
    }
}

/// Everything around a plugin, as a sandbox has made it.
pub(crate) struct World {
    database: Database,
    files: Arc<VfsStore>,
    http: Arc<RecordedHttp>,
    journal: Arc<Journal>,
    pub(crate) capabilities: Capabilities,
}

/// Reads a plugin's folder: its manifest, and the code that it names.
pub(crate) fn read(folder: &Path) -> Result<(Manifest, Code), LoadError> {
    let path = folder.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
    let manifest = Manifest::parse(&path.to_string_lossy(), &text)?;
    let code = if manifest.plugin.runtime.script().is_some() {
        raisfast_plugins::code(folder, &manifest).map_err(LoadError::Script)?
    } else {
        let path = folder.join(&manifest.plugin.entry);
        Code::Wasm(fs::read(&path).map_err(unreadable(&path))?.into())
    };
    Ok((manifest, code))
}

pub(crate) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> LoadError {
    move |source| LoadError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

/// Compiles on a thread for blocking work.
pub(crate) async fn compile(code: Code, hooks: BTreeSet<HookName>) -> Result<Program, LoadError> {
    tokio::task::spawn_blocking(move || compiled::program(code, hooks))
        .await
        .unwrap_or_else(|join| {
            let reason = format!("the compiler stopped: {join}");
            Err(raisfast_runtime::LoadError::Compile { reason }.into())
        })
}
