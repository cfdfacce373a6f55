//! `admin/plugins/{plugin}/storage`: the room that a plugin takes, beside what it may take.

use std::sync::Arc;

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use raisfast_contract::PluginId;
use raisfast_db::{Database, RowBounds};
use raisfast_plugins::Plugins;
use raisfast_vfs::{MAX_FILES, VfsStore};
use serde::Serialize;

use super::{
    Answer, Segments,
    plugins::{parse, status},
};
use crate::{app::App, auth::Admin, problem::Problem};

/// The most tables of a plugin that are shown.
const MOST_TABLES: usize = 50;
/// The rows that are counted: an administrator wants to see growth, not to wait for it.
const ROWS: RowBounds = RowBounds {
    of_one: 100_000,
    of_all: 1_000_000,
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/plugins/{plugin}/storage", get(show))
}

/// The room that a plugin takes.
#[derive(Serialize)]
struct Storage {
    plugin: PluginId,
    keys: Amount,
    key_value_bytes: Amount,
    files: Amount,
    file_bytes: Amount,
    tables: Vec<Table>,
    /// There are tables beyond those that are shown.
    more_tables: bool,
}

/// An amount, and the most that there may be; none where no version has run, and so none limits.
#[derive(Serialize)]
struct Amount {
    used: u64,
    limit: Option<u64>,
}

/// One of the plugin's own tables.
#[derive(Serialize)]
struct Table {
    name: String,
    rows: u64,
    /// There are rows beyond those that were counted.
    more_rows: bool,
}

async fn show(
    _: Admin,
    State(plugins): State<Plugins>,
    State(database): State<Database>,
    State(files): State<Arc<VfsStore>>,
    Segments(plugin): Segments<String>,
) -> Answer<Json<Storage>> {
    let plugin = parse(&plugin)?;
    let limits = status(&plugins, &plugin)?.limits;
    let limit = |key| limits.get(key).copied();
    let key_value = database.key_value_use(&plugin).await?;
    let kept = files
        .usage(&plugin)
        .await
        .map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.message))?;
    let mut tables = database.table_use(&plugin, MOST_TABLES, ROWS).await?;
    let more_tables = tables.len() > MOST_TABLES;
    tables.truncate(MOST_TABLES);
    Ok(Json(Storage {
        keys: Amount {
            used: key_value.keys,
            limit: limit("kv_keys"),
        },
        key_value_bytes: Amount {
            used: key_value.bytes,
            limit: limit("kv_bytes"),
        },
        files: Amount {
            used: kept.files,
            limit: Some(MAX_FILES),
        },
        file_bytes: Amount {
            used: kept.bytes,
            limit: limit("vfs_total_bytes"),
        },
        tables: tables
            .into_iter()
            .map(|table| Table {
                name: table.name,
                rows: table.rows,
                more_rows: table.has_more,
            })
            .collect(),
        more_tables,
        plugin,
    }))
}
