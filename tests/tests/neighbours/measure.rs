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

/// What passes at the least between the beginnings of two of a client's calls.
const PACE: Duration = Duration::from_millis(50);
/// The visitor's requests before it is the other's turn.
const TURN: usize = 150;
/// The turns of each in a round.
const TURNS: usize = 4;
/// How often is measured until a plugin is not noticed.
const ROUNDS: usize = 8;
/// The most that a time may be multiplied by.
const RATIO: f64 = 2.0;

/// The times of requests, the shortest first.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    async fn take(&mut self, visitor: &Client) {
        for _ in 0..TURN {
            let begun = Instant::now();
            let page = visitor.get("/api/v1/posts/page").await.expect(200);
            self.0.push(begun.elapsed());
            let html = page["html"].as_str().expect("a page has HTML");
            assert!(html.ends_with("<!--filter-html-->"), "{html}");
        }
        self.0.sort_unstable();
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

/// The visitor is served as fast as before while so many clients misbehave.
pub(crate) async fn is_not_noticed<Ended>(
    server: &ChildServer,
    name: &str,
    clients: u32,
    misbehave: impl Fn() -> Ended + Clone + Send + 'static,
) where
    Ended: Future<Output = ()> + Send,
{
    let mut seen = format!("{name}\n");
    for _ in 0..ROUNDS {
        let (mut quiet, mut beside, mut calls) = (Times::default(), Times::default(), 0);
        for _ in 0..TURNS {
            quiet.take(&server.visitor).await;
            let misbehaving = Misbehaving::begin(clients, &misbehave).await;
            beside.take(&server.visitor).await;
            calls += misbehaving.end().await;
        }
        let ratios = [50, 99].map(|percent| {
            beside.percentile(percent).as_secs_f64() / quiet.percentile(percent).as_secs_f64()
        });
        writeln!(
            seen,
            "quiet  {quiet}\nbeside {beside}\n       ratio of p50 {:.2}, of p99 {:.2}, {calls} hostile calls",
            ratios[0], ratios[1],
        )
        .expect("text grows");
        if ratios.iter().all(|ratio| *ratio <= RATIO) {
            println!("{seen}");
            return;
        }
    }
    panic!("it is noticed:\n{seen}");
}
