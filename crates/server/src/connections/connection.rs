//! One connection, and whom it keeps waiting.
//!
//! ```text
//! idle ──bytes──► head ──parsed──► body ──read──► answering ◄──► unread
//!   ▲                                                 │
//!   └───────────────── all is sent ───────────────────┘
//! ```
//!
//! In all phases but `answering` the server waits for the client.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use super::{Connections, GRACE, Reason};
use crate::config::ConnectionSettings;

/// The size of a request's body that is accepted although the memory for bodies is used up: small
/// requests go on.
const SMALL_BODY: u64 = 16 << 10;
/// The time by which a body's phase may outlast its reader: the reader answers, this closes.
const BODY_SLACK: Duration = Duration::from_secs(5);

/// One connection.
pub(super) struct Connection {
    connections: Connections,
    close: CancellationToken,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    /// Bytes of the request's body.
    received: u64,
    /// Bytes of the answer that are not written yet.
    unsent: u64,
    /// When the client first did not read the answer.
    first_unread: Option<Instant>,
    has_whole_answer: bool,
}

/// Bytes that are held for a client, and since when the server has been waiting for it.
pub(super) struct Held {
    pub(super) since: Instant,
    pub(super) bytes: u64,
}

#[derive(Clone, Copy)]
enum Phase {
    /// No byte of the next request has come.
    Idle(Instant),
    /// Some of a request's head has come.
    Head(Instant),
    /// A request's body is being read.
    Body(Instant),
    /// The server works, or sends.
    Answering,
    /// The client does not read the answer.
    Unread(Instant),
}

impl Connection {
    pub(super) fn new(connections: Connections) -> Self {
        Self {
            connections,
            close: CancellationToken::new(),
            state: Mutex::new(State {
                phase: Phase::Idle(Instant::now()),
                received: 0,
                unsent: 0,
                first_unread: None,
                has_whole_answer: false,
            }),
        }
    }

    pub(super) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Gives the connection up, whatever it is at.
    pub(super) fn close(&self) {
        self.close.cancel();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.close.is_cancelled()
    }

    pub(super) fn closed(&self) -> WaitForCancellationFuture<'_> {
        self.close.cancelled()
    }

    /// Since when the server has been waiting for the client, if it is.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let state = self.state();
        match state.phase {
            Phase::Idle(since) | Phase::Head(since) | Phase::Body(since) => Some(since),
            Phase::Unread(since) => Some(state.first_unread.unwrap_or(since)),
            Phase::Answering => None,
        }
    }

    /// Returns the part that is held of a body that is coming in.
    pub(super) fn held_body(&self) -> Option<Held> {
        let state = self.state();
        match state.phase {
            Phase::Body(since) if state.received > 0 => Some(Held {
                since,
                bytes: state.received,
            }),
            _ => None,
        }
    }

    /// Returns the part that is held of an answer that the client does not read.
    pub(super) fn held_answer(&self) -> Option<Held> {
        let state = self.state();
        match state.phase {
            Phase::Unread(since) if state.unsent > 0 => Some(Held {
                since: state.first_unread.unwrap_or(since),
                bytes: state.unsent,
            }),
            _ => None,
        }
    }

    /// Returns the reason why the connection has to be closed, if its phase has lasted too long.
    pub(super) fn overdue(
        &self,
        settings: &ConnectionSettings,
        is_stopping: bool,
    ) -> Option<Reason> {
        let (since, most, reason) = match self.state().phase {
            Phase::Idle(since) => (since, settings.idle_timeout, Reason::idle),
            Phase::Head(since) => (since, settings.head_timeout, Reason::head),
            Phase::Body(since) => (since, settings.body_timeout + BODY_SLACK, Reason::body),
            Phase::Unread(since) => (since, settings.unread_timeout, Reason::unread),
            Phase::Answering => return None,
        };
        // A body has its request: it is in flight, and may finish.
        let most = if is_stopping && reason != Reason::body {
            most.min(GRACE)
        } else {
            most
        };
        (since.elapsed() >= most).then_some(reason)
    }

    /// Bytes have come from the client.
    pub(super) fn read(&self) {
        let mut state = self.state();
        if let Phase::Idle(_) = state.phase {
            state.phase = Phase::Head(Instant::now());
        }
    }

    /// A request's head is there.
    pub(super) fn asked(&self, has_body: bool) {
        let mut state = self.state();
        state.has_whole_answer = false;
        state.first_unread = None;
        state.phase = if has_body {
            Phase::Body(Instant::now())
        } else {
            Phase::Answering
        };
    }

    /// A part of the request's body is there. Returns whether the next one may be read at once.
    pub(super) fn received(&self, bytes: u64) -> bool {
        let mut state = self.state();
        state.received += bytes;
        self.connections.bodies().hold(bytes);
        state.received <= SMALL_BODY || self.connections.bodies().has_room()
    }

    /// Bytes of the request's body lie elsewhere now: they take no memory any longer, and the time
    /// for the next ones begins.
    pub(super) fn put_away(&self, bytes: u64) {
        let mut state = self.state();
        let bytes = bytes.min(state.received);
        state.received -= bytes;
        if let Phase::Body(since) = &mut state.phase {
            *since = Instant::now();
        }
        drop(state);
        self.connections.bodies().release(bytes);
    }

    /// The request's body is there as a whole.
    pub(super) fn received_all(&self) {
        let mut state = self.state();
        if let Phase::Body(_) = state.phase {
            state.phase = Phase::Answering;
        }
    }

    /// The request was answered: nobody needs its body any more.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        state.phase = Phase::Answering;
        let received = std::mem::take(&mut state.received);
        drop(state);
        self.connections.bodies().release(received);
    }

    /// A part of the answer is to be sent.
    pub(super) fn sends(&self, bytes: u64) {
        self.state().unsent += bytes;
        self.connections.answers().hold(bytes);
    }

    /// No further part of the answer follows.
    pub(super) fn sends_no_more(&self) {
        self.state().has_whole_answer = true;
    }

    /// The client's system has taken bytes. Some are of the answer's head, which is not counted.
    pub(super) fn wrote(&self, bytes: usize) {
        let mut state = self.state();
        if let Phase::Unread(_) = state.phase {
            state.phase = Phase::Answering;
        }
        let sent = state.unsent.min(bytes as u64);
        state.unsent -= sent;
        drop(state);
        self.connections.answers().release(sent);
    }

    /// The client's system takes no bytes now.
    pub(super) fn is_not_read(&self) {
        let mut state = self.state();
        if let Phase::Answering = state.phase {
            let now = Instant::now();
            state.phase = Phase::Unread(now);
            state.first_unread.get_or_insert(now);
        }
    }

    /// Nothing is left to write for now.
    pub(super) fn flushed(&self) {
        let mut state = self.state();
        if !state.has_whole_answer {
            return;
        }
        state.has_whole_answer = false;
        state.phase = Phase::Idle(Instant::now());
        let unsent = std::mem::take(&mut state.unsent);
        drop(state);
        self.connections.answers().release(unsent);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let state = self.state();
        let (received, unsent) = (state.received, state.unsent);
        drop(state);
        self.connections.bodies().release(received);
        self.connections.answers().release(unsent);
    }
}
