//! Jobs of plugins whose missed ticks are made up for, and when they were first waited for.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cron_jobs")]
pub struct Model {
    /// The plugin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The job's name in the manifest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_type: String,
    /// The schedule that is waited for: another one is waited for anew.
    pub schedule: String,
    /// When a server first waited for it, or an administrator last turned the plugin on.
    pub since: Timestamp,
}

/// Tables that this one refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
