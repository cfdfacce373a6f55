//! Writing posts, each under a slug of its own.
//!
//! Looking for a free slug and taking it are one change. Where the database lets two of those
//! run side by side, its unique index turns one away; that one begins again and finds the next
//! number.

use raisfast_contract::hook::{Action, OnPostCreated, OnPostUpdated};
use raisfast_db::{Timestamp, entity::posts};
use raisfast_hooks::Hooks;
use raisfast_outbox::{Change, Changes};
use sea_orm::{
    ActiveModelTrait, ActiveValue,
    ActiveValue::{NotSet, Set, Unchanged},
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, SqlErr,
};
use uuid::Uuid;

use super::{checked::CheckedPost, post::tags, slug, status::Status};
use raisfast_accounts::User;

use crate::ContentError;

/// Stores a new post, in a change that is not committed yet.
pub(super) async fn insert(
    changes: &Changes,
    hooks: &Hooks,
    post: CheckedPost<'_>,
    author: &User,
) -> Result<(Change<OnPostCreated>, posts::Model), ContentError> {
    let wanted = post
        .slug
        .map_or_else(|| slug::from_title(post.title), str::to_owned);
    let status = post.status.unwrap_or(Status::Draft);
    loop {
        let change = changes.begin(hooks).await?;
        let id = Uuid::now_v7().to_string();
        let now = Timestamp::now();
        let row = posts::ActiveModel {
            slug: Set(free_slug(change.transaction(), &wanted, &id).await?),
            id: Set(id),
            status: Set(status.as_str().to_owned()),
            created_by: Set(author.id.clone()),
            updated_by: Set(None),
            view_count: Set(0),
            created_at: Set(now.clone()),
            updated_at: Set(now.clone()),
            published_at: Set((status == Status::Published).then_some(now)),
            ..submitted(post)
        };
        let written = row.insert(change.transaction()).await;
        if let Some(written) = unless_taken(change, written).await? {
            return Ok(written);
        }
    }
}

/// Writes a new version of a post, in a change that is not committed yet: all of it, or only what
/// differs from `base`, so that what others have changed since stays.
pub(super) async fn update(
    changes: &Changes,
    hooks: &Hooks,
    id: &str,
    post: CheckedPost<'_>,
    base: Option<&posts::Model>,
    editor: &User,
) -> Result<(Change<OnPostUpdated>, posts::Model), ContentError> {
    loop {
        let change = changes.begin(hooks).await?;
        let before = posts::Entity::find_by_id(id)
            .one(change.transaction())
            .await?
            .ok_or(ContentError::NotFound)?;
        let now = Timestamp::now();
        let mut row = posts::ActiveModel {
            id: Unchanged(id.to_owned()),
            updated_by: Set(Some(editor.id.clone())),
            updated_at: Set(now.clone()),
            ..submitted(post)
        };
        if let Some(base) = base {
            leave_equal(&mut row, base);
        }
        if let Some(wanted) = post.slug
            && base.is_none_or(|base| base.slug != wanted)
        {
            row.slug = Set(free_slug(change.transaction(), wanted, id).await?);
        }
        if let Some(status) = post.status
            && base.is_none_or(|base| base.status != status.as_str())
        {
            row.status = Set(status.as_str().to_owned());
            if status == Status::Published && before.published_at.is_none() {
                row.published_at = Set(Some(now));
            }
        }
        let written = row.update(change.transaction()).await;
        if let Some(written) = unless_taken(change, written).await? {
            return Ok(written);
        }
    }
}

/// The columns that are simply what was submitted.
fn submitted(post: CheckedPost<'_>) -> posts::ActiveModel {
    posts::ActiveModel {
        title: Set(post.title.to_owned()),
        content: Set(post.content.to_owned()),
        excerpt: Set(post.excerpt.map(str::to_owned)),
        category_id: Set(post.category_id.map(str::to_owned)),
        tag_ids: Set(serde_json::Value::from(post.tag_ids).to_string()),
        cover_image: Set(post.cover_image.map(str::to_owned)),
        id: NotSet,
        slug: NotSet,
        status: NotSet,
        created_by: NotSet,
        updated_by: NotSet,
        view_count: NotSet,
        created_at: NotSet,
        updated_at: NotSet,
        published_at: NotSet,
    }
}

/// Takes out of what is written the columns that say what `base` says.
fn leave_equal(row: &mut posts::ActiveModel, base: &posts::Model) {
    fn leave<T: Into<sea_orm::Value> + PartialEq>(column: &mut ActiveValue<T>, base: &T) {
        if matches!(column, Set(value) if value == base) {
            *column = NotSet;
        }
    }
    leave(&mut row.title, &base.title);
    leave(&mut row.content, &base.content);
    leave(&mut row.excerpt, &base.excerpt);
    leave(&mut row.category_id, &base.category_id);
    leave(&mut row.cover_image, &base.cover_image);
    // The same tags may be written in several ways.
    if matches!(&row.tag_ids, Set(written) if tags(written) == tags(&base.tag_ids)) {
        row.tag_ids = NotSet;
    }
}

/// A slug that no post but this one has.
async fn free_slug(
    transaction: &DatabaseTransaction,
    wanted: &str,
    id: &str,
) -> Result<String, DbErr> {
    let taken = |slug: String| async move {
        let others = posts::Entity::find()
            .filter(posts::Column::Slug.eq(slug))
            .filter(posts::Column::Id.ne(id))
            .count(transaction)
            .await?;
        Ok(others > 0)
    };
    slug::free(wanted, taken).await
}

/// Returns the outcome of a write; `None` where another post took the slug first, and the change is
/// rolled back.
async fn unless_taken<H: Action>(
    change: Change<H>,
    written: Result<posts::Model, DbErr>,
) -> Result<Option<(Change<H>, posts::Model)>, ContentError> {
    match written {
        Ok(post) => Ok(Some((change, post))),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            change.roll_back().await?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
