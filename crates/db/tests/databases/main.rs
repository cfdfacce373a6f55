//! One suite for SQLite, PostgreSQL and MariaDB. The tests of the servers share one of each.

mod certainty;
mod differences;
mod gate;
mod grants;
mod key_value;
mod mariadb;
mod opening;
mod own_tables;
mod plugin_settings;
mod plugin_use;
mod postgres;
mod sqlite;
mod statements;
mod support;
mod transactions;
