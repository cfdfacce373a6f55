//! `interface deliveries`. It answers at once, so nothing has to wait for it.

use raisfast_bindings::DELIVERIES_INTERFACE;
use wasmtime::{Result, component::Linker};

use super::HostState;

pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    let mut deliveries = linker.instance(DELIVERIES_INTERFACE)?;
    deliveries.func_wrap("current", |store, (): ()| {
        Ok((store.data().session.delivery(),))
    })
}
