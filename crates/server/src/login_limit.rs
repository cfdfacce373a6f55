//! How many logins may fail.
//!
//! Three counts, each of which fills with failures and empties with time:
//!
//! - by name and address: tight, so that nobody guesses one account's password;
//! - by address: wider, so that nobody tries one password on every account;
//! - by name: it refuses nobody, it only makes logins slow, so that a crowd of addresses guesses slowly
//!   and the account's owner still gets in.
//!
//! A login that succeeds counts for nothing. An IPv6 address counts with the 2^64 of its network, which
//! one customer has.
//!
//! Each count is a table of fixed size, and a name or address has its place in it by a hash that strangers
//! cannot foresee. Two that share a place share a count, which is how a million of them need no more memory
//! than one. The tables begin with the server and end with it.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::{IpAddr, Ipv6Addr},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// How many counts a table has; 512 KiB.
const PLACES: usize = 1 << 16;
/// How much a login to a name that many have failed at is put off.
const LONGEST_DELAY: Duration = Duration::from_secs(2);

/// Counts failed logins.
pub(crate) struct LoginLimit {
    of_pairs: Counts,
    of_addresses: Counts,
    of_names: Counts,
    hasher: RandomState,
    began: Instant,
}

/// One login that is being tried. It counts as failed until it is known to be something else.
pub(crate) struct Attempt<'a> {
    limit: &'a LoginLimit,
    pair: usize,
    address: usize,
    name: usize,
    /// How long it has to wait before the password is looked at.
    pub(crate) delay: Duration,
}

/// Too many logins failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyFailures {
    /// When one more may be tried.
    pub(crate) retry_after: Duration,
}

impl LoginLimit {
    pub(crate) fn new() -> Self {
        Self {
            of_pairs: Counts::new(5, Duration::from_secs(30)),
            of_addresses: Counts::new(30, Duration::from_secs(5)),
            of_names: Counts::new(20, Duration::from_secs(1)),
            hasher: RandomState::new(),
            began: Instant::now(),
        }
    }

    /// Lets a login be tried, or says when.
    pub(crate) fn attempt(
        &self,
        name: &str,
        address: IpAddr,
    ) -> Result<Attempt<'_>, TooManyFailures> {
        self.attempt_at(self.began.elapsed(), name, address)
    }

    fn attempt_at(
        &self,
        now: Duration,
        name: &str,
        address: IpAddr,
    ) -> Result<Attempt<'_>, TooManyFailures> {
        let network = network(address);
        let pair = self.place(&(name, network));
        let by_address = self.place(&network);
        let by_name = self.place(&name);
        let refused = |retry_after| TooManyFailures { retry_after };
        self.of_pairs.add(pair, now).map_err(refused)?;
        self.of_addresses.add(by_address, now).map_err(|wait| {
            self.of_pairs.take_back(pair);
            refused(wait)
        })?;
        let delay = self.of_names.add(by_name, now).err().unwrap_or_default();
        Ok(Attempt {
            limit: self,
            pair,
            address: by_address,
            name: by_name,
            delay: delay.min(LONGEST_DELAY),
        })
    }

    fn place(&self, key: &impl Hash) -> usize {
        usize::try_from(self.hasher.hash_one(key) % PLACES as u64).unwrap_or_default()
    }
}

impl Attempt<'_> {
    /// It has not failed by its name or password.
    pub(crate) fn forgive(self) {
        self.limit.of_pairs.take_back(self.pair);
        self.limit.of_addresses.take_back(self.address);
        if self.delay.is_zero() {
            self.limit.of_names.take_back(self.name);
        }
    }
}

/// What one customer of a provider has for himself: an IPv4 address, or a /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// A table of counts. Each may rise to `most`, and falls by one every `pause`.
///
/// A place holds when its count will be back at zero, in milliseconds (the generic cell rate algorithm).
struct Counts {
    empty_at: Box<[AtomicU64]>,
    most: u64,
    pause: u64,
}

impl Counts {
    fn new(most: u64, pause: Duration) -> Self {
        Self {
            empty_at: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            most,
            pause: milliseconds(pause),
        }
    }

