//! For C, and for Zig, which is linked with C: a header, its implementation, and an object that
//! says which world it is.

use super::{Files, generate};
use crate::contract::Contract;

/// The implementation of the header.
pub(crate) const SOURCE: &str = "plugin_world.c";

/// The header with the host's functions and the hooks.
pub(crate) const HEADER: &str = "plugin_world.h";

/// Says in the linked module which world it was built for.
pub(crate) const WORLD_OBJECT: &str = "plugin_world_component_type.o";

pub(super) fn bindings(contract: &Contract) -> Files {
    generate(wit_bindgen_c::Opts::default().build(), contract)
}
