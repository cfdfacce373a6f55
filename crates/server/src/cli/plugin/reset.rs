//! `raisfast plugin reset`

use raisfast_types::PluginId;

use crate::cli::running_server::{ServerFlags, post_as_admin};

#[derive(clap::Args)]
pub(in crate::cli) struct Reset {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = "\
The server must be running. Log in with RAISFAST_TOKEN, or with RAISFAST_ADMIN_PASSWORD as `admin`.

Example:
  RAISFAST_ADMIN_PASSWORD=... raisfast plugin reset com.example.digest";

impl Reset {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let plugin = self.plugin;
        post_as_admin(self.server, &format!("admin/plugins/{plugin}/reset")).await?;
        println!("{plugin} is called again");
        Ok(())
    }
}
