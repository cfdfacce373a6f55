//! Measuring while calls are made.
//!
//! Somebody [ticks](Profiler::tick) now and then, and a guest that runs notices a tick a little
//! later: then a [sample](InstanceProfiler::sample) of its stack gets the time from the last tick
//! that was noticed to this one. Ticks come at any moment of a call, so each function gets its
//! share even of calls that are shorter than the time between two ticks, if there are enough of
//! them. Host calls are measured; ticks in them count for nobody, nor do those in the profiler
//! itself.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use raisfast_contract::HookName;

use crate::{Frame, Profile, profile::Taken};

/// The most time that a record may say a host call took, a day.
const MOST_RECORDED: Duration = Duration::from_hours(24);

/// The profiler of any number of instances.
#[derive(Debug)]
pub struct Profiler {
    began: Instant,
    /// The time of the latest tick, in nanoseconds from the start on.
    ticked: AtomicU64,
    profile: Mutex<Profile>,
}

impl Profiler {
    /// Starts a profiler with nothing measured.
    pub fn start() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            ticked: AtomicU64::new(0),
            profile: Mutex::default(),
        })
    }

    /// Notes that time has passed.
    pub fn tick(&self) {
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.ticked.fetch_max(now, Relaxed);
    }

    /// Returns the profiler of an instance that now begins.
    pub fn instance(self: &Arc<Self>) -> Arc<InstanceProfiler> {
        Arc::new(InstanceProfiler {
            profiler: Arc::clone(self),
            progress: Mutex::new(Progress {
                hook: None,
                noticed: self.ticked(),
            }),
        })
    }

    /// Returns true if there is no room for a further sample.
    pub fn is_full(&self) -> bool {
        locked(&self.profile).is_full()
    }

    /// Returns what was measured, and begins again with nothing.
    pub fn finish(&self) -> Profile {
        mem::take(&mut *locked(&self.profile))
    }

    fn ticked(&self) -> Duration {
        Duration::from_nanos(self.ticked.load(Relaxed))
    }
}

/// The profiler of one instance.
#[derive(Debug)]
pub struct InstanceProfiler {
    profiler: Arc<Profiler>,
    progress: Mutex<Progress>,
}

/// The progress of the call that an instance is in.
#[derive(Debug)]
struct Progress {
    hook: Option<HookName>,
    /// The tick up to which the time has been taken.
    noticed: Duration,
}

impl InstanceProfiler {
    /// Begins a call of a hook.
    pub fn begin_call(&self, hook: HookName) {
        locked(&self.profiler.profile).count_call();
        *locked(&self.progress) = Progress {
            hook: Some(hook),
            noticed: self.profiler.ticked(),
        };
    }

    /// Takes a sample of the guest's stack, the innermost function first, if there was a tick.
    pub fn sample(&self, stack: impl FnOnce() -> Vec<Frame>) {
        if let Some(unnoticed) = self.unnoticed() {
            self.take(unnoticed, &stack(), None);
        }
    }

    /// Begins a call of a host function by the guest, which has this stack. It is measured until
    /// what is returned is dropped.
    pub fn host_call(
        self: &Arc<Self>,
        function: &'static str,
        stack: impl FnOnce() -> Vec<Frame>,
    ) -> TimedHostCall {
        let unnoticed = self.unnoticed();
        let stack = stack();
        if let Some(unnoticed) = unnoticed {
            self.take(unnoticed, &stack, None);
        }
        TimedHostCall {
            instance: Arc::clone(self),
            function,
            stack,
            began: Instant::now(),
            took: None,
        }
    }

    /// Returns when the time began that nobody has got yet, and how long it was.
    fn unnoticed(&self) -> Option<(Duration, Duration)> {
        let noticed = locked(&self.progress).noticed;
        let took = self.profiler.ticked().saturating_sub(noticed);
        (!took.is_zero()).then_some((noticed, took))
    }

