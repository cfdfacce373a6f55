//! `raisfast config`

use clap::{ArgMatches, parser::ValueSource};
use ipnet::IpNet;

use super::table;
use crate::{
    Config, ConnectionSettings,
    config::{self, Flags},
};

pub(super) fn print(flags: Flags, matches: &ArgMatches) -> anyhow::Result<()> {
    let file = config::read_file(flags.config.as_deref())?;
    let file_name = flags
        .config
        .as_deref()
        .unwrap_or(config::DEFAULT_FILE.as_ref())
        .display()
        .to_string();
    let in_file = file.settings();
    let password_in_environment = flags.admin_password.is_some();
    let config = Config::resolve(flags, file);

    let set_by = |setting: &str| {
        let flag = setting.strip_prefix("plugins.").unwrap_or(setting);
        let flag = match flag {
            "dir" => "plugin_dir",
            "limits" => "plugin_limits",
            "breaker.failures" => "breaker_failures",
            "breaker.pause_ms" => "breaker_pause_ms",
            "breaker.max_pause_ms" => "breaker_max_pause_ms",
            "outbox.max_waiting" => "outbox_max_waiting",
            "comments.per_minute" => "comments_per_minute",
            "comments.per_post" => "comments_per_post",
            "outbox.max_waiting_mb" => "outbox_max_waiting_mb",
            flag => flag,
        };
        let known = matches.try_contains_id(flag).is_ok();
        match known.then(|| matches.value_source(flag)).flatten() {
            Some(ValueSource::EnvVariable) => "environment".to_owned(),
            Some(ValueSource::CommandLine) => format!("--{}", flag.replace('_', "-")),
            _ if setting == "admin_password" && password_in_environment => "environment".to_owned(),
            _ if in_file.contains(&setting) => file_name.clone(),
            _ => "default".to_owned(),
        }
    };
    let mut rows: Vec<_> = settings(&config)
        .into_iter()
        .map(|(setting, value)| [setting.to_owned(), value, set_by(setting)])
        .collect();
    let from_file = |setting: String, value: &str| [setting, value.to_owned(), file_name.clone()];
    for (plugin, table) in &config.plugins.overrides {
        // A plugin's setting may well be an API key.
        rows.extend(
            table
                .iter()
                .map(|(key, _)| from_file(format!("plugins.\"{plugin}\".config.{key}"), "***")),
        );
    }
    rows.extend(
        config
            .site
            .iter()
            .map(|(key, value)| from_file(format!("site.{key}"), value)),
    );
    table::print(["SETTING", "VALUE", "SET BY"], &rows);
    for hint in super::hints() {
        say_aside!("hint: {hint}");
    }
    Ok(())
}

/// Every setting with its value.
pub(crate) fn settings(config: &Config) -> Vec<(&'static str, String)> {
    let plugins = &config.plugins;
    let limits: Vec<_> = plugins
        .limits
        .iter()
        .map(|(key, most)| format!("{key}={most}"))
        .collect();
    let password = if config.admin_password.is_some() {
        "***"
    } else {
        "(made at the first start)"
    };
    let mut settings = vec![
        ("addr", config.addr.to_string()),
        ("data_dir", config.data_dir.display().to_string()),
        ("cache_dir", config.cache_dir.display().to_string()),
        ("database_url", config.database_url.as_url_without_secrets()),
        ("admin_password", password.to_owned()),
        ("trusted_proxies", networks(&config.trusted_proxies)),
        ("plugins.dir", plugins.dir.display().to_string()),
        ("plugins.pool_size", plugins.pool_size.get().to_string()),
        ("plugins.hot_reload", plugins.hot_reload.to_string()),
        ("plugins.vfs_uri", plugins.vfs_uri.as_url_without_secrets()),
        (
            "plugins.max_timeout_ms",
            plugins.max_timeout.as_millis().to_string(),
        ),
        ("plugins.max_memory_mb", plugins.max_memory_mb.to_string()),
        (
            "plugins.instance_wait_ms",
            plugins.instance_wait.as_millis().to_string(),
        ),
        (
            "plugins.compile_timeout_ms",
            plugins.compile_timeout.as_millis().to_string(),
        ),
        (
            "plugins.compile_memory_mb",
            plugins.compile_memory_mb.to_string(),
        ),
        (
            "plugins.drain_timeout_ms",
            plugins.succession.drain_timeout.as_millis().to_string(),
        ),
        (
            "plugins.rollback_after",
            plugins
                .succession
                .rollback_after
                .map_or_else(|| "(never)".to_owned(), |calls| calls.to_string()),
        ),
        (
            "plugins.limits",
            if limits.is_empty() {
                "(what manifests ask for)".to_owned()
            } else {
                limits.join(",")
            },
        ),
        (
            "plugins.breaker.failures",
            plugins.breaker.failures.to_string(),
        ),
        (
            "plugins.breaker.pause_ms",
            plugins.breaker.pause.as_millis().to_string(),
        ),
        (
            "plugins.breaker.max_pause_ms",
            plugins.breaker.max_pause.as_millis().to_string(),
        ),
        ("outbox.max_waiting", config.outbox.max_waiting.to_string()),
        (
            "comments.per_minute",
            match config.comments.per_minute {
                0 => "(no limit)".to_owned(),
                comments => comments.to_string(),
            },
        ),
        ("comments.per_post", config.comments.per_post.to_string()),
        (
            "outbox.max_waiting_mb",
            config.outbox.max_waiting_mb.to_string(),
        ),
    ];
    settings.extend(of_connections(&config.connections));
    settings.push(("http.allowed_networks", networks(&config.allowed_networks)));
    settings.push((
        "metrics.allowed_networks",
        networks(&config.metrics_networks),
    ));
    settings
}

/// The settings of connections, each with its value.
fn of_connections(connections: &ConnectionSettings) -> [(&'static str, String); 6] {
    [
        ("connections.max", connections.max.to_string()),
        (
            "connections.head_timeout_ms",
            connections.head_timeout.as_millis().to_string(),
        ),
        (
            "connections.body_timeout_ms",
            connections.body_timeout.as_millis().to_string(),
        ),
        (
            "connections.idle_timeout_ms",
            connections.idle_timeout.as_millis().to_string(),
        ),
        (
            "connections.unread_timeout_ms",
            connections.unread_timeout.as_millis().to_string(),
        ),
        (
            "connections.max_memory_mb",
            connections.max_memory_mb.to_string(),
        ),
    ]
}

fn networks(networks: &[IpNet]) -> String {
    if networks.is_empty() {
        return "(none)".to_owned();
    }
    let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
    networks.join(" ")
}
