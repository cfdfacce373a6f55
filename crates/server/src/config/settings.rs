//! The settings, each once.
//!
//! From these lines come the file's parser, the flags, the environment's variables, what `raisfast
//! config` prints, the example file and the table in the book. A sentence is read in all of them.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use raisfast_cluster::Timing;
use raisfast_contract::PluginId;
use raisfast_health::BreakerSettings;
use raisfast_plugins::{Ceilings, SafeMode, Succession};
use raisfast_recording::RecordingOptions;
use raisfast_vfs::S3Credentials;

use super::{
    FlatTable, LimitCeilings, LogFormat, PoolSize, Secret,
    setting::{Settings, key, settings},
};

/// The folder of plugins where no other is named.
pub(crate) const DEFAULT_PLUGIN_DIR: &str = "./extensions/plugins";

settings! {
    /// Everything the server is told before it starts.
    struct Config in data_dir;

    /// Address and port to listen on; port 0 takes a free one
    addr: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
        key("addr").flag("addr", "IP:PORT").variable("RAISFAST_ADDR").example("\"127.0.0.1:8787\"");
    /// Folder of the database, the plugins' files and the cache
    data_dir: PathBuf = data_dir.to_owned(),
        key("data_dir").flag("data-dir", "DIR").variable("RAISFAST_DATA_DIR").example("\"data\"");
    /// Folder of compiled plugins
    cache_dir: PathBuf = data_dir.join("cache"),
        key("cache_dir").default("`cache` in the data folder").example("\"data/cache\"");
    /// The server's database
    database_url: Secret = sqlite_url(&absolute(data_dir).join("raisfast.db")),
        key("database_url").flag("database-url", "URL").variable("DATABASE_URL")
            .default("SQLite in the data folder").example("\"sqlite:///srv/site.db?mode=rwc\"");
    /// Password of the first admin; it counts at the first start only
    admin_password: Option<Secret> = None,
        // No flag: other users of the machine can read a process's arguments.
        key("admin_password").variable("RAISFAST_ADMIN_PASSWORD")
            .default("made at the first start and printed once").nothing("(made at the first start)")
            .example("\"used at the first start only\"");
    /// Key of plugins' secrets, 64 hexadecimal digits; with former keys after it, which only open
    secret_key: Option<Secret> = None,
        key("secret_key").variable("RAISFAST_SECRET_KEY")
            .default("`secret.key` in the data folder, made with the first secret")
            .nothing("(secret.key in the data folder)")
            .example("\"c0ffee…: what `openssl rand -hex 32` prints\"");
    /// Networks of reverse proxies, whose `X-Forwarded-For` is believed
    trusted_proxies: Vec<IpNet> = this_machine(),
        key("trusted_proxies").nothing("(none)").example("[\"10.0.0.0/8\"]");
    /// Longest wait for requests in flight when the server stops, then for deliveries, then for
    /// plugins, in milliseconds
    shutdown_timeout: Duration = Duration::from_secs(10),
        key("shutdown_timeout_ms").flag("shutdown-timeout-ms", "MS").variable("RAISFAST_SHUTDOWN_TIMEOUT_MS");
    /// Networks that plugins may reach although their addresses are not public
    allowed_networks: Vec<IpNet> = Vec::new(),
        key("http.allowed_networks").nothing("(none)").example("[\"127.0.0.0/8\"]");
    /// Networks that read `/metrics` without an admin's login
    metrics_networks: Vec<IpNet> = Vec::new(),
        key("metrics.allowed_networks").nothing("(none)").example("[\"10.1.0.0/16\"]");

    parts {
        /// Settings of plugins.
        plugins: PluginSettings;
        /// Settings of the outbox.
        outbox: OutboxSettings;
        /// Settings of connections.
        connections: ConnectionSettings;
        /// Settings of comments.
        comments: CommentSettings;
        /// Settings of the console.
        console: ConsoleSettings;
        /// Settings of recorded calls.
        recording: RecordingSettings;
        /// Settings of the log.
        log: LogSettings;
        /// Settings of this server among those of its site.
        node: NodeSettings;
    }
    fixed {
        /// Values that plugins may read as `site.<key>`, where their manifest asks for it.
        site: FlatTable = FlatTable::default();
        /// The length of a step of figures.
        figures_step: Duration = Duration::from_secs(10);
    }
}

