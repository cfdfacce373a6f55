//! The hooks that a component exports.

use std::collections::BTreeSet;

use raisfast_contract::{Hook, HookName, for_each_hook, hook};
use serde::Serialize;
use wasmtime::{
    Engine, Store,
    component::{
        Component, ComponentNamedList, Instance, Lift, Lower, TypedFunc, types::ComponentItem,
    },
};

use crate::{exported_interface, is_interface};

/// Returns the hooks that a component exports, by name alone: [`crate::compatibility::check`]
/// compares their types.
pub fn exported_hooks(component: &Component, engine: &Engine) -> BTreeSet<HookName> {
    let component_type = component.component_type();
    let exports = component_type.exports(engine).flat_map(|(name, export)| {
        let ComponentItem::ComponentInstance(functions) = export.ty else {
            return Vec::new();
        };
        let hooks = hooks_of(name);
        hooks
            .filter(|hook| functions.get_export(engine, hook.as_str()).is_some())
            .collect()
    });
    exports.collect()
}

/// Returns the contract's hooks in the interface that a component calls by this name.
pub(crate) fn hooks_of(interface: &str) -> impl Iterator<Item = HookName> {
    HookName::ALL
        .into_iter()
        .filter(move |hook| is_interface(interface, hook.interface()))
}

/// A hook whose parameters wasmtime can lower and whose answer it can lift, and both of which can
/// be written down. Every [`Hook`] of the
/// contract is one.
pub trait GuestHook:
    Hook<Params: ComponentNamedList + Lower + Serialize, Output: Serialize>
{
    /// The answer as a component returns it: a tuple of none or one.
    type Return: ComponentNamedList + Lift + Send + Sync + 'static;

    /// The answer as the contract's plain Rust.
    fn output(returned: Self::Return) -> Self::Output;

    /// This hook's function in one instance, where the component exports it.
    fn function(hooks: &GuestHooks) -> Option<TypedFunc<Self::Params, Self::Return>>;
}

macro_rules! guest_hooks {
    ($(in $interface:literal {
        $($kind:ident $marker:ident $name:literal $signature:tt)*
    })*) => {
        /// The exported hooks of one instance, looked up and type-checked once.
        #[derive(Default)]
        pub struct GuestHooks {
            $($($marker: Option<TypedFunc<
                <hook::$marker as Hook>::Params,
                <hook::$marker as GuestHook>::Return,
            >>,)*)*
        }

        impl GuestHooks {
            /// Looks the `wanted` hooks up in an instance.
            ///
            /// # Errors
            ///
            /// wasmtime's, when an exported function's type is not the contract's.
            pub fn of_instance<T: Send>(
                store: &mut Store<T>,
                instance: &Instance,
                wanted: &BTreeSet<HookName>,
            ) -> wasmtime::Result<Self> {
                let mut hooks = Self::default();
                $(if let Some(interface) = exported_interface(store, instance, $interface) {
                    $(
                        if wanted.contains(&HookName::$marker)
                            && let Some(export) = instance.get_export_index(&mut *store, Some(&interface), $name)
                        {
                            hooks.$marker = Some(instance.get_typed_func(&mut *store, export)?);
                        }
                    )*
                })*
                Ok(hooks)
            }
        }

        $($(
            impl GuestHook for hook::$marker {
                guest_hooks!(@return $kind);

                fn function(hooks: &GuestHooks) -> Option<TypedFunc<Self::Params, Self::Return>> {
                    hooks.$marker
                }
            }
        )*)*
    };
    (@return filter) => {
        type Return = (Self::Output,);

        fn output((returned,): Self::Return) -> Self::Output {
            returned
        }
    };
    (@return render) => {
        guest_hooks!(@return filter);
    };
    (@return $without_answer:ident) => {
        type Return = ();

        fn output((): Self::Return) -> Self::Output {}
    };
}

for_each_hook!(guest_hooks);
