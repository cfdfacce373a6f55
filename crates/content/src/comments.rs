//! Comments on posts.

mod checked;
mod moderation;
mod patch;
mod status;

use std::{num::NonZeroU64, sync::Arc};

use checked::CheckedComment;
use moderation::position;
pub use moderation::{CommentedPost, ModeratedComment};
pub use patch::CommentPatch;
use raisfast_accounts::{Right, User};
use raisfast_contract::{
    CommentInput, HookName,
    hook::{OnCommentCreated, OnCommentCreating},
};
use raisfast_db::{
    Timestamp,
    entity::{comments, posts},
};
use raisfast_outbox::Changes;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, QuerySelect,
};
use serde::Serialize;
pub use status::CommentStatus;
use uuid::Uuid;

use crate::{
    ContentError, FieldError, Listing, Provenance, check::verdict, listing::PageRequest,
    posts::published, provenance,
};

/// A comment as every reader may see it: without the visitor's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// A UUID.
    pub id: String,
    /// The post that it is on.
    pub post_id: String,
    /// The text, as written: it is not HTML.
    pub content: String,
    /// The visitor's name.
    pub nickname: Option<String>,
    /// The comment that this one answers.
    pub parent_id: Option<String>,
    /// When it was written, RFC 3339.
    pub created_at: String,
    /// `approved` where everybody may read it; else `pending` or `spam`.
    pub status: String,
}

impl From<comments::Model> for Comment {
    fn from(comment: comments::Model) -> Self {
        Self {
            id: comment.id,
            post_id: comment.post_id,
            content: comment.content,
            nickname: comment.nickname,
            parent_id: comment.parent_id,
            created_at: comment.created_at.into(),
            status: comment.status,
        }
    }
}

/// The most comments that a post takes, unless set otherwise.
const DEFAULT_PER_POST: NonZeroU64 = NonZeroU64::new(10_000).unwrap();

/// The comments of a site.
#[derive(Clone)]
pub struct Comments {
    changes: Changes,
    most_per_post: NonZeroU64,
    /// The status of a comment that a visitor sends.
    first_status: CommentStatus,
}

impl Comments {
    pub(crate) fn new(changes: Changes) -> Self {
        Self {
            changes,
            most_per_post: DEFAULT_PER_POST,
            first_status: CommentStatus::Approved,
        }
    }

    pub(crate) fn with_most_per_post(self, most_per_post: NonZeroU64) -> Self {
        Self {
            most_per_post,
            ..self
        }
    }

    pub(crate) fn with_first_status(self, first_status: CommentStatus) -> Self {
        Self {
            first_status,
            ..self
        }
    }

    /// Stores a visitor's comment on a published post. Fires `on-comment-creating`, then
    /// `on-comment-created`, whether it has to be approved or not.
    pub async fn create(&self, slug: &str, input: CommentInput) -> Result<Comment, ContentError> {
        self.create_as(None, slug, input).await
    }

    /// Stores a comment as [`create`](Self::create) does. That of a user who moderates comments
    /// needs nobody to approve it.
    ///
    /// A comment that it answers must be on the same post, and public. A filter may cut that tie,
    /// but not tie the comment to another one.
    pub async fn create_as(
        &self,
        writer: Option<&User>,
        slug: &str,
        input: CommentInput,
    ) -> Result<Comment, ContentError> {
        let hooks = self.changes.hooks();
        check(&input)?;
        let post = self.published_post(slug).await?;
        if let Some(parent) = &input.parent_id {
            self.must_be_on(&post, parent).await?;
        }
        let input = Arc::new(input);
        let filtered = hooks
            .filter_with_provenance::<OnCommentCreating>(Arc::clone(&input), |answer| {
                accepted(&input, answer)
            })
            .await?;
        let comment = check(&filtered.value)?;
        let mut change = self.changes.begin::<OnCommentCreated>(&hooks).await?;
        self.must_have_room(change.transaction(), &post.id).await?;
        let status = if writer.is_some_and(|writer| writer.may_everywhere(Right::Moderate)) {
            CommentStatus::Approved
        } else {
            self.first_status
        };
        let stored = comments::ActiveModel {
            id: Set(Uuid::now_v7().to_string()),
            post_id: Set(post.id),
            content: Set(comment.content.to_owned()),
            nickname: Set(comment.nickname.map(str::to_owned)),
            email: Set(comment.email.map(str::to_owned)),
            parent_id: Set(comment.parent_id.map(str::to_owned)),
            created_at: Set(Timestamp::now()),
            status: Set(status.as_str().to_owned()),
        }
        .insert(change.transaction())
        .await?;
        provenance::record(
            change.transaction(),
            &stored.id,
            HookName::OnCommentCreating,
            None,
            &filtered.steps,
        )
        .await?;
        change.tell(&stored.id, (filtered.value,)).await?;
        change.commit().await?;
        Ok(stored.into())
    }

