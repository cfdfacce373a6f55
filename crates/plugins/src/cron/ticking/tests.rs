use std::{
    collections::BTreeSet,
    future::Future,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;
use raisfast_contract::{PluginId, hook::OnCronTick};
use raisfast_health::Version;
use raisfast_hooks::{Bus, HandlerError, Subscription, SubscriptionOptions};
use raisfast_manifest::Manifest;
use tokio_util::task::TaskTracker;

use super::*;
use crate::{Awaited, CronRun, Run, RunEnd, Taken, Ticks, running::scripted};

/// The runs of several servers, by one clock that is not theirs.
#[derive(Default)]
struct Shared {
    /// The distance from the servers' clock to the shared one.
    ahead: TimeDelta,
    /// The time since the job was done last.
    since: TimeDelta,
    /// The attempts that fail first.
    failing: AtomicUsize,
    waits: AtomicUsize,
    taken: Mutex<BTreeSet<DateTime<Utc>>>,
    /// When each run began, and for what.
    begun: Mutex<Vec<(DateTime<Utc>, DateTime<Utc>)>>,
}

impl Shared {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.ahead
    }

    fn begun(&self) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        self.begun.lock().unwrap().clone()
    }

    /// Waits until as many runs have begun.
    async fn runs(&self, count: usize) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        within(async {
            while self.begun().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        self.begun()
    }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(Duration::from_secs(20), work).await;
    done.expect("it takes no longer")
}

#[async_trait]
impl Ticks for Shared {
    async fn wait_for(&self, _job: &Job, _schedule: Option<&str>) -> Result<Awaited, TickError> {
        self.waits.fetch_add(1, SeqCst);
        let now = self.now();
        Ok(Awaited {
            now,
            since: now - self.since,
        })
    }

    async fn take(&self, job: &Job, due: DateTime<Utc>) -> Result<Taken, TickError> {
        let fails = |left: usize| left.checked_sub(1);
        if self.failing.fetch_update(SeqCst, SeqCst, fails).is_ok() {
            return Err(TickError("the database is away".into()));
        }
        let now = self.now();
        if now < due {
            return Ok(Taken::Early { now });
        }
        if !self.taken.lock().unwrap().insert(due) {
            return Ok(Taken::Elsewhere);
        }
        self.begun.lock().unwrap().push((now, due));
        Ok(Taken::Here(Run {
            job: job.clone(),
            due,
            by_hand: false,
        }))
    }

    async fn begin_by_hand(&self, _job: &Job) -> Result<Run, TickError> {
        unreachable!("nobody asks for a run")
    }

    async fn end(&self, _run: &Run, _end: &RunEnd) -> Result<(), TickError> {
        Ok(())
    }

    async fn pass_over(&self, _plugin: &PluginId) -> Result<(), TickError> {
        Ok(())
    }

    async fn forget(&self, _plugin: &PluginId) -> Result<(), TickError> {
        Ok(())
    }

    async fn last(&self, _plugin: Option<&PluginId>) -> Result<BTreeMap<Job, CronRun>, TickError> {
        Ok(BTreeMap::new())
    }
}

/// One server, with a plugin that counts its calls.
struct OneServer {
    runs: Runs,
    calls: Arc<AtomicUsize>,
}

impl OneServer {
    fn new(shared: &Arc<Shared>) -> Self {
        let bus = Bus::new();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let handler = move |_| {
            counted.fetch_add(1, SeqCst);
            async { Ok::<(), HandlerError>(()) }
        };
        let id: PluginId = "com.example.x".parse().unwrap();
        let options = SubscriptionOptions::default();
        let subscription = Subscription::new::<OnCronTick>(id.clone(), options, Arc::new(handler));
        bus.replace(&id, vec![subscription]);
        Self {
            runs: Runs {
                bus,
                ticks: Arc::clone(shared) as Arc<dyn Ticks>,
                in_progress: TaskTracker::new(),
            },
            calls,
        }
    }

    fn ticking(&self, entry: &str, former: Option<&Ticking>) -> Ticking {
        let text = format!(
            "[plugin]\nid = 'com.example.x'\nname = 'X'\nversion = '1.0.0'\n\
             [[cron]]\nlabel = 'X'\njob_type = 'x'\n{entry}"
        );
        let manifest = Manifest::parse("manifest.toml", &text).unwrap();
        let version = Version::from_digest("1");
        let generation = scripted::generation(1, manifest, version, false, &Arc::default());
        Ticking::start(&self.runs, &generation, former)
    }

