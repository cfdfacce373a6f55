//! Posts.

mod anchors;
mod checked;
mod complexity;
mod edit;
mod foster;
mod markdown;
mod page;
mod post;
mod renders;
mod sanitise;
mod selection;
mod slug;
mod split;
mod status;
mod store;
mod views;

use std::sync::Arc;

use checked::CheckedPost;
pub(crate) use edit::sent;
pub use edit::{PostPatch, PostReplacement};
pub(crate) use page::within_size;
pub use post::Post;
use raisfast_accounts::{Right, User};
use raisfast_contract::{
    HookName, PostInput, PostOutput,
    hook::{OnPostCreating, OnPostDeleted, OnPostUpdating},
};
use raisfast_db::{Timestamp, entity::posts};
use raisfast_outbox::Changes;
use renders::Renders;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
pub use selection::PostSelection;
use serde::Serialize;
use status::Status;
use views::Views;

use crate::{
    ContentError, Listing, Provenance,
    check::verdict,
    listing::{Cursor, PageRequest},
    permission::must,
    provenance,
    view_notices::{POST, ViewNotices},
};

/// A post, ready to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostPage {
    /// The post.
    #[serde(flatten)]
    pub post: Post,
    /// The content as HTML.
    pub html: String,
}

/// The posts of a site.
#[derive(Clone)]
pub struct Posts {
    changes: Changes,
    views: Views,
    notices: ViewNotices,
    renders: Renders,
}

impl Posts {
    pub(crate) fn new(changes: Changes, notices: ViewNotices) -> Self {
        let views = Views::new(changes.database().clone());
        Self {
            changes,
            views,
            notices,
            renders: Renders::new(),
        }
    }

    /// Stores a new post. Fires `on-post-creating`, then `on-post-created`.
    ///
    /// Without status it is a draft. Without slug, even after the filters, it gets one from its
    /// title. A slug that another post has gets a number: `-2`, `-3` and so on.
    pub async fn create(&self, user: &User, input: PostInput) -> Result<Post, ContentError> {
        let hooks = self.changes.hooks();
        check(&input)?;
        let filtered = hooks
            .filter_with_provenance::<OnPostCreating>(Arc::new(input), accepted)
            .await?;
        let checked = check(&filtered.value)?;
        let (mut change, post) = store::insert(&self.changes, &hooks, checked, user).await?;
        provenance::record(
            change.transaction(),
            &post.id,
            HookName::OnPostCreating,
            Some(user),
            &filtered.steps,
        )
        .await?;
        let told = Arc::new(PostOutput::from(post.clone()));
        change.tell(&post.id, (told,)).await?;
        change.commit().await?;
        Ok(post.into())
    }

    /// Replaces a post; only its author or an editor may. Fires `on-post-updating`, then
    /// `on-post-updated`.
    pub async fn update(
        &self,
        user: &User,
        id: &str,
        replacement: impl Into<PostReplacement>,
    ) -> Result<Post, ContentError> {
        let stored = self.changeable(user, id).await?;
        let input = replacement.into().of(&stored);
        self.write(user, id, input, None).await
    }

    /// Changes what the patch has and leaves the rest; only its author or an editor may. Fires
    /// `on-post-updating` with the whole post, then `on-post-updated`.
    ///
    /// What others change meanwhile stays, unless it is the same field.
    pub async fn patch(
        &self,
        user: &User,
        id: &str,
        patch: PostPatch,
    ) -> Result<Post, ContentError> {
        let stored = self.changeable(user, id).await?;
        let input = patch.of(&stored);
        self.write(user, id, input, Some(&stored)).await
    }

    /// Writes a new version, of which only what differs from `base`.
    async fn write(
        &self,
        user: &User,
        id: &str,
        input: PostInput,
        base: Option<&posts::Model>,
    ) -> Result<Post, ContentError> {
        let hooks = self.changes.hooks();
        check(&input)?;
        let filtered = hooks
            .filter_with_provenance::<OnPostUpdating>(Arc::new(input), accepted)
            .await?;
        let checked = check(&filtered.value)?;
        let (mut change, post) =
            store::update(&self.changes, &hooks, id, checked, base, user).await?;
        provenance::record(
            change.transaction(),
            id,
            HookName::OnPostUpdating,
            Some(user),
            &filtered.steps,
        )
        .await?;
        let told = Arc::new(PostOutput::from(post.clone()));
        change.tell(id, (told,)).await?;
        change.commit().await?;
        Ok(post.into())
    }

