//! `emit-event` of `interface host-api`, as imports.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "host-api";
        at_once "emit-event" |session, event_type: String, data: String|
            session.emit_event(&event_type, &data);
    )
}
