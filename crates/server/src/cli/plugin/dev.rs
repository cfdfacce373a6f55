//! `raisfast plugin dev`
//!
//! One loop: wait for a change of the sources, build, deploy, say when it is live. Beside it the
//! trace of the plugin's calls and log goes on.

mod building;
mod changes;
mod deploy;
mod site;
mod sources;
mod trace;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context as _;
use raisfast_project::Project;

use self::{
    building::{Outcome, build},
    deploy::deploy,
    site::Site,
    sources::Watched,
    trace::Trace,
};
use crate::{cli::serve::Stop, config::Flags};

#[derive(clap::Args)]
pub(in crate::cli) struct Dev {
    /// The project's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Build without optimisations, with all checks
    #[arg(long)]
    debug: bool,
    /// Start a server of its own even where one runs
    #[arg(long)]
    private: bool,
    /// Configuration file of the running server [default: raisfast.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "RAISFAST_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the running server's data [default: ./data]
    #[arg(long, value_name = "DIR", env = "RAISFAST_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Folder of the running server's plugins [default: ./extensions/plugins]
    #[arg(long, value_name = "DIR", env = "PLUGIN_DIR")]
    plugin_dir: Option<PathBuf>,
}

pub(super) const HELP: &str = "\
Each time a source is saved, the plugin is built and put to work, and its calls and its log are shown. What does not \
build or load leaves the version before it at work. Where a server runs whose socket this user may open, it is that \
server that gets the plugin; else a server is started for it, with nothing in it, which is gone at the end. \
Ctrl-C ends it.

Examples:
  raisfast plugin dev
  raisfast plugin dev ~/plugins/my-plugin --private";

impl Dev {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let project = Project::at(&self.folder)?;
        // Before anything is begun, so that no signal finds the process without its handler.
        let mut stop = Stop::new()?;
        let flags = Flags::of_file(self.config)
            .with("data_dir", self.data_dir)
            .with("plugins.dir", self.plugin_dir);
        let site = Site::find_or_start(&flags, self.private).await?;
        say!("{}", site.welcome());
        let done = tokio::select! {
            done = develop(&project, &site, self.debug) => done,
            () = stop.requested() => Ok(()),
        };
        say_aside!("stopping");
        tokio::select! {
            () = site.end() => done,
            () = stop.requested() => anyhow::bail!("stopped before everything was finished"),
        }
    }
}

/// Builds and deploys at each change, until that is no longer possible.
async fn develop(project: &Project, site: &Site, debug: bool) -> anyhow::Result<()> {
    let mut sources = Watched::begin(project)?;
    let folder = site.folder_of(project)?;
    let mut trace = Trace::new(site.server());
    loop {
        let saved = Instant::now();
        match build(project, debug).await? {
            Outcome::Failed => say_aside!("the version before this change stays at work"),
            Outcome::Built => put_to_work(project, site, &folder, &mut trace, saved).await?,
        }
        tokio::select! {
            changed = sources.changed() => changed?,
            ended = trace.follow() => ended?,
        }
    }
}

/// Puts a plugin that has just been built to work.
async fn put_to_work(
    project: &Project,
    site: &Site,
    folder: &Path,
    trace: &mut Trace<'_>,
    saved: Instant,
) -> anyhow::Result<()> {
    let built = Instant::now();
    let dist = project.folder().join("dist");
    let changed = deploy(&dist, folder).with_context(|| {
        let folder = folder.display();
        format!("the plugin cannot be put into {folder}; may this user write there?")
    })?;
    if !changed {
        say!("built, and nothing of it has changed");
        return Ok(());
    }
    match site.put_to_work(folder).await? {
        Ok(id) => {
            trace.of(&id).await?;
            say!(
                "live: {id}, {:.2} s after the change, of which {:.2} s to build",
                saved.elapsed().as_secs_f64(),
                (built - saved).as_secs_f64()
            );
        }
        Err(reason) => {
            say_aside!("error: it cannot be loaded: {reason}");
            say_aside!("the version before this change stays at work");
        }
    }
    Ok(())
}
