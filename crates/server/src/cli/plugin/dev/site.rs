//! The server that gets the plugin: one that runs, or one that is started for it.

use std::{
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{
    Config, Server, cli::running_server::RunningServer, config::Flags, operator_socket::path_in,
};

/// The time between two looks at a plugin that is being loaded.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The longest time that loading may take: an interpreter's code is compiled for minutes on a slow
/// machine.
const PATIENCE: Duration = Duration::from_mins(10);

/// A server, its folder of plugins, and the way to its administration.
pub(super) struct Site {
    plugin_dir: PathBuf,
    server: RunningServer,
    private: Option<Private>,
}

/// A server that nobody else knows, and its folder.
struct Private {
    server: Server,
    folder: TempDir,
}

/// The id of the plugin that is at work, or the reason why it is not.
type Loaded = Result<String, String>;

impl Site {
    /// Takes the server of this configuration, where one runs and there is no wish for a private
    /// one.
    pub(super) async fn find_or_start(flags: &Flags, private: bool) -> anyhow::Result<Self> {
        let config = Config::load(flags)?;
        let socket = path_in(&config.data_dir);
        if !private && UnixStream::connect(&socket).is_ok() {
            return Ok(Self {
                plugin_dir: config.plugins.dir,
                server: RunningServer::at_socket(&socket)?,
                private: None,
            });
        }
        Self::start().await
    }

    async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("raisfast-dev-")
            .tempdir()
            .context("no temporary folder can be made")?;
        let data_dir = folder.path().join("data");
        let plugin_dir = folder.path().join("plugins");
        std::fs::create_dir(&plugin_dir)?;
        let mut config = Config::with_data_dir(&data_dir);
        config.addr.set_port(0);
        config.cache_dir = folder.path().join("cache");
        config.plugins.dir.clone_from(&plugin_dir);
        let server = Server::start(config).await?;
        Ok(Self {
            plugin_dir,
            server: RunningServer::at_socket(&path_in(&data_dir))?,
            private: Some(Private { server, folder }),
        })
    }

    /// Returns the server's administration.
    pub(super) fn server(&self) -> &RunningServer {
        &self.server
    }

    /// Returns where the server is found, in words.
    pub(super) fn welcome(&self) -> String {
        let Some(Private { server, .. }) = &self.private else {
            let folder = self.plugin_dir.display();
            return format!("the running server gets the plugin, in {folder}");
        };
        let password = server.new_admin_password().map_or("", |made| made.expose());
        format!(
            "a server for this plugin listens on http://{}\n  user      admin\n  password  {password}",
            server.addr()
        )
    }

    /// Returns the folder in which the server looks for the plugin whose source lies in this one.
    pub(super) fn folder_of(&self, source: &Path) -> anyhow::Result<PathBuf> {
        let folder = std::path::absolute(source)?;
        let folder = folder.canonicalize().unwrap_or(folder);
        let Some(name) = folder.file_name() else {
            bail!("a plugin's folder has a name, and / has none; name another folder");
        };
        Ok(self.plugin_dir.join(name))
    }

    /// Makes the server load what lies in a folder, and returns when it is at work, or cannot be.
    pub(super) async fn put_to_work(&self, folder: &Path) -> anyhow::Result<Loaded> {
        let until = Instant::now() + PATIENCE;
        let mut asked = false;
        while Instant::now() < until {
            let plugin = self.plugin_in(folder).await?;
            let id = plugin["id"].as_str();
            if let (Some(id), false) = (id, asked) {
                // The watcher would notice it too, after a while.
                asked = true;
                let path = format!("admin/plugins/{id}/reload");
                if let Err(error) = self.server.post(&path).await {
                    return Ok(Err(error.to_string()));
                }
                continue;
            }
            let reason = || {
                let reason = plugin["last_error"]
                    .as_str()
                    .unwrap_or("the server's log says why");
                Ok(Err(reason.to_owned()))
            };
            match (plugin["state"].as_str(), id) {
                (Some("running"), Some(id)) if plugin["compiling"].is_null() => {
                    return Ok(Ok(id.to_owned()));
                }
                (Some("disabled"), Some(id)) => {
                    return Ok(Err(format!("{id} is disabled on this server")));
                }
                (Some("failed" | "outdated" | "needs_settings"), _) => return reason(),
                _ => sleep(LOOK_AGAIN).await,
            }
        }
        bail!(
            "the server has not loaded the plugin for {} s",
            PATIENCE.as_secs()
        )
    }

    /// Returns the status of the plugin in a folder; null while the server has not seen it.
    async fn plugin_in(&self, folder: &Path) -> anyhow::Result<Value> {
        let list = self.server.get("admin/plugins", &[]).await?;
        let name = folder.file_name().and_then(|name| name.to_str());
        let plugins = list["items"].as_array().into_iter().flatten();
        let mut here = plugins.filter(|plugin| plugin["folder"].as_str() == name);
        Ok(here.next().cloned().unwrap_or_default())
    }

    /// Ends the server that was started, and removes its folder.
    pub(super) async fn end(self) {
        if let Some(Private { server, folder }) = self.private {
            server.shutdown().await;
            drop(folder);
        }
    }
}
