//! `raisfast plugin dev`
//!
//! One loop: wait for a change of the sources, build, deploy, say when it is live. Beside it the
//! trace of the plugin's calls and log goes on. A script is not built.

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

use anyhow::{Context as _, bail};
use raisfast_project::PluginSource;

use self::{
    building::{Outcome, build},
    deploy::{deploy, files_of},
    site::Site,
    sources::Watched,
    trace::Trace,
};
use crate::{cli::serve::Stop, config::Flags};

#[derive(clap::Args)]
pub(in crate::cli) struct Dev {
    /// The folder of the project, or of the script
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
Each time a source is saved, the plugin is built, unless it is a script, and put to work, and its calls and its log are shown. What does not \
build or load leaves the version before it at work. Where a server runs whose socket this user may open, it is that \
server that gets the plugin; else a server is started for it, with nothing in it, which is gone at the end. \
Ctrl-C ends it.

Examples:
  raisfast plugin dev
  raisfast plugin dev ~/plugins/my-plugin --private";

impl Dev {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let source = PluginSource::at(&self.folder)?;
        // Before anything is begun, so that no signal finds the process without its handler.
        let mut stop = Stop::new()?;
        let flags = Flags::of_file(self.config)
            .with("data_dir", self.data_dir)
            .with("plugins.dir", self.plugin_dir);
        let site = Site::find_or_start(&flags, self.private).await?;
        say!("{}", site.welcome());
        let done = tokio::select! {
            done = develop(&source, &site, self.debug) => done,
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
async fn develop(source: &PluginSource, site: &Site, debug: bool) -> anyhow::Result<()> {
    let mut sources = Watched::begin(source)?;
    let folder = site.folder_of(source.folder())?;
    let is_in_place = is_same(source.folder(), &folder);
    if let (PluginSource::Project(_), true) = (source, is_in_place) {
        // What was built would take the place of the sources.
        bail!(
            "{} lies where the server looks for plugins; move the project to a folder of its own, from which this command copies what it builds",
            source.folder().display()
        );
    }
    let mut trace = Trace::new(site.server());
    loop {
        let saved = Instant::now();
        let outcome = match source {
            PluginSource::Project(project) => build(project, debug).await?,
            PluginSource::Script(_) => Outcome::Built,
        };
        match outcome {
            Outcome::Failed => say_aside!("the version before this change stays at work"),
            Outcome::Built => {
                let built = Instant::now();
                if is_in_place || copy(source, &folder)? {
                    let times = Times { saved, built };
                    put_to_work(source, site, &folder, &mut trace, times).await?;
                } else if let PluginSource::Project(_) = source {
                    say!("built, and nothing of it has changed");
                }
            }
        }
        tokio::select! {
            changed = sources.changed() => changed?,
            ended = trace.follow() => ended?,
        }
    }
}

/// Returns true for two paths of one folder that is there.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some() && real(one) == real(other)
}

/// Copies what a server loads to where it looks, and returns true if any of it has changed.
fn copy(source: &PluginSource, folder: &Path) -> anyhow::Result<bool> {
    let (from, files) = match source {
        PluginSource::Project(project) => {
            let dist = project.folder().join("dist");
            let files = files_of(&dist);
            (dist, files.context("the built plugin cannot be read")?)
        }
        PluginSource::Script(script) => (script.folder().to_owned(), script.deployed()?),
    };
    deploy(&from, files, folder).with_context(|| {
        let folder = folder.display();
        format!("the plugin cannot be put into {folder}; may this user write there?")
    })
}

/// The steps on the way of a change.
#[derive(Debug, Clone, Copy)]
struct Times {
    saved: Instant,
    built: Instant,
}

/// Lets the server load a plugin that has just been copied, and says when it is at work.
async fn put_to_work(
    source: &PluginSource,
    site: &Site,
    folder: &Path,
    trace: &mut Trace<'_>,
    Times { saved, built }: Times,
) -> anyhow::Result<()> {
    match site.put_to_work(folder).await? {
        Ok(id) => {
            trace.of(&id).await?;
            let took = saved.elapsed().as_secs_f64();
            match source {
                PluginSource::Project(_) => say!(
                    "live: {id}, {took:.2} s after the change, of which {:.2} s to build",
                    (built - saved).as_secs_f64()
                ),
                PluginSource::Script(_) => say!("live: {id}, {took:.2} s after the change"),
            }
        }
        Err(reason) => {
            say_aside!("error: it cannot be loaded: {reason}");
            say_aside!("the version before this change stays at work");
        }
    }
    Ok(())
}
