//! The lifecycle that a component may export beside its hooks.

use raisfast_contract::lifecycle::InstancePlace;
use wasmtime::{
    Engine, Store,
    component::{Component, Instance, TypedFunc},
};

use crate::{LIFECYCLE_INTERFACE, exported_interface, is_interface};

/// Returns whether a component exports `interface lifecycle`, or some of it.
pub fn exports_lifecycle(component: &Component, engine: &Engine) -> bool {
    let component_type = component.component_type();
    let mut exports = component_type.exports(engine);
    exports.any(|(name, _)| is_interface(name, LIFECYCLE_INTERFACE))
}

/// The answer of a guest: success, or the reason why not.
pub type Verdict = (Result<(), String>,);

/// The functions of `interface lifecycle` that one instance exports, looked up and type-checked
/// once. A component may leave out any of them.
#[derive(Default)]
pub struct GuestLifecycle {
    /// `on-load`
    pub on_load: Option<TypedFunc<(InstancePlace,), Verdict>>,
    /// `on-unload`
    pub on_unload: Option<TypedFunc<(), ()>>,
    /// `snapshot`
    pub snapshot: Option<TypedFunc<(), (Option<Vec<u8>>,)>>,
    /// `restore`
    pub restore: Option<TypedFunc<(Vec<u8>,), Verdict>>,
}

impl GuestLifecycle {
    /// Looks the functions up in an instance; none if it does not export the interface.
    ///
    /// # Errors
    ///
    /// wasmtime's, when an exported function's type is not the contract's.
    pub fn of_instance<T: Send>(
        store: &mut Store<T>,
        instance: &Instance,
    ) -> wasmtime::Result<Option<Self>> {
        let Some(interface) = exported_interface(store, instance, LIFECYCLE_INTERFACE) else {
            return Ok(None);
        };
        let mut lifecycle = Self::default();
        macro_rules! find {
            ($($name:literal $field:ident;)*) => {$(
                if let Some(export) =
                    instance.get_export_index(&mut *store, Some(&interface), $name)
                {
                    lifecycle.$field = Some(instance.get_typed_func(&mut *store, export)?);
                }
            )*};
        }
        find! {
            "on-load" on_load;
            "on-unload" on_unload;
            "snapshot" snapshot;
            "restore" restore;
        }
        Ok(Some(lifecycle))
    }
}
