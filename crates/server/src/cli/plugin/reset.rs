//! `raisfast plugin reset`

use raisfast_contract::PluginId;

use crate::cli::running_server::{ServerFlags, post_as_admin};

#[derive(clap::Args)]
pub(in crate::cli) struct Reset {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = "\
The server must be running. On its own machine, its user needs no login: the socket in the data folder is used. \
Elsewhere, name it with --addr and log in with RAISFAST_TOKEN, or with RAISFAST_ADMIN_PASSWORD as `admin`.

Example:
  raisfast plugin reset com.example.digest";

impl Reset {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let plugin = self.plugin;
        post_as_admin(self.server, &format!("admin/plugins/{plugin}/reset")).await?;
        say!("{plugin} is called again");
        Ok(())
    }
}
