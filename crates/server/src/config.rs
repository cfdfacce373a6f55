//! What the operator decides: built-in defaults, then `raisfast.toml`, then the environment, then
//! flags, each stronger than the one before.
//!
//! A [`Config`] is complete and valid; nothing behind it asks for a default or checks a range again.

mod breaker;
mod connections;
mod file;
mod flags;
mod flat_table;
mod limits;
mod secret;
mod spelling;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use raisfast_contract::PluginId;
use raisfast_health::BreakerSettings;
use raisfast_plugins::{Ceilings, Succession};
use raisfast_vfs::S3Credentials;

pub(crate) use breaker::{Breaker, PauseLength};
pub use connections::ConnectionSettings;
pub(crate) use connections::Connections;
pub(crate) use file::File;
pub(crate) use flags::{Flags, address, environment_secret, secret};
pub use flat_table::FlatTable;
pub use limits::{InvalidLimits, LimitCeilings};
pub use secret::Secret;
pub(crate) use spelling::nearest;

/// The file that is read when no other is named.
pub(crate) const DEFAULT_FILE: &str = "raisfast.toml";

/// The folder of plugins where no other is named.
pub(crate) const DEFAULT_PLUGIN_DIR: &str = "./extensions/plugins";

/// Everything the server is told before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one. Default `127.0.0.1:8787`.
    pub addr: SocketAddr,
    /// The database, the plugins' files and the cache lie here. Default `./data`.
    pub data_dir: PathBuf,
    /// Compiled plugins lie here. Default: `cache` in the data folder.
    pub cache_dir: PathBuf,
    /// Default: a `SQLite` file in the data folder.
    pub database_url: Secret,
    /// The first admin's password; without one the server makes one at its first start.
    pub admin_password: Option<Secret>,
    /// What concerns plugins.
    pub plugins: PluginSettings,
    /// What concerns the outbox.
    pub outbox: OutboxSettings,
    /// What concerns comments.
    pub comments: CommentSettings,
    /// What those may hold who connect.
    pub connections: ConnectionSettings,
    /// Networks that plugins may reach although their addresses are not global. Default: none.
    pub allowed_networks: Vec<IpNet>,
    /// Reverse proxies, whose `X-Forwarded-For` is believed. Default: those on this machine.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that read `/metrics` without a login. Default: none.
    pub metrics_networks: Vec<IpNet>,
    /// What plugins may read as `site.<key>`, where their manifest asks for it.
    pub site: FlatTable,
}

/// What concerns comments.
#[derive(Debug, Clone, Copy)]
pub struct CommentSettings {
    /// Comments that one address may send in a minute without a login; 0 for no limit. Default 20.
    pub per_minute: u32,
    /// Comments that a post takes. Default 10,000.
    pub per_post: NonZeroU64,
}

impl Default for CommentSettings {
    fn default() -> Self {
        Self {
            per_minute: 20,
            per_post: const { NonZeroU64::new(10_000).unwrap() },
        }
    }
}

/// What concerns the outbox.
#[derive(Debug, Clone, Copy)]
pub struct OutboxSettings {
    /// Deliveries that may wait for one plugin, dead letters included. Default 100,000.
    pub max_waiting: NonZeroU64,
    /// What they may hold, in MiB. Default 1,024.
    pub max_waiting_mb: NonZeroU64,
    /// How long after its first failure a delivery is tried again. Default 1 s.
    pub first_retry: Duration,
}

impl OutboxSettings {
    /// These settings with what was set in their place.
    fn with(self, max_waiting: Option<NonZeroU64>, max_waiting_mb: Option<NonZeroU64>) -> Self {
        Self {
            max_waiting: max_waiting.unwrap_or(self.max_waiting),
            max_waiting_mb: max_waiting_mb.unwrap_or(self.max_waiting_mb),
            ..self
        }
    }
}

impl Default for OutboxSettings {
    fn default() -> Self {
        Self {
            max_waiting: const { NonZeroU64::new(100_000).unwrap() },
            max_waiting_mb: const { NonZeroU64::new(1024).unwrap() },
            first_retry: Duration::from_secs(1),
        }
    }
}

