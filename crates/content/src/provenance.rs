//! The record of which plugins changed what somebody wrote: names of fields, never their content.
//!
//! A row is part of the change that it tells of, and is deleted with the record. A write in which
//! no plugin changed anything, or failed to, leaves none. Of each record the latest are kept.

use raisfast_contract::HookName;
use raisfast_db::{
    Database, Timestamp,
    entity::{comments, provenance},
};
use raisfast_hooks::{Step, StepOutcome};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Query,
};
use serde::{Deserialize, Serialize};

use raisfast_accounts::User;

use crate::ContentError;

/// The number of writes of one record that are kept.
const KEPT: u64 = 50;
/// The most field names of one plugin that are kept for a write: authors choose how many typed
/// content has.
const MAX_FIELDS: usize = 100;

/// One write of a record, and what plugins did to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// When it was written, RFC 3339.
    pub at: String,
    /// The filter that the plugins were called for.
    pub hook: String,
    /// The id of the user who wrote it; none for a visitor.
    pub by: Option<String>,
    /// The plugins that changed it or failed to, in the order of their calls.
    pub plugins: Vec<PluginShare>,
}

/// The share of one plugin in a write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginShare {
    /// The plugin's id.
    pub plugin: String,
    /// The effect of its call.
    pub outcome: Outcome,
    /// The fields that it changed, as JSON pointers; at most 100.
    pub fields: Vec<String>,
    /// The number of further fields that it changed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_fields: usize,
}

/// The effect of a plugin on a record that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It changed fields.
    Changed,
    /// It failed, or its answer was refused: everything stayed as it was before it.
    Failed,
    /// It is paused, because it has failed too often or is not ready yet, and was not called.
    Paused,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl From<&Step> for PluginShare {
    fn from(step: &Step) -> Self {
        let (outcome, fields) = match &step.outcome {
            StepOutcome::Changed(fields) => (Outcome::Changed, fields.as_slice()),
            StepOutcome::Failed => (Outcome::Failed, [].as_slice()),
            StepOutcome::Paused => (Outcome::Paused, [].as_slice()),
        };
        Self {
            plugin: step.plugin.to_string(),
            outcome,
            fields: fields.iter().take(MAX_FIELDS).cloned().collect(),
            more_fields: fields.len().saturating_sub(MAX_FIELDS),
        }
    }
}

/// Writes down what plugins did to a record, as part of its change.
pub(crate) async fn record(
    transaction: &DatabaseTransaction,
    id: &str,
    hook: HookName,
    by: Option<&User>,
    steps: &[Step],
) -> Result<(), ContentError> {
    if steps.is_empty() {
        return Ok(());
    }
    let shares: Vec<PluginShare> = steps.iter().map(Into::into).collect();
    let steps = serde_json::to_string(&shares)
        .map_err(|error| ContentError::Internal(format!("cannot write provenance: {error}")))?;
    provenance::ActiveModel {
        sequence: NotSet,
        record_id: Set(id.to_owned()),
        hook: Set(hook.to_string()),
        written_by: Set(by.map(|user| user.id.clone())),
        written_at: Set(Timestamp::now()),
        steps: Set(steps),
    }
    .insert(transaction)
    .await?;
    // What is new has nothing that is too old.
    if hook.replaces() {
        forget_oldest(transaction, id).await?;
    }
    Ok(())
}

/// Forgets the writes of a record beyond those that are kept.
async fn forget_oldest(transaction: &DatabaseTransaction, id: &str) -> Result<(), ContentError> {
    let oldest: Option<i64> = provenance::Entity::find()
        .select_only()
        .column(provenance::Column::Sequence)
        .filter(provenance::Column::RecordId.eq(id))
        .order_by_desc(provenance::Column::Sequence)
        .offset(KEPT)
        .limit(1)
        .into_tuple()
        .one(transaction)
        .await?;
    if let Some(oldest) = oldest {
        provenance::Entity::delete_many()
            .filter(provenance::Column::RecordId.eq(id))
            .filter(provenance::Column::Sequence.lte(oldest))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// Forgets a record that is deleted.
pub(crate) async fn forget(
    transaction: &DatabaseTransaction,
    id: &str,
) -> Result<(), ContentError> {
    provenance::Entity::delete_many()
        .filter(provenance::Column::RecordId.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Forgets the comments of a post that is deleted. While they are still there.
pub(crate) async fn forget_comments(
    transaction: &DatabaseTransaction,
    post: &str,
) -> Result<(), ContentError> {
    let comments = Query::select()
        .column(comments::Column::Id)
        .from(comments::Entity)
        .and_where(comments::Column::PostId.eq(post))
        .to_owned();
    provenance::Entity::delete_many()
        .filter(provenance::Column::RecordId.in_subquery(comments))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The writes of a record, the newest first.
pub(crate) async fn of(database: &Database, id: &str) -> Result<Vec<Provenance>, ContentError> {
    let rows = provenance::Entity::find()
        .filter(provenance::Column::RecordId.eq(id))
        .order_by_desc(provenance::Column::Sequence)
        .all(database.connection())
        .await?;
    let shown = rows.into_iter().map(|row| {
        let plugins = serde_json::from_str(&row.steps).map_err(|error| {
            ContentError::Internal(format!("the provenance of {id} is damaged: {error}"))
        })?;
        Ok(Provenance {
            at: row.written_at.into(),
            hook: row.hook,
            by: row.written_by,
            plugins,
        })
    });
    shown.collect()
}
