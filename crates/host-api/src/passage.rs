//! The way from an instance to the host functions.

use std::sync::Arc;

use raisfast_contract::HookName;
use raisfast_profile::InstanceProfiler;
use raisfast_recording::Tape;

/// A way from an instance to the host functions, and what stands there. A host call looks at it
/// once.
#[derive(Debug)]
pub(crate) enum Passage {
    /// Nothing.
    Open,
    /// A tape that writes the calls, or plays them.
    Taped(Arc<Tape>),
    /// A profiler, of calls that may pass by a tape too.
    Profiled(Box<Profiled>),
}

/// A profiler, and the tape behind it.
#[derive(Debug, Clone)]
pub(crate) struct Profiled {
    pub(crate) tape: Option<Arc<Tape>>,
    pub(crate) profiler: Arc<InstanceProfiler>,
}

impl Passage {
    #[inline]
    pub(crate) fn tape(&self) -> Option<&Arc<Tape>> {
        match self {
            Self::Open => None,
            Self::Taped(tape) => Some(tape),
            Self::Profiled(profiled) => profiled.tape.as_ref(),
        }
    }

    #[inline]
    pub(crate) fn begin_call(&self, hook: HookName) {
        match self {
            Self::Open => {}
            Self::Taped(tape) => tape.begin_call(),
            Self::Profiled(profiled) => profiled.begin_call(hook),
        }
    }
}

impl Profiled {
    fn begin_call(&self, hook: HookName) {
        if let Some(tape) = &self.tape {
            tape.begin_call();
        }
        self.profiler.begin_call(hook);
    }
}
