//! The servers of the site on which a plugin is paused.

use std::collections::BTreeMap;

use raisfast_cluster::Node;
use raisfast_contract::PluginId;
use raisfast_db::{Database, DbError};
use serde::Serialize;

/// A hook that a server does not call.
#[derive(Serialize)]
pub(super) struct Pause {
    /// The server's id.
    node: String,
    /// The server's name.
    node_name: String,
    hook: String,
    failures: i64,
    since: String,
    until: String,
    reason: String,
}

/// Returns the pauses of a plugin on the servers that live, as those have written them.
pub(super) async fn of(
    database: &Database,
    node: &Node,
    plugin: &PluginId,
) -> Result<Vec<Pause>, DbError> {
    let rows = database.pauses_of(plugin.as_str()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let alive = node.nodes().await?.into_iter().filter(|node| node.is_alive);
    let names: BTreeMap<_, _> = alive.map(|node| (node.id, node.name)).collect();
    let pauses = rows.into_iter().filter_map(|row| {
        Some(Pause {
            node_name: names.get(&row.node)?.clone(),
            node: row.node,
            hook: row.hook,
            failures: row.failures,
            since: row.paused_since.into(),
            until: row.paused_until.into(),
            reason: row.reason,
        })
    });
    Ok(pauses.collect())
}