    /// Deletes a post and its comments; only its author or an editor may. Fires `on-post-deleted`.
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
        change.tell(id, (id.into(),)).await?;
        Ok(change.commit().await?)
    }

    /// Returns plugins' changes to a post when it was written, the latest write first; at most 50.
    pub async fn provenance(&self, id: &str) -> Result<Vec<Provenance>, ContentError> {
        let database = self.changes.database();
        posts::Entity::find_by_id(id)
            .one(database.connection())
            .await?
            .ok_or(ContentError::NotFound)?;
        provenance::of(database, id).await
    }

    /// A published post as a page; counts a view, which others see within a second or two. Fires
    /// `render-markdown`, then `filter-html`.
    pub async fn read(&self, slug: &str) -> Result<PostPage, ContentError> {
        self.read_as(None, slug).await
    }

    /// The page of a post, by its slug or its id. Published posts are for everybody; a draft or an
    /// archived post is for its author and editors, and its view does not count. Fires
    /// `on-content-viewed` for a view that counts.
    pub async fn read_as(
        &self,
        reader: Option<&User>,
        slug_or_id: &str,
    ) -> Result<PostPage, ContentError> {
        let hooks = self.changes.hooks();
        let named = |column: posts::Column| {
            posts::Entity::find()
                .filter(column.eq(slug_or_id))
                .one(self.changes.database().connection())
        };
        let found = match named(posts::Column::Slug).await? {
            Some(post) => Some(post),
            None => named(posts::Column::Id).await?,
        };
        let mut post = found.ok_or(ContentError::NotFound)?;
        if post.status == Status::Published.as_str() {
            post.view_count = post.view_count.saturating_add(self.views.count(&post.id));
        } else {
            // Who may not read it does not learn that it is there.
            let reader = reader.ok_or(ContentError::NotFound)?;
            if !reader.may(Right::ReadUnpublished, &post.created_by) {
                return Err(ContentError::NotFound);
            }
        }
        let html = page::render(&self.renders, &hooks, &post.content).await?;
        if post.status == Status::Published.as_str() {
            self.notices.notify(&hooks, POST, &post.id);
        }
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
    ) -> Result<Listing<Post>, ContentError> {
        self.select(None, &PostSelection::default(), cursor, limit)
            .await
    }

    /// The posts of a selection that this reader may see: the published ones, the last published
    /// first; or those of another status or of all, the newest first, of which what is not
    /// published is an author's own, and for an editor everybody's. `limit` is 1 to 100.
    ///
    /// Only a user may [ask for more](PostSelection::needs_login) than published posts.
    pub async fn select(
        &self,
        reader: Option<&User>,
        selection: &PostSelection,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<Post>, ContentError> {
        let selected = selection.of(reader)?;
        if selected.by_publication {
            let time = posts::Column::PublishedAt;
            self.page(selected.posts, time, cursor, limit, |post| {
                post.published_at.clone()
            })
            .await
        } else {
            let time = posts::Column::CreatedAt;
            self.page(selected.posts, time, cursor, limit, |post| {
                Some(post.created_at.clone())
            })
            .await
        }
    }

    /// One page of the posts that are selected, by this time, the latest first.
    async fn page(
        &self,
        select: Select<posts::Entity>,
        by: posts::Column,
        cursor: Option<&str>,
        limit: u64,
        time: impl Fn(&posts::Model) -> Option<Timestamp>,
    ) -> Result<Listing<Post>, ContentError> {
        let page = PageRequest::new(cursor, limit)?;
        let mut rows = select.cursor_by((by, posts::Column::Id));
        rows.desc();
        let cursor = |post: &posts::Model| Cursor {
            time: time(post).map(Into::into).unwrap_or_default(),
            id: post.id.clone(),
        };
        let connection = self.changes.database().connection();
        page.read(rows, connection, cursor, Into::into).await
    }

    /// The post, if it is there and this user may change it.
    async fn changeable(&self, user: &User, id: &str) -> Result<posts::Model, ContentError> {
        let post = posts::Entity::find_by_id(id)
            .one(self.changes.database().connection())
            .await?
            .ok_or(ContentError::NotFound)?;
        must(user, Right::Change, &post.created_by)?;
        Ok(post)
    }

    /// Writes the views that were counted so far. A server that is stopped does this last, before
    /// it closes the database.
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
