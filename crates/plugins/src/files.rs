//! The files of a plugin: what lies in its folder, read, checked and watched. Nothing here runs.

pub(crate) mod archive;
pub(crate) mod check;
pub(crate) mod folder;
pub(crate) mod migrations;
pub(crate) mod source;
pub(crate) mod staging;
pub(crate) mod watch;
