//! Changes that administrators make to plugins, on every server of the site.
//!
//! A change is written with a [revision](raisfast_db::entity::plugin_changes) of its plugin, and
//! the other servers are woken after the commit. Each compares the revisions with those that it has
//! applied, and makes what it runs follow what the database keeps. A server that is alone only
//! counts.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use raisfast_cluster::{Node, Topic};
use raisfast_contract::PluginId;
use raisfast_db::{Database, DbError};
use raisfast_plugins::Plugins;
use tokio_util::sync::CancellationToken;

/// The changes of plugins, as far as this server has applied them. Clones are the same.
#[derive(Clone)]
pub(crate) struct PluginChanges {
    database: Database,
    node: Node,
    /// The revision of each plugin up to which everything is applied; 0 where there is none.
    applied: Arc<Mutex<BTreeMap<String, i64>>>,
}

impl PluginChanges {
    /// Begins with the revisions of now. What the database keeps is to be read after this.
    pub(crate) async fn begin(database: Database, node: Node) -> Result<Self, DbError> {
        let rows = database.plugin_changes().await?;
        let applied = rows.into_iter().map(|row| (row.plugin_id, row.revision));
        Ok(Self {
            applied: Arc::new(Mutex::new(applied.collect())),
            database,
            node,
        })
    }

    /// Notes a change that this server has committed and applies by itself.
    pub(crate) fn made(&self, plugin: &str, revision: i64) {
        {
            let mut applied = self.applied();
            let known = applied.entry(plugin.to_owned()).or_default();
            // Where another server's change is between them, all is applied once more.
            if *known + 1 == revision {
                *known = revision;
            }
        }
        self.node.wake_others(Topic::Plugins);
    }

    /// Applies what other servers change, until the shutdown.
    pub(crate) async fn follow(self, plugins: Plugins, shutdown: CancellationToken) {
        if self.node.is_alone() {
            return;
        }
        let mut wakings = self.node.wakings(Topic::Plugins);
        let mut is_failing = false;
        while let Some(Ok(())) = shutdown.run_until_cancelled(wakings.changed()).await {
            let followed = self.apply(&plugins).await;
            if let Err(error) = &followed
                && !is_failing
            {
                tracing::warn!(
                    %error,
                    "what was changed of plugins on another server does not apply here yet"
                );
            }
            is_failing = followed.is_err();
        }
    }

    /// Applies what was changed since the last time. What fails is tried again the next time, and
    /// keeps nothing else from being applied.
    async fn apply(
        &self,
        plugins: &Plugins,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let rows = self.database.plugin_changes().await?;
        let mut failed = None;
        for row in rows {
            let known = self.applied().get(&row.plugin_id).copied().unwrap_or(0);
            if row.revision <= known {
                continue;
            }
            let id: PluginId = row.plugin_id.parse()?;
            match plugins.follow(&id, row.reset_revision > known).await {
                Ok(()) => {
                    let mut applied = self.applied();
                    let known = applied.entry(row.plugin_id).or_default();
                    *known = row.revision.max(*known);
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    fn applied(&self) -> MutexGuard<'_, BTreeMap<String, i64>> {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
