//! The functions of `interface identifiers`, as imports.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "identifiers";
        at_once "new-id" |session| session.new_id();
    )
}
