//! The functions of `interface deliveries`, as imports.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "deliveries";
        at_once "current" |session| session.delivery();
    )
}
