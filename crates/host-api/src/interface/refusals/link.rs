//! The function of `interface refusals`, as an import.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "refusals";
        tells "refuse" |session, pointer: Option<String>, message: String|
            session.refuse(pointer, &message);
    )
}