settings! {
    /// Settings of plugins.
    struct PluginSettings in data_dir;

    /// Folder of plugins, one folder for each
    dir: PathBuf = DEFAULT_PLUGIN_DIR.into(),
        key("plugins.dir").flag("plugin-dir", "DIR").variable("PLUGIN_DIR")
            .example("\"extensions/plugins\"");
    /// Instances of a plugin whose manifest does not say; at most 64
    pool_size: PoolSize = PoolSize::DEFAULT,
        key("plugins.pool_size").flag("pool-size", "N").variable("PLUGIN_WASM_POOL_SIZE");
    /// Load changed plugins while the server runs
    hot_reload: bool = true,
        key("plugins.hot_reload").flag("hot-reload", "BOOL").variable("PLUGIN_HOT_RELOAD");
    /// Plugins without which `/readyz` does not answer `ok`, by their ids
    must_load: Vec<PluginId> = Vec::new(),
        key("plugins.must_load").flag("must-load", "ID,…").variable("PLUGIN_MUST_LOAD")
            .nothing("(none)").example("[\"com.example.guard\"]");
    /// Place of plugins' files, an opendal URI
    vfs_uri: Secret = Secret::new(format!("fs://{}", absolute(data_dir).join("vfs").display())),
        key("plugins.vfs_uri").flag("vfs-uri", "URI").variable("PLUGIN_VFS_URI")
            .default("`fs://` in the data folder").example("\"fs:///srv/raisfast/vfs\"");
    /// Longest deadline of a call that a manifest gets, in milliseconds
    max_timeout: Duration = Duration::from_secs(30), key("plugins.max_timeout_ms");
    /// Most memory of an instance that a manifest gets, in MiB
    max_memory_mb: NonZeroU32 = const { NonZeroU32::new(256).unwrap() },
        key("plugins.max_memory_mb");
    /// Longest wait of a call for an instance, in milliseconds; its own deadline goes on meanwhile
    instance_wait: Duration = Duration::from_millis(500), key("plugins.instance_wait_ms");
    /// Longest time of compiling a plugin, in milliseconds; a file below 1 MiB gets a quarter
    compile_timeout: Duration = Duration::from_mins(2), key("plugins.compile_timeout_ms");
    /// Most memory of compiling a plugin, in MiB; a file below 1 MiB gets a quarter
    compile_memory_mb: NonZeroU32 = const { NonZeroU32::new(2_048).unwrap() },
        key("plugins.compile_memory_mb");
    /// Most of each key of `[limits]` that manifests get
    limits: LimitCeilings = LimitCeilings::default(),
        key("plugins.limits").flag("plugin-limits", "KEY=N,…").variable("PLUGIN_LIMITS")
            .nothing("(what manifests ask for)")
            .example("{ db_rows = 500, http_requests_per_minute = 30 }");

    parts {
        /// Succession of the versions of a plugin.
        succession: Succession;
        /// Pauses of a plugin that fails.
        breaker: BreakerSettings;
    }
    fixed {
        /// The key of the bucket, where files lie in one. Default: that of the environment of AWS's
        /// own tools.
        vfs_credentials: Option<S3Credentials> = None;
        /// The mode of this start, which `raisfast serve --safe-mode` sets.
        safe_mode: SafeMode = SafeMode::Off;
        /// The longest wait of the start for small plugins that have to be compiled.
        patience: Duration = Duration::from_secs(3);
        /// Values for the keys of a plugin's own `[config]`, stronger than its manifest's.
        overrides: BTreeMap<PluginId, FlatTable> = BTreeMap::new();
    }
}

settings! {
    of Succession;

    /// Longest time that requests may go on with a former version of a plugin, in milliseconds
    drain_timeout, key("plugins.drain_timeout_ms");
    /// Roll a plugin back to the version before when one hook's first N calls all fail; 0: never
    rollback_after,
        key("plugins.rollback_after").flag("rollback-after", "N").variable("PLUGIN_ROLLBACK_AFTER")
            .nothing("(never)").example("3");
}

