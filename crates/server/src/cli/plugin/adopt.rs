//! `raisfast plugin adopt`

use raisfast_contract::PluginId;

use crate::cli::running_server::{ServerFlags, post_as_admin};

#[derive(clap::Args)]
pub(in crate::cli) struct Adopt {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// The name of the folder, in the server's directory of plugins, that is to have the id from
    /// now on
    folder: String,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = "\
An id belongs to the folder that was loaded with it first, and with the id goes all that the plugin has stored and
that is set for it. A folder of another name gets it only so, for instance after a folder was renamed.

The server must be running. On its own machine, its user needs no login: the socket in the data folder is used. \
Elsewhere, name it with --addr and log in with RAISFAST_TOKEN, or with RAISFAST_ADMIN_PASSWORD as `admin`.

Example:
  raisfast plugin adopt com.example.digest digest-2";

impl Adopt {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            folder,
            server,
        } = self;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("folder", &folder)
            .finish();
        post_as_admin(server, &format!("admin/plugins/{plugin}/adopt?{query}")).await?;
        say!("{plugin} belongs to the folder `{folder}`");
        Ok(())
    }
}
