//! The releases of plugins: kept once, named by their digests, and desired by the whole site.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Database, DbError, Timestamp,
    entity::{plugin_releases, release_parts, release_reports, releases},
    plugin_removal::lock_desired,
};

/// Bytes of a piece of an archive. The least that a MariaDB server takes in one statement by its
/// own default is 16 MiB.
const PART: usize = 1 << 20;

impl Database {
    /// Keeps a release with its archive, and returns true if it was not known.
    pub async fn keep_release(
        &self,
        release: releases::Model,
        archive: &[u8],
    ) -> Result<bool, DbError> {
        let digest = release.digest.clone();
        let transaction = self.begin().await?;
        // What a plugin of this id has left behind may be about to be deleted.
        lock_desired(&transaction, &release.plugin_id).await?;
        let known = releases::Entity::find_by_id(digest.clone());
        let is_new = known.one(&transaction).await?.is_none();
        if is_new {
            // Another server may keep the same one in this moment.
            let replace = OnConflict::column(releases::Column::Digest)
                .update_column(releases::Column::InstalledAt)
                .to_owned();
            releases::Entity::insert(release.into_active_model().reset_all())
                .on_conflict(replace)
                .exec_without_returning(&transaction)
                .await?;
        }
        if !has_archive(&transaction, &digest).await? {
            for (part, content) in (0..).zip(archive.chunks(PART)) {
                let row = release_parts::ActiveModel {
                    digest: Set(digest.clone()),
                    part: Set(part),
                    content: Set(content.to_vec()),
                };
                release_parts::Entity::insert(row)
                    .exec_without_returning(&transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(is_new)
    }

    /// Forgets a release and its archive, unless it is desired.
    pub async fn forget_release(&self, digest: &str) -> Result<(), DbError> {
        let transaction = self.begin().await?;
        let desired = plugin_releases::Entity::find()
            .filter(plugin_releases::Column::Digest.eq(digest))
            .one(&transaction)
            .await?;
        if desired.is_none() {
            release_parts::Entity::delete_many()
                .filter(release_parts::Column::Digest.eq(digest))
                .exec(&transaction)
                .await?;
            releases::Entity::delete_by_id(digest.to_owned())
                .exec(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Returns a release.
    pub async fn release(&self, digest: &str) -> Result<Option<releases::Model>, DbError> {
        let found = releases::Entity::find_by_id(digest.to_owned());
        Ok(found.one(self.connection()).await?)
    }

    /// Returns the archive of a release, if it is kept.
    pub async fn release_archive(&self, digest: &str) -> Result<Option<Vec<u8>>, DbError> {
        let mut archive = Vec::new();
        let mut part = 0;
        // One after the other: never more than one piece beside the whole.
        while let Some(piece) = release_parts::Entity::find_by_id((digest.to_owned(), part))
            .one(self.connection())
            .await?
        {
            archive.extend_from_slice(&piece.content);
            part += 1;
        }
        Ok((part > 0).then_some(archive))
    }

    /// Returns the releases of a plugin, each with whether its archive is kept: the last that was
    /// installed first.
    pub async fn releases_of(&self, plugin: &str) -> Result<Vec<(releases::Model, bool)>, DbError> {
        let found = releases::Entity::find()
            .filter(releases::Column::PluginId.eq(plugin))
            .order_by_desc(releases::Column::InstalledAt)
            .order_by_desc(releases::Column::Digest)
            .all(self.connection())
            .await?;
        let digests = found.iter().map(|release| release.digest.clone());
        let kept: Vec<String> = release_parts::Entity::find()
            .select_only()
            .column(release_parts::Column::Digest)
            .filter(release_parts::Column::Digest.is_in(digests))
            .filter(release_parts::Column::Part.eq(0))
            .into_tuple()
            .all(self.connection())
            .await?;
        let with_archive = |release: releases::Model| {
            let is_kept = kept.contains(&release.digest);
            (release, is_kept)
        };
        Ok(found.into_iter().map(with_archive).collect())
    }

    /// Drops the archives of all releases of a plugin but the last that were installed, and but the
    /// one that is desired. The releases are remembered by their digests.
    pub async fn drop_old_archives(&self, plugin: &str, keep: usize) -> Result<(), DbError> {
        let desired = self.desired_release(plugin).await?;
        let desired = desired.and_then(|desired| desired.digest);
        let kept = self.releases_of(plugin).await?.into_iter();
        let old = kept
            .filter(|(_, has_archive)| *has_archive)
            .map(|(release, _)| release.digest)
            .skip(keep)
            .filter(|digest| Some(digest) != desired.as_ref());
        for digest in old {
            release_parts::Entity::delete_many()
                .filter(release_parts::Column::Digest.eq(digest))
                .exec(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Returns the desired release of each plugin.
    pub async fn desired_releases(&self) -> Result<Vec<plugin_releases::Model>, DbError> {
        let desired = plugin_releases::Entity::find();
        Ok(desired.all(self.connection()).await?)
    }

    /// Returns the desired release of a plugin.
    pub async fn desired_release(
        &self,
        plugin: &str,
    ) -> Result<Option<plugin_releases::Model>, DbError> {
        let desired = plugin_releases::Entity::find_by_id(plugin.to_owned());
        Ok(desired.one(self.connection()).await?)
    }

    /// Makes a release the one that every server of the site runs, or none, and returns the
    /// revision of that wish. The release counts as installed now.
    pub async fn desire_release(&self, plugin: &str, digest: Option<&str>) -> Result<i64, DbError> {
        let row = plugin_releases::ActiveModel {
            plugin_id: Set(plugin.to_owned()),
            digest: Set(digest.map(str::to_owned)),
            revision: Set(1),
            changed_at: Set(Timestamp::now()),
        };
        let revision = (plugin_releases::Entity, plugin_releases::Column::Revision);
        let replace = OnConflict::column(plugin_releases::Column::PluginId)
            .update_columns([
                plugin_releases::Column::Digest,
                plugin_releases::Column::ChangedAt,
            ])
            .value(
                plugin_releases::Column::Revision,
                Expr::col(revision).add(1),
            )
            .to_owned();
        let transaction = self.begin().await?;
        if let Some(digest) = digest {
            releases::Entity::update_many()
                .col_expr(releases::Column::InstalledAt, Expr::val(Timestamp::now()))
                .filter(releases::Column::Digest.eq(digest))
                .exec(&transaction)
                .await?;
        }
        plugin_releases::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&transaction)
            .await?;
        let desired = plugin_releases::Entity::find_by_id(plugin.to_owned())
            .one(&transaction)
            .await?;
        transaction.commit().await?;
        let desired = desired.ok_or_else(|| DbErr::RecordNotFound(plugin.to_owned()))?;
        Ok(desired.revision)
    }

    /// Notes what became of the desired release on a server, in the place of what that server said
    /// before.
    pub async fn report_release(&self, report: release_reports::Model) -> Result<(), DbError> {
        let key = [
            release_reports::Column::PluginId,
            release_reports::Column::NodeId,
        ];
        let replace = OnConflict::columns(key)
            .update_columns([
                release_reports::Column::Revision,
                release_reports::Column::Problem,
                release_reports::Column::ReportedAt,
            ])
            .to_owned();
        release_reports::Entity::insert(report.into_active_model().reset_all())
            .on_conflict(replace)
            .exec_without_returning(self.connection())
            .await?;
        Ok(())
    }

    /// Returns what servers have said of a plugin's releases, those that are gone among them.
    pub async fn release_reports(
        &self,
        plugin: &str,
    ) -> Result<Vec<release_reports::Model>, DbError> {
        let reports = release_reports::Entity::find()
            .filter(release_reports::Column::PluginId.eq(plugin))
            .all(self.connection())
            .await?;
        Ok(reports)
    }

    /// Forgets what servers have said that are none of these.
    pub async fn forget_reports_of_others(
        &self,
        plugin: &str,
        nodes: Vec<String>,
    ) -> Result<(), DbError> {
        release_reports::Entity::delete_many()
            .filter(release_reports::Column::PluginId.eq(plugin))
            .filter(release_reports::Column::NodeId.is_not_in(nodes))
            .exec(self.connection())
            .await?;
        Ok(())
    }
}

async fn has_archive(connection: &impl ConnectionTrait, digest: &str) -> Result<bool, DbErr> {
    let first = release_parts::Entity::find()
        .select_only()
        .column(release_parts::Column::Part)
        .filter(release_parts::Column::Digest.eq(digest))
        .filter(release_parts::Column::Part.eq(0))
        .into_tuple::<i32>()
        .one(connection)
        .await?;
    Ok(first.is_some())
}