/// What concerns plugins.
#[derive(Debug, Clone)]
pub struct PluginSettings {
    /// One folder a plugin lies here. Default `./extensions/plugins`.
    pub dir: PathBuf,
    /// Instances a plugin, where its manifest does not say. Default 4.
    pub pool_size: PoolSize,
    /// Whether changed files are loaded while the server runs. Default true.
    pub hot_reload: bool,
    /// Where plugins keep files. Default: `fs://` in the data folder.
    pub vfs_uri: Secret,
    /// The key of the bucket, where files lie in one. Default: what the environment has for AWS's own tools.
    pub vfs_credentials: Option<S3Credentials>,
    /// The longest call that a manifest may ask for. Default 30 s.
    pub max_timeout: Duration,
    /// The most memory that a manifest may ask for, per instance, in MiB. Default 256.
    pub max_memory_mb: u32,
    /// How long a call waits for an instance. Default 500 ms.
    pub instance_wait: Duration,
    /// How long compiling a plugin may take. Default 120 s.
    pub compile_timeout: Duration,
    /// The most memory that compiling a plugin may take, in MiB. Default 2,048.
    pub compile_memory_mb: u32,
    /// How long the start waits for small plugins that have to be compiled. Default 3 s.
    pub patience: Duration,
    /// How versions of a plugin follow each other. Default: 30 s to drain, no rollback.
    pub succession: Succession,
    /// The most of each quantity that a manifest may ask for. Default: as much as it does.
    pub limits: LimitCeilings,
    /// When a plugin that fails is paused, and for how long. Default: after 5 failures in a row for 30 s,
    /// which doubles up to 1 h.
    pub breaker: BreakerSettings,
    /// Values for the keys of a plugin's own `[config]`, stronger than its manifest's.
    pub overrides: BTreeMap<PluginId, FlatTable>,
}

impl PluginSettings {
    /// Returns the most that a manifest may ask for.
    pub(crate) fn ceilings(&self) -> Ceilings {
        Ceilings {
            max_timeout: self.max_timeout,
            default_pool_size: self.pool_size.get(),
            max_pool_size: PoolSize::MOST,
            max_memory: usize::try_from(self.max_memory_mb)
                .unwrap_or(usize::MAX)
                .saturating_mul(1 << 20),
            max_wait: self.instance_wait,
            quotas: self.limits.quotas(),
            ..Ceilings::default()
        }
    }
}

/// How many instances a plugin has: 1 to 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "i64")]
pub struct PoolSize(NonZeroUsize);

impl PoolSize {
    const DEFAULT: Self = Self(NonZeroUsize::new(4).unwrap());
    /// The most instances.
    pub const MOST: NonZeroUsize = NonZeroUsize::new(64).unwrap();

    /// The number.
    pub const fn get(self) -> NonZeroUsize {
        self.0
    }
}

/// The number is no pool size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pool has 1 to 64 instances, not {0}")]
pub struct InvalidPoolSize(i64);

impl TryFrom<i64> for PoolSize {
    type Error = InvalidPoolSize;

    fn try_from(size: i64) -> Result<Self, Self::Error> {
        usize::try_from(size)
            .ok()
            .filter(|&size| size <= Self::MOST.get())
            .and_then(NonZeroUsize::new)
            .map(Self)
            .ok_or(InvalidPoolSize(size))
    }
}

/// The configuration cannot be used; the message says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or cannot be read.
    #[error("cannot read {}: {source}; name another file with --config or RAISFAST_CONFIG", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file does not say what it should.
    #[error("{} does not fit: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column, the text that is wrong and what would be right.
        message: String,
    },
    /// The folder of plugins is not there.
    #[error(
        "there is no folder {} for plugins: make it, or name another with --plugin-dir, PLUGIN_DIR or [plugins] dir",
        path.display()
    )]
    PluginDir {
        /// The folder.
        path: PathBuf,
    },
    /// What to log is not understood.
    #[error(
        "`{found}` is not a valid log filter: {source}; write RUST_LOG like `info` or `warn,plugin=debug`"
    )]
    LogFilter {
        /// What `RUST_LOG` says.
        found: String,
        /// The part that is wrong.
        source: tracing_subscriber::filter::ParseError,
    },
}

