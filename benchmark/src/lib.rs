//! What a hook call costs, beside what a user would pick instead.

mod contender;
#[cfg(feature = "peers")]
mod peers;
mod work;

pub use contender::{Contender, Entry};
pub use work::Work;
