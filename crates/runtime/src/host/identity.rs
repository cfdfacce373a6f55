//! `interface identifiers` and `interface clock`. They answer at once, so nothing has to wait for them.

use raisfast_bindings::{CLOCK_INTERFACE, IDENTIFIERS_INTERFACE};
use wasmtime::{Result, component::Linker};

use super::HostState;

pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    let mut identifiers = linker.instance(IDENTIFIERS_INTERFACE)?;
    identifiers.func_wrap("new-id", |store, (): ()| {
        Ok((store.data().session.new_id(),))
    })?;
    let mut clock = linker.instance(CLOCK_INTERFACE)?;
    clock.func_wrap("now", |store, (): ()| Ok((store.data().session.now(),)))?;
    clock.func_wrap("unix-milliseconds", |store, (): ()| {
        Ok((store.data().session.unix_milliseconds(),))
    })
}
