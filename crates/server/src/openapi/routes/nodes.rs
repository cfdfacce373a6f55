//! `admin/nodes`.

use super::{
    super::{operation::get, schema::nodes::Nodes},
    Group,
};

pub(super) fn group() -> Group {
    Group {
        name: "Nodes",
        description: "The servers of the site.",
        operations: vec![
            get(
                "/api/v1/admin/nodes",
                "listNodes",
                "List the servers of the site",
            )
            .for_admins()
            .returns::<Nodes>(
                200,
                "Those that live, and those that went within the last hour.",
            ),
        ],
    }
}
