//! The balancer before the servers, and its knowledge of what has struck them.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use chrono::{DateTime, Utc};

use crate::fault::Kind;

/// A server that gets requests.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) server: usize,
    pub(crate) base: String,
}

/// A fault that has struck one server, or all of them.
#[derive(Debug, Clone)]
pub(crate) struct Strike {
    pub(crate) kind: Kind,
    pub(crate) server: Option<usize>,
    pub(crate) begun: DateTime<Utc>,
    /// None as long as it lasts.
    pub(crate) ended: Option<DateTime<Utc>>,
}

impl Strike {
    /// Returns the end, or a time that is still to come.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        self.ended.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn hits(&self, server: usize) -> bool {
        self.server.is_none_or(|hit| hit == server)
    }
}

/// Hands requests out in turn, as a load balancer does.
#[derive(Default)]
pub(crate) struct Front {
    targets: Mutex<Vec<Target>>,
    turn: AtomicUsize,
    strikes: Mutex<Vec<Strike>>,
}

impl Front {
    /// Returns the server whose turn it is. There is always one.
    pub(crate) fn next(&self) -> Target {
        let targets = lock(&self.targets);
        let turn = self.turn.fetch_add(1, Relaxed);
        targets[turn % targets.len()].clone()
    }

    /// Lets a server have requests, at this origin.
    pub(crate) fn add(&self, server: usize, base: String) {
        self.remove(server);
        lock(&self.targets).push(Target { server, base });
    }

    /// Sends a server no more requests.
    pub(crate) fn remove(&self, server: usize) {
        lock(&self.targets).retain(|target| target.server != server);
    }

    /// Notes that a fault begins, and returns its number.
    pub(crate) fn begins(&self, kind: Kind, server: Option<usize>) -> usize {
        let mut strikes = lock(&self.strikes);
        strikes.push(Strike {
            kind,
            server,
            begun: Utc::now(),
            ended: None,
        });
        strikes.len() - 1
    }

    /// Notes that a fault is over.
    pub(crate) fn ends(&self, strike: usize) {
        lock(&self.strikes)[strike].ended = Some(Utc::now());
    }

    /// Returns true if the server or the database was away in some of this time.
    pub(crate) fn excuses(&self, server: usize, since: DateTime<Utc>) -> bool {
        let mut strikes = lock(&self.strikes).clone().into_iter();
        strikes.any(|strike| {
            strike.kind != Kind::Drain && strike.hits(server) && strike.end() >= since
        })
    }

    pub(crate) fn strikes(&self) -> Vec<Strike> {
        lock(&self.strikes).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for strike in self.strikes() {
            let server = strike.server.map_or("all".to_owned(), |it| it.to_string());
            let (begun, ended) = (strike.begun.format("%T%.3f"), strike.end().format("%T%.3f"));
            writeln!(f, "{begun} to {ended}: {:?} of {server}", strike.kind)?;
        }
        Ok(())
    }
}
