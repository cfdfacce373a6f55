//! The tables of the server's schema, each with the decision whether grants reach it.
//!
//! A migration of `raisfast-db` can only make a table that is in this list, and its tests compare
//! the list with the tables of a migrated database: a new table is decided on before it exists.

/// The list: a variant for code, the table's name, and the decision.
macro_rules! server_tables {
    ($($variant:ident $name:literal $decision:ident, $doc:literal;)*) => {
        /// A table of the server's schema.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ServerTable {
            $(#[doc = $doc] $variant,)*
        }

        impl ServerTable {
            /// Every table of the schema.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name in the database.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Returns the decision on this table.
            pub const fn reach(self) -> Reach {
                match self {
                    $(Self::$variant => Reach::$decision,)*
                }
            }
        }
    };
}

server_tables! {
    Posts "posts" Grantable, "Posts.";
    Comments "comments" Grantable, "Comments on posts.";
    Contents "contents" Grantable, "Typed content.";
    Users "users" Host, "Accounts, with the hashes of their passwords.";
    Tokens "tokens" Host, "The hashes of the tokens that users log in with.";
    Events "events" Host, "The latest events of plugins and breakers.";
    LoginCounts "login_counts" Host, "The counts of failed logins.";
    NodeLocks "node_locks" Host, "The row that a server locks while it joins the others.";
    Nodes "nodes" Host, "The servers of the site, each with its lease.";
    CronJobs "cron_jobs" Host, "When plugins' jobs were first waited for.";
    CronTicks "cron_ticks" Host, "The latest runs of plugins' jobs, each with the server that ran it.";
    Outbox "outbox" Host, "Deliveries to plugins that are not made yet, and dead letters.";
    OutboxShares "outbox_shares" Host, "The room that each server may fill in a plugin's outbox.";
    Provenance "provenance" Host, "The record of what each plugin has changed.";
    PluginBreakers "plugin_breakers" Host, "The breakers of a server of a former version.";
    PluginChanges "plugin_changes" Host, "The number of changes that administrators made to each plugin.";
    PluginData "plugin_data" Host, "The values that plugins keep by key.";
    PluginDataLocks "plugin_data_locks" Host, "Rows that a change of plugins' values locks.";
    PluginFiles "plugin_files" Host, "The number and bytes of each plugin's files, and whose turn it is to change them.";
    PluginIdentities "plugin_identities" Host, "The folder to which each plugin id belongs.";
    PluginMigrations "plugin_migrations" Host, "The migrations of plugins that have run.";
    PluginMigrationLocks "plugin_migration_locks" Host, "The row that a plugin's migration locks.";
    PluginPauses "plugin_pauses" Host, "The breakers of each server that are open.";
    PluginRecords "plugin_records" Host, "The latest log records of each plugin.";
    PluginReleases "plugin_releases" Host, "The release of each plugin that every server of the site runs.";
    PluginSettings "plugin_settings" Host, "The values of plugins' settings, secrets sealed.";
    PluginStates "plugin_states" Host, "The plugins that are switched off.";
    ReleaseParts "release_parts" Host, "The files of releases, in pieces.";
    ReleaseReports "release_reports" Host, "The state of each plugin's release on each server.";
    Releases "releases" Host, "Versions of plugins that were installed, by their digests.";
    SchemaMigrations "seaql_migrations" Host, "The migrations of the server that have run.";
}

/// The decision on a table: who may be allowed to use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The server alone; no grant reaches it.
    Host,
    /// A plugin to which the table is granted, too.
    Grantable,
}

impl ServerTable {
    /// Returns the table of this name, compared without regard to ASCII case as grants compare.
    pub fn named(name: &str) -> Option<Self> {
        let is_named = |table: &&Self| table.name().eq_ignore_ascii_case(name);
        Self::ALL.iter().find(is_named).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_its_name_in_any_case() {
        for table in ServerTable::ALL {
            assert_eq!(ServerTable::named(table.name()), Some(*table));
        }
        assert_eq!(ServerTable::named("Posts"), Some(ServerTable::Posts));
        assert_eq!(ServerTable::named("posts_of_yesterday"), None);
    }
}