impl Config {
    /// The defaults, with everything the server keeps under one folder, except plugins.
    ///
    /// ```
    /// let config = raisfast::Config::with_data_dir("/srv/raisfast");
    /// assert_eq!(config.cache_dir, std::path::Path::new("/srv/raisfast/cache"));
    /// assert_eq!(config.addr.port(), 8787);
    /// ```
    pub fn with_data_dir(data_dir: impl Into<PathBuf>) -> Self {
        let data_dir = data_dir.into();
        let absolute = std::path::absolute(&data_dir).unwrap_or_else(|_| data_dir.clone());
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
            cache_dir: data_dir.join("cache"),
            database_url: sqlite_url(&absolute.join("raisfast.db")),
            admin_password: None,
            plugins: PluginSettings {
                dir: DEFAULT_PLUGIN_DIR.into(),
                pool_size: PoolSize::DEFAULT,
                hot_reload: true,
                vfs_uri: Secret::new(format!("fs://{}", absolute.join("vfs").display())),
                vfs_credentials: None,
                max_timeout: Duration::from_secs(30),
                max_memory_mb: 256,
                instance_wait: Duration::from_millis(500),
                compile_timeout: Duration::from_mins(2),
                compile_memory_mb: 2_048,
                patience: Duration::from_secs(3),
                succession: Succession::default(),
                limits: LimitCeilings::default(),
                breaker: BreakerSettings::default(),
                overrides: BTreeMap::new(),
            },
            outbox: OutboxSettings::default(),
            comments: CommentSettings::default(),
            connections: ConnectionSettings::default(),
            allowed_networks: Vec::new(),
            trusted_proxies: this_machine(),
            metrics_networks: Vec::new(),
            site: FlatTable::default(),
            data_dir,
        }
    }

    /// Reads the file that the flags name, or `raisfast.toml` where there is one, and lays the flags
    /// (which carry the environment) over it.
    pub(crate) fn load(flags: Flags) -> Result<Self, ConfigError> {
        let file = read_file(flags.config.as_deref())?;
        Ok(Self::resolve(flags, file))
    }

    /// Lays flags over a file over the defaults.
    pub(crate) fn resolve(flags: Flags, file: File) -> Self {
        let data_dir = flags.data_dir.or(file.data_dir);
        let defaults = Self::with_data_dir(data_dir.unwrap_or_else(|| "./data".into()));
        let plugins = file.plugins;
        Self {
            addr: flags.addr.or(file.addr).unwrap_or(defaults.addr),
            cache_dir: file.cache_dir.unwrap_or(defaults.cache_dir),
            database_url: flags
                .database_url
                .or(file.database_url)
                .unwrap_or(defaults.database_url),
            admin_password: flags.admin_password.or(file.admin_password),
            plugins: PluginSettings {
                dir: flags
                    .plugin_dir
                    .or(plugins.dir)
                    .unwrap_or(defaults.plugins.dir),
                pool_size: flags
                    .pool_size
                    .or(plugins.pool_size)
                    .unwrap_or(defaults.plugins.pool_size),
                hot_reload: flags
                    .hot_reload
                    .or(plugins.hot_reload)
                    .unwrap_or(defaults.plugins.hot_reload),
                vfs_uri: flags
                    .vfs_uri
                    .or(plugins.vfs_uri)
                    .unwrap_or(defaults.plugins.vfs_uri),
                vfs_credentials: defaults.plugins.vfs_credentials,
                max_timeout: plugins
                    .max_timeout_ms
                    .map_or(defaults.plugins.max_timeout, |ms| {
                        Duration::from_millis(ms.get())
                    }),
                max_memory_mb: plugins
                    .max_memory_mb
                    .map_or(defaults.plugins.max_memory_mb, NonZeroU32::get),
                instance_wait: plugins
                    .instance_wait_ms
                    .map_or(defaults.plugins.instance_wait, |ms| {
                        Duration::from_millis(ms.get())
                    }),
                compile_timeout: plugins
                    .compile_timeout_ms
                    .map_or(defaults.plugins.compile_timeout, |ms| {
                        Duration::from_millis(ms.get())
                    }),
                compile_memory_mb: plugins
                    .compile_memory_mb
                    .map_or(defaults.plugins.compile_memory_mb, NonZeroU32::get),
                patience: defaults.plugins.patience,
                succession: Succession {
                    drain_timeout: plugins
                        .drain_timeout_ms
                        .map_or(defaults.plugins.succession.drain_timeout, |ms| {
                            Duration::from_millis(ms.get())
                        }),
                    rollback_after: flags
                        .rollback_after
                        .or(plugins.rollback_after)
                        .map_or(defaults.plugins.succession.rollback_after, NonZeroU32::new),
                },
                limits: flags.plugin_limits.unwrap_or_default().over(plugins.limits),
                breaker: Breaker {
                    failures: flags.breaker_failures,
                    pause_ms: flags.breaker_pause_ms,
                    max_pause_ms: flags.breaker_max_pause_ms,
                }
                .over(plugins.breaker)
                .settings(),
                overrides: plugins.overrides,
            },
            outbox: defaults.outbox.with(
                flags.outbox_max_waiting.or(file.outbox.max_waiting),
                flags.outbox_max_waiting_mb.or(file.outbox.max_waiting_mb),
            ),
            comments: CommentSettings {
                per_minute: flags
                    .comments_per_minute
                    .or(file.comments.per_minute)
                    .unwrap_or(defaults.comments.per_minute),
                per_post: flags
                    .comments_per_post
                    .or(file.comments.per_post)
                    .unwrap_or(defaults.comments.per_post),
            },
            connections: file.connections.settings(),
            allowed_networks: file.http.allowed_networks,
            trusted_proxies: file.trusted_proxies.unwrap_or(defaults.trusted_proxies),
            metrics_networks: file
                .metrics
                .allowed_networks
                .unwrap_or(defaults.metrics_networks),
            site: file.site,
            data_dir: defaults.data_dir,
        }
    }
}