    fn take(
        &self,
        (at, took): (Duration, Duration),
        stack: &[Frame],
        host_function: Option<&'static str>,
    ) {
        let mut progress = locked(&self.progress);
        locked(&self.profiler.profile).take(&Taken {
            at,
            took,
            hook: progress.hook,
            stack,
            host_function,
        });
        progress.noticed = self.profiler.ticked();
    }
}

/// A host call that has begun, and ends when this is dropped.
#[derive(Debug)]
#[must_use = "the host call ends when this is dropped"]
pub struct TimedHostCall {
    instance: Arc<InstanceProfiler>,
    function: &'static str,
    stack: Vec<Frame>,
    began: Instant,
    /// The time that it has taken elsewhere, if it is not made here.
    took: Option<Duration>,
}

impl TimedHostCall {
    /// Ends a call that the host does not answer now, because a record has the answer, with the
    /// time that it took then.
    pub fn end_after(mut self, took: Duration) {
        self.took = Some(took.min(MOST_RECORDED));
    }
}

impl Drop for TimedHostCall {
    fn drop(&mut self) {
        let took = self.took.unwrap_or_else(|| self.began.elapsed());
        let at = self.began.duration_since(self.instance.profiler.began);
        self.instance
            .take((at, took), &self.stack, Some(self.function));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests::frame;

    /// Sets the clock to this number of milliseconds.
    fn tick(profiler: &Profiler, at: u64) {
        let at = Duration::from_millis(at).as_nanos();
        profiler.ticked.store(u64::try_from(at).unwrap(), Relaxed);
    }

    fn own(profiler: &Profiler) -> Vec<(String, u64)> {
        let profile = profiler.finish();
        let times = profile.own_times(10);
        let times = times.iter();
        times
            .map(|time| {
                let own = u64::try_from(time.own.as_millis()).unwrap();
                (time.name.to_owned(), own)
            })
            .collect()
    }

    #[test]
    fn a_sample_has_the_time_up_to_the_tick_that_is_noticed() {
        let profiler = Profiler::start();
        let instance = profiler.instance();
        tick(&profiler, 10);
        // What passed before the call is not its own.
        instance.begin_call(HookName::OnLogin);
        instance.sample(|| unreachable!("there was no tick"));
        tick(&profiler, 11);
        instance.sample(|| vec![frame("a", 0)]);
        // The guest is found late.
        tick(&profiler, 15);
        instance.sample(|| {
            // The profiler takes long, which is nobody's time.
            tick(&profiler, 20);
            vec![frame("b", 0)]
        });
        instance.sample(|| unreachable!("there was no tick"));
        assert_eq!(own(&profiler), [("b".to_owned(), 4), ("a".to_owned(), 1)]);
    }

    #[test]
    fn ticks_in_a_host_call_are_not_the_guests_and_those_before_it_are() {
        let profiler = Profiler::start();
        let instance = profiler.instance();
        instance.begin_call(HookName::OnLogin);
        tick(&profiler, 3);
        let call = instance.host_call("host-api/log", || vec![frame("a", 0)]);
        tick(&profiler, 30);
        drop(call);
        instance.sample(|| unreachable!("there was no tick since"));
        let profile = profiler.finish();
        assert_eq!(profile.guest_time(), Duration::from_millis(3));
        assert_eq!(profile.host_calls()[0].1.number, 1);
        assert_eq!(profile.calls(), 1);
    }

    #[test]
    fn a_recorded_answer_has_the_time_that_it_took_then() {
        let profiler = Profiler::start();
        let instance = profiler.instance();
        instance.begin_call(HookName::OnLogin);
        for (recorded, expected) in [
            (Duration::from_hours(1), Duration::from_hours(1)),
            (Duration::from_micros(u64::MAX), MOST_RECORDED),
        ] {
            let call = instance.host_call("host-api/log", Vec::new);
            call.end_after(recorded);
            assert_eq!(profiler.finish().host_calls()[0].1.time, expected);
        }
    }

    #[test]
    fn a_clock_does_not_go_back() {
        let profiler = Profiler::start();
        tick(&profiler, 3_600_000);
        profiler.tick();
        assert_eq!(profiler.ticked(), Duration::from_hours(1));
    }
}
