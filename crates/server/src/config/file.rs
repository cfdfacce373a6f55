//! `raisfast.toml`.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64},
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use raisfast_contract::PluginId;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::{
    Breaker, ConfigError, Connections, FlatTable, LimitCeilings, PoolSize, Secret, spelling::hint,
};

/// What `raisfast.toml` says; what it leaves out is absent.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    #[serde(deserialize_with = "address")]
    pub(super) addr: Option<SocketAddr>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) cache_dir: Option<PathBuf>,
    pub(super) database_url: Option<Secret>,
    pub(super) admin_password: Option<Secret>,
    #[serde(deserialize_with = "some_networks")]
    pub(super) trusted_proxies: Option<Vec<IpNet>>,
    pub(super) plugins: Plugins,
    pub(super) outbox: Outbox,
    pub(super) comments: Comments,
    pub(super) connections: Connections,
    pub(super) http: Http,
    pub(super) metrics: Metrics,
    pub(super) site: FlatTable,
}

/// `[outbox]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Outbox {
    pub(super) max_waiting: Option<NonZeroU64>,
    pub(super) max_waiting_mb: Option<NonZeroU64>,
}

/// `[comments]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Comments {
    pub(super) per_minute: Option<u32>,
    pub(super) per_post: Option<NonZeroU64>,
}

/// `[http]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Http {
    #[serde(deserialize_with = "networks")]
    pub(super) allowed_networks: Vec<IpNet>,
}

/// `[metrics]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Metrics {
    #[serde(deserialize_with = "some_networks")]
    pub(super) allowed_networks: Option<Vec<IpNet>>,
}

/// `[plugins]`: settings for all, and one table a plugin, named by its quoted id.
#[derive(Debug, Default)]
pub(super) struct Plugins {
    pub(super) dir: Option<PathBuf>,
    pub(super) pool_size: Option<PoolSize>,
    pub(super) hot_reload: Option<bool>,
    pub(super) vfs_uri: Option<Secret>,
    pub(super) max_timeout_ms: Option<NonZeroU64>,
    pub(super) max_memory_mb: Option<NonZeroU32>,
    pub(super) instance_wait_ms: Option<NonZeroU64>,
    pub(super) compile_timeout_ms: Option<NonZeroU64>,
    pub(super) compile_memory_mb: Option<NonZeroU32>,
    pub(super) drain_timeout_ms: Option<NonZeroU64>,
    pub(super) rollback_after: Option<u32>,
    pub(super) limits: LimitCeilings,
    pub(super) breaker: Breaker,
    pub(super) overrides: BTreeMap<PluginId, FlatTable>,
}

/// `[plugins."com.example.my-plugin"]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OnePlugin {
    config: FlatTable,
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let address = text.parse().map_err(|_| {
        D::Error::custom(format_args!(
            "`{text}` is not a valid socket address; write it like 127.0.0.1:8787"
        ))
    })?;
    Ok(Some(address))
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let parse = |text: String| {
        text.parse().map_err(|_| {
            D::Error::custom(format_args!(
                "`{text}` is not a valid network; write it like 10.0.0.0/8"
            ))
        })
    };
    Vec::<String>::deserialize(deserializer)?
        .into_iter()
        .map(parse)
        .collect()
}

fn some_networks<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<IpNet>>, D::Error> {
    networks(deserializer).map(Some)
}

/// Says where a key belongs that the parser does not know.
fn with_hint(mut message: String) -> String {
    let all = File::default().all_settings();
    let names: Vec<_> = all.into_iter().map(|(name, _)| name).collect();
    if let Some(hint) = hint(&message, &names) {
        message.truncate(message.trim_end().len());
        message.push('\n');
        message.push_str(&hint);
    }
    message
}

impl File {
    /// Reads the text of a file. Paths in it are relative to its folder.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut file: Self = toml::from_str(text).map_err(|error| ConfigError::Parse {
            path: path.to_owned(),
            message: with_hint(error.to_string()),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let paths = [
            &mut file.data_dir,
            &mut file.cache_dir,
            &mut file.plugins.dir,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        Ok(file)
    }

    /// Whether a password stands in it.
    pub(crate) fn has_secrets(&self) -> bool {
        let urls = [&self.database_url, &self.plugins.vfs_uri];
        self.admin_password.is_some()
            || urls.into_iter().flatten().any(|url| {
                let shown = url.as_url_without_secrets();
                shown.contains("***") && shown != url.expose()
            })
    }

