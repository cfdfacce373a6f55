//! One sea-orm entity a table. Ids are UUIDs (version 7) as text, JSON is text, times are
//! [`Timestamp`](crate::Timestamp)s: types that mean the same on every database.

pub mod comments;
pub mod contents;
pub mod cron_jobs;
pub mod cron_ticks;
pub mod events;
pub mod login_counts;
pub mod node_locks;
pub mod nodes;
pub mod outbox;
pub mod outbox_shares;
pub mod plugin_changes;
pub mod plugin_data;
pub mod plugin_data_locks;
pub mod plugin_files;
pub mod plugin_identities;
pub mod plugin_migration_locks;
pub mod plugin_migrations;
pub mod plugin_pauses;
pub mod plugin_records;
pub mod plugin_releases;
pub mod plugin_settings;
pub mod plugin_states;
pub mod posts;
pub mod provenance;
pub mod release_parts;
pub mod release_reports;
pub mod releases;
pub mod tokens;
pub mod users;