settings! {
    of BreakerSettings;

    /// Failures in a row after which a plugin is not called for a while; 0: never
    failures,
        key("plugins.breaker.failures").flag("breaker-failures", "N")
            .variable("PLUGIN_BREAKER_FAILURES");
    /// First pause of a plugin that fails, in milliseconds
    pause,
        key("plugins.breaker.pause_ms").flag("breaker-pause-ms", "MS")
            .variable("PLUGIN_BREAKER_PAUSE_MS").longest(LONGEST_PAUSE);
    /// Longest pause, in milliseconds: each is twice as long as the one before
    max_pause,
        key("plugins.breaker.max_pause_ms").flag("breaker-max-pause-ms", "MS")
            .variable("PLUGIN_BREAKER_MAX_PAUSE_MS").longest(LONGEST_PAUSE);
}

settings! {
    /// Settings of the outbox.
    struct OutboxSettings in _data_dir;

    /// Deliveries that may wait for one plugin, dead letters included, before changes are refused
    max_waiting: NonZeroU64 = const { NonZeroU64::new(100_000).unwrap() },
        key("outbox.max_waiting").flag("outbox-max-waiting", "N").variable("OUTBOX_MAX_WAITING");
    /// Size of those deliveries together, in MiB, before changes are refused
    max_waiting_mb: NonZeroU64 = const { NonZeroU64::new(1024).unwrap() },
        key("outbox.max_waiting_mb").flag("outbox-max-waiting-mb", "MB")
            .variable("OUTBOX_MAX_WAITING_MB");

    fixed {
        /// The time after its first failure at which a delivery is tried again.
        first_retry: Duration = Duration::from_secs(1);
    }
}

settings! {
    /// Settings of connections.
    struct ConnectionSettings in _data_dir;

    /// Most connections; the one that has kept the server waiting for the longest time gives way
    max: NonZeroUsize = const { NonZeroUsize::new(2048).unwrap() }, key("connections.max");
    /// Longest time of a request's head, from its first byte, in milliseconds
    head_timeout: Duration = Duration::from_secs(10), key("connections.head_timeout_ms");
    /// Longest time of a request's body, in milliseconds
    body_timeout: Duration = Duration::from_secs(30), key("connections.body_timeout_ms");
    /// Longest time without a request on a connection, in milliseconds
    idle_timeout: Duration = Duration::from_mins(1), key("connections.idle_timeout_ms");
    /// Longest time in which a client reads nothing of its answer, in milliseconds
    unread_timeout: Duration = Duration::from_secs(30), key("connections.unread_timeout_ms");
    /// Memory of bodies that come in, of all connections together, in MiB; and as much of answers
    /// that are not read yet
    max_memory_mb: NonZeroU64 = const { NonZeroU64::new(64).unwrap() },
        key("connections.max_memory_mb");
}

settings! {
    /// Settings of comments.
    struct CommentSettings in _data_dir;

    /// Comments that one address may send in a minute without a login; 0: no limit
    per_minute: u32 = 20,
        key("comments.per_minute").flag("comments-per-minute", "N").variable("COMMENTS_PER_MINUTE")
            .nothing("(no limit)");
    /// Comments that a post takes
    per_post: NonZeroU64 = const { NonZeroU64::new(10_000).unwrap() },
        key("comments.per_post").flag("comments-per-post", "N").variable("COMMENTS_PER_POST");
    /// Show a visitor's comment only once an editor has approved it
    approve_first: bool = false,
        key("comments.approve_first").flag("comments-approve-first", "BOOL")
            .variable("COMMENTS_APPROVE_FIRST");
}

settings! {
    /// Settings of the console.
    struct ConsoleSettings in _data_dir;

    /// Serve the console at `/admin/`
    enabled: bool = true, key("console.enabled");
}

