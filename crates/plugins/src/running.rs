//! The plugins that run: their generations, and how these follow what lies in the folders.
//!
//! | module | idea |
//! |---|---|
//! | `plan` | decides, from what is known and what was found: pure |
//! | `reconcile` | looks, takes the steps of the plan, and loads |
//! | `installed` | what is known of each folder, and what runs of it |
//! | `adopt` | an administrator gives an id to another folder |
//! | `install` | an administrator sends a plugin: checked beside what runs, then put in its place |
//! | `loader` | the way from a folder to a generation |
//! | `compiling` | a version that is compiled in the background |
//! | `generation` | one loaded version, with its instances |
//! | `succession` | how one generation follows another: hand-over, draining, rollback |
//! | `probation` | a new version's first calls |

mod adopt;
pub(crate) mod compiling;
pub(crate) mod generation;
pub(crate) mod install;
pub(crate) mod installed;
pub(crate) mod loader;
pub(crate) mod plan;
mod probation;
mod reconcile;
#[cfg(test)]
mod scripted;
pub(crate) mod succession;
