//! Waits until an effect is seen, with a deadline: no test sleeps.

use std::{
    future::Future,
    time::{Duration, Instant},
};

/// The longest time that an effect may take on a slow machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// Looks again and again until there is something to see.
///
/// # Panics
///
/// When the deadline passes; `what` is then in the message.
pub async fn eventually<T, Look, Seen>(what: &str, look: Look) -> T
where
    Look: FnMut() -> Seen,
    Seen: Future<Output = Option<T>>,
{
    eventually_within(DEADLINE, what, look).await
}

/// The same, for what may take longer than most: compiling 18 MB, say.
///
/// # Panics
///
/// When the deadline passes; `what` is then in the message.
pub async fn eventually_within<T, Look, Seen>(deadline: Duration, what: &str, mut look: Look) -> T
where
    Look: FnMut() -> Seen,
    Seen: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(
            begun.elapsed() < deadline,
            "waited {deadline:?} in vain: {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
