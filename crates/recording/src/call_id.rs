//! The id of a call, which its record shares with what the plugin logged in it.

use std::fmt;

use serde::{Serialize, Serializer};

/// The id of a call whose instance has a tape: the tape's number, and that of the calls before it.
/// No other call of this process has it, and another process may give it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallId {
    pub(crate) tape: u64,
    pub(crate) calls_before: u64,
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.tape, self.calls_before)
    }
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
