//! `posts/{post}/comments` and `comments`.

use super::{
    super::{
        operation::{Query, delete, get, patch, post},
        schema::comments::{
            Comment, CommentCount, CommentList, CommentPatch, ModeratedComments, NewComment,
        },
    },
    Group, PAGE,
};

const STATUS: Query = Query::one_of(
    "status",
    &["pending", "approved", "spam"],
    "Those of this status. Others than the approved ones are for editors and admins.",
);

pub(super) fn group() -> Group {
    Group {
        name: "Comments",
        description: "What visitors say.",
        operations: vec![
            get(
                "/api/v1/posts/{post}/comments",
                "listComments",
                "List the comments on a post",
            )
            .for_readers()
            .query(&[STATUS])
            .query(&PAGE)
            .returns::<CommentList>(200, "A page of comments.")
            .refuses(&[403, 422]),
            post(
                "/api/v1/posts/{post}/comments",
                "createComment",
                "Comment on a post",
            )
            .takes::<NewComment>()
            .filtered()
            .returns::<Comment>(201, "The comment.")
            .refuses(&[409, 429]),
            get(
                "/api/v1/comments",
                "listAllComments",
                "List the comments on all posts",
            )
            .for_moderators()
            .query(&[STATUS])
            .query(&PAGE)
            .returns::<ModeratedComments>(200, "A page of comments.")
            .refuses(&[422]),
            delete("/api/v1/comments", "deleteSpam", "Delete all spam")
                .for_moderators()
                .query(&[
                    Query::one_of("status", &["spam"], "Only spam is deleted together.").required(),
                ])
                .returns::<CommentCount>(200, "It is gone.")
                .refuses(&[422]),
            patch(
                "/api/v1/comments/{comment}",
                "patchComment",
                "Change the members of a comment that are sent",
            )
            .for_moderators()
            .takes::<CommentPatch>()
            .returns::<Comment>(200, "The comment."),
            delete(
                "/api/v1/comments/{comment}",
                "deleteComment",
                "Delete a comment",
            )
            .for_moderators()
            .returns_nothing("It is gone."),
        ],
    }
}
