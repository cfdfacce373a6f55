//! `get-post` of `interface host-api`, as imports.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "host-api";
        waits "get-post" |session, slug: String| session.get_post(&slug);
    )
}
