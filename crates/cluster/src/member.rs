//! The nodes of a site, as the database lists them.

use chrono::TimeDelta;
use raisfast_db::{
    Database, Timestamp,
    entity::nodes::{Column, Entity},
};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryOrder, QuerySelect};

use crate::Files;

/// A node of the site: one that lives, or one whose lease ran out within the last hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The address at which it listens.
    pub address: String,
    /// The version of its program.
    pub version: String,
    /// The place of plugins' files: `local` or `shared`, or another word of another version.
    pub files: String,
    /// When it joined, by the database's clock.
    pub started_at: Timestamp,
    /// When its lease ends or has ended, by the database's clock; none if it has no end.
    pub alive_until: Option<Timestamp>,
    /// Set while the lease lasts.
    pub is_alive: bool,
}

impl Member {
    /// Returns true if only this node finds its files.
    pub(crate) fn has_local_files(&self) -> bool {
        self.files == Files::Local.as_str()
    }
}

/// A row, beside the time at which it was read.
#[derive(FromQueryResult)]
struct Read {
    id: String,
    name: String,
    address: String,
    version: String,
    files: String,
    started_at: Timestamp,
    alive_until: Timestamp,
    now: Timestamp,
}

impl From<Read> for Member {
    fn from(row: Read) -> Self {
        Self {
            is_alive: row.alive_until > row.now,
            id: row.id,
            name: row.name,
            address: row.address,
            version: row.version,
            files: row.files,
            started_at: row.started_at,
            alive_until: Some(row.alive_until),
        }
    }
}

/// Returns all nodes, those that joined first before the others.
pub(crate) async fn all(
    database: &Database,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Member>, DbErr> {
    let rows = Entity::find()
        .expr_as(database.now_sql(TimeDelta::zero()), "now")
        .order_by_asc(Column::StartedAt)
        .order_by_asc(Column::Id)
        .into_model::<Read>()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
