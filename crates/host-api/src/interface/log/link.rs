//! `log` of `interface host-api`, as imports.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "host-api";
        tells "log" |session, level: String, message: String| session.log(&level, &message);
    )
}
