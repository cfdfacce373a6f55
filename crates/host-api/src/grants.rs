//! The grants of one plugin's manifest.

use raisfast_contract::{
    Reach, ServerTable, TablePrefix,
    grant::{Access, ConfigGrant, HttpGrant, TableGrant, UrlParts},
};
use url::Url;

/// Beginnings of names that no grant reaches: of the tables that databases bring themselves, and of
/// those that the server may make in a later version.
///
/// [`ServerTable`] lists the tables of this version, each with a decision. A name that begins like
/// one of the host's tables is refused too.
const RESERVED: &[&str] = &[
    "user_",
    "token_",
    "sessions",
    "plugin_",
    "seaql_",
    "sqlite_",
    "pg_",
    "information_schema",
    "mysql",
    "performance_schema",
    "sys",
];

/// The grants of a plugin, from its manifest's `[permissions]` and its migrations. The default
/// allows nothing that leaves the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// URLs.
    pub http: Vec<HttpGrant>,
    /// Keys of the server's configuration.
    pub config: Vec<ConfigGrant>,
    /// Tables.
    pub database: Vec<TableGrant>,
    /// The start of the names of the plugin's own tables, if it has migrations that make some.
    pub own_tables: Option<TablePrefix>,
}

impl Grants {
    /// Returns whether a request to this URL is granted.
    pub fn allows_url(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return false;
        };
        let parts = UrlParts {
            scheme: url.scheme(),
            host,
            port,
            path: url.path(),
        };
        self.http.iter().any(|grant| grant.allows(parts))
    }

    /// Returns whether this key of the server's configuration is granted.
    pub fn allows_config(&self, key: &str) -> bool {
        self.config.iter().any(|grant| grant.allows(key))
    }

    /// Returns whether this table may be used: it is the plugin's own, or it is granted and in
    /// reach of grants.
    pub fn allows_table(&self, access: Access, table: &str) -> bool {
        let own = self.own_tables.as_ref();
        if own.is_some_and(|own| own.owns(table)) {
            return true;
        }
        owner(table).is_none()
            && self
                .database
                .iter()
                .any(|grant| grant.allows(access, table))
    }

    /// Returns whether any table may be used, which is what a transaction needs.
    pub fn allows_any_table(&self) -> bool {
        !self.database.is_empty() || self.own_tables.is_some()
    }
}

/// Whose table it is that no grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The server, which keeps it for itself.
    Host,
    /// A plugin, which has made it with its migrations.
    Plugin,
}

/// Returns who keeps a table to itself, by its name; nobody where grants decide: for content, and
/// for the tables that the operator has made.
pub(crate) fn owner(table: &str) -> Option<Owner> {
    if TablePrefix::is_of_any_plugin(table) {
        return Some(Owner::Plugin);
    }
    let is_host = match ServerTable::named(table).map(ServerTable::reach) {
        Some(reach) => reach == Reach::Host,
        None => is_reserved(&table.to_ascii_lowercase()),
    };
    is_host.then_some(Owner::Host)
}

fn is_reserved(table: &str) -> bool {
    let host_tables = ServerTable::ALL
        .iter()
        .filter(|table| table.reach() == Reach::Host)
        .map(|table| table.name());
    RESERVED
        .iter()
        .copied()
        .chain(host_tables)
        .any(|beginning| table.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_reach_content_and_what_the_operator_has_made() {
        for table in [
            "posts",
            "Comments",
            "contents",
            "posts_archive",
            "wp_options",
        ] {
            assert_eq!(owner(table), None, "{table}");
        }
        for table in [
            "users",
            "USERS_OLD",
            "tokens",
            "outbox_2",
            "plugin_anything",
            "seaql_x",
        ] {
            assert_eq!(owner(table), Some(Owner::Host), "{table}");
        }
        assert_eq!(owner("own_com_example_a__b"), Some(Owner::Plugin));
    }
}
