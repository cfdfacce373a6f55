//! The time of a plugin's calls: which functions of the guest it goes to, and which of the host.
//!
//! - [`Profiler`] is there while calls are made. Its [`InstanceProfiler`] takes a sample of the
//!   guest's stack after each tick of a clock, and measures each host call from its beginning to
//!   its end.
//! - [`Profile`] is the outcome: functions by their own time, and host calls.
//! - [`flame_graph`] draws it, and [`firefox`] writes it for the Firefox profiler.
//!
//! This crate knows neither wasm nor what a host function does: it sees names and times. The names
//! are a guest's, so each is cut, and made printable, before it is kept.
//!
//! ```
//! use raisfast_profile::{Frame, Profiler, flame_graph};
//! use raisfast_contract::HookName;
//!
//! let profiler = Profiler::start();
//! let instance = profiler.instance();
//! instance.begin_call(HookName::OnLogin);
//! let stack = || vec![Frame { name: "greet".to_owned(), place: None }];
//! drop(instance.host_call("host-api/get-data", stack));
//!
//! let profile = profiler.finish();
//! let [(name, calls)] = profile.host_calls()[..] else { panic!("one function") };
//! assert_eq!((name, calls.number), ("host-api/get-data", 1));
//! assert!(flame_graph(&profile).contains("greet"));
//! ```

mod firefox;
mod flame_graph;
mod profile;
mod profiler;

pub use firefox::firefox;
pub use flame_graph::flame_graph;
pub use profile::{Frame, HostCalls, OwnTime, Place, Profile};
pub use profiler::{InstanceProfiler, Profiler, TimedHostCall};

/// The most samples and host calls that are kept, in the order in which they came. A file for the
/// Firefox profiler then has at most 32 MiB.
pub const MOST_SAMPLES: usize = 100_000;

/// The most different stacks, with the beginnings of each.
pub const MOST_STACKS: usize = 50_000;

/// The most functions that are told apart.
pub const MOST_FUNCTIONS: usize = 5_000;

/// The most functions of a stack, the innermost.
pub const MOST_DEPTH: usize = 100;

/// The most bytes of the name of a function or a file.
pub const MOST_NAME: usize = 256;

/// The most boxes of a flame graph, the widest of each level. It then has at most 16 MiB.
pub const MOST_BOXES: usize = 10_000;
