//! The cost of a hook call, beside what a user would pick instead.
//!
//! - [`Work`]: what every contender is asked to do.
//! - [`Contender`]: one way to do it, set up and ready. Ours lie in `contenders`, the engines that
//!   a user could pick instead in `peers`, behind the feature of that name.
//! - [`sampling`]: how they are measured, in interleaved rounds.
//! - [`comparison`]: the works that contenders are compared at.
//! - [`scenario`]: what a call is part of: loading, memory, many callers, the server.
//! - [`report`]: what was found, held against the targets.

pub mod comparison;
mod contender;
pub mod contenders;
mod inputs;
#[cfg(feature = "peers")]
mod peers;
pub mod report;
pub mod sampling;
pub mod scenario;
mod work;

pub use contender::{Contender, Entry};
pub use work::Work;
