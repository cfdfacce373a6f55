//! Posts.

mod checked;
mod complexity;
mod page;
mod slug;
mod status;
mod store;
mod views;

use std::sync::Arc;

use checked::CheckedPost;
pub(crate) use page::within_size;
use raisfast_db::entity::posts;
use raisfast_outbox::Record;
use raisfast_types::{
    HookName, PostInput, PostOutput,
    hook::{OnPostCreating, OnPostDeleted, OnPostUpdating},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::Serialize;
use status::Status;
use views::Views;

use crate::{
    ContentError, Listing, Provenance, User,
    change::Changes,
    check::verdict,
    listing::{Cursor, checked_limit, page},
    provenance,
};

/// A published post, ready to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostPage {
    /// The post.
    #[serde(flatten)]
    pub post: PostOutput,
    /// The content as HTML.
    pub html: String,
}

/// The posts of a site.
#[derive(Clone)]
pub struct Posts {
    changes: Changes,
    views: Views,
}

impl Posts {
    pub(crate) fn new(changes: Changes) -> Self {
        let views = Views::new(changes.database().clone());
        Self { changes, views }
    }

    /// Stores a new post. Fires `on-post-creating`, then `on-post-created`.
    ///
    /// Without status it is a draft. Without slug, even after the filters, it gets one from its
    /// title. A slug that another post has gets a number: `-2`, `-3` and so on.
    pub async fn create(&self, user: &User, input: PostInput) -> Result<PostOutput, ContentError> {
        let hooks = self.changes.hooks();
        check(&input)?;
        let filtered = hooks
            .filter_with_provenance::<OnPostCreating>(Arc::new(input), accepted)
            .await?;
        let checked = check(&filtered.value)?;
        let (mut change, post) = store::insert(&self.changes, &hooks, checked, user).await?;
        let post = Arc::new(PostOutput::from(post));
        provenance::record(
            change.transaction(),
            &post.id,
            HookName::OnPostCreating,
            Some(user),
            &filtered.steps,
        )
        .await?;
        change
            .tell(Record::Post(&post.id), (Arc::clone(&post),))
            .await?;
        change.commit().await?;
        Ok(Arc::unwrap_or_clone(post))
    }

    /// Replaces a post; only its author or an admin may. Fires `on-post-updating`, then
    /// `on-post-updated`.
    ///
    /// The input is the whole post: an excerpt, a category, tags or a cover image that is absent is
    /// gone. Slug and status stay as they are where they are absent, so that a corrected title
    /// neither breaks links nor hides the post.
    pub async fn update(
        &self,
        user: &User,
        id: &str,
        input: PostInput,
    ) -> Result<PostOutput, ContentError> {
        let hooks = self.changes.hooks();
        check(&input)?;
        self.changeable(user, id).await?;
        let filtered = hooks
            .filter_with_provenance::<OnPostUpdating>(Arc::new(input), accepted)
            .await?;
        let checked = check(&filtered.value)?;
        let (mut change, post) = store::update(&self.changes, &hooks, id, checked, user).await?;
        let post = Arc::new(PostOutput::from(post));
        provenance::record(
            change.transaction(),
            id,
            HookName::OnPostUpdating,
            Some(user),
            &filtered.steps,
        )
        .await?;
        change.tell(Record::Post(id), (Arc::clone(&post),)).await?;
        change.commit().await?;
        Ok(Arc::unwrap_or_clone(post))
    }

    /// Deletes a post and its comments; only its author or an admin may. Fires `on-post-deleted`.
    pub async fn delete(&self, user: &User, id: &str) -> Result<(), ContentError> {
        let hooks = self.changes.hooks();
        self.changeable(user, id).await?;
        let mut change = self.changes.begin::<OnPostDeleted>(&hooks).await?;
        provenance::forget_comments(change.transaction(), id).await?;
        provenance::forget(change.transaction(), id).await?;
        let deleted = posts::Entity::delete_by_id(id)
            .exec(change.transaction())
            .await?;
        if deleted.rows_affected == 0 {
            return Err(ContentError::NotFound);
        }
        change.tell(Record::Post(id), (id.into(),)).await?;
        change.commit().await
    }

    /// What plugins did to a post when it was written, the latest write first; at most 50.
    pub async fn provenance(&self, id: &str) -> Result<Vec<Provenance>, ContentError> {
        let database = self.changes.database();
        posts::Entity::find_by_id(id)
            .one(database.connection())
            .await?
            .ok_or(ContentError::NotFound)?;
        provenance::of(database, id).await
    }

    /// A published post as a page; counts a view, which others see within a second or two. Fires `render-markdown`,
    /// then `filter-html`.
    pub async fn read(&self, slug: &str) -> Result<PostPage, ContentError> {
        let hooks = self.changes.hooks();
        let mut post = published()
            .filter(posts::Column::Slug.eq(slug))
            .one(self.changes.database().connection())
            .await?
            .ok_or(ContentError::NotFound)?;
        post.view_count = post.view_count.saturating_add(self.views.count(&post.id));
        let html = page::render(&hooks, &post.content).await?;
        Ok(PostPage {
            post: post.into(),
            html,
        })
    }

    /// Published posts, the last published first; `limit` is 1 to 100.
    pub async fn list(
        &self,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<PostOutput>, ContentError> {
        let limit = checked_limit(limit)?;
        let mut select = published();
        if let Some(Cursor { time, id }) = cursor.map(Cursor::parse).transpose()? {
            select = select.filter(
                Condition::any()
                    .add(posts::Column::PublishedAt.lt(time.as_str()))
                    .add(
                        posts::Column::PublishedAt
                            .eq(time.as_str())
                            .and(posts::Column::Id.lt(id)),
                    ),
            );
        }
        let rows = select
            .order_by_desc(posts::Column::PublishedAt)
            .order_by_desc(posts::Column::Id)
            .limit(limit + 1)
            .all(self.changes.database().connection())
            .await?;
        let cursor = |post: &posts::Model| Cursor {
            time: post
                .published_at
                .clone()
                .map(Into::into)
                .unwrap_or_default(),
            id: post.id.clone(),
        };
        Ok(page(rows, limit, cursor, Into::into))
    }

    /// Whether the post is there and this user may change it.
    async fn changeable(&self, user: &User, id: &str) -> Result<(), ContentError> {
        let post = posts::Entity::find_by_id(id)
            .one(self.changes.database().connection())
            .await?
            .ok_or(ContentError::NotFound)?;
        user.must_own(&post.created_by)
    }

    /// Writes the views that were counted so far. A server that is stopped does this last, before it closes the database.
    pub async fn write_views(&self) -> Result<(), ContentError> {
        Ok(self.views.write().await?)
    }
}

/// A filter's answer that keeps the rules. A slug that is not valid becomes one, as a title would.
pub(crate) fn accepted(mut answer: PostInput) -> Result<PostInput, String> {
    answer.slug = answer.slug.and_then(slug::normalised);
    verdict(CheckedPost::try_from(&answer))?;
    Ok(answer)
}

/// Checks a post that a filter is given.
pub(crate) fn submitted(input: &PostInput) -> Result<(), String> {
    verdict(CheckedPost::try_from(input))
}

fn check(input: &PostInput) -> Result<CheckedPost<'_>, ContentError> {
    CheckedPost::try_from(input).map_err(ContentError::Invalid)
}

/// The posts that everybody may read.
pub(crate) fn published() -> Select<posts::Entity> {
    posts::Entity::find().filter(posts::Column::Status.eq(Status::Published.as_str()))
}
