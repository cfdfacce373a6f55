//! `admin/nodes`: the servers of the site, for admins.

use axum::{Json, Router, extract::State, routing::get};
use raisfast_cluster::{Member, Node};
use serde::Serialize;

use super::{Answer, admin::Items};
use crate::{app::App, auth::Admin};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/nodes", get(list))
}

/// A server, as a list shows it.
#[derive(Serialize)]
struct NodeStatus {
    id: String,
    name: String,
    address: String,
    version: String,
    files: String,
    state: &'static str,
    is_this: bool,
    started_at: String,
    alive_until: Option<String>,
}

impl NodeStatus {
    fn of(member: Member, this: Option<&str>) -> Self {
        Self {
            is_this: this == Some(member.id.as_str()),
            state: if member.is_alive { "alive" } else { "gone" },
            id: member.id,
            name: member.name,
            address: member.address,
            version: member.version,
            files: member.files,
            started_at: member.started_at.into(),
            alive_until: member.alive_until.map(Into::into),
        }
    }
}

async fn list(_: Admin, State(node): State<Node>) -> Answer<Json<Items<NodeStatus>>> {
    let this = node.id().map(|id| id.to_string());
    let nodes = node.nodes().await?.into_iter();
    Ok(Json(Items {
        items: nodes
            .map(|member| NodeStatus::of(member, this.as_deref()))
            .collect(),
    }))
}
