//! `…/provenance`.

use super::{
    super::{operation::get, schema::provenance::Writes},
    Group,
};

pub(super) fn group() -> Group {
    Group {
        name: "Provenance",
        description: "Which plugins changed what.",
        operations: [
            ("/api/v1/posts/{post}/provenance", "postProvenance"),
            ("/api/v1/comments/{comment}/provenance", "commentProvenance"),
            (
                "/api/v1/content/{type}/{id}/provenance",
                "contentProvenance",
            ),
        ]
        .into_iter()
        .map(|(path, id)| {
            get(path, id, "List the writes in which plugins had a part")
                .for_admins()
                .returns::<Writes>(200, "The last 50 writes.")
                .refuses(&[422])
        })
        .collect(),
    }
}
