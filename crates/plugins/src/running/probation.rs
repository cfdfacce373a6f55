//! A new version's first calls.
//!
//! Probation begins when a version takes the place of another, if the operator wants it. Each hook
//! stands for itself, as with breakers: it is proven by its first call that succeeds, and the
//! version has failed when as many of one hook's first calls have failed as the operator bears. The
//! version is proven when all its hooks are. Some are called once a year, and the former version
//! takes memory meanwhile: after an hour one hook is enough. What ends it is said once.

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use raisfast_contract::HookName;
use raisfast_hooks::{CallObserver, HandlerError};
use tokio::{sync::oneshot, time::timeout};

/// The longest time by which hooks that are not called put the verdict off.
const PATIENCE: Duration = Duration::from_hours(1);

/// The verdict on a version's first calls.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The hooks work, as far as can be told.
    Proven,
    /// One of them does not.
    Failed {
        /// The hook.
        hook: HookName,
        /// The number of calls.
        calls: u32,
        /// The reason why the last one failed.
        reason: String,
    },
}

/// One version's probation.
pub(crate) struct Probation {
    calls: NonZeroU32,
    /// Hooks of which no call has succeeded.
    unproven: AtomicUsize,
    any_proven: AtomicBool,
    /// Hooks that are not called are waited for no longer.
    is_late: AtomicBool,
    /// The verdict is there. Every call reads this first: for most of a version's life there is
    /// nothing to do.
    over: AtomicBool,
    verdict: Mutex<Option<oneshot::Sender<Verdict>>>,
}

/// Watches one hook's calls.
struct HookProbation {
    probation: Arc<Probation>,
    hook: HookName,
    failed: AtomicU32,
    proven: AtomicBool,
}

/// The wait for a verdict.
pub(crate) struct Trial {
    /// Held by the version's hooks, and gone with them.
    probation: Weak<Probation>,
    verdict: oneshot::Receiver<Verdict>,
}

impl Trial {
    /// The verdict. It does not come if the version ends before it.
    pub(crate) async fn verdict(self) -> Option<Verdict> {
        self.verdict_after(PATIENCE).await
    }

    async fn verdict_after(self, patience: Duration) -> Option<Verdict> {
        let Self {
            probation,
            mut verdict,
        } = self;
        if let Ok(verdict) = timeout(patience, &mut verdict).await {
            return verdict.ok();
        }
        if let Some(probation) = probation.upgrade() {
            probation.is_late.store(true, Relaxed);
            if probation.any_proven.load(Relaxed) {
                probation.end(Verdict::Proven);
            }
        }
        verdict.await.ok()
    }
}

impl Probation {
    /// A probation of this many calls for each of a version's hooks.
    pub(crate) fn begin(calls: NonZeroU32, hooks: usize) -> (Arc<Self>, Trial) {
        let (sender, verdict) = oneshot::channel();
        let probation = Arc::new(Self {
            calls,
            unproven: AtomicUsize::new(hooks),
            any_proven: AtomicBool::new(false),
            is_late: AtomicBool::new(false),
            over: AtomicBool::new(false),
            verdict: Mutex::new(Some(sender)),
        });
        let trial = Trial {
            probation: Arc::downgrade(&probation),
            verdict,
        };
        (probation, trial)
    }

