//! The connections of strangers, and what they may hold.
//!
//! Whoever connects holds a descriptor, buffers and a task, without a login and without a word. So
//! each connection is in a [phase](connection), which has a limit in time, all together have one in
//! number and in bytes, and where a limit is reached the server closes the connection that has kept
//! it waiting for the longest time. A connection whose request the server works on keeps nobody
//! waiting and is never closed for another.

mod body;
mod budget;
mod connection;
pub(crate) mod descriptors;
mod stream;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::Notify,
    time::{Instant, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use self::{
    body::{Answered, Received},
    budget::Budget,
    connection::{Connection, Held},
    stream::Watched,
};
use crate::{config::ConnectionSettings, json_body::BodyTimeout, operator_socket::ByOperator};

/// The most bytes that hyper holds of a connection's input and output; a request's head has room in
/// it.
const MOST_BUFFERED: usize = 32 << 10;
/// A connection that has kept the server waiting for less than this is not closed for another one.
const GRACE: Duration = Duration::from_secs(1);
/// The interval at which phases that have lasted too long are looked for.
const LOOK: Duration = Duration::from_millis(100);
/// The pause of accepting after the system has refused a descriptor, unless one becomes free.
const REST: Duration = Duration::from_millis(100);
/// The log does not say more often that connections are refused.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// The reason why the server has closed a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Reason {
    /// A request's head did not arrive in time.
    #[expect(non_camel_case_types, reason = "the label as it is shown")]
    head,
    /// A request's body did not arrive in time.
    #[expect(non_camel_case_types, reason = "the label as it is shown")]
    body,
    /// No further request came.
    #[expect(non_camel_case_types, reason = "the label as it is shown")]
    idle,
    /// An answer was not read.
    #[expect(non_camel_case_types, reason = "the label as it is shown")]
    unread,
    /// Another connection needed the place.
    #[expect(non_camel_case_types, reason = "the label as it is shown")]
    place,
    /// Others needed the memory.
    #[expect(non_camel_case_types, reason = "the label as it is shown")]
    memory,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ReasonLabel {
    reason: Reason,
}

/// Counts of connections. Clones are the same figures.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionFigures {
    pub(crate) open: Gauge,
    pub(crate) closed: Family<ReasonLabel, Counter>,
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Peer {
    /// Anybody who can reach the address.
    Address(SocketAddr),
    /// The user of this machine who runs the server, or root.
    Operator,
}

/// The memory that a request's body takes; an extension of each request.
#[derive(Clone)]
pub(crate) struct BodyMemory(Arc<Connection>);

impl BodyMemory {
    /// Takes note that bytes of the body were written to a file: they take no memory any longer,
    /// and the rest has its whole time to arrive.
    pub(crate) fn put_away(&self, bytes: u64) {
        self.0.put_away(bytes);
    }
}

/// All connections of a server. Cloning is cheap and gives the same ones.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    router: Router,
    settings: ConnectionSettings,
    most: usize,
    open: Mutex<BTreeMap<u64, Arc<Connection>>>,
    next: AtomicU64,
    /// Bytes of bodies that come in. Where there is no room their next parts wait.
    bodies: Budget,
    /// Bytes of answers that are not read yet. Where there is no room the next requests wait.
    answers: Budget,
    /// Notified when a connection has ended.
    freed: Notify,
    figures: ConnectionFigures,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Connections {
    /// Prepares to serve `router`. `shutdown` ends it: nobody is let in any more, and requests in
    /// flight finish.
    pub(crate) fn new(
        router: Router,
        settings: ConnectionSettings,
        figures: ConnectionFigures,
        shutdown: CancellationToken,
    ) -> Self {
        let wanted = settings.max.get();
        let most = descriptors::room_for(wanted);
        if most < wanted {
            tracing::warn!(
                wanted,
                most,
                "the system lets this process open too few files for the connections that the server may have; \
                 raise the limit (`ulimit -n`, LimitNOFILE=) or lower [connections] max"
            );
        }
        let most_bytes = settings.max_bytes();
        Self(Arc::new(Shared {
            router,
            settings,
            most,
            open: Mutex::default(),
            next: AtomicU64::new(0),
            bodies: Budget::new(most_bytes),
            answers: Budget::new(most_bytes),
            freed: Notify::new(),
            figures,
            tasks: TaskTracker::new(),
            shutdown,
        }))
    }

    /// Serves whoever connects, until the server shuts down and the last request has been answered.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let look = tokio::spawn(self.clone().close_the_overdue());
        tokio::select! {
            () = self.accept_all(&listener) => {}
            () = self.0.shutdown.cancelled() => {}
        }
        drop(listener);
        self.0.tasks.close();
        self.0.tasks.wait().await;
        look.abort();
    }

    /// Closes what is still open.
    pub(crate) fn close_all(&self) {
        for connection in self.0.open().values() {
            connection.close();
        }
    }

    async fn accept_all(&self, listener: &TcpListener) {
        let mut told: Option<Instant> = None;
        loop {
            self.place().await;
            match listener.accept().await {
                Ok((stream, address)) => {
                    // An answer is written as a whole: to wait for more only delays its last
                    // packet.
                    let _ = stream.set_nodelay(true);
                    self.begin(stream, Peer::Address(address));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    let now = Instant::now();
                    if told.is_none_or(|told| now - told > TOLD_EVERY) {
                        tracing::warn!(
                            %error,
                            open = self.0.open().len(),
                            "no connection can be accepted; the one that has been idle for the longest time is closed"
                        );
                        told = Some(now);
                    }
                    let freed = self.0.freed.notified();
                    self.make_place(Duration::ZERO);
                    let _ = timeout(REST, freed).await;
                }
            }
        }
    }

    /// Resolves when there is a place for another connection.
    async fn place(&self) {
        loop {
            let freed = self.0.freed.notified();
            if self.0.open().len() < self.0.most {
                return;
            }
            self.make_place(GRACE);
            let _ = timeout(REST, freed).await;
        }
    }

    /// Serves one connection on a task of its own.
    pub(crate) fn begin<S>(&self, stream: S, peer: Peer)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let number = self.0.next.fetch_add(1, Relaxed);
        let connection = Arc::new(Connection::new(self.clone()));
        self.0.open().insert(number, Arc::clone(&connection));
        self.0.figures.open.inc();
        let place = Place {
            connections: self.clone(),
            number,
        };
        self.0.tasks.spawn(async move {
            let _place = place;
            serve_one(stream, peer, connection).await;
        });
    }

    fn bodies(&self) -> &Budget {
        &self.0.bodies
    }

    fn answers(&self) -> &Budget {
        &self.0.answers
    }

    /// Closes the connection that has kept the server waiting for the longest time, if it has done
    /// so for at least `grace`.
    fn make_place(&self, grace: Duration) {
        let open = self.0.open();
        let longest = open
            .values()
            .filter(|connection| !connection.is_closed())
            .filter_map(|connection| Some((connection.waits_since()?, connection)))
            .min_by_key(|(since, _)| *since);
        if let Some((since, connection)) = longest
            && since.elapsed() >= grace
        {
            connection.close();
            self.count(Reason::place);
        }
    }

    /// Closes connections until a budget has room: those that have kept the server waiting for the
    /// longest time, and for at least `grace`, of those for which bytes of this kind are `held`.
    fn make_room(
        &self,
        budget: &Budget,
        grace: Duration,
        held: impl Fn(&Connection) -> Option<Held>,
    ) {
        let mut excess = budget.excess();
        if excess == 0 {
            return;
        }
        let open = self.0.open();
        let mut holders: Vec<_> = open
            .values()
            .filter_map(|connection| Some((held(connection)?, connection)))
            .filter(|(held, _)| held.since.elapsed() >= grace)
            .collect();
        holders.sort_by_key(|(held, _)| held.since);
        for (held, connection) in holders {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(held.bytes);
            if !connection.is_closed() {
                connection.close();
                self.count(Reason::memory);
            }
        }
    }

    /// Closes connections whose phase has lasted too long, as long as the server runs.
    async fn close_the_overdue(self) {
        let mut look = interval(LOOK);
        loop {
            look.tick().await;
            self.make_room(self.bodies(), GRACE, Connection::held_body);
            // Whoever does not read holds up everybody's requests: no grace.
            self.make_room(self.answers(), Duration::ZERO, Connection::held_answer);
            let is_stopping = self.0.shutdown.is_cancelled();
            let open = self.0.open();
            for connection in open.values() {
                let overdue = connection.overdue(&self.0.settings, is_stopping);
                if let Some(reason) = overdue.filter(|_| !connection.is_closed()) {
                    connection.close();
                    self.count(reason);
                }
            }
        }
    }

    fn count(&self, reason: Reason) {
        let label = ReasonLabel { reason };
        self.0.figures.closed.get_or_create(&label).inc();
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of an open connection, until it is dropped.
struct Place {
    connections: Connections,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Shared { figures, freed, .. } = &*self.connections.0;
        self.connections.0.open().remove(&self.number);
        figures.open.dec();
        freed.notify_waiters();
    }
}

