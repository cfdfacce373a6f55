//! `posts`.

use super::{
    super::{
        operation::{Query, delete, get, patch, post, put},
        schema::posts::{NewPost, Post, PostPage, PostPatch, PostReplacement, Posts},
    },
    Group, PAGE,
};

const STATUS: Query = Query::one_of(
    "status",
    &["published", "draft", "archived", "all"],
    "`published` without it. Others are listed with a login alone: the own ones, for editors and \
     admins everybody's.",
);
const AUTHOR: Query = Query::text("author", "The id of the user whose posts are listed.");
const TITLE: Query = Query::text(
    "title",
    "A part of the titles, of at most 100 characters; it needs a login.",
);

pub(super) fn group() -> Group {
    Group {
        name: "Posts",
        description: "What the site publishes.",
        operations: vec![
            get("/api/v1/posts", "listPosts", "List posts")
                .for_readers()
                .query(&[STATUS, AUTHOR, TITLE])
                .query(&PAGE)
                .returns::<Posts>(200, "A page of posts.")
                .refuses(&[422]),
            post("/api/v1/posts", "createPost", "Store a post")
                .for_users()
                .takes::<NewPost>()
                .filtered()
                .returns::<Post>(201, "The post. `Location` has its place.")
                .refuses(&[409]),
            get(
                "/api/v1/posts/{post}",
                "readPost",
                "Read a post, and count a view",
            )
            .for_readers()
            .returns::<PostPage>(200, "The post as a page.")
            .refuses(&[422]),
            put("/api/v1/posts/{post}", "replacePost", "Replace a post")
                .for_users()
                .takes::<PostReplacement>()
                .filtered()
                .returns::<Post>(200, "The post.")
                .refuses(&[403, 409]),
            patch(
                "/api/v1/posts/{post}",
                "patchPost",
                "Change the members of a post that are sent",
            )
            .for_users()
            .takes::<PostPatch>()
            .filtered()
            .returns::<Post>(200, "The post.")
            .refuses(&[403, 409]),
            delete(
                "/api/v1/posts/{post}",
                "deletePost",
                "Delete a post and its comments",
            )
            .for_users()
            .returns_nothing("It is gone.")
            .refuses(&[403]),
        ],
    }
}
