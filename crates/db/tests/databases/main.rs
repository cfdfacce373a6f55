//! One suite for SQLite, PostgreSQL and MariaDB. The tests of the servers share one of each.

mod certainty;
mod clock;
mod cron;
mod differences;
mod gate;
mod grants;
mod idle;
mod key_value;
mod mariadb;
mod notifications;
mod opening;
mod own_tables;
mod plugin_files;
mod plugin_records;
mod plugin_removal;
mod plugin_settings;
mod plugin_use;
mod postgres;
mod site;
mod sqlite;
mod statements;
mod support;
mod transactions;
mod upgrade;
