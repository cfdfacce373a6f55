//! The commands that talk to a running server, as an operator types them.

mod doctor;
mod install;
mod login;
mod operator;
mod plugins;
mod remove;
mod shadow;
mod streams;
