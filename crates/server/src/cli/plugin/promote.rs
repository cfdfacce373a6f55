//! `raisfast plugin promote`: installs the version that a shadow run has tried last.

use raisfast_contract::PluginId;

use super::install::print_installed;
use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
};

pub(super) const HELP: &str = running_server_help!(
    "\
The version that `raisfast plugin shadow` has tried last is installed, as `raisfast plugin install` does it: the very \
files that were tried. The server keeps them for 15 minutes after the shadow run.

Examples:
  raisfast plugin promote com.example.digest
  raisfast plugin promote com.example.digest --digest $DIGEST"
);

#[derive(clap::Args)]
pub(in crate::cli) struct Promote {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// Refuse another version than the one with this digest, which stands in the report
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl Promote {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            digest,
            format,
            server,
        } = self;
        let path = route(&plugin, digest.as_deref());
        let answer =
            RunningServer::as_admin(server, async |server| server.post(&path).await).await?;
        format.print(&answer, || print_installed(&answer));
        Ok(())
    }
}

/// Returns the route that promotes a version.
pub(super) fn route(plugin: &PluginId, digest: Option<&str>) -> String {
    let route = format!("admin/plugins/{plugin}/promote");
    match digest {
        Some(digest) => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("digest", digest)
                .finish();
            format!("{route}?{query}")
        }
        None => route,
    }
}
