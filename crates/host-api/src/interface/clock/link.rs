//! The functions of `interface clock`, as imports.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "clock";
        at_once "now" |session| session.now();
        at_once "unix-milliseconds" |session| session.unix_milliseconds();
    )
}
