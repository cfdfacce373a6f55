//! The functions of `interface script`, as imports.
//!
//! They pass by no tape and are not counted: what an interpreter is given is the plugin's own code,
//! and where a call is played again, it may be another version's.

use raisfast_contract::{ScriptFailure, interface::SCRIPT};
use wasmtime::{Result, StoreContextMut, component::Linker};

use crate::HasSession;

type Store<'a, T> = StoreContextMut<'a, T>;

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    let mut script = linker.instance(SCRIPT)?;
    script.func_wrap("entry", |mut store: Store<'_, T>, ()| {
        Ok((store.data_mut().session().script_entry(),))
    })?;
    script.func_wrap("files", |mut store: Store<'_, T>, ()| {
        Ok((store.data_mut().session().script_files(),))
    })?;
    script.func_wrap(
        "fail",
        |mut store: Store<'_, T>, (failure,): (ScriptFailure,)| {
            store.data_mut().session().fail_script(failure);
            Ok(())
        },
    )?;
    script.func_wrap(
        "refuse",
        |mut store: Store<'_, T>, (status, message): (u16, String)| {
            let session = store.data_mut().session();
            session.refuse_as(status, None, &message);
            Ok(())
        },
    )
}
