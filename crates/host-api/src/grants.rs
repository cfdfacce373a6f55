//! What one plugin's manifest allows.

use raisfast_types::grant::{Access, ConfigGrant, HttpGrant, TableGrant, UrlParts};
use url::Url;

/// Tables that no grant reaches: accounts, tokens, and what the server keeps for itself and for plugins.
/// Every table whose name begins like one of these is the host's.
const HOST_TABLES: &[&str] = &[
    "users",
    "user_",
    "tokens",
    "token_",
    "sessions",
    "plugin_",
    "outbox",
    "seaql_",
    "sqlite_",
    "pg_",
    "information_schema",
    "mysql",
    "performance_schema",
    "sys",
];

/// What a plugin may reach, from its manifest's `[permissions]`. The default allows nothing that
/// leaves the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// URLs.
    pub http: Vec<HttpGrant>,
    /// Keys of the server's configuration.
    pub config: Vec<ConfigGrant>,
    /// Tables.
    pub database: Vec<TableGrant>,
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

    /// Whether this table is granted; never for the host's own tables.
    pub fn allows_table(&self, access: Access, table: &str) -> bool {
        !is_host_table(table)
            && self
                .database
                .iter()
                .any(|grant| grant.allows(access, table))
    }

    /// Whether any table is granted, which is what a transaction needs.
    pub fn allows_any_table(&self) -> bool {
        !self.database.is_empty()
    }
}

/// Whether a table is the host's own, out of every plugin's reach.
pub(crate) fn is_host_table(table: &str) -> bool {
    let table = table.to_ascii_lowercase();
    HOST_TABLES.iter().any(|name| table.starts_with(name))
}
