//! Grants to reach out of the sandbox, in words.

use std::{fmt::Display, str::FromStr};

use raisfast_contract::grant::{Access, ConfigGrant, TableGrant};
use raisfast_plugins::Manifest;
use serde_json::Value;

/// Prints what grants mean, a line each.
pub(super) fn print(
    urls: impl Iterator<Item = impl Display>,
    tables: impl Iterator<Item = TableGrant>,
    settings: impl Iterator<Item = ConfigGrant>,
) {
    print_words(&in_words(urls, tables, settings));
}

/// Prints what the server says of a plugin's grants.
pub(super) fn print_status(permissions: &Value) {
    print_words(&of_status(permissions));
}

/// Returns the grants that a manifest asks for, in words.
pub(super) fn of_manifest(manifest: &Manifest) -> Vec<String> {
    let permissions = &manifest.permissions;
    in_words(
        permissions.http.iter(),
        permissions.database.iter().cloned(),
        permissions.config.iter().cloned(),
    )
}

/// Returns the grants that the server says a plugin has, in words; none of null.
pub(super) fn of_status(permissions: &Value) -> Vec<String> {
    fn parsed<T: FromStr>(grants: &Value) -> impl Iterator<Item = T> {
        texts(grants).filter_map(|grant| grant.parse().ok())
    }
    in_words(
        texts(&permissions["http"]),
        parsed(&permissions["database"]),
        parsed(&permissions["config"]),
    )
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str)
}

fn in_words(
    urls: impl Iterator<Item = impl Display>,
    tables: impl Iterator<Item = TableGrant>,
    settings: impl Iterator<Item = ConfigGrant>,
) -> Vec<String> {
    urls.map(|grant| format!("reach {grant}"))
        .chain(tables.map(|grant| table(&grant)))
        .chain(settings.map(|grant| setting(&grant)))
        .collect()
}

fn print_words(allowed: &[String]) {
    if allowed.is_empty() {
        say!("\nIt may reach nothing outside its sandbox.");
    } else {
        say!("\nIt may\n  {}", allowed.join("\n  "));
    }
}

fn table(grant: &TableGrant) -> String {
    let access = match grant.access() {
        Some(Access::Read) => "read",
        Some(Access::Write) => "change",
        None => "read and change",
    };
    let table = grant.table();
    match table.strip_suffix('*') {
        Some("") => format!("{access} every table but the host's own"),
        Some(prefix) => format!("{access} every table whose name begins with {prefix}"),
        None => format!("{access} the table {table}"),
    }
}

fn setting(grant: &ConfigGrant) -> String {
    let key = grant.to_string();
    match key.strip_suffix('*') {
        Some("") => "read every setting of the server".to_owned(),
        Some(prefix) => format!("read every setting of the server that begins with {prefix}"),
        None => format!("read the server's setting {key}"),
    }
}
