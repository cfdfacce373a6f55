//! Following changes in the directory of plugins.
//!
//! The system's notices say at once that something may have changed. A file is often written in
//! several steps, so it is acted on when it has been quiet for a moment. Not every change is
//! noticed: none above a folder whose path holds a link, none below a mount, on another machine's
//! disk none at all, and a system has a limited number of notices. So a slow look beside them is
//! the truth: it compares the folders, as their paths lead to them now, with what is known of them,
//! and where it finds something, what is there now is watched anew.
//!
//! Watching begins before the first load and ends when the [`Watch`] is dropped.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, ModifyKind},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;

use crate::files::folder::{Difference, Marks, PluginFolder};

/// The time for which it must be quiet.
const QUIET: Duration = Duration::from_millis(100);
/// The longest time by which noise may put a load off.
const LONGEST_NOISE: Duration = Duration::from_secs(2);

/// The time between two looks at the folders, whatever is noticed.
const SLOW_LOOK: Duration = Duration::from_secs(5);
/// The same while the directory itself is gone.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// A follower of what happens in a directory of plugins.
pub(crate) trait Follower: Send + Sync + 'static {
    /// Compares the folders with what is known of them, without reading a file. Returns the marks
    /// by which they were judged, too.
    fn compare(
        &self,
    ) -> impl Future<Output = io::Result<(Difference, BTreeMap<PluginFolder, Marks>)>> + Send;

    /// Takes what has changed.
    fn follow(self: Arc<Self>) -> impl Future<Output = io::Result<()>> + Send;
}

/// The watching of a directory, until this is dropped.
pub(crate) struct Watch {
    _task: AbortOnDropHandle<()>,
}

/// The watcher's signals to the task.
#[derive(Default)]
struct Signals {
    changed: Notify,
    /// The directory itself was deleted or renamed: what is watched is no longer what has its name.
    lost: AtomicBool,
}

impl Watch {
    /// Begins to follow what happens in a directory. Where the system gives no notices, the slow
    /// look has to do.
    pub(crate) fn start(directory: &Path, follower: &Arc<impl Follower>) -> Self {
        let signals = Arc::<Signals>::default();
        let notices = Notices::begin(directory, &signals);
        let task = tokio::spawn(follow(notices, signals, Arc::downgrade(follower)));
        Self {
            _task: AbortOnDropHandle::new(task),
        }
    }
}

/// The system's notices of what happens in a directory.
struct Notices {
    /// None where the system has none to give.
    watcher: Option<RecommendedWatcher>,
    /// As the watcher names it in its events.
    directory: PathBuf,
}

impl Notices {
    fn begin(directory: &Path, signals: &Arc<Signals>) -> Self {
        let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        let watcher = watcher(directory.clone(), Arc::clone(signals)).and_then(|mut watcher| {
            watcher.watch(&directory, RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        let watcher = watcher.inspect_err(|reason| {
            tracing::warn!(
                "the system gives no notices of changes in the directory of plugins ({reason}), so it is only looked \
                 at every {} s; on Linux, raise fs.inotify.max_user_instances or fs.inotify.max_user_watches and \
                 restart the server to have changes taken at once",
                SLOW_LOOK.as_secs()
            );
        });
        Self {
            watcher: watcher.ok(),
            directory,
        }
    }

    /// Watches what has the directory's name now, and says whether it could not: then the slow look
    /// goes on alone.
    fn fail_to_begin_again(&mut self) -> bool {
        self.watcher.as_mut().is_some_and(|watcher| {
            // It fails where the system has ended the watch by itself.
            let _ = watcher.unwatch(&self.directory);
            let watched = watcher.watch(&self.directory, RecursiveMode::Recursive);
            watched.is_err()
        })
    }
}

fn watcher(directory: PathBuf, signals: Arc<Signals>) -> notify::Result<RecommendedWatcher> {
    notify::recommended_watcher(move |event: notify::Result<Event>| {
        // An error may be an overflow of the queue: something has changed.
        if let Ok(event) = event {
            if is_read(event.kind) {
                return;
            }
            if is_loss(&event, &directory) {
                signals.lost.store(true, Relaxed);
            }
        }
        signals.changed.notify_one();
    })
}

fn is_loss(event: &Event, directory: &Path) -> bool {
    let moved_or_gone = matches!(
        event.kind,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
    );
    moved_or_gone && event.paths.iter().any(|path| path == directory)
}

/// Reads are events too, and loading reads.
fn is_read(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(AccessKind::Open(_) | AccessKind::Read | AccessKind::Any)
    ) || matches!(
        kind,
        EventKind::Access(AccessKind::Close(
            notify::event::AccessMode::Read | notify::event::AccessMode::Any
        ))
    )
}

async fn follow(mut notices: Notices, signals: Arc<Signals>, follower: Weak<impl Follower>) {
    // The directory cannot be read, and the log knows.
    let mut is_gone = false;
    loop {
        let pause = if is_gone { LOOK_AGAIN } else { SLOW_LOOK };
        let is_noticed = timeout(pause, signals.changed.notified()).await.is_ok();
        let mut is_unseen = signals.lost.swap(false, Relaxed) || is_gone;
        let changed = if is_noticed {
            quiet(&signals.changed).await;
            Ok(())
        } else {
            let Some(follower) = follower.upgrade() else {
                return;
            };
            match unnoticed(&*follower).await {
                Ok(Difference::Nothing) if !is_unseen => continue,
                Ok(Difference::Marks) => {
                    is_unseen = true;
                    Ok(())
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            }
        };
        is_unseen |= signals.lost.swap(false, Relaxed);
        // Before it is looked at: what happens afterwards is noticed.
        let is_unwatched = is_unseen && notices.fail_to_begin_again();
        let Some(follower) = follower.upgrade() else {
            return;
        };
        let looked = match changed {
            Ok(()) => follower.follow().await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(()) => {
                is_gone = false;
                // It may have come back in between.
                if is_unwatched && !notices.fail_to_begin_again() {
                    signals.changed.notify_one();
                }
            }
            Err(error) => {
                if !is_gone {
                    tracing::error!(%error, directory = %notices.directory.display(), "the directory of plugins cannot be read; what runs stays until it is back");
                }
                is_gone = true;
            }
        }
    }
}

/// Compares the folders with what is known of them. Where they differ, it waits until they rest.
async fn unnoticed(follower: &impl Follower) -> io::Result<Difference> {
    let latest = Instant::now() + LONGEST_NOISE;
    let (difference, mut seen) = follower.compare().await?;
    while difference == Difference::Marks && Instant::now() < latest {
        sleep(QUIET).await;
        let (_, again) = follower.compare().await?;
        if again == seen {
            break;
        }
        seen = again;
    }
    Ok(difference)
}

async fn quiet(changed: &Notify) {
    let latest = Instant::now() + LONGEST_NOISE;
    loop {
        let until = (Instant::now() + QUIET).min(latest);
        if timeout_at(until, changed.notified()).await.is_err() {
            return;
        }
    }
}
