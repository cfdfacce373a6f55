//! The built binary as its user runs it.

mod admin;
mod configuration;
mod cron;
mod folders;
mod plugin;
mod run;
mod serve;
mod usage;
