//! When a delivery that failed is tried again.

use std::time::Duration;

/// The number of tries of a delivery before it is a dead letter.
pub const TRIES: u32 = 8;
/// The factor by which each wait is longer than the one before.
const FACTOR: u32 = 4;

/// The wait after a number of failed tries, at least 1: with a second to begin with 1 s, 4 s, 16 s
/// … and 68 minutes after the seventh, a quarter more or less. Rows that failed together do not
/// come back together.
pub(crate) fn wait_after(tries: u32, first: Duration) -> Duration {
    let exponent = tries.clamp(1, TRIES) - 1;
    let wait = first.saturating_mul(FACTOR.saturating_pow(exponent));
    wait.mul_f64(rand::random_range(0.75..=1.25))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{TRIES, wait_after};

    #[test]
    fn each_wait_is_longer_than_the_one_before_whatever_the_jitter() {
        let waits: Vec<_> = (1..TRIES)
            .map(|tries| wait_after(tries, Duration::from_secs(1)))
            .collect();
        assert!(waits.is_sorted(), "{waits:?}");
        assert!(waits[0] >= Duration::from_millis(750), "{waits:?}");
        assert!(waits[6] <= Duration::from_secs(4096 * 5 / 4), "{waits:?}");
    }

    #[test]
    fn waits_differ_so_that_rows_do_not_come_back_together() {
        let waits: std::collections::BTreeSet<_> = (0..100)
            .map(|_| wait_after(3, Duration::from_secs(1)))
            .collect();
        assert!(waits.len() > 50, "{}", waits.len());
    }
}
