//! `raisfast plugin install`

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use raisfast_contract::Printable;
use raisfast_plugins::{MAX_ARCHIVE_BYTES, pack};

use super::{show::print_grants, switch::print_serving};
use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
};

#[derive(clap::Args)]
pub(in crate::cli) struct Install {
    /// The built plugin: its folder, with its manifest.toml and its wasm, or a tar archive of that
    #[arg(value_name = "FOLDER|FILE")]
    source: PathBuf,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
The plugin is sent to the server, which checks it as `raisfast plugin check` does, compiles it, and puts it in \
its directory of plugins in one step. It returns when the plugin serves. A plugin of the same id is replaced; if the \
new version cannot be loaded, the one before it stays.

Examples:
  raisfast plugin install my-plugin/dist
  raisfast plugin install digest-1.2.0.tar
  raisfast plugin install my-plugin/dist --addr https://cms.example.com"
);

impl Install {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            source,
            format,
            server,
        } = self;
        let archive = tokio::task::spawn_blocking(move || archive_of(&source)).await??;
        let answer = RunningServer::as_admin(server, async |server| {
            server.post_archive("admin/plugins", archive).await
        })
        .await?;
        format.print(&answer, || {
            let plugin = &answer["plugin"];
            print_serving(plugin);
            if let Some(former) = answer["replaced"].as_str() {
                say!("it has replaced version {former}");
            }
            if plugin["permissions"].is_object() {
                print_grants(plugin);
            }
        });
        Ok(())
    }
}

/// Returns the archive in a file, or makes one of a folder.
fn archive_of(source: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = Printable::new(source.display()).to_string();
    if source.is_dir() {
        let built = source.join("dist");
        return match pack(source) {
            Err(error) if built.join("manifest.toml").is_file() => {
                bail!(
                    "{error}. The built plugin is in {0}/dist: `raisfast plugin install {0}/dist`",
                    shown.trim_end_matches('/')
                )
            }
            packed => Ok(packed?),
        };
    }
    let unreadable =
        || format!("{shown} cannot be read: name a plugin's folder, or a tar archive of it");
    let file = File::open(source).with_context(unreadable)?;
    let mut archive = Vec::new();
    file.take(MAX_ARCHIVE_BYTES + 1)
        .read_to_end(&mut archive)
        .with_context(unreadable)?;
    if archive.len() as u64 > MAX_ARCHIVE_BYTES {
        bail!(
            "{shown} has more than {MAX_ARCHIVE_BYTES} bytes, which are the most of a plugin's archive"
        );
    }
    Ok(archive)
}
