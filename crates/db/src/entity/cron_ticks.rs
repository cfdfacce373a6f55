//! The latest runs of plugins' jobs.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A tick that its schedule made due.
pub const TICK: &str = "tick";
/// A run that an administrator asked for.
pub const BY_HAND: &str = "by-hand";

/// The outcome of a run that has not ended.
pub const RUNNING: &str = "running";

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cron_ticks")]
pub struct Model {
    /// The plugin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plugin_id: String,
    /// The job's name in the manifest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_type: String,
    /// [`TICK`] or [`BY_HAND`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// When it was due; of a run that was asked for, when that was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub due: Timestamp,
    /// The id of the server that runs it.
    pub node_id: String,
    /// The name of the server.
    pub node_name: String,
    /// When it began, by the database's clock.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// [`RUNNING`], and then what became of it.
    pub outcome: String,
    /// The reason of a failure, or why the plugin was not called.
    pub error: Option<String>,
}

/// Tables that this one refers to: none. A run outlives its server.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
