//! `raisfast plugin install`: adds a plugin to the running server, or replaces one.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use raisfast_contract::Printable;
use raisfast_host_api::capability::Dialect;
use raisfast_plugins::{Checked, InstallError, MAX_ARCHIVE_BYTES, check, migrations, pack, unpack};
use raisfast_runtime::{Runtime, RuntimeOptions};
use serde_json::{Value, json};

use super::{
    difference::{Difference, NewVersion},
    releases::print_nodes,
    show::print_grants,
    switch::print_serving,
};
use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerError, ServerFlags},
};

#[derive(clap::Args)]
pub(in crate::cli) struct Install {
    /// The built plugin: its folder, with its manifest.toml and its wasm, or a tar archive of that
    #[arg(value_name = "FOLDER|FILE")]
    source: PathBuf,
    /// Say what would change, and install nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
The plugin is sent to the server, which checks it as `raisfast plugin check` does, compiles it, and puts it in \
its directory of plugins in one step. It returns when the plugin serves. A plugin of the same id is replaced; if the \
new version cannot be loaded, the one before it stays. With --dry-run the server checks it and installs nothing: the \
answer is compared with what the server has, the grants, hooks, cron jobs and limits that would be others, and all that \
it may more than the running version. Where no server runs, it is checked here and compared with nothing.

Examples:
  raisfast plugin install my-plugin/dist --dry-run
  raisfast plugin install my-plugin/dist
  raisfast plugin install digest-1.2.0.tar
  raisfast plugin install my-plugin/dist --addr https://cms.example.com"
);

impl Install {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            source,
            dry_run,
            format,
            server,
        } = self;
        let archive = tokio::task::spawn_blocking(move || archive_of(&source, "install")).await??;
        if dry_run {
            return compare(archive, format, server).await;
        }
        let answer = RunningServer::as_admin(server, async |server| {
            server.post_archive("admin/plugins", archive).await
        })
        .await?;
        format.print(&answer, || print_installed(&answer));
        Ok(())
    }
}

/// Says what installing an archive would change. The server says what it would let the plugin have;
/// where there is none, the plugin is compared with nothing.
async fn compare(archive: Vec<u8>, format: Format, server: ServerFlags) -> anyhow::Result<()> {
    let is_named = server.names_address();
    let asked = RunningServer::as_admin(server, async |server| {
        let archive = archive.clone();
        let terms = server.post_archive("admin/plugins/check", archive).await?;
        let list = server.get("admin/plugins", &[]).await?;
        let plugins = list["items"].as_array().into_iter().flatten();
        let mut same = plugins.filter(|one| one["id"] == terms["id"]);
        let installed = same.next().cloned().unwrap_or_default();
        Ok((NewVersion::of_terms(&terms), installed))
    });
    let (new, installed) = match asked.await {
        Err(error) if !is_named && is_nowhere(&error) => {
            let checked = tokio::task::spawn_blocking(move || looked_at(&archive)).await??;
            (NewVersion::of_files(&checked), Value::Null)
        }
        asked => asked?,
    };
    let difference = Difference::of(&new, &installed);
    let answer = json!({
        "dry_run": true,
        "plugin": new.id,
        "version": new.version,
        "difference": difference,
    });
    format.print(&answer, || difference.print(&new));
    Ok(())
}

/// Returns true if there is no server that could have been asked.
fn is_nowhere(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(ServerError::NotHere { .. } | ServerError::NotThere(_))
    )
}

/// Checks what is in an archive as a server would.
fn looked_at(archive: &[u8]) -> anyhow::Result<Checked> {
    let folder = tempfile::Builder::new()
        .prefix("raisfast-install-")
        .tempdir()
        .context("no temporary folder can be made")?;
    let plugin = unpack(archive, folder.path()).map_err(InstallError::Archive)?;
    let runtime = Runtime::new(RuntimeOptions::default())?;
    let mut checked = check(&runtime, &plugin, Dialect::Sqlite)?;
    checked.exported = Ok(checked.exported?);
    // The server's database says which it has to be; here it may be any.
    let others = [Dialect::Postgres, Dialect::Mysql];
    for dialect in others {
        if checked.migrations.is_err() {
            let migrations = migrations(&plugin, &checked.manifest, dialect);
            checked.migrations = migrations.or(checked.migrations);
        }
    }
    checked.migrations = Ok(checked.migrations?);
    Ok(checked)
}

/// Says what was installed, and what it may reach.
pub(super) fn print_installed(answer: &Value) {
    let plugin = &answer["plugin"];
    print_serving(plugin);
    if let Some(former) = answer["replaced"].as_str() {
        say!("it has replaced version {former}");
    }
    if plugin["permissions"].is_object() {
        print_grants(plugin);
    }
    // It was installed just now: whoever has taken something has taken this.
    print_nodes(&answer["nodes"], Some(0));
}

/// Returns the archive in a file, or makes one of a folder. `command` is the one that wants it.
pub(super) fn archive_of(source: &Path, command: &str) -> anyhow::Result<Vec<u8>> {
    let shown = Printable::new(source.display()).to_string();
    if source.is_dir() {
        let built = source.join("dist");
        return match pack(source) {
            Err(error) if built.join("manifest.toml").is_file() => {
                bail!(
                    "{error}. The built plugin is in {0}/dist: `raisfast plugin {command} {0}/dist`",
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
