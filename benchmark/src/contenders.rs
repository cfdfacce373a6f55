//! Ours: the host as a server runs it, and what lies beneath it.

pub(crate) mod capabilities;
mod host;
mod native;
mod raw;
mod unheard;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use raisfast_types::{ContentEvent, PostInput};
use tempfile::TempDir;

use crate::{Entry, Work, report::HOST, scenario::Guest};

pub(crate) use capabilities::capabilities;
pub use host::Host;
pub use unheard::{Snapshot, Unheard};

/// The hooks of the plugin that does all works. A failed call must not pass for a quick one.
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

/// What our contenders are made of: the plugin, and a folder for its compiled code, so that it is compiled
/// once a run.
pub struct Setup {
    wasm: PathBuf,
    guest: Guest,
    cache: TempDir,
}

impl Setup {
    /// With the built plugin at this path.
    pub fn new(wasm: &Path) -> Result<Self> {
        Ok(Self {
            wasm: wasm.to_owned(),
            guest: Guest::read(wasm, HOOKS)?,
            cache: tempfile::tempdir().context("a temporary folder cannot be made")?,
        })
    }

    /// Everybody of ours who does this work.
    pub fn entries(&self, work: &Work) -> Result<Vec<Entry>> {
        let entry = |name, contender| Entry { name, contender };
        Ok(vec![
            entry(HOST, Box::new(Host::start(self, work, 1)?)),
            entry("wasmtime, async", raw::asynchronous(&self.wasm, work)?),
            entry("wasmtime, sync", raw::synchronous(&self.wasm, work)?),
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
