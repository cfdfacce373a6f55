//! The contract between the raisfast content server and its plugins, as text.
//!
//! This crate has no code, so that whoever reads the contract reads the same file.

/// The text of `plugin.wit`.
pub const CONTRACT: &str = include_str!("plugin.wit");
