//! The health of plugins, as their calls show it.
//!
//! [`Health`] observes a [`Bus`](raisfast_hooks::Bus). It counts each plugin's calls
//! ([`CallCounters`]), measures how long they take within one piece of work ([`timed`]), and pauses
//! a plugin that keeps failing ([`Breakers`]).
//!
//! It knows plugins by their ids and versions, and neither folders nor wasm.
//!
//! ```
//! use std::sync::Arc;
//!
//! use raisfast_health::Health;
//! use raisfast_hooks::Bus;
//!
//! let health = Arc::new(Health::default());
//! let bus = Bus::gated(health.clone(), health.clone());
//! assert!(health.counters().all().is_empty());
//! ```

mod breaker;
mod call_times;
mod counters;
mod health;

pub use breaker::{
    BreakerEvent, BreakerListener, BreakerMemory, BreakerMemoryError, BreakerNews, BreakerSettings,
    BreakerState, BreakerStatus, Breakers, OpenBreaker, Version,
};
pub use call_times::{CallTime, timed};
pub use counters::{CallCounters, HookCounts};
pub use health::Health;
