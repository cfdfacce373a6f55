//! The faults, and the moments at which they strike.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use tokio::time::{Instant, sleep};

use crate::site::{SERVERS, Site};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// SIGKILL; it is started again.
    Kill,
    /// SIGSTOP for longer than the lease, and SIGCONT.
    Pause,
    /// All its connections to the database are ended.
    Cut,
    /// The database is stopped and started.
    Restart,
    /// SIGTERM when the balancer sends it nothing more; it is started again.
    Drain,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Pause,
        Self::Kill,
        Self::Cut,
        Self::Restart,
        Self::Drain,
    ];
    /// Those that strike while a server stands still.
    const BESIDE_A_PAUSE: [Self; 4] = [Self::Kill, Self::Cut, Self::Restart, Self::Drain];
}

/// The length of a pause, in milliseconds: a lease lasts 10 s.
const PAUSE: std::ops::Range<u64> = 10_500..13_000;

/// Faults in a random order.
pub(crate) struct Faults {
    moments: StdRng,
    /// Each kind once, before any comes again.
    first: Vec<Kind>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        let mut moments = StdRng::seed_from_u64(seed);
        let mut first = Kind::ALL.to_vec();
        first.shuffle(&mut moments);
        Self { moments, first }
    }

    /// Strikes until the time is up, with each kind at least once.
    pub(crate) async fn strike(mut self, site: &mut Site, end: Instant) {
        while Instant::now() < end || !self.first.is_empty() {
            self.calm(300..1_500).await;
            let kind = match self.first.pop() {
                Some(kind) => kind,
                None => Kind::ALL[self.moments.random_range(0..Kind::ALL.len())],
            };
            let server = self.moments.random_range(0..SERVERS);
            if kind == Kind::Pause {
                self.pause(site, server).await;
            } else {
                self.strike_once(site, kind, server).await;
            }
        }
        // The last one is seen to end, too.
        self.calm(1_000..1_001).await;
    }

    /// Not a wait for something: the faults' moments are random.
    async fn calm(&mut self, milliseconds: std::ops::Range<u64>) {
        let calm = Duration::from_millis(self.moments.random_range(milliseconds));
        sleep(calm).await;
    }

    /// Another fault strikes another server meanwhile.
    async fn pause(&mut self, site: &mut Site, server: usize) {
        let end = Instant::now() + Duration::from_millis(self.moments.random_range(PAUSE));
        let strike = site.front.begins(Kind::Pause, Some(server));
        site.servers[server].signal("STOP");
        site.front.remove(server);
        self.calm(0..5_000).await;
        let kinds = Kind::BESIDE_A_PAUSE;
        let kind = kinds[self.moments.random_range(0..kinds.len())];
        let other = (server + self.moments.random_range(1..SERVERS)) % SERVERS;
        self.strike_once(site, kind, other).await;
        tokio::time::sleep_until(end).await;
        site.servers[server].signal("CONT");
        site.serves(server).await;
        site.front.ends(strike);
    }

    async fn strike_once(&mut self, site: &mut Site, kind: Kind, server: usize) {
        let front = site.front.clone();
        let begins = || front.begins(kind, (kind != Kind::Restart).then_some(server));
        match kind {
            Kind::Kill => {
                let strike = begins();
                site.servers[server].signal("KILL");
                front.remove(server);
                site.servers[server].ended().await;
                front.ends(strike);
                self.calm(0..2_000).await;
                site.servers[server].start_again().await;
                site.serves(server).await;
            }
            Kind::Cut => {
                let strike = begins();
                site.cut(server).await;
                front.ends(strike);
            }
            Kind::Restart => {
                let strike = begins();
                let pause = Duration::from_millis(self.moments.random_range(0..2_000));
                let database = site.database;
                let restart = tokio::task::spawn_blocking(move || database.restart(pause));
                restart.await.expect("it is restarted");
                front.ends(strike);
            }
            Kind::Drain => {
                let strike = begins();
                front.remove(server);
                let child = &mut site.servers[server];
                child.signal("TERM");
                let code = child.ended_within(Duration::from_mins(1)).await;
                assert_eq!(code, Some(0), "{}", child.log());
                front.ends(strike);
                site.servers[server].start_again().await;
                site.serves(server).await;
            }
            Kind::Pause => unreachable!("a pause has a fault beside it"),
        }
    }
}
