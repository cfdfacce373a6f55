//! `raisfast plugin adopt`: gives a plugin's id to another folder.

use raisfast_contract::PluginId;

use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
};

#[derive(clap::Args)]
pub(in crate::cli) struct Adopt {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// The name of the folder, in the server's directory of plugins, that is to have the id from
    /// now on
    folder: String,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
An id belongs to the folder that was loaded with it first, and with the id goes all that the plugin has stored and \
that is set for it. A folder of another name gets it only so, for instance after a folder was renamed.

Examples:
  raisfast plugin adopt com.example.digest digest-2"
);

impl Adopt {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            folder,
            format,
            server,
        } = self;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("folder", &folder)
            .finish();
        let status = RunningServer::as_admin(server, async |server| {
            let path = format!("admin/plugins/{plugin}/adopt?{query}");
            server.post(&path).await
        })
        .await?;
        format.print(&status, || {
            say!("{plugin} belongs to the folder `{folder}`");
        });
        Ok(())
    }
}
