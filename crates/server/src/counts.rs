//! Counts of what strangers do, in memory that does not grow with their number.
//!
//! A count is a table of fixed size, and a name or an address has its place in it by a hash that
//! strangers cannot foresee. Two that share a place share a count, which is how a million of them
//! need no more memory than one. The tables begin with the server and end with it.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::{IpAddr, Ipv6Addr},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// The number of counts in a table; 512 KiB.
const PLACES: usize = 1 << 16;

/// A table of counts. Each may rise to `most`, and falls by one every `pause`.
///
/// A place holds when its count will be back at zero, in milliseconds (the generic cell rate
/// algorithm).
pub(crate) struct Counts {
    empty_at: Box<[AtomicU64]>,
    hasher: RandomState,
    most: u64,
    pause: u64,
}

/// The place of a key in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(usize);

impl Counts {
    pub(crate) fn new(most: u64, pause: Duration) -> Self {
        Self {
            empty_at: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
            most,
            pause: milliseconds(pause),
        }
    }

    /// Counts one for a key, or says how long there is no room for it. `now` is the time since any
    /// moment, always the same one.
    pub(crate) fn add(&self, key: &impl Hash, now: Duration) -> Result<Place, Duration> {
        let place = self.place(key);
        let now = milliseconds(now);
        let full = now + self.most * self.pause;
        self.empty_at[place.0]
            .try_update(Relaxed, Relaxed, |empty_at| {
                Some(empty_at.max(now) + self.pause).filter(|next| *next <= full)
            })
            .map(|_| place)
            .map_err(|empty_at| Duration::from_millis(empty_at + self.pause - full))
    }

    /// Takes back one that was counted.
    pub(crate) fn take_back(&self, Place(place): Place) {
        self.empty_at[place].update(Relaxed, Relaxed, |empty_at| {
            empty_at.saturating_sub(self.pause)
        });
    }

    fn place(&self, key: &impl Hash) -> Place {
        let place = self.hasher.hash_one(key) % PLACES as u64;
        Place(usize::try_from(place).unwrap_or_default())
    }
}

/// Returns the network that one customer of a provider has alone: an IPv4 address, or a /64 of
/// IPv6.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
