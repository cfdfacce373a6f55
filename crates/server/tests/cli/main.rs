//! The built binary as its user runs it.

mod configuration;
mod cron;
mod run;
mod serve;
mod usage;
