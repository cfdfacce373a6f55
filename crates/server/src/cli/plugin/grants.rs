//! Grants to reach out of the sandbox, in words.

use std::fmt::Display;

use raisfast_contract::grant::{Access, ConfigGrant, TableGrant};

/// Prints what grants mean, a line each.
pub(super) fn print(
    urls: impl Iterator<Item = impl Display>,
    tables: impl Iterator<Item = TableGrant>,
    settings: impl Iterator<Item = ConfigGrant>,
) {
    let allowed: Vec<_> = urls
        .map(|grant| format!("reach {grant}"))
        .chain(tables.map(|grant| table(&grant)))
        .chain(settings.map(|grant| setting(&grant)))
        .collect();
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