    /// Returns the number of calls, when all runs have ended.
    async fn calls(&self) -> usize {
        self.runs.in_progress.close();
        within(self.runs.in_progress.wait()).await;
        self.calls.load(SeqCst)
    }
}

const EACH_SECOND: &str = "cron_expr = '* * * * * *'";
const EACH_HOUR: &str = "cron_expr = '0 * * * *'";

fn second() -> TimeDelta {
    TimeDelta::seconds(1)
}

#[tokio::test]
async fn servers_share_the_ticks() {
    let shared = Arc::new(Shared::default());
    let servers = [(); 3].map(|()| OneServer::new(&shared));
    let ticking = servers
        .each_ref()
        .map(|server| server.ticking(EACH_SECOND, None));
    let begun = shared.runs(3).await;
    drop(ticking);
    let mut calls = 0;
    for server in &servers {
        calls += server.calls().await;
    }
    assert_eq!(calls, shared.begun().len());
    for pair in begun.windows(2) {
        assert_eq!(pair[1].1 - pair[0].1, second(), "{begun:?}");
    }
}

#[tokio::test]
async fn a_server_whose_clock_is_wrong_keeps_the_shared_time() {
    for ahead in [TimeDelta::hours(-1), TimeDelta::hours(1)] {
        let shared = Arc::new(Shared {
            ahead,
            ..Shared::default()
        });
        let server = OneServer::new(&shared);
        let _ticking = server.ticking(EACH_SECOND, None);
        for (at, due) in shared.runs(2).await {
            assert!(due <= at && at - due < second() * 5, "{due} at {at}");
        }
    }
}

#[tokio::test]
async fn ticks_of_a_moment_without_a_database_are_run_late() {
    let shared = Arc::new(Shared {
        failing: AtomicUsize::new(2),
        ..Shared::default()
    });
    let server = OneServer::new(&shared);
    let from = Utc::now();
    let _ticking = server.ticking(EACH_SECOND, None);
    let begun = shared.runs(3).await;
    assert!(begun[0].1 - from <= second(), "the first is not left out");
    for pair in begun.windows(2) {
        assert_eq!(pair[1].1 - pair[0].1, second(), "{begun:?}");
    }
}

#[tokio::test]
async fn a_missed_time_is_made_up_for_by_one_of_the_servers() {
    let shared = Arc::new(Shared {
        since: TimeDelta::hours(5),
        ..Shared::default()
    });
    let entry = format!("{EACH_HOUR}\nmisfire = 'once'");
    let servers = [(); 2].map(|()| OneServer::new(&shared));
    let ticking = servers
        .each_ref()
        .map(|server| server.ticking(&entry, None));
    let begun = shared.runs(1).await;
    // Both know by then that nothing is left to do.
    within(async {
        let settled = |ticking: &Ticking| {
            let reached = ticking.places["x"].reached();
            reached.is_some_and(|it| it.position.settled >= it.position.here_since)
        };
        while !ticking.iter().all(settled) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    drop(ticking);
    assert_eq!(servers[0].calls().await + servers[1].calls().await, 1);
    let [(at, due)] = begun[..] else {
        panic!("one run: {begun:?}");
    };
    assert!(at - due < TimeDelta::hours(1), "the latest: {due} at {at}");

    let skipping = Arc::new(Shared {
        since: TimeDelta::hours(5),
        ..Shared::default()
    });
    let server = OneServer::new(&skipping);
    let ticking = server.ticking(EACH_HOUR, None);
    within(async {
        while ticking.places["x"].reached().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    drop(ticking);
    assert_eq!(server.calls().await, 0);
}

#[tokio::test]
async fn a_next_version_goes_on_where_the_one_before_it_stopped() {
    let shared = Arc::new(Shared::default());
    let server = OneServer::new(&shared);
    let first = server.ticking(EACH_SECOND, None);
    shared.runs(1).await;
    let second_version = server.ticking(EACH_SECOND, Some(&first));
    drop(first);
    let begun = shared.runs(3).await;
    for pair in begun.windows(2) {
        assert_eq!(pair[1].1 - pair[0].1, second(), "{begun:?}");
    }
    assert_eq!(
        shared.waits.load(SeqCst),
        1,
        "it has not asked where the job stands"
    );

    // Another schedule is another job.
    let _other = server.ticking(EACH_HOUR, Some(&second_version));
    within(async {
        while shared.waits.load(SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
