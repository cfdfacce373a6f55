//! Installations and removals on this server that were asked of another server of the site.
//!
//! It begins before the first request, which finds all of it done. A server that is alone has
//! nobody to follow: its folders are the truth.
//!
//! This is a task beside the one that applies [switches and settings](crate::plugin_changes): a
//! release may have to be compiled for a minute, and no switch waits for that.

use raisfast_cluster::{Node, NodeId, Topic};
use raisfast_plugins::Plugins;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The desired releases, as this server follows them.
pub(crate) struct Following {
    plugins: Plugins,
    others: Option<Others>,
}

/// The news of the other servers.
struct Others {
    wakings: watch::Receiver<u64>,
    ids: watch::Receiver<Option<NodeId>>,
}

impl Following {
    /// Takes what is desired until now.
    pub(crate) async fn begin(plugins: &Plugins, node: &Node) -> Self {
        // Before it looks, so that nothing that is desired meanwhile is missed.
        let others = (!node.is_alone()).then(|| Others {
            wakings: node.wakings(Topic::Plugins),
            ids: node.ids(),
        });
        if others.is_some() {
            take(plugins).await;
        }
        Self {
            plugins: plugins.clone(),
            others,
        }
    }

    /// Takes what is desired from now on, until the shutdown.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        if let Some(others) = self.others {
            shutdown
                .run_until_cancelled(follow(&self.plugins, others))
                .await;
        }
    }
}

async fn follow(plugins: &Plugins, mut others: Others) {
    loop {
        tokio::select! {
            woken = others.wakings.changed() => {
                if woken.is_err() {
                    return;
                }
            }
            joined = others.ids.changed() => {
                if joined.is_err() {
                    return;
                }
                // Under its new id it has said nothing yet.
                plugins.report_anew();
            }
        }
        take(plugins).await;
    }
}

async fn take(plugins: &Plugins) {
    if let Err(error) = plugins.take_desired().await {
        tracing::warn!(
            %error,
            "the desired releases are not known; they are asked for again in a moment"
        );
    }
}
