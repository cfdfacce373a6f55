//! `get-data` and `set-data` of `interface host-api`, as imports.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "host-api";
        waits "get-data" |session, key: String| session.get_data(&key);
        waits "set-data" |session, key: String, value: String| session.set_data(&key, &value);
    )
}
