//! A running server.
//!
//! [`Server::start`] begins its life: the socket, the database, its place among the servers of the
//! site, plugins, and only then the first request, which finds everything in place.
//! [`Server::shutdown`] ends it in the opposite order: nothing more is accepted, requests in flight
//! finish, plugins are notified of what is due, they stop, the server leaves the others, the
//! database closes. What survives is in the data folder. Dropping a server without `shutdown` stops
//! accepting and gives up the rest.

mod joined;

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use raisfast_accounts::Users;
use raisfast_cluster::Node;
use raisfast_content::Site;
use raisfast_contract::PluginId;
use raisfast_db::Database;
use raisfast_figures::Figures;
use raisfast_health::{BreakerListener, Health};
use raisfast_hooks::Bus;
use raisfast_outbox::{Outbox, OutboxOptions};
use raisfast_plugins::{Plugins, PluginsOptions};
use raisfast_recording::Recorders;
use raisfast_runtime::{CompileLimits, Runtime, RuntimeOptions};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Config, FlatTable, Secret, StartError,
    advice::Advice as _,
    app::App,
    client_address::TrustedProxies,
    comment_limit::CommentLimit,
    connections::{ConnectionFigures, Connections},
    following::Following,
    metrics::{Metrics, MetricsNetworks},
    must_load::MustLoad,
    node::Claim,
    operator_socket::OperatorSocket,
    plugin_changes::PluginChanges,
    providers::{
        self, Sinks,
        breakers::{StoredBreakers, announcer, report_others},
        events::EventStream,
        log::PluginLog,
    },
    routes,
    shadows::Shadows,
};
use joined::Joined;

/// A running server.
pub struct Server {
    addr: SocketAddr,
    site: Site,
    app: App,
    connections: Connections,
    accepting: JoinHandle<()>,
    at_the_socket: Option<JoinHandle<()>>,
    new_admin_password: Option<Secret>,
    shutdown_timeout: Duration,
    _stop_on_drop: DropGuard,
    _claim: Claim,
}

impl Server {
    /// Starts a server and returns once it accepts requests.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        data_folder(&config.data_dir)?;
        warn_of_shared_plugins(&config.plugins.dir);
        let (listener, addr) = listen(config.addr).await?;

        let joined = Joined::begin(&config, addr).await?;
        let settings = joined.settings(&config).await?;
        let (logs, events) = (PluginLog::new(), joined.events());
        let (database, node) = (&joined.database, &joined.node);
        logs.keep_in(database).await;
        let recorders = Recorders::new(config.recording.options());
        let counted = Figures::with_steps_of(config.figures_step);
        let sinks = Sinks {
            log: logs.clone(),
            events: events.clone(),
            recorders: recorders.clone(),
            figures: counted.clone(),
        };
        let files = providers::files(&config, database, node).await?;
        let capabilities =
            providers::capabilities(&config, addr, database, Arc::clone(&files), sinks)?;
        let breakers = joined.breakers();
        let announcer = announcer(&logs, &events);
        let health = health(&config, breakers.clone(), announcer, &counted);
        let bus = Bus::gated(health.clone(), health.clone());
        let ceilings = config.plugins.ceilings();
        let options = outbox_options(&config);
        let outbox = Outbox::start(database.clone(), bus.clone(), node.clone(), options).await?;
        let runtime = Runtime::new(runtime_options(&config))?;
        let plugins = Plugins::start(PluginsOptions {
            folder: config.plugins.dir.clone(),
            hot_reload: config.plugins.hot_reload,
            runtime,
            bus: bus.clone(),
            health,
            capabilities,
            releases: joined.releases(),
            switches: joined.switches(),
            identities: joined.identities(),
            ticks: joined.ticks(),
            settings: Arc::new(settings),
            ceilings,
            succession: config.plugins.succession,
            patience: config.plugins.patience,
            config: own_settings(&config.plugins.overrides),
            safe_mode: config.plugins.safe_mode,
            way_out: |error| error.advice().map(Into::into),
        })
        .await?;

        let following = Following::begin(&plugins, node).await;

        let users = Users::new(database.clone(), bus.clone(), outbox.clone());
        let site = site(&config, database, bus, &outbox);
        // Last of all that can fail: a password that was made is never lost.
        let new_admin_password = ensure_admin(&config, &users).await?;

