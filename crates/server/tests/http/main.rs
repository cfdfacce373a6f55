//! The API over real HTTP against a server in this process, on a free port.

mod admin;
mod auth;
mod bad_input;
mod connections;
mod console;
mod documented;
mod events;
mod login_limit;
mod metrics_access;
mod moderation;
mod odd_text;
mod openapi;
mod operations;
mod plugin_storage;
mod resources;
mod routes;
mod support;
mod users;
