//! The built binary as its user runs it.

mod admin;
mod backup;
mod broken_output;
mod configuration;
mod cron;
mod doctor;
mod editorial;
mod folders;
mod getting_it;
mod mistakes;
mod openapi;
mod operator;
mod plugin;
mod run;
mod serve;
mod usage;
mod user;
