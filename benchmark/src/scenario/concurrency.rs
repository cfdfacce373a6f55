//! Many callers at once on pools of different sizes, through bus and pool as in a server with two
//! workers.
//!
//! They are held against two threads, each with an engine, a bus and a plugin of its own,
//! that call one after the other and share nothing. More calls than that two cores cannot do with
//! the same path.
//!
//! A caller asks, gets its answer, lets others have a turn, as a request that waits for its socket
//! does, and asks again. What it waits runs from one answer to the next: its turn on a worker, an
//! instance, and the call.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds of a run have fewer digits"
)]

mod turn;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use raisfast_hooks::Bus;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use turn::Turn;

use super::{
    Guest, Progress,
    deployed::{self, Directory, Loaded},
};
use crate::report::{Figure, Report, Unit};

/// The name of the figures in the report.
pub const SCENARIO: &str = "concurrent callers";
/// The name of the two threads that share nothing, in the scenario's first figure.
pub const AT_BEST: &str = "2 cores at best";

const WORKERS: usize = 2;
const POOLS: [usize; 4] = [1, 2, 4, 8];
const CALLERS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// The combination that the targets are about.
const TARGET: (usize, usize) = (64, 4);

/// The division of the time.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// The number of turns that each combination has.
    pub rounds: usize,
    /// The length of a turn.
    pub batch: Duration,
}

/// The callers in a turn.
struct Combination {
    callers: usize,
    pool: usize,
    turns: Vec<Turn>,
}

/// Measures all combinations in turn. The guest has to give posts a slug in `on-post-creating`.
pub fn measure(
    guest: &Guest,
    effort: Effort,
    report: &mut Report,
    progress: Progress,
) -> Result<()> {
    let workers = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?;
    let cache = tempfile::tempdir()?;
    let mut hosts = Vec::new();
    for pool in POOLS {
        hosts.push(workers.block_on(Host::start(guest, pool, &cache))?);
    }
    let alone = (0..WORKERS)
        .map(|_| Alone::start(guest, &cache))
        .collect::<Result<Vec<_>>>()?;
    let mut combinations: Vec<Combination> = POOLS
        .into_iter()
        .flat_map(|pool| {
            CALLERS.map(|callers| Combination {
                callers,
                pool,
                turns: Vec::new(),
            })
        })
        .collect();
    let mut best = Vec::new();
    for round in 0..effort.rounds {
        progress("callers and pools", round as f64 / effort.rounds as f64);
        for combination in &mut combinations {
            if (combination.callers, combination.pool) == TARGET {
                // Beside what it is held against, so that both meet the same machine.
                best.push(at_best(&alone, effort.batch)?);
            }
            let host = POOLS.iter().position(|&pool| pool == combination.pool);
            let bus = hosts[host.context("there is a host for each pool")?]
                .loaded
                .bus();
            let turn = workers.block_on(together(bus, combination.callers, effort.batch))?;
            combination.turns.push(turn);
        }
    }
    describe(&combinations, best, report);
    Ok(())
}

/// A plugin with an engine of its own.
struct Host {
    loaded: Loaded,
    _directory: Directory,
}

impl Host {
    async fn start(guest: &Guest, instances: usize, cache: &TempDir) -> Result<Self> {
        let tables = format!(
            "[hooks.on-post-creating]\non_error = \"abort\"\n\n[pool]\nsize = {instances}\n"
        );
        let directory = Directory::with(&guest.with(&tables)).await?;
        let runtime = deployed::runtime(Some(cache.path()))?;
        Ok(Self {
            loaded: directory.load(&runtime, false).await?,
            _directory: directory,
        })
    }
}

/// A host that one thread has for itself.
struct Alone {
    runtime: Runtime,
    host: Host,
}

impl Alone {
    fn start(guest: &Guest, cache: &TempDir) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let host = runtime.block_on(Host::start(guest, 1, cache))?;
        Ok(Self { runtime, host })
    }
}

/// Returns the calls per second that the threads do together.
fn at_best(alone: &[Alone], batch: Duration) -> Result<f64> {
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let waits = thread::scope(|scope| {
        let threads: Vec<_> = alone
            .iter()
            .map(|Alone { runtime, host }| {
                let stop = &stop;
                scope.spawn(move || {
                    runtime.block_on(calls(host.loaded.bus(), begun, stop, async || {}))
                })
            })
            .collect();
        thread::sleep(batch);
        stop.store(true, Relaxed);
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a caller that fails says so"))
            .collect::<Result<Vec<_>>>()
    })?;
    let calls: usize = waits.iter().map(Vec::len).sum();
    Ok(calls as f64 / begun.elapsed().as_secs_f64())
}

/// One turn of callers who are tasks of the same two workers.
async fn together(bus: &Bus, callers: usize, batch: Duration) -> Result<Turn> {
    let stop = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let (bus, stop) = (bus.clone(), Arc::clone(&stop));
            tokio::spawn(async move { calls(&bus, begun, &stop, tokio::task::yield_now).await })
        })
        .collect();
    tokio::time::sleep(batch).await;
    stop.store(true, Relaxed);
    let mut waits = Vec::with_capacity(callers.len());
    for caller in callers {
        waits.push(caller.await??);
    }
    Turn::of(&waits, begun.elapsed())
}

/// Calls again and again, and returns how long it waited for each answer, in nanoseconds.
async fn calls(
    bus: &Bus,
    begun: Instant,
    stop: &AtomicBool,
    between: impl AsyncFn(),
) -> Result<Vec<u64>> {
    let post = Arc::new(deployed::post());
    let mut waits = Vec::with_capacity(1 << 16);
    let mut asked = begun;
    while !stop.load(Relaxed) {
        deployed::call(bus, &post).await?;
        let answered = Instant::now();
        waits.push(u64::try_from((answered - asked).as_nanos())?);
        asked = answered;
        between().await;
    }
    Ok(waits)
}

fn describe(combinations: &[Combination], best: Vec<f64>, report: &mut Report) {
    for combination in combinations {
        let Combination {
            callers,
            pool,
            turns,
        } = combination;
        let name = format!("{} on a pool of {pool}", counted(*callers));
        let mut add = |suffix: &str, unit, of: fn(&Turn) -> f64| {
            let samples = turns.iter().map(of).collect();
            report.add(Figure::of(
                SCENARIO,
                format!("{name}{suffix}"),
                unit,
                samples,
            ));
        };
        add("", Unit::PerSecond, |turn| turn.calls_a_second);
        add(", mean wait", Unit::Nanoseconds, |turn| turn.mean);
        add(", wait of 99 %", Unit::Nanoseconds, |turn| turn.p99);
        add(", wait of 99.9 %", Unit::Nanoseconds, |turn| turn.p999);
        add(", longest wait", Unit::Nanoseconds, |turn| turn.longest);
        if (*callers, *pool) == TARGET {
            let median = |ratios: Vec<f64>| Figure::of("", "", Unit::Count, ratios).median;
            let turns = turns.iter();
            let speed = turns
                .clone()
                .zip(&best)
                .map(|(turn, best)| turn.calls_a_second / best);
            report.add_ratio(format!("{name} ÷ {AT_BEST}"), median(speed.collect()));
            let unfairness = turns.map(|turn| turn.unfairness).collect();
            report.add_ratio(format!("{name}: longest wait ÷ mean"), median(unfairness));
        }
    }
    report.add(Figure::of(SCENARIO, AT_BEST, Unit::PerSecond, best));
}

fn counted(callers: usize) -> String {
    match callers {
        1 => "1 caller".into(),
        more => format!("{more} callers"),
    }
}
