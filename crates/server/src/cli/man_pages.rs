//! `raisfast man-pages`: writes a manual page for each command.

use std::{fs, path::PathBuf};

use anyhow::anyhow;
use clap::Command;

#[derive(clap::Args)]
pub(super) struct ManPages {
    /// Folder to write them into; it is made if need be
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) const HELP: &str = "\
The packages bring them along.

Examples:
  raisfast man-pages ~/.local/share/man/man1
  man raisfast-serve";

impl ManPages {
    /// Writes `raisfast.1`, `raisfast-serve.1` and so on.
    pub(super) fn write(&self, command: Command) -> anyhow::Result<()> {
        let written = fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(command, &self.folder));
        written.map_err(|reason| {
            anyhow!(
                "the manual pages cannot be written into {}: {reason}; \
                 name a folder that you may write to",
                self.folder.display()
            )
        })
    }
}
