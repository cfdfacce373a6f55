//! `admin`: the routes for admins, joined. Each resource has a module beside this one.

use axum::Router;
use serde::Serialize;

use super::{
    figures, nodes, outbox, plugin_logs, plugin_settings, plugin_storage, plugins, recordings,
    releases, shadows, users,
};
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(plugins::routes())
        .merge(figures::routes())
        .merge(nodes::routes())
        .merge(outbox::routes())
        .merge(users::routes())
        .merge(plugin_logs::routes())
        .merge(plugin_settings::routes())
        .merge(plugin_storage::routes())
        .merge(recordings::routes())
        .merge(releases::routes())
        .merge(shadows::routes())
}

/// The answer of a list that is never long.
#[derive(Serialize)]
pub(super) struct Items<T> {
    pub(super) items: Vec<T>,
}