        let shutdown = CancellationToken::new();
        let figures = ConnectionFigures::default();
        let app = App {
            users,
            posts: site.posts().clone(),
            comments: site.comments().clone(),
            contents: site.contents().clone(),
            database: database.clone(),
            files,
            metrics: Metrics::new(node, plugins.clone(), &counted, &figures),
            node: node.clone(),
            figures: counted.clone(),
            outbox,
            metrics_networks: MetricsNetworks::new(config.metrics_networks),
            proxies: TrustedProxies::new(config.trusted_proxies),
            login_limit: joined.login_limit(),
            comment_limit: Arc::new(CommentLimit::new(config.comments.per_minute)),
            plugins,
            must_load: MustLoad::new(config.plugins.must_load),
            events,
            logs,
            recorders,
            shadows: Shadows::default(),
            shutdown: shutdown.clone(),
        };
        let connections = Connections::new(
            routes::router(app.clone(), config.console.enabled, config.log.access),
            config.connections,
            figures,
            shutdown.clone(),
        );
        let at_the_socket = OperatorSocket::open(&config.data_dir)
            .map(|socket| tokio::spawn(socket.serve(connections.clone(), shutdown.clone())));
        begin_tasks(&app, joined.changes, breakers, following);
        tracing::info!(%addr, version = env!("CARGO_PKG_VERSION"), "listening");
        Ok(Self {
            addr,
            site,
            app,
            accepting: tokio::spawn(connections.clone().serve(listener)),
            connections,
            at_the_socket,
            new_admin_password,
            shutdown_timeout: config.shutdown_timeout,
            _stop_on_drop: shutdown.drop_guard(),
            _claim: joined.claim,
        })
    }

    /// Returns the address at which the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The password that was made for the first admin at this start, if it was.
    pub fn new_admin_password(&self) -> Option<&Secret> {
        self.new_admin_password.as_ref()
    }

    /// Returns the accounts of those who log in.
    pub fn users(&self) -> &Users {
        &self.app.users
    }

    /// Returns the site that the routes serve.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Returns the database under it.
    pub fn database(&self) -> &Database {
        &self.app.database
    }

    /// Returns this server among those of its site.
    pub fn node(&self) -> &Node {
        &self.app.node
    }

    /// The installed plugins.
    pub fn plugins(&self) -> &Plugins {
        &self.app.plugins
    }

    /// Returns what plugins have logged.
    pub fn plugin_log(&self) -> &PluginLog {
        &self.app.logs
    }

    /// Returns the place where plugins' events go and listeners get them.
    pub fn events(&self) -> &EventStream {
        &self.app.events
    }

    /// Returns the deliveries that plugins have not taken yet.
    pub fn outbox(&self) -> &Outbox {
        &self.app.outbox
    }

    /// Resolves when plugins were notified of all that is due.
    pub async fn settled(&self) {
        self.app.outbox.settled().await;
    }

    /// Stops accepting, lets requests in flight finish, delivers what is due, then stops. Each of
    /// these gets the `shutdown_timeout` of the configuration. Requests and calls that are not
    /// finished then are given up with a warning; what is not delivered stays in the outbox for the
    /// next start.
    pub async fn shutdown(mut self) {
        self.app.shutdown.cancel();
        let patience = self.shutdown_timeout;
        match timeout(patience, &mut self.accepting).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the listener's task failed"),
            Err(_) => {
                tracing::warn!("requests are still in flight; they are given up");
                self.connections.close_all();
                self.accepting.abort();
            }
        }
        if let Some(socket) = self.at_the_socket.take() {
            // It ends with the server's shutdown, and removes its file.
            let _ = socket.await;
        }
        self.app.shadows.clear();
        let outbox = &self.app.outbox;
        let mut all_delivered = timeout(patience, outbox.settled()).await.is_ok();
        // A call in progress has a deadline, too, and may still end well.
        all_delivered &= timeout(patience, outbox.stop()).await.is_ok();
        if !all_delivered {
            tracing::warn!("not everything is delivered; the rest stays in the outbox");
        }
        if timeout(patience, self.app.plugins.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("plugins are still busy; they are given up");
        }
        let posts = self.site.posts();
        match timeout(patience, posts.write_views()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last views are not counted"),
            Err(_) => tracing::warn!("the last views are not counted: the database is busy"),
        }
        if timeout(patience, self.app.logs.written()).await.is_err() {
            tracing::warn!("plugins' last log records are not kept: the database is busy");
        }
        if timeout(patience, self.app.events.written()).await.is_err() {
            tracing::warn!("the last events are not kept: the database is busy");
        }
        self.app.events.close();
        // Last: until here it may act for the site.
        self.app.node.leave().await;
        self.app.database.close().await;
        tracing::info!("stopped");
    }
}

fn health(
    config: &Config,
    memory: StoredBreakers,
    listener: Arc<dyn BreakerListener>,
    figures: &Figures,
) -> Arc<Health> {
    let health = Health::new(config.plugins.breaker, Arc::new(memory), listener);
    Arc::new(health.counting_in(figures.clone()))
}