settings! {
    /// Settings of recorded calls.
    struct RecordingSettings in _data_dir;

    /// Failed calls that are kept of each plugin until the server stops; 0: none
    failed_calls: u32 = 10, key("recording.failed_calls").nothing("(none)");
    /// Size of those calls together, and of any one call, in KiB
    max_kb: NonZeroU32 = const { NonZeroU32::new(1_024).unwrap() }, key("recording.max_kb");
    /// Keep what failed calls were given and answered, so that they can be replayed; else names and
    /// sizes are kept
    contents: bool = false, key("recording.contents");
}

settings! {
    /// Settings of the log.
    struct LogSettings in _data_dir;

    /// Form of the log: `text` for people, or `json`, an object a line
    format: LogFormat = LogFormat::Text,
        key("log.format").flag("log-format", "FORMAT").variable("RAISFAST_LOG_FORMAT")
            .example("\"json\"");
    /// Log each request: method, route, status, time, bytes and the client's address
    access: bool = false,
        key("log.access").flag("access-log", "BOOL").variable("RAISFAST_ACCESS_LOG");
}

settings! {
    /// Settings of this server among those of its site.
    struct NodeSettings in _data_dir;

    /// Name of this server among those of its site: in lists, logs and metrics
    name: Option<String> = None,
        key("node.name").flag("node-name", "NAME").variable("NODE_NAME")
            .default("the machine's name and the port").nothing("(the machine's name and the port)")
            .example("\"web-1\"");

    fixed {
        /// The times of its lease.
        timing: Timing = Timing::default();
    }
}

/// The longest pause that an operator may set.
const LONGEST_PAUSE: Duration = Duration::from_hours(30 * 24);

impl Config {
    /// Returns the defaults, with everything the server keeps under one folder, except plugins.
    ///
    /// ```
    /// let config = raisfast::Config::with_data_dir("/srv/raisfast");
    /// assert_eq!(config.cache_dir, std::path::Path::new("/srv/raisfast/cache"));
    /// assert_eq!(config.addr.port(), 8787);
    /// ```
    pub fn with_data_dir(data_dir: impl Into<PathBuf>) -> Self {
        Self::defaults(&data_dir.into())
    }
}

impl PluginSettings {
    /// Returns the most that a manifest may ask for.
    pub(crate) fn ceilings(&self) -> Ceilings {
        Ceilings {
            max_timeout: self.max_timeout,
            default_pool_size: self.pool_size.get(),
            max_pool_size: PoolSize::MOST,
            max_memory: usize::try_from(self.max_memory_mb.get())
                .unwrap_or(usize::MAX)
                .saturating_mul(1 << 20),
            max_wait: self.instance_wait,
            quotas: self.limits.quotas(),
            ..Ceilings::default()
        }
    }
}

impl RecordingSettings {
    /// Returns the options of the recorders.
    pub(crate) fn options(&self) -> RecordingOptions {
        let small = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        RecordingOptions {
            failed_calls: small(self.failed_calls),
            max_bytes: small(self.max_kb.get()).saturating_mul(1 << 10),
            contents: self.contents,
        }
    }
}

impl ConnectionSettings {
    /// Returns the bytes of all bodies, and of all answers, in flight.
    pub(crate) fn max_bytes(&self) -> u64 {
        self.max_memory_mb.get().saturating_mul(1 << 20)
    }
}

/// Returns the addresses of the machine itself.
fn this_machine() -> Vec<IpNet> {
    let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
    let v6 = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
    vec![v4.into(), v6.into()]
}

fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

/// Returns the URL of a file; the two characters that mean something in such a URL are escaped.
fn sqlite_url(file: &Path) -> Secret {
    let path = file
        .display()
        .to_string()
        .replace('%', "%25")
        .replace('?', "%3F");
    Secret::new(format!("sqlite://{path}?mode=rwc"))
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn a_data_folder_may_have_any_name() {
        let config = Config::with_data_dir("/srv/100%?");
        assert_eq!(
            config.database_url.expose(),
            "sqlite:///srv/100%25%3F/raisfast.db?mode=rwc"
        );
    }

    #[test]
    fn secrets_are_not_in_debug_output() {
        let mut config = Config::with_data_dir("/srv");
        config.admin_password = Some("hunter2".into());
        config.database_url = "postgres://cms:hunter2@db/site".into();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
