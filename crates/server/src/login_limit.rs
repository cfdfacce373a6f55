//! The number of logins that may fail.
//!
//! Three counts, each of which fills with failures and empties with time:
//!
//! - by name and address: tight, so that nobody guesses one account's password;
//! - by address: wider, so that nobody tries one password on every account;
//! - by name: it refuses nobody, it only makes logins slow, so that a crowd of addresses guesses
//!   slowly and the account's owner still gets in.
//!
//! A server that is alone counts in memory; the servers of a site count in the database, so that
//! whoever guesses has as many tries as with one.
//!
//! A login that succeeds counts for nothing. An IPv6 address counts with the 2^64 of its network,
//! which one customer has. Names and addresses that share a place in a [table](Counts) share a
//! count.

mod site;

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use raisfast_cluster::Node;
use raisfast_db::{CountRule, Database};
use site::SiteCounts;

use crate::counts::{Counts, Place, network};

/// Failures by name and address.
const PAIRS: CountRule = CountRule {
    most: 5,
    pause: Duration::from_secs(30),
};
/// Failures by address.
const ADDRESSES: CountRule = CountRule {
    most: 30,
    pause: Duration::from_secs(5),
};
/// Failures by name.
const NAMES: CountRule = CountRule {
    most: 20,
    pause: Duration::from_secs(1),
};

/// The longest delay of a login to a name that many have failed at.
const LONGEST_DELAY: Duration = Duration::from_secs(2);

/// Counts failed logins.
pub(crate) struct LoginLimit {
    of_pairs: Counts,
    of_addresses: Counts,
    of_names: Counts,
    began: Instant,
    /// The counts that this server shares with others.
    site: Option<SiteCounts>,
}

/// One login that is being tried. It counts as failed until it is known to be something else.
pub(crate) struct Attempt<'a> {
    counted: Counted<'a>,
    /// The time to wait before the password is looked at.
    pub(crate) delay: Duration,
}

/// The places in which a login was counted.
enum Counted<'a> {
    Here {
        limit: &'a LoginLimit,
        pair: Place,
        address: Place,
        /// None where the name has no room left.
        name: Option<Place>,
    },
    InTheDatabase {
        site: &'a SiteCounts,
        places: Vec<(i64, CountRule)>,
    },
}

/// Too many logins failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyFailures {
    /// When one more may be tried.
    pub(crate) retry_after: Duration,
}

impl LoginLimit {
    /// Counts for a server: with others in the database, alone in memory.
    pub(crate) fn of(database: &Database, node: &Node) -> Self {
        Self {
            site: (!node.is_alone()).then(|| SiteCounts::new(database.clone())),
            ..Self::new()
        }
    }

    fn new() -> Self {
        let counts = |rule: CountRule| Counts::new(rule.most.into(), rule.pause);
        Self {
            of_pairs: counts(PAIRS),
            of_addresses: counts(ADDRESSES),
            of_names: counts(NAMES),
            began: Instant::now(),
            site: None,
        }
    }

    /// Lets a login be tried, or says when.
    pub(crate) async fn attempt(
        &self,
        name: &str,
        address: IpAddr,
    ) -> Result<Attempt<'_>, TooManyFailures> {
        if let Some(site) = &self.site {
            match site.attempt(name, network(address)).await {
                Ok(attempt) => return attempt,
                Err(error) => {
                    tracing::warn!(%error, "failed logins are counted for this server alone: the database does not take them");
                }
            }
        }
        self.attempt_at(self.began.elapsed(), name, address)
    }

    fn attempt_at(
        &self,
        now: Duration,
        name: &str,
        address: IpAddr,
    ) -> Result<Attempt<'_>, TooManyFailures> {
        let network = network(address);
        let refused = |retry_after| TooManyFailures { retry_after };
        let pair = self.of_pairs.add(&(name, network), now).map_err(refused)?;
        let address = self.of_addresses.add(&network, now).map_err(|wait| {
            self.of_pairs.take_back(pair);
            refused(wait)
        })?;
        let (name, delay) = match self.of_names.add(&name, now) {
            Ok(place) => (Some(place), Duration::ZERO),
            Err(wait) => (None, wait.min(LONGEST_DELAY)),
        };
        Ok(Attempt {
            counted: Counted::Here {
                limit: self,
                pair,
                address,
                name,
            },
            delay,
        })
    }
}

impl Attempt<'_> {
    /// It has not failed by its name or password.
    pub(crate) async fn forgive(self) {
        match self.counted {
            Counted::Here {
                limit,
                pair,
                address,
                name,
            } => {
                limit.of_pairs.take_back(pair);
                limit.of_addresses.take_back(address);
                if let Some(name) = name {
                    limit.of_names.take_back(name);
                }
            }
            Counted::InTheDatabase { site, places } => site.forgive(&places).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST_DELAY, LoginLimit, TooManyFailures};

    const NOW: Duration = Duration::from_secs(1_000);

    /// Makes a login that fails, and returns its delay.
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

    #[tokio::test]
    async fn a_login_that_succeeds_counts_for_nothing() {
        let limit = LoginLimit::new();
        for _ in 0..1_000 {
            let attempt = limit.attempt_at(NOW, "ann", "192.0.2.1".parse().unwrap());
            attempt.expect("nothing has failed").forgive().await;
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
