//! Flags, and the environment variables that stand in for them.

use std::{net::SocketAddr, num::NonZeroU64, path::PathBuf};

use super::{LimitCeilings, PauseLength, PoolSize, Secret};

/// What the command line and the environment say; what they leave out is absent.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Flags {
    /// Configuration file [default: raisfast.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "RAISFAST_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// Where to listen [default: 127.0.0.1:8787]
    #[arg(long, value_name = "IP:PORT", env = "RAISFAST_ADDR", value_parser = address)]
    pub(crate) addr: Option<SocketAddr>,

    /// Folder of the database, the plugins' files and the cache [default: ./data]
    #[arg(long, value_name = "DIR", env = "RAISFAST_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Password of the first admin [default: made at the first start and printed once]
    // No flag: other users of the machine can read a process's arguments.
    #[arg(skip = environment_secret("RAISFAST_ADMIN_PASSWORD"))]
    pub(crate) admin_password: Option<Secret>,

    /// The server's database [default: SQLite in the data folder]
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true, value_parser = secret)]
    pub(crate) database_url: Option<Secret>,

    /// Folder with one folder a plugin [default: ./extensions/plugins]
    #[arg(long, value_name = "DIR", env = "PLUGIN_DIR")]
    pub(crate) plugin_dir: Option<PathBuf>,

    /// Instances a plugin, where its manifest does not say [default: 4]
    #[arg(long, value_name = "N", env = "PLUGIN_WASM_POOL_SIZE", value_parser = pool_size)]
    pub(crate) pool_size: Option<PoolSize>,

    /// Load changed plugins while the server runs [default: true]
    #[arg(long, value_name = "BOOL", env = "PLUGIN_HOT_RELOAD", value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) hot_reload: Option<bool>,

    /// Roll a plugin back to the version before when its first N calls fail; 0 is never [default: 0]
    #[arg(long, value_name = "N", env = "PLUGIN_ROLLBACK_AFTER")]
    pub(crate) rollback_after: Option<u32>,

    /// The most of each limit that plugins may ask for [default: what they ask for]
    #[arg(long, value_name = "KEY=N,…", env = "PLUGIN_LIMITS", value_parser = limits)]
    pub(crate) plugin_limits: Option<LimitCeilings>,

    /// Deliveries that may wait for one plugin before changes are refused [default: 100000]
    #[arg(long, value_name = "N", env = "OUTBOX_MAX_WAITING", value_parser = max_waiting)]
    pub(crate) outbox_max_waiting: Option<NonZeroU64>,

    /// Comments that one address may send in a minute without a login; 0 for no limit [default: 20]
    #[arg(long, value_name = "N", env = "COMMENTS_PER_MINUTE")]
    pub(crate) comments_per_minute: Option<u32>,

    /// Comments that a post takes [default: 10000]
    #[arg(long, value_name = "N", env = "COMMENTS_PER_POST", value_parser = per_post)]
    pub(crate) comments_per_post: Option<NonZeroU64>,

    /// What they may hold, in MiB, before changes are refused [default: 1024]
    #[arg(long, value_name = "MB", env = "OUTBOX_MAX_WAITING_MB", value_parser = max_waiting_mb)]
    pub(crate) outbox_max_waiting_mb: Option<NonZeroU64>,

    /// Failures in a row after which a plugin is not called for a while; 0 for never [default: 5]
    #[arg(long, value_name = "N", env = "PLUGIN_BREAKER_FAILURES")]
    pub(crate) breaker_failures: Option<u32>,

    /// How long it is not called at first, in milliseconds [default: 30000]
    #[arg(long, value_name = "MS", env = "PLUGIN_BREAKER_PAUSE_MS")]
    pub(crate) breaker_pause_ms: Option<PauseLength>,

    /// How long it is not called at most, in milliseconds [default: 3600000]
    #[arg(long, value_name = "MS", env = "PLUGIN_BREAKER_MAX_PAUSE_MS")]
    pub(crate) breaker_max_pause_ms: Option<PauseLength>,

    /// Where plugins keep files: an opendal URI [default: fs:// in the data folder]
    #[arg(long, value_name = "URI", env = "PLUGIN_VFS_URI", hide_env_values = true, value_parser = secret)]
    pub(crate) vfs_uri: Option<Secret>,
}

/// A message names the variable where clap only knows the flag: most who read it have set the former.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "write an IP address and a port, such as `127.0.0.1:8787` or `0.0.0.0:80`; \
         check --addr or RAISFAST_ADDR"
            .to_owned()
    })
}

/// An environment variable that no flag may carry; empty counts as absent.
pub(crate) fn environment_secret(name: &str) -> Option<Secret> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.is_empty())
        .map(Secret::new)
}

pub(crate) fn secret(text: &str) -> Result<Secret, String> {
    if text.is_empty() {
        return Err("it is empty; leave it out for the default".to_owned());
    }
    Ok(Secret::new(text))
}

fn limits(text: &str) -> Result<LimitCeilings, String> {
    text.parse()
        .map_err(|error| format!("{error}; check --plugin-limits or PLUGIN_LIMITS"))
}

fn max_waiting(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| {
        "write a whole number from 1 on; check --outbox-max-waiting or OUTBOX_MAX_WAITING"
            .to_owned()
    })
}

fn per_post(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| {
        "write a whole number from 1 on; check --comments-per-post or COMMENTS_PER_POST".to_owned()
    })
}

fn max_waiting_mb(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| {
        "write a whole number from 1 on; check --outbox-max-waiting-mb or OUTBOX_MAX_WAITING_MB"
            .to_owned()
    })
}

fn pool_size(text: &str) -> Result<PoolSize, String> {
    let advice = "check --pool-size or PLUGIN_WASM_POOL_SIZE";
    let number: i64 = text
        .parse()
        .map_err(|_| format!("write a number from 1 to {}; {advice}", PoolSize::MOST))?;
    PoolSize::try_from(number).map_err(|error| format!("{error}; {advice}"))
}
