//! The counters of one plugin, over all its generations: calls, host calls, waits for an instance.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use raisfast_contract::{HookName, interface::HostFunction};

use crate::{CallFigures, Distribution, Histogram, histogram::nanos};

/// The counts of one plugin's calls and host calls.
#[derive(Debug)]
pub struct PluginFigures {
    hooks: [OnceLock<Arc<CallFigures>>; HookName::ALL.len()],
    host_calls: [HostCallFigures; HostFunction::COUNT],
    waits: Histogram,
}

/// The calls of one host function.
#[derive(Debug, Default)]
struct HostCallFigures {
    count: AtomicU64,
    nanos: AtomicU64,
}

impl Default for PluginFigures {
    fn default() -> Self {
        Self {
            hooks: [const { OnceLock::new() }; HookName::ALL.len()],
            host_calls: std::array::from_fn(|_| HostCallFigures::default()),
            waits: Histogram::default(),
        }
    }
}

impl PluginFigures {
    /// Returns the figures of one hook, to be kept by whoever counts its calls.
    pub fn hook(&self, hook: HookName) -> Arc<CallFigures> {
        Arc::clone(self.hooks[hook as usize].get_or_init(Arc::default))
    }

    /// Returns the figures of each hook that somebody has asked for, in the contract's order.
    pub fn hooks(&self) -> impl Iterator<Item = (HookName, &CallFigures)> {
        let hooks = HookName::ALL.into_iter();
        hooks.filter_map(|hook| Some((hook, &**self.hooks[hook as usize].get()?)))
    }

    /// Counts the call of a host function that returns at once: its time would not be worth two
    /// readings of a clock.
    #[inline]
    pub fn host_call(&self, function: HostFunction) {
        self.host_calls[function.index()]
            .count
            .fetch_add(1, Relaxed);
    }

    /// Counts the call of a host function that waits. It takes until what is returned is dropped,
    /// with its answer or because the call that made it is given up.
    #[inline]
    pub fn waiting_host_call(self: &Arc<Self>, function: HostFunction) -> RunningHostCall {
        self.host_call(function);
        self.wait_of_host_call(function)
    }

    /// Measures the call of a host function that is counted already. Its time begins now.
    pub fn wait_of_host_call(self: &Arc<Self>, function: HostFunction) -> RunningHostCall {
        RunningHostCall {
            figures: Arc::clone(self),
            function,
            begun: Instant::now(),
        }
    }

    /// Begins the wait of a call for an instance. It ends when what is returned is dropped.
    pub fn waiting(&self) -> Waiting<'_> {
        Waiting {
            waits: &self.waits,
            begun: Instant::now(),
        }
    }

    /// Returns the calls of each host function that was called, in the contract's order.
    pub fn host_calls(&self) -> impl Iterator<Item = (HostFunction, HostCalls)> {
        HostFunction::all()
            .map(|function| {
                let HostCallFigures { count, nanos } = &self.host_calls[function.index()];
                let calls = HostCalls {
                    count: count.load(Relaxed),
                    total: Duration::from_nanos(nanos.load(Relaxed)),
                };
                (function, calls)
            })
            .filter(|(_, calls)| calls.count > 0)
    }

    /// Returns the waits of calls for an instance: of those that found none idle.
    pub fn waits(&self) -> Distribution {
        self.waits.read()
    }
}

/// The calls of a host function so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostCalls {
    /// Their number.
    pub count: u64,
    /// The time that they took together, each from its first wait on; nothing where the function
    /// returns at once.
    pub total: Duration,
}

/// A host call that has not ended.
#[derive(Debug)]
pub struct RunningHostCall {
    figures: Arc<PluginFigures>,
    function: HostFunction,
    begun: Instant,
}

impl Drop for RunningHostCall {
    #[inline]
    fn drop(&mut self) {
        let took = nanos(self.begun.elapsed());
        self.figures.host_calls[self.function.index()]
            .nanos
            .fetch_add(took, Relaxed);
    }
}

/// A call that waits for an instance.
#[derive(Debug)]
pub struct Waiting<'a> {
    waits: &'a Histogram,
    begun: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.waits.note(self.begun.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: HostFunction = HostFunction::find("raisfast:plugin-wit/host-api", "log").unwrap();
    const GET: HostFunction =
        HostFunction::find("raisfast:plugin-wit/host-api", "get-data").unwrap();

    #[test]
    fn host_calls_are_counted_by_function_and_timed_where_they_wait() {
        let plugin = Arc::new(PluginFigures::default());
        assert_eq!(plugin.host_calls().count(), 0);
        plugin.host_call(LOG);
        plugin.host_call(LOG);
        let running = plugin.waiting_host_call(GET);
        let calls: Vec<_> = plugin.host_calls().collect();
        let none = Duration::ZERO;
        let count = |count| HostCalls { count, total: none };
        assert_eq!(
            calls,
            [(LOG, count(2)), (GET, count(1))],
            "one that runs is counted, too"
        );
        drop(running);
        let calls: Vec<_> = plugin.host_calls().collect();
        assert_eq!(calls[0], (LOG, count(2)));
        assert!(calls[1].1.total > none);
    }

    #[test]
    fn a_wait_that_is_given_up_counts() {
        let plugin = PluginFigures::default();
        drop(plugin.waiting());
        assert_eq!(plugin.waits().count(), 1);
    }

    #[test]
    fn a_hook_is_listed_from_the_first_question_on() {
        let plugin = PluginFigures::default();
        plugin.hook(HookName::OnLogin).note(Duration::ZERO, true);
        plugin.hook(HookName::OnLogin).note(Duration::ZERO, false);
        let hooks: Vec<_> = plugin
            .hooks()
            .map(|(hook, calls)| (hook, calls.read().count(), calls.read().errors))
            .collect();
        assert_eq!(hooks, [(HookName::OnLogin, 2, 1)]);
    }
}
