//! Typed content: JSON objects of types that are declared by use.

mod checked;
mod types;

use std::sync::Arc;

pub(crate) use checked::{accepted, submitted};
use checked::{object, sized, type_name};
use raisfast_accounts::{Right, User};
use raisfast_contract::{
    ContentEvent, HookName, JsonObject,
    hook::{
        OnContentCreated, OnContentCreating, OnContentDeleted, OnContentUpdated, OnContentUpdating,
    },
};
use raisfast_db::{Timestamp, entity::contents};
use raisfast_outbox::Changes;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};
use serde::Serialize;
pub use types::ContentType;
use uuid::Uuid;

use crate::{
    ContentError, Listing, Provenance,
    check::Checks,
    listing::{Cursor, PageRequest},
    permission::must,
    provenance,
    search::containing,
    view_notices::ViewNotices,
};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Content {
    /// A UUID.
    pub id: String,
    /// The type's name.
    pub content_type: String,
    /// The record itself, its numbers as they were written.
    pub data: JsonObject,
    /// When it was created, RFC 3339.
    pub created_at: String,
    /// When it was changed last, RFC 3339.
    pub updated_at: String,
}

impl TryFrom<contents::Model> for Content {
    type Error = ContentError;

    /// Fails where something other than this crate has written text that is not a JSON object.
    fn try_from(row: contents::Model) -> Result<Self, ContentError> {
        let data = object(&row.data).map_err(|reason| {
            ContentError::Internal(format!("the content {} is damaged: {reason}", row.id))
        })?;
        Ok(Self {
            id: row.id,
            content_type: row.content_type,
            data,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

/// Attempts at merging a patch again after another request changed the record first.
const PATCH_ATTEMPTS: usize = 5;

/// The state of the record that may be written over.
enum Over {
    /// Any.
    Whatever,
    /// Only the one that was read before the filters.
    AsRead,
}

/// The typed content of a site.
#[derive(Clone)]
pub struct Contents {
    changes: Changes,
    notices: ViewNotices,
}

impl Contents {
    pub(crate) fn new(changes: Changes, notices: ViewNotices) -> Self {
        Self { changes, notices }
    }

    /// Stores a record. Fires `on-content-creating`, then `on-content-created`.
    pub async fn create(
        &self,
        user: &User,
        content_type: &str,
        data: impl Into<JsonObject>,
    ) -> Result<Content, ContentError> {
        let hooks = self.changes.hooks();
        type_name(content_type).map_err(|message| ContentError::invalid("", message))?;
        let event = Arc::new(ContentEvent {
            content_type: content_type.to_owned(),
            data: sized(&data.into())?,
            id: None,
        });
        let filtered = hooks
            .filter_with_provenance::<OnContentCreating>(Arc::clone(&event), |answer| {
                accepted(&event, answer)
            })
            .await?;

        let mut change = self
            .changes
            .begin_of_type::<OnContentCreated>(&hooks, Some(content_type))
            .await?;
        let now = Timestamp::now();
        let row = contents::ActiveModel {
            id: Set(Uuid::now_v7().to_string()),
            content_type: Set(content_type.to_owned()),
            data: Set(filtered.value.data.clone()),
            created_by: Set(user.id.clone()),
            created_at: Set(now.clone()),
            updated_at: Set(now),
        }
        .insert(change.transaction())
        .await?;
        provenance::record(
            change.transaction(),
            &row.id,
            HookName::OnContentCreating,
            Some(user),
            &filtered.steps,
        )
        .await?;
        change.tell(&row.id, (stored_event(&row),)).await?;
        change.commit().await?;
        row.try_into()
    }

    /// Reads one record of a type. Fires `on-content-viewed`.
    pub async fn get(&self, content_type: &str, id: &str) -> Result<Content, ContentError> {
        let content = self.row(content_type, id).await?.try_into()?;
        self.notices.notify(&self.changes.hooks(), content_type, id);
        Ok(content)
    }

    /// Returns plugins' changes to a record when it was written, the latest write first; at most
    /// 50.
    pub async fn provenance(
        &self,
        content_type: &str,
        id: &str,
    ) -> Result<Vec<Provenance>, ContentError> {
        self.row(content_type, id).await?;
        provenance::of(self.changes.database(), id).await
    }

    /// The records of a type, the newest first; `limit` is 1 to 100.
    pub async fn list(
        &self,
        content_type: &str,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<Content>, ContentError> {
        self.page(content_type, Condition::all(), cursor, limit)
            .await
    }

    /// The records of a type that have this in their text, members' names included, in capitals or
    /// not; the newest first. Every record of the type is looked at, so this is for users alone.
    /// `text` has 1 to 100 characters, `limit` is 1 to 100.
    pub async fn search(
        &self,
        content_type: &str,
        text: &str,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<Content>, ContentError> {
        let mut checks = Checks::default();
        checks.line("/text", text, 1..=100);
        checks.finish(()).map_err(ContentError::Invalid)?;
        // Records are kept as JSON, where a quotation mark is not written as it is.
        let written = serde_json::Value::from(text).to_string();
        let inside = &written[1..written.len() - 1];
        let data = Expr::col((contents::Entity, contents::Column::Data));
        self.page(content_type, containing(data, inside), cursor, limit)
            .await
    }

    async fn page(
        &self,
        content_type: &str,
        wanted: Condition,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<Content>, ContentError> {
        let page = PageRequest::new(cursor, limit)?;
        let mut rows = contents::Entity::find()
            .filter(contents::Column::ContentType.eq(content_type))
            .filter(wanted)
            .cursor_by((contents::Column::CreatedAt, contents::Column::Id));
        rows.desc();
        let cursor = |row: &contents::Model| Cursor {
            time: row.created_at.to_string(),
            id: row.id.clone(),
        };
        let connection = self.changes.database().connection();
        let Listing { items, next } = page
            .read(rows, connection, cursor, Content::try_from)
            .await?;
        let items = items.into_iter().collect::<Result<_, _>>()?;
        Ok(Listing { items, next })
    }

    /// Replaces a record's data; only its author or an editor may. Fires `on-content-updating`,
    /// then `on-content-updated`.
    pub async fn update(
        &self,
        user: &User,
        content_type: &str,
        id: &str,
        data: impl Into<JsonObject>,
    ) -> Result<Content, ContentError> {
        let data = sized(&data.into())?;
        let stored = self.changeable(user, content_type, id).await?;
        let written = self.write(user, &stored, data, Over::Whatever).await?;
        written.ok_or(ContentError::NotFound)
    }

    /// Changes the members that the patch has (JSON Merge Patch) and leaves the rest; only its
    /// author or an editor may. Fires `on-content-updating` with the whole record, then
    /// `on-content-updated`.
    ///
    /// Where others change the record meanwhile, the patch is merged with theirs, hooks included.
    pub async fn patch(
        &self,
        user: &User,
        content_type: &str,
        id: &str,
        patch: &JsonObject,
    ) -> Result<Content, ContentError> {
        for _ in 0..PATCH_ATTEMPTS {
            let stored = self.changeable(user, content_type, id).await?;
            let mut data = Content::try_from(stored.clone())?.data;
            data.merge(patch.clone());
            let data = sized(&data)?;
            if let Some(written) = self.write(user, &stored, data, Over::AsRead).await? {
                return Ok(written);
            }
        }
        Err(ContentError::Contended)
    }

    /// Writes other data for a record; `None` where there is no such record any more.
    async fn write(
        &self,
        user: &User,
        stored: &contents::Model,
        data: String,
        over: Over,
    ) -> Result<Option<Content>, ContentError> {
        let hooks = self.changes.hooks();
        let (content_type, id) = (stored.content_type.as_str(), stored.id.as_str());
        let event = Arc::new(ContentEvent {
            content_type: content_type.to_owned(),
            data,
            id: Some(id.to_owned()),
        });
        let filtered = hooks
            .filter_with_provenance::<OnContentUpdating>(Arc::clone(&event), |answer| {
                accepted(&event, answer)
            })
            .await?;

        let mut change = self
            .changes
            .begin_of_type::<OnContentUpdated>(&hooks, Some(content_type))
            .await?;
        let current = contents::Entity::find_by_id(id)
            .lock_exclusive()
            .one(change.transaction())
            .await?;
        let free = current.is_some_and(|row| match over {
            Over::Whatever => true,
            Over::AsRead => row.data == stored.data,
        });
        if !free {
            change.roll_back().await?;
            return Ok(None);
        }
        let row = contents::ActiveModel {
            id: Unchanged(id.to_owned()),
            data: Set(filtered.value.data.clone()),
            updated_at: Set(Timestamp::now()),
            ..Default::default()
        };
        let row = row.update(change.transaction()).await?;
        provenance::record(
            change.transaction(),
            id,
            HookName::OnContentUpdating,
            Some(user),
            &filtered.steps,
        )
        .await?;
        change.tell(id, (stored_event(&row),)).await?;
        change.commit().await?;
        row.try_into().map(Some)
    }

    /// Deletes a record; only its author or an editor may. Fires `on-content-deleted`.
    pub async fn delete(
        &self,
        user: &User,
        content_type: &str,
        id: &str,
    ) -> Result<(), ContentError> {
        let hooks = self.changes.hooks();
        self.changeable(user, content_type, id).await?;
        let mut change = self
            .changes
            .begin_of_type::<OnContentDeleted>(&hooks, Some(content_type))
            .await?;
        provenance::forget(change.transaction(), id).await?;
        let deleted = contents::Entity::delete_by_id(id)
            .exec(change.transaction())
            .await?;
        if deleted.rows_affected == 0 {
            return Err(ContentError::NotFound);
        }
        change.tell(id, (content_type.into(), id.into())).await?;
        Ok(change.commit().await?)
    }

    /// The record, if it is there and this user may change it.
    async fn changeable(
        &self,
        user: &User,
        content_type: &str,
        id: &str,
    ) -> Result<contents::Model, ContentError> {
        let row = self.row(content_type, id).await?;
        must(user, Right::Change, &row.created_by)?;
        Ok(row)
    }

    async fn row(&self, content_type: &str, id: &str) -> Result<contents::Model, ContentError> {
        contents::Entity::find_by_id(id)
            .filter(contents::Column::ContentType.eq(content_type))
            .one(self.changes.database().connection())
            .await?
            .ok_or(ContentError::NotFound)
    }
}

/// The record as an action sees it.
fn stored_event(row: &contents::Model) -> Arc<ContentEvent> {
    Arc::new(ContentEvent {
        content_type: row.content_type.clone(),
        data: row.data.clone(),
        id: Some(row.id.clone()),
    })
}
