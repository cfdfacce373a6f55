//! The interpreter that a component may be, beside the hooks that it exports.

use raisfast_contract::ScriptFailure;
use wasmtime::{
    Store,
    component::{Instance, TypedFunc},
};

use crate::{INTERPRETER_INTERFACE, exported_interface};

/// The answer of `load`: the names of the script's handlers, or the reason why it cannot run.
pub type Loaded = (Result<Vec<String>, ScriptFailure>,);

/// The functions of `interface interpreter` in one instance.
pub struct GuestInterpreter {
    /// `load`
    pub load: TypedFunc<(), Loaded>,
}

impl GuestInterpreter {
    /// Looks the functions up in an instance.
    ///
    /// # Errors
    ///
    /// wasmtime's, when the component is not an interpreter of this contract.
    pub fn of_instance<T: Send>(
        store: &mut Store<T>,
        instance: &Instance,
    ) -> wasmtime::Result<Self> {
        let interface = exported_interface(store, instance, INTERPRETER_INTERFACE);
        let load = interface
            .and_then(|interface| instance.get_export_index(&mut *store, Some(&interface), "load"));
        let Some(load) = load else {
            return Err(wasmtime::Error::msg(format!(
                "it does not export {INTERPRETER_INTERFACE}, so it is not an interpreter"
            )));
        };
        Ok(Self {
            load: instance.get_typed_func(store, load)?,
        })
    }
}
