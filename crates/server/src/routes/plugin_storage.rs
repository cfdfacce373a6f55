//! `admin/plugins/{plugin}/storage` and `admin/plugins/removed`: the room that plugins take, beside
//! what they may take, and what those that are no longer installed have left.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use raisfast_contract::PluginId;
use raisfast_db::{Database, RowBounds};
use raisfast_host_api::ApiError;
use raisfast_plugins::{AdminError, Plugins};
use raisfast_vfs::{MAX_FILES, VfsStore};
use serde::Serialize;

use super::{Answer, Segments, admin::Items, plugins::parse};
use crate::{app::App, auth::Admin, problem::Problem};

/// The most tables of a plugin that are shown.
const MOST_TABLES: usize = 50;
/// The rows that are counted: an administrator wants to see growth, not to wait for it.
const ROWS: RowBounds = RowBounds {
    of_one: 100_000,
    of_all: 1_000_000,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/plugins/removed", get(list))
        .route("/plugins/{plugin}/storage", get(show))
}

/// The room that a plugin takes.
#[derive(Serialize)]
pub(super) struct Storage {
    plugin: PluginId,
    keys: Amount,
    key_value_bytes: Amount,
    files: Amount,
    file_bytes: Amount,
    tables: Vec<Table>,
    /// There are tables beyond those that are shown.
    more_tables: bool,
    /// Records of migrations that have run.
    migrations: u64,
    /// Settings that differ from their defaults.
    settings: u64,
    /// Deliveries that wait, and dead letters.
    deliveries: u64,
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

impl Storage {
    /// Looks at what a plugin keeps, installed or not.
    pub(super) async fn of(
        plugin: &PluginId,
        plugins: &Plugins,
        database: &Database,
        files: &VfsStore,
    ) -> Answer<Self> {
        let installed = plugins.get(plugin);
        let limits: BTreeMap<_, _> = installed.map(|status| status.limits).unwrap_or_default();
        let limit = |key| limits.get(key).copied();
        let key_value = database.key_value_use(plugin).await?;
        let rows = database.plugin_rows(plugin).await?;
        let kept = files.usage(plugin).await.map_err(unavailable)?;
        let mut tables = database.table_use(plugin, MOST_TABLES, ROWS).await?;
        let more_tables = tables.len() > MOST_TABLES;
        tables.truncate(MOST_TABLES);
        Ok(Self {
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
            migrations: rows.migrations,
            settings: rows.settings,
            deliveries: rows.deliveries,
            plugin: plugin.clone(),
        })
    }

    /// Returns true if nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        let amounts = [
            self.keys.used,
            self.files.used,
            self.migrations,
            self.settings,
            self.deliveries,
        ];
        self.tables.is_empty() && amounts.iter().all(|amount| *amount == 0)
    }
}

/// The storage's words are for whoever asks: they say if trying again helps.
pub(super) fn unavailable(error: ApiError) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.message)
}

/// Lists what plugins have left that are not installed.
async fn list(
    _: Admin,
    State(plugins): State<Plugins>,
    State(database): State<Database>,
    State(files): State<Arc<VfsStore>>,
) -> Answer<Json<Items<Storage>>> {
    let rows = database.plugins_with_rows().await?;
    let mut found: BTreeSet<PluginId> = rows.iter().filter_map(|id| id.parse().ok()).collect();
    found.extend(files.plugins().await.map_err(unavailable)?);
    found.retain(|plugin| plugins.get(plugin).is_none());
    let mut items = Vec::new();
    for plugin in found {
        let storage = Storage::of(&plugin, &plugins, &database, &files).await?;
        if !storage.is_empty() {
            items.push(storage);
        }
    }
    Ok(Json(Items { items }))
}

async fn show(
    _: Admin,
    State(plugins): State<Plugins>,
    State(database): State<Database>,
    State(files): State<Arc<VfsStore>>,
    Segments(plugin): Segments<String>,
) -> Answer<Json<Storage>> {
    let id = parse(&plugin)?;
    let storage = Storage::of(&id, &plugins, &database, &files).await?;
    if storage.is_empty() && plugins.get(&id).is_none() {
        return Err(AdminError::NotFound(plugin).into());
    }
    Ok(Json(storage))
}
