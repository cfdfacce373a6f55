//! One content site: a database, a hook bus and the outbox between the two.

use std::num::NonZeroU64;

use raisfast_db::Database;
use raisfast_hooks::Bus;
use raisfast_outbox::{Changes, Outbox};

use crate::{CommentStatus, Comments, Contents, Posts, view_notices::ViewNotices};

/// The three kinds of things that a site holds. Cloning is cheap; the clones are the same site.
#[derive(Clone)]
pub struct Site {
    posts: Posts,
    comments: Comments,
    contents: Contents,
}

impl Site {
    /// Joins a database to a hook bus, which receives changes through the outbox.
    pub fn new(database: Database, bus: Bus, outbox: Outbox) -> Self {
        let changes = Changes::new(database, bus, outbox);
        let notices = ViewNotices::new(changes.clone());
        Self {
            posts: Posts::new(changes.clone(), notices.clone()),
            comments: Comments::new(changes.clone()),
            contents: Contents::new(changes, notices),
        }
    }

    /// Returns the site with another limit of comments per post. The default is 10,000.
    #[must_use]
    pub fn with_comments_per_post(mut self, most: NonZeroU64) -> Self {
        self.comments = self.comments.with_most_per_post(most);
        self
    }

    /// Returns the site with visitors' comments pending until somebody approves them, or public at
    /// once, which is the default.
    #[must_use]
    pub fn with_comments_approved_first(mut self, approved_first: bool) -> Self {
        let status = if approved_first {
            CommentStatus::Pending
        } else {
            CommentStatus::Approved
        };
        self.comments = self.comments.with_first_status(status);
        self
    }

    /// Posts.
    pub fn posts(&self) -> &Posts {
        &self.posts
    }

    /// Comments on posts.
    pub fn comments(&self) -> &Comments {
        &self.comments
    }

    /// Typed content.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }
}
