//! A new version's first calls.
//!
//! Probation begins when a version takes the place of another, if the operator wants it, and ends with its first
//! call that succeeds, or when as many have failed as the operator bears. What ends it is said once.

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use raisfast_hooks::{CallObserver, HandlerError};
use tokio::sync::oneshot;

/// How a version has begun.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A call succeeded.
    Proven,
    /// None did.
    Failed {
        /// How many calls there were.
        calls: u32,
        /// Why the last one failed.
        reason: String,
    },
}

/// Watches one version's calls, of all its hooks.
pub(crate) struct Probation {
    calls: NonZeroU32,
    failed: AtomicU32,
    /// What every call asks first: for most of a version's life there is nothing to do.
    over: AtomicBool,
    verdict: Mutex<Option<oneshot::Sender<Verdict>>>,
}

impl Probation {
    /// A probation of this many calls. The verdict does not come if the version ends before it.
    pub(crate) fn begin(calls: NonZeroU32) -> (Arc<Self>, oneshot::Receiver<Verdict>) {
        let (sender, verdict) = oneshot::channel();
        let probation = Self {
            calls,
            failed: AtomicU32::new(0),
            over: AtomicBool::new(false),
            verdict: Mutex::new(Some(sender)),
        };
        (Arc::new(probation), verdict)
    }

    fn end(&self, verdict: Verdict) {
        self.over.store(true, Relaxed);
        let mut sender = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sender.take() {
            // Nobody listens any more when the version has ended.
            let _ = sender.send(verdict);
        }
    }
}

impl CallObserver for Probation {
    fn called(&self, _duration: Duration, outcome: Result<(), &HandlerError>) {
        if self.over.load(Relaxed) {
            return;
        }
        let Err(error) = outcome else {
            return self.end(Verdict::Proven);
        };
        let failed = self.failed.fetch_add(1, Relaxed) + 1;
        if failed >= self.calls.get() {
            self.end(Verdict::Failed {
                calls: failed,
                reason: error.to_string(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_of(calls: u32, outcomes: &[Result<(), &str>]) -> Option<Verdict> {
        let (probation, mut verdict) = Probation::begin(NonZeroU32::new(calls).unwrap());
        for outcome in outcomes {
            let error = outcome.map_err(HandlerError::new);
            probation.called(Duration::ZERO, error.as_ref().copied());
        }
        verdict.try_recv().ok()
    }

    #[test]
    fn one_success_proves_a_version_whatever_comes_later() {
        let outcomes = [Err("a"), Ok(()), Err("b"), Err("c"), Err("d")];
        assert_eq!(verdict_of(3, &outcomes), Some(Verdict::Proven));
    }

    #[test]
    fn as_many_failures_as_are_borne_end_it_with_the_last_reason() {
        let failed = Verdict::Failed {
            calls: 2,
            reason: "b".into(),
        };
        assert_eq!(verdict_of(2, &[Err("a"), Err("b"), Ok(())]), Some(failed));
    }

    #[test]
    fn fewer_failures_decide_nothing() {
        assert_eq!(verdict_of(3, &[Err("a"), Err("b")]), None);
    }
}
