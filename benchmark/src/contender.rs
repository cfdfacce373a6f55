//! The participants of a comparison.

use std::time::Duration;

use anyhow::Result;

/// One way to do one [`Work`](crate::Work), set up and ready to be called again and again.
pub trait Contender {
    /// Does the work once and returns its answer as text, so that the contenders of one work can be
    /// held to the same answer before anybody is measured.
    fn answer(&mut self) -> Result<String>;

    /// Does the work `times` times, one after the other, and returns how long that took. What is
    /// not part of a call (making the runtime, copying the input where a host would have it anyway)
    /// stays outside.
    fn run(&mut self, times: u64) -> Result<Duration>;
}

/// A contender with its name in tables, such as `Lua 5.4, reused`.
pub struct Entry {
    /// The name.
    pub name: &'static str,
    /// The participant with this name.
    pub contender: Box<dyn Contender>,
}
