//! The releases of plugins, in the database that the servers of the site share.

use async_trait::async_trait;
use raisfast_cluster::{Node, Topic};
use raisfast_contract::PluginId;
use raisfast_db::{
    Database, Timestamp,
    entity::{plugin_releases, release_reports, releases},
};
use raisfast_plugins::{Desired, NodeRelease, Release, ReleaseDigest, ReleaseError, Releases};

/// The releases of a plugin whose archives are kept, the desired one among them.
const KEPT: usize = 5;

/// The tables `releases`, `release_parts`, `plugin_releases` and `release_reports`, as one server
/// uses them.
pub(crate) struct StoredReleases {
    pub(crate) database: Database,
    pub(crate) node: Node,
}

#[async_trait]
impl Releases for StoredReleases {
    async fn keep(&self, release: &Release, archive: &[u8]) -> Result<bool, ReleaseError> {
        let row = releases::Model {
            digest: release.digest.to_string(),
            plugin_id: release.plugin.to_string(),
            version: release.version.clone(),
            bytes: i64::try_from(release.bytes).unwrap_or(i64::MAX),
            installed_at: Timestamp::now(),
        };
        let kept = self.database.keep_release(row, archive);
        kept.await.map_err(failed)
    }

    async fn forget(&self, digest: &ReleaseDigest) -> Result<(), ReleaseError> {
        let forgotten = self.database.forget_release(digest.as_str());
        forgotten.await.map_err(failed)
    }

    async fn archive(&self, digest: &ReleaseDigest) -> Result<Option<Vec<u8>>, ReleaseError> {
        let archive = self.database.release_archive(digest.as_str());
        archive.await.map_err(failed)
    }

    async fn of(&self, plugin: &PluginId) -> Result<Vec<Release>, ReleaseError> {
        let rows = self.database.releases_of(plugin.as_str());
        let rows = rows.await.map_err(failed)?.into_iter();
        let releases = rows.map(|(row, is_kept)| Release {
            digest: ReleaseDigest::kept(row.digest),
            plugin: plugin.clone(),
            version: row.version,
            bytes: row.bytes.unsigned_abs(),
            installed_at: row.installed_at.into(),
            is_kept,
        });
        Ok(releases.collect())
    }

    async fn desired(&self) -> Result<Vec<Desired>, ReleaseError> {
        let rows = self.database.desired_releases().await.map_err(failed)?;
        rows.into_iter().map(desired).collect()
    }

    async fn desire(
        &self,
        plugin: &PluginId,
        digest: Option<&ReleaseDigest>,
    ) -> Result<i64, ReleaseError> {
        let digest = digest.map(ReleaseDigest::as_str);
        let desired = self.database.desire_release(plugin.as_str(), digest);
        let revision = desired.await.map_err(failed)?;
        self.node.wake_others(Topic::Plugins);
        // It is desired, whether the old ones could be dropped or not: the next wish tries again.
        if let Err(error) = self.drop_old(plugin).await {
            tracing::warn!(%plugin, %error, "old releases of the plugin are kept for now");
        }
        Ok(revision)
    }

    async fn report(
        &self,
        plugin: &PluginId,
        revision: i64,
        problem: Option<&str>,
    ) -> Result<(), ReleaseError> {
        // Without a lease nobody waits for it; it reports under its next id.
        let Some(node) = self.node.id().filter(|_| !self.node.is_alone()) else {
            return Ok(());
        };
        let report = release_reports::Model {
            plugin_id: plugin.to_string(),
            node_id: node.to_string(),
            revision,
            problem: problem.map(str::to_owned),
            reported_at: Timestamp::now(),
        };
        let reported = self.database.report_release(report);
        reported.await.map_err(failed)
    }

    async fn nodes(&self, plugin: &PluginId) -> Result<Vec<NodeRelease>, ReleaseError> {
        if self.node.is_alone() {
            return Ok(Vec::new());
        }
        let nodes = self.node.nodes().await.map_err(failed)?;
        let reports = self.database.release_reports(plugin.as_str());
        let reports = reports.await.map_err(failed)?;
        let living = nodes.into_iter().filter(|node| node.is_alive);
        let states = living.map(|node| {
            let report = reports.iter().find(|report| report.node_id == node.id);
            NodeRelease {
                node: node.name,
                revision: report.map(|report| report.revision),
                problem: report.and_then(|report| report.problem.clone()),
            }
        });
        Ok(states.collect())
    }
}

impl StoredReleases {
    async fn drop_old(&self, plugin: &PluginId) -> Result<(), ReleaseError> {
        let nodes = self.node.nodes().await.map_err(failed)?;
        let nodes = nodes.into_iter().map(|node| node.id).collect();
        let forgotten = self
            .database
            .forget_reports_of_others(plugin.as_str(), nodes);
        forgotten.await.map_err(failed)?;
        let dropped = self.database.drop_old_archives(plugin.as_str(), KEPT);
        dropped.await.map_err(failed)
    }
}

fn desired(row: plugin_releases::Model) -> Result<Desired, ReleaseError> {
    Ok(Desired {
        plugin: row.plugin_id.parse().map_err(failed)?,
        digest: row.digest.map(ReleaseDigest::kept),
        revision: row.revision,
    })
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReleaseError {
    ReleaseError(error.into())
}
