//! Counts that the servers of a site share, in the database and by its clock.
//!
//! A table of a fixed number of places as [in memory](crate::counts). The secret by which a place
//! is found is the site's, and known to nobody outside of the database.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    time::Duration,
};

use raisfast_db::{CountRule, Database, DbError};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use super::{ADDRESSES, Attempt, Counted, LONGEST_DELAY, NAMES, PAIRS, TooManyFailures};

/// The number of places for each kind of count.
const PLACES: u32 = 1 << 16;

/// The kind of a count.
#[derive(Clone, Copy)]
enum Kind {
    Pair,
    Address,
    Name,
}

/// The counts of a site.
pub(super) struct SiteCounts {
    database: Database,
    secret: OnceCell<[i64; 2]>,
}

impl SiteCounts {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            secret: OnceCell::new(),
        }
    }

    /// Lets a login be tried, or says when.
    pub(super) async fn attempt(
        &self,
        name: &str,
        network: IpAddr,
    ) -> Result<Result<Attempt<'_>, TooManyFailures>, DbError> {
        let secret = self
            .secret
            .get_or_try_init(|| self.database.login_secret(random()));
        let secret = *secret.await?;
        let network = network.to_string();
        let now = self.database.milliseconds().await?;
        let pair = place(secret, Kind::Pair, &[name, &network]);
        if let Err(retry_after) = self.database.count_login(pair, now, PAIRS).await? {
            return Ok(Err(TooManyFailures { retry_after }));
        }
        let address = place(secret, Kind::Address, &[&network]);
        let mut places = vec![(pair, PAIRS)];
        if let Err(retry_after) = self.database.count_login(address, now, ADDRESSES).await? {
            self.forgive(&places).await;
            return Ok(Err(TooManyFailures { retry_after }));
        }
        places.push((address, ADDRESSES));
        let name = place(secret, Kind::Name, &[name]);
        let delay = match self.database.count_login(name, now, NAMES).await? {
            Ok(()) => {
                places.push((name, NAMES));
                Duration::ZERO
            }
            Err(wait) => wait.min(LONGEST_DELAY),
        };
        let counted = Counted::InTheDatabase { site: self, places };
        Ok(Ok(Attempt { counted, delay }))
    }

    /// Takes back what was counted.
    pub(super) async fn forgive(&self, places: &[(i64, CountRule)]) {
        if let Err(error) = self.database.forgive_login(places).await {
            tracing::warn!(%error, "a login that succeeded counts as one that failed");
        }
    }
}

/// Returns a secret that nobody can foresee.
fn random() -> [i64; 2] {
    [0, 1].map(|half| RandomState::new().hash_one(half).cast_signed())
}

/// Returns the place of a count.
fn place(secret: [i64; 2], kind: Kind, keys: &[&str]) -> i64 {
    let mut hash = Sha256::new();
    for half in secret {
        hash.update(half.to_be_bytes());
    }
    for key in keys {
        hash.update((key.len() as u64).to_be_bytes());
        hash.update(key);
    }
    let digest = hash.finalize();
    let within = u32::from(u16::from_be_bytes([digest[0], digest[1]]));
    i64::from(kind as u32 * PLACES + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "192.0.2.1";
    const CROWD: &str = "198.51.100.7";

    async fn two_servers() -> [SiteCounts; 2] {
        let database = Database::connect("sqlite::memory:").await.unwrap();
        [(); 2].map(|()| SiteCounts::new(database.clone()))
    }

    async fn fail(
        counts: &SiteCounts,
        name: &str,
        address: &str,
    ) -> Result<Duration, TooManyFailures> {
        let attempt = counts.attempt(name, address.parse().unwrap()).await;
        attempt.unwrap().map(|attempt| attempt.delay)
    }

    #[tokio::test]
    async fn whoever_guesses_has_as_many_tries_on_two_servers_as_on_one() {
        let servers = two_servers().await;
        for n in 0..5 {
            assert_eq!(
                fail(&servers[n % 2], "ann", OWNER).await,
                Ok(Duration::ZERO)
            );
        }
        for server in &servers {
            let refused = fail(server, "ann", OWNER).await.unwrap_err();
            let wait = refused.retry_after;
            assert!(
                wait > Duration::from_secs(20) && wait <= Duration::from_secs(30),
                "{wait:?}"
            );
        }
        assert_eq!(
            fail(&servers[0], "ben", OWNER).await,
            Ok(Duration::ZERO),
            "what is refused is not counted"
        );
    }

    #[tokio::test]
    async fn one_address_does_not_try_every_name() {
        let servers = two_servers().await;
        let mut let_through = 0;
        for n in 0..60 {
            let tried = fail(&servers[n % 2], &n.to_string(), CROWD).await;
            let_through += usize::from(tried.is_ok());
        }
        // One more may have come back while this ran.
        assert!((30..=32).contains(&let_through), "{let_through}");
        assert!(fail(&servers[0], "ann", OWNER).await.is_ok());
    }

    #[tokio::test]
    async fn a_name_is_slow_and_never_locked_out() {
        let servers = two_servers().await;
        for host in 0..40 {
            let address = format!("198.51.100.{host}");
            let _ = fail(&servers[host % 2], "admin", &address).await;
        }
        let delay = fail(&servers[0], "admin", OWNER).await.unwrap();
        assert!(
            delay > Duration::ZERO && delay <= LONGEST_DELAY,
            "{delay:?}"
        );
    }

    #[tokio::test]
    async fn a_login_that_succeeds_counts_for_nothing() {
        let servers = two_servers().await;
        for n in 0..40 {
            let attempt = servers[n % 2].attempt("ann", OWNER.parse().unwrap()).await;
            attempt.unwrap().unwrap().forgive().await;
        }
        assert_eq!(fail(&servers[1], "ann", OWNER).await, Ok(Duration::ZERO));
    }
}