async fn serve_one<S>(stream: S, peer: Peer, connection: Arc<Connection>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shared = Arc::clone(&connection.connections().0);
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&connection)));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        answer(&shared, request, peer, Arc::clone(&connection))
    });
    let served = http1::Builder::new()
        .max_buf_size(MOST_BUFFERED)
        // Phases have limits of their own.
        .header_read_timeout(None)
        .serve_connection(io, service);
    tokio::pin!(served);
    let ended = tokio::select! {
        biased;
        () = connection.closed() => return,
        ended = served.as_mut() => ended,
        () = shared.shutdown.cancelled() => {
            served.as_mut().graceful_shutdown();
            tokio::select! {
                () = connection.closed() => return,
                ended = served => ended,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection has ended in the middle of something");
    }
}

fn answer(
    shared: &Shared,
    request: hyper::Request<Incoming>,
    peer: Peer,
    connection: Arc<Connection>,
) -> impl Future<Output = Result<Response, Infallible>> + use<> {
    let router = shared.router.clone();
    let mut request = request.map(|body| Body::new(Received::new(body, Arc::clone(&connection))));
    let extensions = request.extensions_mut();
    extensions.insert(BodyTimeout(shared.settings.body_timeout));
    extensions.insert(BodyMemory(Arc::clone(&connection)));
    match peer {
        Peer::Address(address) => {
            extensions.insert(ConnectInfo(address));
        }
        Peer::Operator => {
            extensions.insert(ByOperator);
        }
    }
    async move {
        connection.connections().answers().room().await;
        let response = router.oneshot(request).await?;
        connection.answered();
        Ok(response.map(|body| Body::new(Answered::new(body, connection))))
    }
}

/// An error of the client that was about to be accepted; the next one may be accepted at once.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