/// The addresses of the machine itself.
fn this_machine() -> Vec<IpNet> {
    let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
    let v6 = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
    vec![v4.into(), v6.into()]
}

/// The URL of a file; the two characters that mean something in a URL of this kind are escaped.
fn sqlite_url(file: &Path) -> Secret {
    let path = file
        .display()
        .to_string()
        .replace('%', "%25")
        .replace('?', "%3F");
    Secret::new(format!("sqlite://{path}?mode=rwc"))
}

/// Reads a configuration file: the named one, which must be there, or the default one, which need not.
pub(crate) fn read_file(named: Option<&Path>) -> Result<File, ConfigError> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => File::parse(path, &text),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Ok(File::default())
        }
        Err(source) => Err(ConfigError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Config, File, Flags};

    #[test]
    fn the_example_file_has_every_setting() {
        let example = include_str!("../raisfast.example.toml");
        let file =
            File::parse(Path::new("/etc/raisfast.toml"), example).expect("the example is valid");
        let written = file.settings();
        let config = Config::resolve(Flags::default(), file);
        let all: Vec<_> = crate::cli::config::settings(&config)
            .into_iter()
            .map(|(setting, _)| setting)
            .collect();
        assert_eq!(written, all);
        assert_eq!(config.data_dir, Path::new("/etc/data"));
        assert_eq!(config.plugins.dir, Path::new("/etc/extensions/plugins"));
        assert_eq!(config.trusted_proxies, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(config.metrics_networks, ["10.1.0.0/16".parse().unwrap()]);
        assert_eq!(config.site.get("title"), Some("Notes"));
        let plugin = &config.plugins.overrides[&"com.example.my-plugin".parse().unwrap()];
        assert_eq!(plugin.get("greeting"), Some("Hello"));
        assert_eq!(config.plugins.limits.quotas().db_rows, 500);
        assert_eq!(config.outbox.max_waiting.get(), 50_000);
        assert_eq!(config.comments.per_minute, 10);
        assert_eq!(config.comments.per_post.get(), 2_000);
    }

    #[test]
    fn a_limit_of_the_environment_takes_the_place_of_the_files_and_leaves_the_others() {
        let text = "[plugins.limits]\ndb_rows = 500\nkv_keys = 10";
        let file = File::parse(Path::new("raisfast.toml"), text).unwrap();
        let flags = Flags {
            plugin_limits: Some("db_rows=7".parse().unwrap()),
            ..Flags::default()
        };
        let limits = Config::resolve(flags, file).plugins.limits;
        assert_eq!(
            limits.iter().collect::<Vec<_>>(),
            [("db_rows", 7), ("kv_keys", 10)]
        );
    }

    #[test]
    fn a_limit_that_does_not_exist_is_an_error_at_its_line() {
        let text = "[plugins.limits]\nrows = 500";
        let error = File::parse(Path::new("raisfast.toml"), text).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("there is no limit `rows`; there are kv_keys"),
            "{message}"
        );
        for bad in ["rows=1", "db_rows", "db_rows=many", "db_rows=-1"] {
            assert!(bad.parse::<super::LimitCeilings>().is_err(), "{bad}");
        }
    }

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
