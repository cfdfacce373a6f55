//! The record of `interface deliveries` in `plugin-wit/plugin.wit`: same order, same names in
//! `snake_case`.

use serde::{Deserialize, Serialize};
#[cfg(feature = "component")]
use wasmtime::component::{ComponentType, Lift, Lower};

/// One action on its way to one plugin. It may arrive more than once: its id stays the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Delivery {
    /// A UUID.
    pub id: String,
    /// The number of this try, from 1.
    pub attempt: u32,
    /// When the change was made, RFC 3339.
    #[cfg_attr(feature = "component", component(name = "created-at"))]
    pub created_at: String,
}
