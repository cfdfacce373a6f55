//! The API over real HTTP against a server in this process, on a free port.

mod admin;
mod auth;
mod bad_input;
mod events;
mod operations;
mod resources;
mod support;
