//! The state behind the routes.
//!
//! A handler names the part that it needs, `State<Posts>`, and an extractor the parts that it
//! stands on, `where Users: FromRef<S>`. So the parts know neither this struct nor each other.

use std::sync::Arc;

use axum::extract::FromRef;
use raisfast_accounts::Users;
use raisfast_cluster::Node;
use raisfast_content::{Comments, Contents, Posts};
use raisfast_db::Database;
use raisfast_figures::Figures;
use raisfast_outbox::Outbox;
use raisfast_plugins::Plugins;
use raisfast_recording::Recorders;
use raisfast_vfs::VfsStore;
use tokio_util::sync::CancellationToken;

use crate::{
    client_address::TrustedProxies,
    comment_limit::CommentLimit,
    login_limit::LoginLimit,
    metrics::{Metrics, MetricsNetworks},
    must_load::MustLoad,
    providers::{events::EventStream, log::PluginLog},
    shadows::Shadows,
};

/// The parts that routes stand on. Cloning is cheap.
#[derive(Clone, FromRef)]
pub(crate) struct App {
    pub(crate) users: Users,
    pub(crate) posts: Posts,
    pub(crate) comments: Comments,
    pub(crate) contents: Contents,
    pub(crate) database: Database,
    pub(crate) files: Arc<VfsStore>,
    pub(crate) node: Node,
    pub(crate) outbox: Outbox,
    pub(crate) plugins: Plugins,
    pub(crate) must_load: MustLoad,
    pub(crate) events: EventStream,
    pub(crate) logs: PluginLog,
    pub(crate) recorders: Recorders,
    pub(crate) shadows: Shadows,
    pub(crate) metrics: Metrics,
    pub(crate) figures: Figures,
    pub(crate) metrics_networks: MetricsNetworks,
    pub(crate) proxies: TrustedProxies,
    pub(crate) login_limit: Arc<LoginLimit>,
    pub(crate) comment_limit: Arc<CommentLimit>,
    /// Cancelled when the server begins to shut down.
    pub(crate) shutdown: CancellationToken,
}
