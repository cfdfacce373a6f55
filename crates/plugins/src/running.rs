//! The plugins that run: their generations, and how these follow what lies in the folders.
//!
//! | module | idea |
//! |---|---|
//! | `plan` | decides, from what is known and what was found: pure |
//! | `reconcile` | looks, takes the steps of the plan, and loads |
//! | `unloaded` | folders that cannot be loaded, are turned off or held back |
//! | `installed` | what is known of each folder, and what runs of it |
//! | `adopt` | an administrator gives an id to another folder |
//! | `install` | an administrator sends a plugin: checked beside what runs, then put in its place |
//! | `rollout` | a release reaches every server of the site |
//! | `removal` | a plugin is on no server, so that what it has stored can be deleted |
//! | `staged` | a version that is tried beside the one that serves, and may take its place |
//! | `loader` | the way from a folder to a generation |
//! | `compiling` | a version that is compiled in the background |
//! | `reserved` | what stands on the bus for a plugin that is not called |
//! | `generation` | one loaded version, with its instances |
//! | `succession` | how one generation follows another: hand-over, draining, rollback |
//! | `probation` | a new version's first calls |
//! | `settings` | changed settings reach what runs, and stop or start it |

mod adopt;
pub(crate) mod compiling;
pub(crate) mod generation;
pub(crate) mod install;
pub(crate) mod installed;
pub(crate) mod loader;
pub(crate) mod plan;
mod probation;
mod reconcile;
pub(crate) mod removal;
pub(crate) mod reserved;
pub(crate) mod rollout;
#[cfg(test)]
pub(crate) mod scripted;
mod settings;
pub(crate) mod staged;
pub(crate) mod succession;
mod unloaded;
