//! The work of editors on comments: all of them by status, whoever's post they are on.

use std::collections::BTreeMap;

use raisfast_accounts::{Right, User};
use raisfast_db::entity::{comments, posts};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde::Serialize;

use super::{Comment, CommentPatch, CommentStatus, Comments, checked::CheckedComment};
use crate::{
    ContentError, Listing, MAX_LIMIT,
    listing::{Cursor, PageRequest},
    permission::{must, must_moderate},
    provenance,
};

/// A comment among those on all posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModeratedComment {
    /// The comment.
    #[serde(flatten)]
    pub comment: Comment,
    /// The post that it is on.
    pub post: CommentedPost,
}

/// The post that a comment is on, as far as a moderator wants to know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CommentedPost {
    /// The name in the URL.
    pub slug: String,
    /// The headline.
    pub title: String,
}

impl Comments {
    /// The comments on all posts, or those of one status, the newest first; only who moderates may.
    /// `limit` is 1 to 100.
    pub async fn list_all(
        &self,
        user: &User,
        status: Option<&str>,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<ModeratedComment>, ContentError> {
        must_moderate(user)?;
        let status = status.map(parsed).transpose()?;
        let page = PageRequest::new(cursor, limit)?;
        let mut select = comments::Entity::find();
        if let Some(status) = status {
            select = select.filter(comments::Column::Status.eq(status.as_str()));
        }
        let mut rows = select.cursor_by((comments::Column::CreatedAt, comments::Column::Id));
        rows.desc();
        let connection = self.changes.database().connection();
        let Listing { items, next } = page.read(rows, connection, position, Comment::from).await?;
        let posts = self.posts_of(&items).await?;
        let of = |comment: Comment| ModeratedComment {
            // A post that is deleted meanwhile has taken its comments along.
            post: posts.get(&comment.post_id).cloned().unwrap_or_default(),
            comment,
        };
        Ok(Listing {
            items: items.into_iter().map(of).collect(),
            next,
        })
    }

    /// The comments of one status on a post, the oldest first: those that are not public are for
    /// the post's author and editors, also while the post is not published. `limit` is 1 to 100.
    pub async fn list_by_status(
        &self,
        reader: &User,
        slug: &str,
        status: &str,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<Comment>, ContentError> {
        let status = parsed(status)?;
        let page = PageRequest::new(cursor, limit)?;
        let post = posts::Entity::find()
            .filter(posts::Column::Slug.eq(slug))
            .one(self.changes.database().connection())
            .await?
            .ok_or(ContentError::NotFound)?;
        if !post.is_public() && !reader.may(Right::ReadUnpublished, &post.created_by) {
            // Who may not read it does not learn that it is there.
            return Err(ContentError::NotFound);
        }
        if status != CommentStatus::Approved {
            must(reader, Right::ReadHeldComments, &post.created_by)?;
        }
        self.page_of(&post.id, status, page).await
    }

    /// Changes what the patch has and leaves the rest; only who moderates may, since a comment has
    /// no author who could log in. No hook is about it.
    pub async fn patch(
        &self,
        user: &User,
        id: &str,
        patch: CommentPatch,
    ) -> Result<Comment, ContentError> {
        must_moderate(user)?;
        let transaction = self.changes.database().begin().await?;
        let stored = comments::Entity::find_by_id(id)
            .lock_exclusive()
            .one(&transaction)
            .await?
            .ok_or(ContentError::NotFound)?;
        let (input, status) = patch.of(&stored)?;
        let comment = CheckedComment::try_from(&input).map_err(ContentError::Invalid)?;
        let status = status.map_or(stored.status, |status| status.as_str().to_owned());
        let changed = comments::ActiveModel {
            id: Unchanged(stored.id),
            content: Set(comment.content.to_owned()),
            nickname: Set(comment.nickname.map(str::to_owned)),
            email: Set(comment.email.map(str::to_owned)),
            status: Set(status),
            ..Default::default()
        }
        .update(&transaction)
        .await?;
        transaction.commit().await?;
        Ok(changed.into())
    }

    /// Deletes a comment; only who moderates may. The comments that answer it answer what it
    /// answered.
    pub async fn delete(&self, user: &User, id: &str) -> Result<(), ContentError> {
        must_moderate(user)?;
        let transaction = self.changes.database().begin().await?;
        let comment = comments::Entity::find_by_id(id)
            .lock_exclusive()
            .one(&transaction)
            .await?
            .ok_or(ContentError::NotFound)?;
        remove(&transaction, comment).await?;
        Ok(transaction.commit().await?)
    }

    /// Deletes the oldest comments that are spam, at most 100, as [`delete`](Self::delete) does;
    /// only who moderates may. Returns how many there were, 0 where none is left.
    pub async fn delete_spam(&self, user: &User) -> Result<u64, ContentError> {
        must_moderate(user)?;
        let transaction = self.changes.database().begin().await?;
        let spam = comments::Entity::find()
            .filter(comments::Column::Status.eq(CommentStatus::Spam.as_str()))
            .order_by_asc(comments::Column::CreatedAt)
            .order_by_asc(comments::Column::Id)
            .limit(MAX_LIMIT)
            .lock_exclusive()
            .all(&transaction)
            .await?;
        let mut deleted = 0;
        for comment in spam {
            remove(&transaction, comment).await?;
            deleted += 1;
        }
        transaction.commit().await?;
        Ok(deleted)
    }

    /// Returns the posts that comments of one page are on, by their ids.
    async fn posts_of(
        &self,
        comments: &[Comment],
    ) -> Result<BTreeMap<String, CommentedPost>, ContentError> {
        let mut ids: Vec<_> = comments.iter().map(|comment| &comment.post_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows: Vec<(String, String, String)> = posts::Entity::find()
            .select_only()
            .columns([posts::Column::Id, posts::Column::Slug, posts::Column::Title])
            .filter(posts::Column::Id.is_in(ids))
            .into_tuple()
            .all(self.changes.database().connection())
            .await?;
        let named = rows
            .into_iter()
            .map(|(id, slug, title)| (id, CommentedPost { slug, title }));
        Ok(named.collect())
    }
}

/// Deletes a comment that the transaction has locked, and ties what replies to it to its parent.
async fn remove(
    transaction: &DatabaseTransaction,
    comment: comments::Model,
) -> Result<(), ContentError> {
    // In a list that was read before, the parent may be one that is deleted already.
    let parent = comments::Entity::find_by_id(&comment.id)
        .select_only()
        .column(comments::Column::ParentId)
        .into_tuple::<Option<String>>()
        .one(transaction)
        .await?
        .flatten();
    comments::Entity::update_many()
        .col_expr(comments::Column::ParentId, Expr::value(parent))
        .filter(comments::Column::PostId.eq(&comment.post_id))
        .filter(comments::Column::ParentId.eq(&comment.id))
        .exec(transaction)
        .await?;
    provenance::forget(transaction, &comment.id).await?;
    comments::Entity::delete_by_id(&comment.id)
        .exec(transaction)
        .await?;
    Ok(())
}

fn parsed(status: &str) -> Result<CommentStatus, ContentError> {
    CommentStatus::parse(status)
        .ok_or_else(|| ContentError::invalid("/status", CommentStatus::EXPECTED))
}

/// Returns the place of a comment in lists.
pub(super) fn position(comment: &comments::Model) -> Cursor {
    Cursor {
        time: comment.created_at.to_string(),
        id: comment.id.clone(),
    }
}