    /// Returns the observer of one hook's calls.
    pub(crate) fn of(self: &Arc<Self>, hook: HookName) -> Arc<dyn CallObserver> {
        Arc::new(HookProbation {
            probation: Arc::clone(self),
            hook,
            failed: AtomicU32::new(0),
            proven: AtomicBool::new(false),
        })
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

impl CallObserver for HookProbation {
    fn called(&self, _duration: Duration, outcome: Result<(), &HandlerError>) {
        let probation = &self.probation;
        if probation.over.load(Relaxed) || self.proven.load(Relaxed) {
            return;
        }
        let Err(error) = outcome else {
            if self.proven.swap(true, Relaxed) {
                return;
            }
            probation.any_proven.store(true, Relaxed);
            let was_last = probation.unproven.fetch_sub(1, Relaxed) == 1;
            if was_last || probation.is_late.load(Relaxed) {
                probation.end(Verdict::Proven);
            }
            return;
        };
        let failed = self.failed.fetch_add(1, Relaxed) + 1;
        if failed >= probation.calls.get() {
            probation.end(Verdict::Failed {
                hook: self.hook,
                calls: failed,
                reason: error.to_string(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTER: HookName = HookName::OnPostCreating;
    const ACTION: HookName = HookName::OnPostCreated;

    /// The verdict on a version with two hooks after these calls, if there is one.
    fn verdict_of(calls: u32, outcomes: &[(HookName, Result<(), &str>)]) -> Option<Verdict> {
        let (_probation, mut trial) = after(calls, outcomes);
        trial.verdict.try_recv().ok()
    }

    fn after(
        calls: u32,
        outcomes: &[(HookName, Result<(), &str>)],
    ) -> ([Arc<dyn CallObserver>; 2], Trial) {
        let (probation, trial) = Probation::begin(NonZeroU32::new(calls).unwrap(), 2);
        let hooks = [FILTER, ACTION].map(|hook| probation.of(hook));
        for (hook, outcome) in outcomes {
            let error = outcome.map_err(HandlerError::new);
            hooks[usize::from(*hook == ACTION)].called(Duration::ZERO, error.as_ref().copied());
        }
        (hooks, trial)
    }

    fn failed(hook: HookName, calls: u32, reason: &str) -> Verdict {
        Verdict::Failed {
            hook,
            calls,
            reason: reason.into(),
        }
    }

    #[test]
    fn a_success_of_each_hook_proves_a_version_whatever_comes_later() {
        let outcomes = [
            (FILTER, Err("a")),
            (FILTER, Ok(())),
            (FILTER, Err("b")),
            (FILTER, Err("c")),
            (ACTION, Ok(())),
            (ACTION, Err("d")),
            (ACTION, Err("e")),
        ];
        assert_eq!(verdict_of(2, &outcomes[..4]), None);
        assert_eq!(verdict_of(2, &outcomes), Some(Verdict::Proven));
    }

    #[test]
    fn a_hook_that_fails_is_not_saved_by_one_that_works() {
        let outcomes = [
            (ACTION, Ok(())),
            (FILTER, Err("a")),
            (ACTION, Ok(())),
            (FILTER, Err("b")),
            (FILTER, Ok(())),
        ];
        let verdict = verdict_of(2, &outcomes);
        assert_eq!(verdict, Some(failed(FILTER, 2, "b")));
    }

    #[test]
    fn failures_of_two_hooks_are_not_added_up() {
        let outcomes = [(FILTER, Err("a")), (ACTION, Err("b")), (FILTER, Err("c"))];
        assert_eq!(verdict_of(3, &outcomes), None);
    }

    #[tokio::test]
    async fn a_hook_that_is_not_called_is_waited_for_as_long_as_there_is_patience() {
        let (_hooks, trial) = after(2, &[(ACTION, Ok(()))]);
        let verdict = trial.verdict_after(Duration::ZERO).await;
        assert_eq!(verdict, Some(Verdict::Proven));

        // Nothing was called: the first success is enough then.
        let (hooks, trial) = after(2, &[]);
        let probation = trial.probation.upgrade().unwrap();
        let verdict = tokio::spawn(trial.verdict_after(Duration::ZERO));
        while !probation.is_late.load(Relaxed) {
            tokio::task::yield_now().await;
        }
        hooks[0].called(Duration::ZERO, Ok(()));
        assert_eq!(verdict.await.unwrap(), Some(Verdict::Proven));
    }

    #[tokio::test]
    async fn without_the_version_there_is_no_verdict() {
        let (hooks, trial) = after(2, &[(FILTER, Err("a"))]);
        drop(hooks);
        assert_eq!(trial.verdict().await, None);
    }
}
