//! The versions that administrators try beside those that serve: one a plugin.
//!
//! A run begins with [`Shadows::begin`]. When it comes to its end, its version [is
//! kept](Run::keep) for a while, so that it can be promoted; otherwise the version goes with it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use raisfast_contract::PluginId;
use raisfast_plugins::Staged;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// Runs at a time, of all plugins together.
const MOST_RUNS: usize = 4;
/// The time for which a version can be promoted after its run. With the longest run, it is less
/// than the age at which files that a killed server has left are removed.
pub(crate) const KEPT: Duration = Duration::from_mins(15);

/// The versions that are tried or can be promoted. Cloning shares them.
#[derive(Clone, Default)]
pub(crate) struct Shadows(Arc<Mutex<Entries>>);

type Entries = BTreeMap<PluginId, Entry>;

enum Entry {
    /// A run, which ends when this is cancelled.
    Running(CancellationToken),
    /// A version that was tried.
    Tried {
        staged: Box<Staged>,
        _until: AbortOnDropHandle<()>,
    },
}

/// A reason why a version is not tried or promoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ShadowError {
    /// There is a run of this plugin already.
    #[error("a version of {0} is being tried already; try again when that is done")]
    Running(PluginId),
    /// There are as many runs as may be.
    #[error(
        "{MOST_RUNS} plugins have a version that is being tried, which are the most; try again later"
    )]
    TooMany,
    /// The plugin does not serve.
    #[error(
        "{0} does not run, so no version can be tried beside it; `raisfast plugin show {0}` says why"
    )]
    NotServing(PluginId),
    /// Nothing is tried.
    #[error("no version of {0} is being tried, or was within the last 15 minutes")]
    Nothing(PluginId),
    /// The version that was tried is another one.
    #[error("the version of {plugin} that was tried last has the digest {found}, not {wanted}")]
    OtherDigest {
        plugin: PluginId,
        found: String,
        wanted: String,
    },
}

/// A run. Dropped, it is over.
pub(crate) struct Run {
    shadows: Shadows,
    plugin: PluginId,
    end: CancellationToken,
}

impl Shadows {
    /// Begins a run for a plugin. A version of it that could be promoted can no longer be.
    pub(crate) fn begin(&self, plugin: &PluginId) -> Result<Run, ShadowError> {
        let end = CancellationToken::new();
        let former = {
            let mut entries = self.entries();
            let is_running = |entry: &&Entry| matches!(entry, Entry::Running(_));
            if entries.get(plugin).as_ref().is_some_and(is_running) {
                return Err(ShadowError::Running(plugin.clone()));
            }
            if entries.values().filter(is_running).count() >= MOST_RUNS {
                return Err(ShadowError::TooMany);
            }
            entries.insert(plugin.clone(), Entry::Running(end.clone()))
        };
        drop(former);
        Ok(Run {
            shadows: self.clone(),
            plugin: plugin.clone(),
            end,
        })
    }

    /// Ends a plugin's run, which then says what it has found; a version that was tried before is
    /// kept no longer.
    pub(crate) fn end(&self, plugin: &PluginId) -> Result<(), ShadowError> {
        let removed = {
            let mut entries = self.entries();
            match entries.get(plugin) {
                Some(Entry::Running(end)) => {
                    end.cancel();
                    None
                }
                Some(Entry::Tried { .. }) => entries.remove(plugin),
                None => return Err(ShadowError::Nothing(plugin.clone())),
            }
        };
        drop(removed);
        Ok(())
    }

    /// Takes the version that was tried last; where a digest is given, only the one with that.
    pub(crate) fn take(
        &self,
        plugin: &PluginId,
        digest: Option<&str>,
    ) -> Result<Staged, ShadowError> {
        let mut entries = self.entries();
        match entries.remove(plugin) {
            Some(Entry::Tried { staged, .. })
                if digest.is_none_or(|digest| digest == staged.digest()) =>
            {
                Ok(*staged)
            }
            Some(entry) => {
                let error = match (&entry, digest) {
                    (Entry::Tried { staged, .. }, Some(digest)) => ShadowError::OtherDigest {
                        plugin: plugin.clone(),
                        found: staged.digest(),
                        wanted: digest.to_owned(),
                    },
                    _ => ShadowError::Running(plugin.clone()),
                };
                entries.insert(plugin.clone(), entry);
                Err(error)
            }
            None => Err(ShadowError::Nothing(plugin.clone())),
        }
    }

    /// Keeps a version for a while, unless another one is being tried.
    pub(crate) fn keep(&self, staged: Staged) {
        let plugin = staged.plugin().clone();
        let entries = Arc::downgrade(&self.0);
        let until = tokio::spawn({
            let plugin = plugin.clone();
            async move {
                sleep(KEPT).await;
                if let Some(entries) = entries.upgrade() {
                    let removed = locked(&entries).remove(&plugin);
                    drop(removed);
                }
            }
        });
        let tried = Entry::Tried {
            staged: Box::new(staged),
            _until: AbortOnDropHandle::new(until),
        };
        let mut entries = self.entries();
        let dropped = match entries.get(&plugin) {
            Some(Entry::Running(_)) => Some(tried),
            _ => entries.insert(plugin, tried),
        };
        drop(entries);
        drop(dropped);
    }

    /// Ends everything.
    pub(crate) fn clear(&self) {
        let all = std::mem::take(&mut *self.entries());
        for entry in all.values() {
            if let Entry::Running(end) = entry {
                end.cancel();
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        locked(&self.0)
    }
}

impl Run {
    /// Resolves when the run is to end.
    pub(crate) async fn ended(&self) {
        self.end.cancelled().await;
    }

    /// Ends the run, and keeps its version for a while.
    pub(crate) fn keep(self, staged: Staged) {
        let shadows = self.shadows.clone();
        drop(self);
        shadows.keep(staged);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut entries = self.shadows.entries();
        if let Some(Entry::Running(_)) = entries.get(&self.plugin) {
            entries.remove(&self.plugin);
        }
    }
}

fn locked(entries: &Mutex<Entries>) -> MutexGuard<'_, Entries> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(number: usize) -> PluginId {
        format!("com.example.p{number}").parse().unwrap()
    }

    #[test]
    fn a_plugin_has_one_run_and_a_server_a_few() {
        let shadows = Shadows::default();
        let runs: Vec<_> = (0..MOST_RUNS)
            .map(|number| shadows.begin(&plugin(number)).unwrap())
            .collect();
        let refused = |number| shadows.begin(&plugin(number)).err();
        assert_eq!(refused(0), Some(ShadowError::Running(plugin(0))));
        assert_eq!(refused(9), Some(ShadowError::TooMany));
        let nothing = |number| Some(ShadowError::Nothing(plugin(number)));
        assert_eq!(shadows.take(&plugin(9), None).err(), nothing(9));
        assert!(matches!(
            shadows.take(&plugin(0), None),
            Err(ShadowError::Running(_))
        ));
        drop(runs);
        assert_eq!(shadows.end(&plugin(0)).err(), nothing(0));
        assert_eq!(refused(0), None);
    }

    #[tokio::test]
    async fn a_run_learns_that_it_is_to_end() {
        let shadows = Shadows::default();
        let run = shadows.begin(&plugin(1)).unwrap();
        shadows.end(&plugin(1)).unwrap();
        run.ended().await;
        let other = shadows.begin(&plugin(2)).unwrap();
        shadows.clear();
        other.ended().await;
    }
}
