//! `cron_jobs` and `cron_ticks`.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{id, long_text, name, table, time};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::CronJobs)
                    .col(name("plugin_id", 128).not_null())
                    .col(name("job_type", 64).not_null())
                    .col(long_text(manager, "schedule").not_null())
                    .col(time("since").not_null())
                    .primary_key(Index::create().col("plugin_id").col("job_type"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ServerTable::CronTicks)
                    .col(name("plugin_id", 128).not_null())
                    .col(name("job_type", 64).not_null())
                    .col(name("kind", 8).not_null())
                    .col(time("due").not_null())
                    .col(id("node_id").not_null())
                    .col(name("node_name", 255).not_null())
                    .col(time("started_at").not_null())
                    .col(time("ended_at"))
                    .col(name("outcome", 16).not_null())
                    .col(long_text(manager, "error"))
                    // Whoever inserts the row of a tick runs the job.
                    .primary_key(
                        Index::create()
                            .col("plugin_id")
                            .col("job_type")
                            .col("kind")
                            .col("due"),
                    )
                    .to_owned(),
            )
            .await
    }
}
