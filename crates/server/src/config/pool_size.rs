//! The number of a plugin's instances.

use std::num::NonZeroUsize;

/// The number of a plugin's instances: 1 to 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "i64")]
pub struct PoolSize(NonZeroUsize);

impl PoolSize {
    pub(super) const DEFAULT: Self = Self(NonZeroUsize::new(4).unwrap());
    /// The most instances.
    pub const MOST: NonZeroUsize = NonZeroUsize::new(64).unwrap();

    /// Returns the number.
    pub const fn get(self) -> NonZeroUsize {
        self.0
    }
}

/// A number that is not a pool size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pool has 1 to 64 instances, not {0}")]
pub struct InvalidPoolSize(i64);

impl TryFrom<i64> for PoolSize {
    type Error = InvalidPoolSize;

    fn try_from(size: i64) -> Result<Self, Self::Error> {
        usize::try_from(size)
            .ok()
            .filter(|&size| size <= Self::MOST.get())
            .and_then(NonZeroUsize::new)
            .map(Self)
            .ok_or(InvalidPoolSize(size))
    }
}
