//! The types of `interface lifecycle`.

#[cfg(feature = "component")]
use wasmtime::component::{ComponentType, Lift, Lower};

/// The reason for a new instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(enum))]
#[repr(u8)]
pub enum Cause {
    /// A version of the plugin begins: at the server's start, or when it was installed, changed,
    /// enabled or reloaded.
    #[cfg_attr(feature = "component", component(name = "version-begins"))]
    VersionBegins,
    /// It takes the place of one that failed, or that had served its number of calls.
    #[cfg_attr(feature = "component", component(name = "replacement"))]
    Replacement,
}

/// An instance's place among those of its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct InstancePlace {
    /// Counted from 0. An instance that replaces another has its number.
    pub number: u32,
    /// The number of instances.
    pub instances: u32,
    /// The reason why this one was made.
    pub cause: Cause,
}
