//! A visitor's times, without a hostile plugin and beside it.

use std::{
    fmt::{self, Write},
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::future::join_all;
use raisfast_tests::{ChildServer, Client};
use tokio::{
    task::{JoinHandle, yield_now},
    time::{Instant, sleep_until},
};

/// The least time between the beginnings of two calls of a client.
const PACE: Duration = Duration::from_millis(50);
/// The visitor's requests before it is the other's turn.
const TURN: usize = 150;
/// Pairs of turns, a quiet one and one beside the misbehaving clients. Odd, so that there is one in
/// the middle.
const PAIRS: usize = 9;
/// The percentiles that are compared, and the most that each may be multiplied by.
const MOST: [(usize, f64); 2] = [(50, 2.0), (99, 3.0)];

/// The times of a turn's requests, the shortest first.
struct Times(Vec<Duration>);

impl Times {
    async fn taken(visitor: &Client) -> Self {
        let mut times = Vec::with_capacity(TURN);
        for _ in 0..TURN {
            let begun = Instant::now();
            let page = visitor.get("/api/v1/posts/page").await.expect(200);
            times.push(begun.elapsed());
            let html = page["html"].as_str().expect("a page has HTML");
            assert!(html.ends_with("<!--filter-html-->"), "{html}");
        }
        times.sort_unstable();
        Self(times)
    }

    /// By how much these times are longer than others at a percentile.
    fn ratio(&self, quiet: &Self, percent: usize) -> f64 {
        self.percentile(percent).as_secs_f64() / quiet.percentile(percent).as_secs_f64()
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for percent in [50, 90, 95, 99, 100] {
            write!(f, "  p{percent} {:>10.2?}", self.percentile(percent))?;
        }
        Ok(())
    }
}

/// Clients that misbehave until they are told to stop.
struct Misbehaving {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
    clients: Vec<JoinHandle<()>>,
}

impl Misbehaving {
    /// Resolves when all clients have begun.
    async fn begin<Ended>(
        clients: u32,
        misbehave: &(impl Fn() -> Ended + Clone + Send + 'static),
    ) -> Self
    where
        Ended: Future<Output = ()> + Send,
    {
        let (stop, calls) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let begun = Instant::now();
        let spawned = (0..clients).map(|number| {
            let mut next = begun + PACE * number / clients;
            let (stop, calls) = (Arc::clone(&stop), Arc::clone(&calls));
            let misbehave = misbehave.clone();
            tokio::spawn(async move {
                while !stop.load(Relaxed) {
                    sleep_until(next).await;
                    next = Instant::now() + PACE;
                    calls.fetch_add(1, Relaxed);
                    misbehave().await;
                }
            })
        });
        let misbehaving = Self {
            clients: spawned.collect(),
            stop,
            calls,
        };
        while misbehaving.calls.load(Relaxed) < u64::from(clients) {
            yield_now().await;
        }
        misbehaving
    }

    /// Waits until all calls have ended; returns how many there were.
    async fn end(self) -> u64 {
        self.stop.store(true, Relaxed);
        for client in join_all(self.clients).await {
            client.expect("it is answered as it should be");
        }
        self.calls.load(Relaxed)
    }
}

/// The visitor is served about as fast as without them while this many clients misbehave.
///
/// Each turn beside them is compared with the quiet one just before it, because the machine has
/// other things to do, now more and now less. All pairs are judged, by the one in the middle.
pub(crate) async fn is_not_noticed<Ended>(
    server: &ChildServer,
    name: &str,
    clients: u32,
    misbehave: impl Fn() -> Ended + Clone + Send + 'static,
) where
    Ended: Future<Output = ()> + Send,
{
    let mut seen = format!("{name}\n");
    let mut ratios: [Vec<f64>; MOST.len()] = Default::default();
    for _ in 0..PAIRS {
        let quiet = Times::taken(&server.visitor).await;
        let misbehaving = Misbehaving::begin(clients, &misbehave).await;
        let beside = Times::taken(&server.visitor).await;
        let calls = misbehaving.end().await;
        writeln!(
            seen,
            "quiet  {quiet}\nbeside {beside}  {calls} hostile calls"
        )
        .expect("text grows");
        for (ratios, (percent, _)) in ratios.iter_mut().zip(MOST) {
            ratios.push(beside.ratio(&quiet, percent));
        }
    }
    let mut is_noticed = false;
    for (mut ratios, (percent, most)) in ratios.into_iter().zip(MOST) {
        ratios.sort_unstable_by(f64::total_cmp);
        let median = ratios[PAIRS / 2];
        is_noticed |= median > most;
        writeln!(
            seen,
            "ratio of p{percent}: {median:.2} in the middle, {:.2} to {:.2}; at most {most} in the middle",
            ratios[0],
            ratios[PAIRS - 1]
        )
        .expect("text grows");
    }
    assert!(!is_noticed, "it is noticed:\n{seen}");
    println!("{seen}");
}