fn site(config: &Config, database: &Database, bus: Bus, outbox: &Outbox) -> Site {
    Site::new(database.clone(), bus, outbox.clone())
        .with_comments_per_post(config.comments.per_post)
        .with_comments_approved_first(config.comments.approve_first)
}

/// Makes the first admin where there is none, and returns the password if it had to be made too.
async fn ensure_admin(config: &Config, users: &Users) -> Result<Option<Secret>, StartError> {
    let given = config.admin_password.as_ref().map(Secret::expose);
    let made = users.ensure_admin(given).await.map_err(StartError::Admin)?;
    Ok(made.map(Secret::new))
}

/// Begins what goes on beside requests, until the shutdown.
fn begin_tasks(app: &App, changes: PluginChanges, breakers: StoredBreakers, following: Following) {
    let shutdown = || app.shutdown.clone();
    let (events, logs) = (app.events.clone(), app.logs.clone());
    tokio::spawn(close_steps(app.figures.clone(), shutdown()));
    tokio::spawn(events.clone().prune(shutdown()));
    tokio::spawn(breakers.follow_ids(shutdown()));
    tokio::spawn(report_others(events, logs, app.node.clone(), shutdown()));
    tokio::spawn(changes.follow(app.plugins.clone(), shutdown()));
    tokio::spawn(following.run(shutdown()));
}

/// Prepares the data folder: for this user alone, and with the site of before where a restore was
/// interrupted.
fn data_folder(folder: &Path) -> Result<(), StartError> {
    private_folder(folder)?;
    if raisfast_backup::recover(folder)? {
        tracing::warn!(
            "a restore was interrupted: the site of before is served; restore once more"
        );
    }
    Ok(())
}

/// Makes the folder for this user alone, where it is not there yet, and refuses one that others can
/// write to: it holds accounts and what plugins keep.
fn private_folder(path: &Path) -> Result<(), StartError> {
    raisfast_private_folder::create(path).map_err(|source| StartError::Folder {
        path: path.to_owned(),
        source,
    })?;
    raisfast_private_folder::check(path).map_err(StartError::DataFolder)
}

/// Returns the operator's values for plugins' `[config]`.
fn own_settings(
    tables: &BTreeMap<PluginId, FlatTable>,
) -> HashMap<PluginId, BTreeMap<String, String>> {
    tables
        .iter()
        .map(|(plugin, table)| (plugin.clone(), table.clone().into()))
        .collect()
}

/// Closes the steps of figures when they are over, until the server shuts down.
async fn close_steps(figures: Figures, shutdown: CancellationToken) {
    let over = async || tokio::time::sleep(figures.left_of_step(figures.elapsed())).await;
    while shutdown.run_until_cancelled(over()).await.is_some() {
        figures.close(figures.elapsed());
    }
}

/// Listens at an address, and returns the one that it turned out to be.
async fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let not_listening = |source| StartError::Listen { addr, source };
    let listener = TcpListener::bind(addr).await.map_err(not_listening)?;
    let addr = listener.local_addr().map_err(not_listening)?;
    Ok((listener, addr))
}

fn runtime_options(config: &Config) -> RuntimeOptions {
    let plugins = &config.plugins;
    RuntimeOptions {
        cache: Some(config.cache_dir.clone()),
        max_memory: plugins.ceilings().max_memory,
        compile_limits: CompileLimits {
            memory: u64::from(plugins.compile_memory_mb.get()) << 20,
            time: plugins.compile_timeout,
        },
        ..RuntimeOptions::default()
    }
}

fn outbox_options(config: &Config) -> OutboxOptions {
    OutboxOptions {
        side_by_side: config.plugins.pool_size.get(),
        max_waiting: config.outbox.max_waiting.get(),
        max_waiting_bytes: config.outbox.max_waiting_mb.get().saturating_mul(1 << 20),
        first_retry: config.outbox.first_retry,
    }
}

/// Warns that others could read the accounts in a database, with the command that corrects it.
fn warn_of_a_readable_database(file: &Path) {
    let folder = file.parent().and_then(|folder| folder.metadata().ok());
    let lets_others_in = folder.is_some_and(|folder| folder.permissions().mode() & 0o011 != 0);
    if lets_others_in && raisfast_private_folder::is_readable_by_others(file) {
        tracing::warn!(
            "others on this machine can read the database: run `chmod go-rwx {file} {file}-wal {file}-shm`",
            file = file.display()
        );
    }
}

/// Warns of plugins that others could replace. Such a folder may be meant: a group of people who
/// deploy.
fn warn_of_shared_plugins(folder: &Path) {
    if folder.exists()
        && let Err(exposed) = raisfast_private_folder::check(folder)
    {
        tracing::warn!(reason = %exposed, "others on this machine could install plugins");
    }
}
