//! A pool of stateful items: a fixed number of slots, each with one item that calls take turns on.
//!
//! The pool does not know what it holds. It sets no deadlines but those that callers ask for (one
//! that gives up drops its [`checkout`](Pool::checkout)), and it does not judge an item's health:
//! the caller does, by [`release`](Lease::release).
//!
//! # Contract
//!
//! - **Begins** with [`Pool::fill`], which makes every item before it returns.
//! - **Turns.** Round robin decides which slot is asked first; a busy one is passed over for the
//!   next idle one. When none is idle, callers wait in the order in which they came, at most
//!   [`max_waiting`](PoolOptions::max_waiting) of them. Nothing sleeps or polls.
//! - **Survives** [`release`](Lease::release): the item, with its state, goes back to its slot.
//! - **Ends** with a lease that is dropped in any other way (early return, panic, cancelled
//!   caller): the item is dropped, and a fresh one is made for its slot in the background, at once.
//!   Who needs that slot meanwhile waits for it. An item that has served
//!   [`max_calls`](PoolOptions::max_calls) ends the same way.
//! - **Never shrinks.** When making an item fails, its slot stays vacant until a caller finds no
//!   idle item; that caller makes it, and gets the factory's error if it fails again.
//! - **Closes** with [`Pool::close`] or when the pool is dropped: callers are refused, idle items
//!   are dropped at once, leased ones when their leases end.
//!
//! # Example
//!
//! ```
//! use std::{convert::Infallible, num::NonZeroUsize};
//!
//! use raisfast_pool::{Factory, Pool, PoolOptions};
//!
//! /// Makes counters that begin at the number of their slot.
//! struct Counters;
//!
//! impl Factory for Counters {
//!     type Item = usize;
//!     type Error = Infallible;
//!
//!     async fn create(&self, slot: usize) -> Result<usize, Infallible> {
//!         Ok(slot)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = PoolOptions {
//!     size: NonZeroUsize::MIN,
//!     max_waiting: 16,
//!     max_calls: None,
//! };
//! let pool = Pool::fill(Counters, options).await?;
//!
//! let mut counter = pool.checkout().await?;
//! *counter += 1;
//! counter.release();
//!
//! assert_eq!(*pool.checkout().await?, 1);
//! # Ok(())
//! # }
//! ```

mod claim;
mod lease;
mod pool;
mod queue;
mod slots;

use std::future::Future;

pub use lease::Lease;
pub use pool::{CheckoutError, Pool, PoolOptions, PoolStatus};

/// Makes a pool's items.
pub trait Factory: Send + Sync + 'static {
    /// The type of the pool's items.
    type Item: Send + 'static;
    /// The reason why an item could not be made.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Makes an item for a slot, counted from 0. The future is dropped when the caller that waits
    /// for the item gives up, or when the runtime shuts down.
    fn create(&self, slot: usize) -> impl Future<Output = Result<Self::Item, Self::Error>> + Send;
}
