//! A limit on comments from one address.
//!
//! Whoever comments has no login, so the address is all there is to count by. A user who has logged
//! in is known, and not counted.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use raisfast_accounts::{User, Users};

use crate::{
    auth::Reader,
    client_address::{ClientAddress, TrustedProxies},
    counts::{Counts, network},
    problem::Problem,
};

/// Counts comments by address.
pub(crate) struct CommentLimit {
    /// None where the operator wants no limit.
    of_addresses: Option<Counts>,
    began: Instant,
}

/// Too many comments came from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyComments {
    /// When one more may come.
    pub(crate) retry_after: Duration,
}

impl CommentLimit {
    /// Allows `per_minute` at once, and as many in each minute after; 0 for no limit.
    pub(crate) fn new(per_minute: u32) -> Self {
        let minute = Duration::from_mins(1);
        let of_addresses = minute
            .checked_div(per_minute)
            .map(|pause| Counts::new(per_minute.into(), pause.max(Duration::from_millis(1))));
        Self {
            of_addresses,
            began: Instant::now(),
        }
    }

    fn count(&self, address: IpAddr) -> Result<(), TooManyComments> {
        self.count_at(self.began.elapsed(), address)
    }

    fn count_at(&self, now: Duration, address: IpAddr) -> Result<(), TooManyComments> {
        let Some(counts) = &self.of_addresses else {
            return Ok(());
        };
        counts
            .add(&network(address), now)
            .map(drop)
            .map_err(|retry_after| TooManyComments { retry_after })
    }
}

/// A visitor, or a user who has logged in, who may send one more comment. It stands before the body
/// in a handler's arguments, so that the body of one too many is not read.
pub(crate) struct Commenter {
    /// None for a visitor.
    pub(crate) user: Option<User>,
}

impl<S> FromRequestParts<S> for Commenter
where
    S: Sync,
    Users: FromRef<S>,
    TrustedProxies: FromRef<S>,
    Arc<CommentLimit>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(reader) = Reader::from_request_parts(parts, state).await;
        if reader.user().is_none() {
            let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
            Arc::<CommentLimit>::from_ref(state).count(address)?;
        }
        Ok(Self {
            user: reader.user().cloned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::CommentLimit;

    const NOW: Duration = Duration::from_secs(1_000);

    fn let_through(limit: &CommentLimit, now: Duration, address: &str) -> usize {
        let address = address.parse().unwrap();
        (0..100)
            .take_while(|_| limit.count_at(now, address).is_ok())
            .count()
    }

    #[test]
    fn an_address_sends_as_many_as_the_operator_says() {
        let limit = CommentLimit::new(20);
        assert_eq!(let_through(&limit, NOW, "192.0.2.1"), 20);
        assert_eq!(let_through(&limit, NOW, "192.0.2.2"), 20);
        let refused = limit.count_at(NOW, "192.0.2.1".parse().unwrap());
        assert_eq!(refused.unwrap_err().retry_after, Duration::from_secs(3));
        let later = NOW + Duration::from_secs(3);
        assert_eq!(let_through(&limit, later, "192.0.2.1"), 1);
        let later = NOW + Duration::from_secs(63);
        assert_eq!(let_through(&limit, later, "192.0.2.1"), 20);
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let limit = CommentLimit::new(5);
        assert_eq!(let_through(&limit, NOW, "2001:db8:0:1::1"), 5);
        assert_eq!(let_through(&limit, NOW, "2001:db8:0:1:ffff::1"), 0);
        assert_eq!(let_through(&limit, NOW, "2001:db8:0:2::1"), 5);
    }

    #[test]
    fn zero_is_no_limit() {
        assert_eq!(let_through(&CommentLimit::new(0), NOW, "192.0.2.1"), 100);
    }
}
