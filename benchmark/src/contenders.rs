//! Ours: the host as a server runs it, and what lies beneath it.

pub(crate) mod capabilities;
mod host;
mod native;
mod raw;
pub(crate) mod scripts;
mod unheard;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use raisfast_contract::{ContentEvent, PostInput};
use tempfile::TempDir;

use crate::{Entry, Work, report::HOST, scenario::Guest};

pub(crate) use capabilities::capabilities;
pub use host::Host;
pub use unheard::{Snapshot, Unheard};

/// The plugin that does the works, in the folder of the built ones.
pub(crate) fn plugin(guests: &Path) -> PathBuf {
    guests.join("plugin/plugin.wasm")
}

/// The plugin that waits for the host.
pub(crate) fn waiting_plugin(guests: &Path) -> PathBuf {
    guests.join("waiting/plugin.wasm")
}

/// The hook of the plugin that waits.
const HTML_HOOK: &str = "[hooks.filter-html]\non_error = \"abort\"\n";

/// The hooks of the plugin that does the works. A failed call must not pass for a quick one.
const HOOKS: &str = r#"
[hooks.on-login]

[hooks.on-post-creating]
on_error = "abort"

[hooks.filter-html]
on_error = "abort"

[hooks.render-markdown]

[hooks.on-content-creating]
on_error = "abort"

[hooks.on-content-updating]
on_error = "abort"
"#;

/// The basis of our contenders: the built plugins, and a folder for their compiled code, so that
/// they are compiled once per run.
pub struct Setup {
    guests: PathBuf,
    cache: TempDir,
}

impl Setup {
    /// With the built plugins in this folder.
    pub fn new(guests: &Path) -> Result<Self> {
        Ok(Self {
            guests: guests.to_owned(),
            cache: tempfile::tempdir().context("a temporary folder cannot be made")?,
        })
    }

    /// The plugin that does this work.
    fn wasm(&self, work: &Work) -> PathBuf {
        match work {
            Work::HostCall => waiting_plugin(&self.guests),
            _ => plugin(&self.guests),
        }
    }

    /// The same, to be deployed.
    fn guest(&self, work: &Work) -> Result<Guest> {
        let hooks = match work {
            Work::HostCall => HTML_HOOK,
            _ => HOOKS,
        };
        Guest::read(&self.wasm(work), hooks)
    }

    /// Everybody of ours who does this work.
    pub fn entries(&self, work: &Work) -> Result<Vec<Entry>> {
        let entry = |name, contender| Entry { name, contender };
        let wasm = self.wasm(work);
        Ok(vec![
            entry(HOST, Box::new(Host::start(self, work, 1)?)),
            entry("wasmtime, async", raw::asynchronous(&wasm, work)?),
            entry("wasmtime, sync", raw::synchronous(&wasm, work)?),
            entry("native Rust", Box::new(native::Native::new(work))),
        ])
    }
}

/// A text as typed content.
fn event(data: &str) -> ContentEvent {
    ContentEvent {
        content_type: "benchmark".into(),
        data: data.to_owned(),
        id: None,
    }
}

/// A post as the answer to [`Work::Post`].
fn post_as_json(post: &PostInput) -> String {
    serde_json::to_string(post).expect("a record of texts is JSON")
}
