//! The calls of plugins and the time that they take: counted since the server began, and kept for
//! the last hour.
//!
//! Whoever makes a call counts it, with relaxed atomics and without a lock: a [`Histogram`] of the
//! calls of each plugin and hook, the calls of each host function, and the waits for an instance.
//! Every ten seconds somebody [closes a step](Figures::close), which keeps the difference in a
//! series; nothing of that is on a call's way (decision 0061).
//!
//! ```
//! use std::time::Duration;
//!
//! use raisfast_contract::HookName;
//! use raisfast_figures::Figures;
//!
//! let figures = Figures::default();
//! let plugin = figures.of(&"com.example.seo".parse().unwrap());
//! let calls = plugin.hook(HookName::FilterHtml);
//! calls.note(Duration::from_micros(12), false);
//! calls.note(Duration::from_micros(90), true);
//! let calls = calls.read();
//! assert_eq!((calls.count(), calls.errors), (2, 1));
//! ```

mod calls;
mod charts;
mod distribution;
mod figures;
mod histogram;
mod history;
mod plugin;
mod series;

pub use calls::{CallFigures, Calls};
pub use charts::{
    Amounts, CallChart, Chart, HookChart, HostCallChart, PluginChart, Recent, Series, Steps,
    Summary, Waits,
};
pub use distribution::Distribution;
pub use figures::{Figures, Range};
pub use histogram::Histogram;
pub use history::MOST_SERIES;
pub use plugin::{HostCalls, PluginFigures, RunningHostCall, Waiting};
pub use series::STEPS;
