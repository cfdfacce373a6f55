//! The built binary as its user runs it.

mod configuration;
mod cron;
mod plugin;
mod run;
mod serve;
mod usage;