    /// The names of the settings that it has, as `raisfast config` prints them.
    pub(crate) fn settings(&self) -> Vec<&'static str> {
        let all = self.all_settings().into_iter();
        all.filter_map(|(setting, there)| there.then_some(setting))
            .collect()
    }

    /// The name of each setting, and whether the file has it.
    fn all_settings(&self) -> Vec<(&'static str, bool)> {
        let plugins = &self.plugins;
        let breaker = &plugins.breaker;
        [
            ("addr", self.addr.is_some()),
            ("data_dir", self.data_dir.is_some()),
            ("cache_dir", self.cache_dir.is_some()),
            ("database_url", self.database_url.is_some()),
            ("admin_password", self.admin_password.is_some()),
            ("trusted_proxies", self.trusted_proxies.is_some()),
            ("plugins.dir", plugins.dir.is_some()),
            ("plugins.pool_size", plugins.pool_size.is_some()),
            ("plugins.hot_reload", plugins.hot_reload.is_some()),
            ("plugins.vfs_uri", plugins.vfs_uri.is_some()),
            ("plugins.max_timeout_ms", plugins.max_timeout_ms.is_some()),
            ("plugins.max_memory_mb", plugins.max_memory_mb.is_some()),
            (
                "plugins.instance_wait_ms",
                plugins.instance_wait_ms.is_some(),
            ),
            (
                "plugins.compile_timeout_ms",
                plugins.compile_timeout_ms.is_some(),
            ),
            (
                "plugins.compile_memory_mb",
                plugins.compile_memory_mb.is_some(),
            ),
            (
                "plugins.drain_timeout_ms",
                plugins.drain_timeout_ms.is_some(),
            ),
            ("plugins.rollback_after", plugins.rollback_after.is_some()),
            ("plugins.limits", !plugins.limits.is_empty()),
            ("plugins.breaker.failures", breaker.failures.is_some()),
            ("plugins.breaker.pause_ms", breaker.pause_ms.is_some()),
            (
                "plugins.breaker.max_pause_ms",
                breaker.max_pause_ms.is_some(),
            ),
            ("outbox.max_waiting", self.outbox.max_waiting.is_some()),
            ("comments.per_minute", self.comments.per_minute.is_some()),
            ("comments.per_post", self.comments.per_post.is_some()),
            (
                "outbox.max_waiting_mb",
                self.outbox.max_waiting_mb.is_some(),
            ),
        ]
        .into_iter()
        .chain(self.connections.written())
        .chain([
            (
                "http.allowed_networks",
                !self.http.allowed_networks.is_empty(),
            ),
            (
                "metrics.allowed_networks",
                self.metrics.allowed_networks.is_some(),
            ),
        ])
        .collect()
    }
}

impl<'de> Deserialize<'de> for Plugins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PluginsVisitor)
    }
}

/// Serde's `flatten` would do, but it loses line and column and takes a misspelt setting for a plugin.
struct PluginsVisitor;

impl<'de> Visitor<'de> for PluginsVisitor {
    type Value = Plugins;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plugins, A::Error> {
        let mut plugins = Plugins::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Dir => plugins.dir = Some(map.next_value()?),
                Key::PoolSize => plugins.pool_size = Some(map.next_value()?),
                Key::HotReload => plugins.hot_reload = Some(map.next_value()?),
                Key::VfsUri => plugins.vfs_uri = Some(map.next_value()?),
                Key::MaxTimeoutMs => plugins.max_timeout_ms = Some(map.next_value()?),
                Key::MaxMemoryMb => plugins.max_memory_mb = Some(map.next_value()?),
                Key::InstanceWaitMs => plugins.instance_wait_ms = Some(map.next_value()?),
                Key::CompileTimeoutMs => plugins.compile_timeout_ms = Some(map.next_value()?),
                Key::CompileMemoryMb => plugins.compile_memory_mb = Some(map.next_value()?),
                Key::DrainTimeoutMs => plugins.drain_timeout_ms = Some(map.next_value()?),
                Key::RollbackAfter => plugins.rollback_after = Some(map.next_value()?),
                Key::Limits => plugins.limits = map.next_value()?,
                Key::Breaker => plugins.breaker = map.next_value()?,
                Key::Plugin(id) => {
                    let OnePlugin { config } = map.next_value()?;
                    plugins.overrides.insert(id, config);
                }
            }
        }
        Ok(plugins)
    }
}

enum Key {
    Dir,
    PoolSize,
    HotReload,
    VfsUri,
    MaxTimeoutMs,
    MaxMemoryMb,
    InstanceWaitMs,
    CompileTimeoutMs,
    CompileMemoryMb,
    DrainTimeoutMs,
    RollbackAfter,
    Limits,
    Breaker,
    Plugin(PluginId),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(match name.as_str() {
            "dir" => Self::Dir,
            "pool_size" => Self::PoolSize,
            "hot_reload" => Self::HotReload,
            "vfs_uri" => Self::VfsUri,
            "max_timeout_ms" => Self::MaxTimeoutMs,
            "max_memory_mb" => Self::MaxMemoryMb,
            "instance_wait_ms" => Self::InstanceWaitMs,
            "compile_timeout_ms" => Self::CompileTimeoutMs,
            "compile_memory_mb" => Self::CompileMemoryMb,
            "drain_timeout_ms" => Self::DrainTimeoutMs,
            "rollback_after" => Self::RollbackAfter,
            "limits" => Self::Limits,
            "breaker" => Self::Breaker,
            id if id.contains('.') => Self::Plugin(id.parse().map_err(D::Error::custom)?),
            other => {
                return Err(D::Error::custom(format_args!(
                    "unknown setting `{other}`, expected one of `dir`, `pool_size`, `hot_reload`, `vfs_uri`, \
                     `max_timeout_ms`, `max_memory_mb`, `instance_wait_ms`, `compile_timeout_ms`, `compile_memory_mb`, `drain_timeout_ms`, `rollback_after`, `limits`, `breaker`, or a plugin's id in quotes: \
                     [plugins.\"com.example.my-plugin\"]"
                )));
            }
        })
    }
}
