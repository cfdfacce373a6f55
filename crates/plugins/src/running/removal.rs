//! The removal of a plugin together with all that it has stored.
//!
//! Nothing is deleted before the plugin is on no server and its last call has ended: whatever runs
//! would write again. Where that is not certain, all stays, and the error says which server is in
//! the way.

use std::{
    io,
    sync::{Arc, Weak},
    time::Duration,
};

use raisfast_contract::PluginId;
use tokio::{
    sync::{OwnedMutexGuard, OwnedSemaphorePermit},
    time::{Instant, sleep},
};

use super::{generation::Generation, installed::Installed, plan::Occasion};
use crate::{NodeRelease, ReleaseError, TickError, files::folder::PluginFolder};

/// The time that instances have for their last call, after the last request with them has ended.
const LAST_CALL: Duration = Duration::from_secs(10);
/// The time after which it looks again for what still runs.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A reason why what a plugin has stored is not deleted.
#[derive(Debug, thiserror::Error)]
pub enum RemovalError {
    /// The folder cannot be deleted.
    #[error("the plugin's folder cannot be deleted: {0}")]
    Delete(#[from] io::Error),
    /// The plugin would come back.
    #[error(transparent)]
    Releases(#[from] ReleaseError),
    /// The runs of its jobs would stay.
    #[error(transparent)]
    Ticks(#[from] TickError),
    /// Calls of it are not through.
    #[error("calls of the plugin {0} still run on this server, so what it has stored stays")]
    Running(PluginId),
    /// Another server may still call it.
    #[error(
        "the plugin {plugin} may not be gone from every server, so what it has stored stays: {}",
        reasons.join("; ")
    )]
    Elsewhere {
        /// The plugin.
        plugin: PluginId,
        /// Each server that is in the way, and why.
        reasons: Vec<String>,
    },
    /// Somebody has installed it meanwhile.
    #[error("the plugin {0} was installed again meanwhile, so what it has stored stays")]
    CameBack(PluginId),
}

/// The absence of a plugin, from every server. As long as there is this value, nobody installs or
/// loads it on this one.
#[derive(Debug)]
pub struct Absence {
    /// The number of the wish that it is nowhere. Whoever installs the plugin on another server
    /// wishes something else, or has kept another release.
    pub revision: i64,
    pub(super) _installing: OwnedSemaphorePermit,
    pub(super) _changing: OwnedMutexGuard<()>,
}

impl RemovalError {
    /// Names the servers that have not removed a plugin, if there are any.
    pub(crate) fn of_nodes(
        plugin: &PluginId,
        revision: i64,
        nodes: &[NodeRelease],
    ) -> Result<(), Self> {
        let reasons: Vec<_> = nodes
            .iter()
            .filter_map(|node| in_the_way(node, revision))
            .collect();
        if reasons.is_empty() {
            return Ok(());
        }
        Err(Self::Elsewhere {
            plugin: plugin.clone(),
            reasons,
        })
    }
}

/// Returns why a server may still have a plugin that is to be nowhere.
fn in_the_way(node: &NodeRelease, revision: i64) -> Option<String> {
    if node.revision < Some(revision) {
        return Some(format!("{} has not removed it yet", node.node));
    }
    let problem = node.problem.as_ref()?;
    Some(format!("on {}, {problem}", node.node))
}

/// The generations of a plugin that serve, or may serve again.
pub(crate) struct Ending(Vec<Weak<Generation>>);

impl Ending {
    /// Waits until the last request with them has ended, and their instances with it; false if that
    /// takes longer.
    pub(crate) async fn ends_within(self, most: Duration) -> bool {
        let end = Instant::now() + most;
        while self.0.iter().any(|one| one.strong_count() > 0) {
            if Instant::now() >= end {
                return false;
            }
            sleep(LOOK_AGAIN).await;
        }
        true
    }
}

impl Installed {
    /// Deletes a plugin's folder and unloads it, and returns what ends with it.
    pub(crate) async fn delete(self: &Arc<Self>, folder: &PluginFolder) -> io::Result<Ending> {
        let ending = {
            let plugins = self.plugins();
            let running = plugins.get(folder);
            let running = running.and_then(|plugin| plugin.running.as_ref());
            let generations = running
                .into_iter()
                .flat_map(|running| [Some(&running.generation), running.former.as_ref()])
                .flatten();
            Ending(generations.map(Arc::downgrade).collect())
        };
        folder.delete()?;
        drop(self.reconcile(Occasion::Change).await?);
        Ok(ending)
    }

    /// Returns the longest time after which nothing of a plugin that is unloaded runs.
    pub(crate) fn longest_end(&self) -> Duration {
        self.options.succession.drain_timeout + LAST_CALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_has_not_removed_a_plugin_is_named_with_the_reason() {
        let node = |name: &str, revision, problem: Option<&str>| NodeRelease {
            node: name.to_owned(),
            revision,
            problem: problem.map(str::to_owned),
        };
        let by_hand = "the folder `shop` holds files that no release has";
        for (nodes, said) in [
            (vec![], None),
            (vec![node("one", Some(3), None)], None),
            (vec![node("one", Some(4), None)], None),
            (
                vec![node("one", Some(2), None), node("two", Some(3), None)],
                Some("stays: one has not removed it yet".to_owned()),
            ),
            (
                vec![node("one", None, None), node("two", Some(3), Some(by_hand))],
                Some(format!(
                    "stays: one has not removed it yet; on two, {by_hand}"
                )),
            ),
        ] {
            let plugin = "com.example.shop".parse().unwrap();
            let refused = RemovalError::of_nodes(&plugin, 3, &nodes).err();
            match (refused, said) {
                (None, None) => {}
                (Some(refused), Some(said)) => {
                    assert!(refused.to_string().ends_with(&said), "{refused}");
                }
                (refused, said) => panic!("{refused:?} and not {said:?}"),
            }
        }
    }
}
