//! What one plugin's manifest allows.

use raisfast_contract::{
    TablePrefix,
    grant::{Access, ConfigGrant, HttpGrant, TableGrant, UrlParts},
};
use url::Url;

/// Tables that no grant reaches: accounts, tokens, and what the server keeps for itself and for plugins.
/// Every table whose name begins like one of these is the host's.
///
/// `raisfast-db` tests that of the tables of its schema this leaves exactly those to grants that are content.
const HOST_TABLES: &[&str] = &[
    "users",
    "user_",
    "tokens",
    "token_",
    "sessions",
    "plugin_",
    "outbox",
    "provenance",
    "seaql_",
    "sqlite_",
    "pg_",
    "information_schema",
    "mysql",
    "performance_schema",
    "sys",
];

/// What a plugin may reach, from its manifest's `[permissions]` and its migrations. The default allows
/// nothing that leaves the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// URLs.
    pub http: Vec<HttpGrant>,
    /// Keys of the server's configuration.
    pub config: Vec<ConfigGrant>,
    /// Tables.
    pub database: Vec<TableGrant>,
    /// What the names of the plugin's own tables begin with, if it has migrations that make some.
    pub own_tables: Option<TablePrefix>,
}

impl Grants {
    /// Whether a request to this URL is granted.
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

    /// Whether this key of the server's configuration is granted.
    pub fn allows_config(&self, key: &str) -> bool {
        self.config.iter().any(|grant| grant.allows(key))
    }

    /// Whether this table may be used: it is the plugin's own, or it is granted and in reach of grants.
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

    /// Whether any table may be used, which is what a transaction needs.
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

/// Who keeps a table to itself, by its name; nobody where grants decide.
pub(crate) fn owner(table: &str) -> Option<Owner> {
    if TablePrefix::is_of_any_plugin(table) {
        return Some(Owner::Plugin);
    }
    let table = table.to_ascii_lowercase();
    HOST_TABLES
        .iter()
        .any(|name| table.starts_with(name))
        .then_some(Owner::Host)
}
