//! Waiting for a change of the author's files.

use std::time::Duration;

use anyhow::Context as _;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use raisfast_project::{PluginSource, Sources};
use tokio::{
    sync::mpsc::{Receiver, channel},
    time::timeout,
};

/// The time for which it must be quiet: editors write in several steps.
const QUIET: Duration = Duration::from_millis(50);

/// The sources of a plugin, watched.
pub(super) struct Watched<'a> {
    source: &'a PluginSource,
    watcher: RecommendedWatcher,
    events: Receiver<()>,
    known: Sources,
}

impl<'a> Watched<'a> {
    /// Begins to watch.
    pub(super) fn begin(source: &'a PluginSource) -> anyhow::Result<Self> {
        // One that waits says all that more of them would.
        let (sender, events) = channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Reading the sources, as a compiler does, is not a change.
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
                let _ = sender.try_send(());
            }
        })
        .context("files cannot be watched on this system")?;
        let mut sources = Self {
            source,
            watcher,
            events,
            known: source.sources()?,
        };
        sources.watch_folders()?;
        Ok(sources)
    }

    /// Returns when the sources differ from those of the last time.
    pub(super) async fn changed(&mut self) -> anyhow::Result<()> {
        loop {
            let now = self.source.sources()?;
            if now != self.known {
                self.known = now;
                self.watch_folders()?;
                return Ok(());
            }
            self.events
                .recv()
                .await
                .context("nothing watches the files any longer")?;
            while timeout(QUIET, self.events.recv()).await.is_ok() {}
        }
    }

    /// Watches each folder by itself: what lies in those that tools make changes all the time.
    fn watch_folders(&mut self) -> anyhow::Result<()> {
        for folder in self.known.folders() {
            let watching = self.watcher.watch(folder, RecursiveMode::NonRecursive);
            watching.with_context(|| {
                let folder = folder.display();
                format!("{folder} cannot be watched; does the system limit watches (on Linux: fs.inotify.max_user_watches)?")
            })?;
        }
        Ok(())
    }
}
