//! `DELETE admin/plugins/{plugin}`: a plugin is removed, and what it has stored stays or goes.

use axum::{Json, extract::State};
use raisfast_contract::PluginId;
use raisfast_plugins::{AdminError, RemovalError};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Parameters, Segments,
    plugin_storage::{Storage, unavailable},
    plugins::parse,
};
use crate::{app::App, auth::Admin};

/// The choice about what a plugin has stored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    /// False where it is absent.
    #[serde(default)]
    delete_data: bool,
}

/// A plugin that is removed.
#[derive(Serialize)]
pub(super) struct Removed {
    plugin: PluginId,
    /// True if all that it has stored is deleted.
    data_deleted: bool,
    /// The storage that it had when it was removed.
    storage: Storage,
    /// The same in words, and how to delete what stays.
    message: String,
}

/// Removes a plugin. What has begun goes on, even if nobody waits for it any longer.
pub(super) async fn remove(
    _: Admin,
    State(app): State<App>,
    Segments(plugin): Segments<String>,
    Parameters(Choice { delete_data }): Parameters<Choice>,
) -> Answer<Json<Removed>> {
    let id = parse(&plugin)?;
    let removing = tokio::spawn(async move {
        if delete_data {
            with_data(&app, &id).await
        } else {
            alone(&app, &id).await
        }
    });
    match removing.await {
        Ok(removed) => Ok(Json(removed?)),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Removes a plugin and leaves what it has stored.
async fn alone(app: &App, plugin: &PluginId) -> Answer<Removed> {
    app.plugins.remove(plugin).await?;
    forget(app, plugin).await;
    let storage = Storage::of(plugin, &app.plugins, &app.database, &app.files).await?;
    let message = if storage.is_empty() {
        format!("{plugin} is removed. It has stored nothing.")
    } else {
        format!(
            "{plugin} is removed. What it has stored stays; `raisfast plugin remove {plugin} --delete-data` \
             deletes it."
        )
    };
    Ok(Removed {
        plugin: plugin.clone(),
        data_deleted: false,
        storage,
        message,
    })
}

/// Removes a plugin, installed or not, and deletes what it has stored.
async fn with_data(app: &App, plugin: &PluginId) -> Answer<Removed> {
    let storage = Storage::of(plugin, &app.plugins, &app.database, &app.files).await?;
    if storage.is_empty() && app.plugins.get(plugin).is_none() {
        return Err(AdminError::NotFound(plugin.to_string()).into());
    }
    let before = app.database.installations_of(plugin).await?;
    let absence = app.plugins.remove_for_good(plugin).await?;
    forget(app, plugin).await;
    // Whoever installs it from now on waits here for the files, and begins without any.
    let tree = app.files.hold_tree(plugin).await.map_err(unavailable)?;
    let database = &app.database;
    let is_deleted = database
        .delete_plugin_rows(plugin, absence.revision, &before)
        .await?;
    if !is_deleted {
        return Err(RemovalError::CameBack(plugin.clone()).into());
    }
    app.outbox.discard_all(plugin, None).await?;
    tree.delete().await.map_err(unavailable)?;
    drop(absence);
    tracing::info!(%plugin, "a plugin is removed, and all that it has stored is deleted");
    Ok(Removed {
        plugin: plugin.clone(),
        data_deleted: true,
        storage,
        message: format!("{plugin} is removed, and all that it had stored is deleted."),
    })
}

/// Forgets what only this server knows of a plugin.
async fn forget(app: &App, plugin: &PluginId) {
    app.logs.forget(plugin).await;
    app.recorders.forget(plugin);
    // Usually there is none.
    let _ = app.shadows.end(plugin);
}
