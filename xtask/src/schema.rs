//! `schema`: the JSON Schema of `manifest.toml`, for editors.

use std::{fs, time::Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{terminal, workspace};

/// The schema, from the workspace's root.
const SCHEMA: &str = "docs/manifest.schema.json";

/// Write the JSON Schema of manifest.toml to docs/manifest.schema.json.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask schema
  cargo xtask schema --check")]
pub(crate) struct Schema {
    /// Change nothing; fail if the file is not what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

impl Schema {
    pub(crate) fn run(self) -> Result<()> {
        let began = Instant::now();
        let path = workspace::root().join(SCHEMA);
        let current = format!("{:#}\n", raisfast_manifest::json_schema());
        if fs::read_to_string(&path).is_ok_and(|written| written == current) {
            terminal::done(format!("{SCHEMA} is current"), began.elapsed());
        } else if self.check {
            bail!("{SCHEMA} is stale; write it anew with: cargo xtask schema");
        } else {
            fs::write(&path, current).with_context(|| format!("{SCHEMA} cannot be written"))?;
            terminal::done(format!("wrote {SCHEMA}"), began.elapsed());
        }
        Ok(())
    }
}