    /// Returns plugins' changes to a comment when it was written.
    pub async fn provenance(&self, id: &str) -> Result<Vec<Provenance>, ContentError> {
        let database = self.changes.database();
        comments::Entity::find_by_id(id)
            .one(database.connection())
            .await?
            .ok_or(ContentError::NotFound)?;
        provenance::of(database, id).await
    }

    /// The approved comments on a published post, the oldest first; `limit` is 1 to 100.
    pub async fn list(
        &self,
        slug: &str,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<Comment>, ContentError> {
        let page = PageRequest::new(cursor, limit)?;
        let post = self.published_post(slug).await?;
        self.page_of(&post.id, CommentStatus::Approved, page).await
    }

    /// Reads the comments of one status on a post.
    async fn page_of(
        &self,
        post: &str,
        status: CommentStatus,
        page: PageRequest,
    ) -> Result<Listing<Comment>, ContentError> {
        let rows = comments::Entity::find()
            .filter(comments::Column::PostId.eq(post))
            .filter(comments::Column::Status.eq(status.as_str()))
            .cursor_by((comments::Column::CreatedAt, comments::Column::Id));
        let connection = self.changes.database().connection();
        page.read(rows, connection, position, Into::into).await
    }

    /// Refuses one comment too many, of whatever status: each takes room. Whoever holds the post's
    /// row counts alone.
    async fn must_have_room(
        &self,
        transaction: &DatabaseTransaction,
        post: &str,
    ) -> Result<(), ContentError> {
        let most = self.most_per_post.get();
        posts::Entity::find_by_id(post)
            .select_only()
            .column(posts::Column::Id)
            .lock_exclusive()
            .into_tuple::<String>()
            .one(transaction)
            .await?
            .ok_or(ContentError::NotFound)?;
        let there = comments::Entity::find()
            .filter(comments::Column::PostId.eq(post))
            .count(transaction)
            .await?;
        if there < most {
            Ok(())
        } else {
            Err(ContentError::TooManyComments(most))
        }
    }

    async fn published_post(&self, slug: &str) -> Result<posts::Model, ContentError> {
        published()
            .filter(posts::Column::Slug.eq(slug))
            .one(self.changes.database().connection())
            .await?
            .ok_or(ContentError::NotFound)
    }

    async fn must_be_on(&self, post: &posts::Model, comment: &str) -> Result<(), ContentError> {
        let found = comments::Entity::find_by_id(comment)
            .filter(comments::Column::PostId.eq(&post.id))
            .filter(comments::Column::Status.eq(CommentStatus::Approved.as_str()))
            .count(self.changes.database().connection())
            .await?;
        if found == 1 {
            Ok(())
        } else {
            Err(ContentError::Invalid(vec![FieldError::new(
                "/parent_id",
                "must be the id of a comment on the same post",
            )]))
        }
    }
}

/// A filter's answer to a comment that keeps the rules.
pub(crate) fn accepted(
    submitted: &CommentInput,
    answer: CommentInput,
) -> Result<CommentInput, String> {
    verdict(CheckedComment::try_from(&answer))?;
    if answer.parent_id.is_some() && answer.parent_id != submitted.parent_id {
        return Err("/parent_id: must stay as it is, or be left out".to_owned());
    }
    Ok(answer)
}

/// Checks a comment that a filter is given.
pub(crate) fn submitted(input: &CommentInput) -> Result<(), String> {
    verdict(CheckedComment::try_from(input))
}

fn check(input: &CommentInput) -> Result<CheckedComment<'_>, ContentError> {
    CheckedComment::try_from(input).map_err(ContentError::Invalid)
}
