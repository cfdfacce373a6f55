//! `content`.

use super::{
    super::{
        operation::{Query, delete, get, patch, post, put},
        schema::content::{ContentList, ContentTypeList, Record, StoredContent},
    },
    Group, PAGE,
};

pub(super) fn group() -> Group {
    Group {
        name: "Typed content",
        description: "Records of any type; a type is declared by use.",
        operations: vec![
            get(
                "/api/v1/content",
                "listContentTypes",
                "List the types that have records",
            )
            .for_users()
            .query(&PAGE)
            .returns::<ContentTypeList>(200, "A page of types.")
            .refuses(&[422]),
            get(
                "/api/v1/content/{type}",
                "listContent",
                "List records of a type",
            )
            .for_readers()
            .query(&PAGE)
            .query(&[Query::text(
                "text",
                "A part of the records' text, in capitals or not; with a login.",
            )])
            .returns::<ContentList>(200, "A page of records.")
            .refuses(&[422]),
            post("/api/v1/content/{type}", "createContent", "Store a record")
                .for_users()
                .takes::<Record>()
                .filtered()
                .returns::<StoredContent>(201, "The record. `Location` has its place."),
            get(
                "/api/v1/content/{type}/{id}",
                "readContent",
                "Read a record",
            )
            .returns::<StoredContent>(200, "The record.")
            .refuses(&[422]),
            put(
                "/api/v1/content/{type}/{id}",
                "replaceContent",
                "Replace a record",
            )
            .for_users()
            .takes::<Record>()
            .filtered()
            .returns::<StoredContent>(200, "The record.")
            .refuses(&[403, 409]),
            patch(
                "/api/v1/content/{type}/{id}",
                "patchContent",
                "Change members of a record: a JSON Merge Patch (RFC 7396)",
            )
            .for_users()
            .takes::<Record>()
            .filtered()
            .returns::<StoredContent>(200, "The record.")
            .refuses(&[403, 409]),
            delete(
                "/api/v1/content/{type}/{id}",
                "deleteContent",
                "Delete a record",
            )
            .for_users()
            .returns_nothing("It is gone.")
            .refuses(&[403, 422]),
        ],
    }
}