    /// Counts one, or says how long there is no room for it.
    fn add(&self, place: usize, now: Duration) -> Result<(), Duration> {
        let now = milliseconds(now);
        let full = now + self.most * self.pause;
        self.empty_at[place]
            .try_update(Relaxed, Relaxed, |empty_at| {
                Some(empty_at.max(now) + self.pause).filter(|next| *next <= full)
            })
            .map(drop)
            .map_err(|empty_at| Duration::from_millis(empty_at + self.pause - full))
    }

    fn take_back(&self, place: usize) {
        self.empty_at[place].update(Relaxed, Relaxed, |empty_at| {
            empty_at.saturating_sub(self.pause)
        });
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST_DELAY, LoginLimit, TooManyFailures};

    const NOW: Duration = Duration::from_secs(1_000);

    /// A login that fails; answers how long it was put off.
    fn fail(limit: &LoginLimit, name: &str, address: &str) -> Result<Duration, TooManyFailures> {
        fail_at(limit, NOW, name, address)
    }

    fn fail_at(
        limit: &LoginLimit,
        now: Duration,
        name: &str,
        address: &str,
    ) -> Result<Duration, TooManyFailures> {
        let attempt = limit.attempt_at(now, name, address.parse().unwrap())?;
        Ok(attempt.delay)
    }

    #[test]
    fn a_name_is_tried_five_times_from_one_address_and_then_once_in_30_seconds() {
        let limit = LoginLimit::new();
        for _ in 0..5 {
            assert_eq!(fail(&limit, "ann", "192.0.2.1"), Ok(Duration::ZERO));
        }
        let refused = fail(&limit, "ann", "192.0.2.1").unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(30));
        let later = NOW + refused.retry_after;
        assert!(fail_at(&limit, later, "ann", "192.0.2.1").is_ok());
        assert!(fail_at(&limit, later, "ann", "192.0.2.1").is_err());
    }

    #[test]
    fn nobody_is_locked_out_from_elsewhere() {
        let limit = LoginLimit::new();
        for host in 0..200 {
            for _ in 0..6 {
                let _ = fail(&limit, "admin", &format!("198.51.100.{host}"));
            }
        }
        let delay = fail(&limit, "admin", "192.0.2.1").expect("the owner's address is let through");
        assert!(
            delay > Duration::ZERO && delay <= LONGEST_DELAY,
            "{delay:?}"
        );
        assert_eq!(fail(&limit, "ann", "192.0.2.1"), Ok(Duration::ZERO));
    }

    #[test]
    fn one_address_does_not_try_every_name() {
        let limit = LoginLimit::new();
        let let_through = (0..1_000)
            .filter(|name| fail(&limit, &name.to_string(), "192.0.2.1").is_ok())
            .count();
        assert_eq!(let_through, 30);
        assert!(fail(&limit, "ann", "192.0.2.2").is_ok());
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let limit = LoginLimit::new();
        for host in 1..=5 {
            assert!(fail(&limit, "ann", &format!("2001:db8:0:1::{host}")).is_ok());
        }
        assert!(fail(&limit, "ann", "2001:db8:0:1:ffff::1").is_err());
        assert!(fail(&limit, "ann", "2001:db8:0:2::1").is_ok());
        assert!(fail(&limit, "ann", "192.0.2.1").is_ok());
        assert!(fail(&limit, "ann", "::ffff:192.0.2.1").is_ok());
    }

    #[test]
    fn a_login_that_succeeds_counts_for_nothing() {
        let limit = LoginLimit::new();
        for _ in 0..1_000 {
            let attempt = limit.attempt_at(NOW, "ann", "192.0.2.1".parse().unwrap());
            attempt.expect("nothing has failed").forgive();
        }
        assert_eq!(fail(&limit, "ann", "192.0.2.1"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_refused_is_not_counted() {
        let limit = LoginLimit::new();
        for _ in 0..5 {
            fail(&limit, "ann", "192.0.2.1").expect("there is room");
        }
        for _ in 0..1_000 {
            let refused = fail(&limit, "ann", "192.0.2.1").unwrap_err();
            assert_eq!(refused.retry_after, Duration::from_secs(30));
        }
        assert!(
            fail(&limit, "ben", "192.0.2.1").is_ok(),
            "its address is not full"
        );
    }
}
