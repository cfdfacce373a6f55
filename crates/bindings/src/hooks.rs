//! The hooks that a component exports.

use std::collections::BTreeSet;

use raisfast_contract::{Hook, HookName, hook};
use wasmtime::{
    Engine, Store,
    component::{
        Component, ComponentNamedList, Instance, Lift, Lower, TypedFunc, types::ComponentItem,
    },
};

use crate::{HOOKS_INTERFACE, exported_interface, is_interface};

/// The hooks of `interface plugin-hooks` that a component exports, by name alone: whether their types
/// fit is [`crate::compatibility::check`]'s question.
pub fn exported_hooks(component: &Component, engine: &Engine) -> BTreeSet<HookName> {
    let component_type = component.component_type();
    let Some(ComponentItem::ComponentInstance(interface)) = component_type
        .exports(engine)
        .find(|(name, _)| is_interface(name, HOOKS_INTERFACE))
        .map(|(_, export)| export.ty)
    else {
        return BTreeSet::new();
    };
    HookName::ALL
        .into_iter()
        .filter(|hook| interface.get_export(engine, hook.as_str()).is_some())
        .collect()
}

/// A hook whose parameters wasmtime can lower and whose answer it can lift. Every [`Hook`] of the
/// contract is one.
pub trait GuestHook: Hook<Params: ComponentNamedList + Lower> {
    /// The answer as a component returns it: a tuple of none or one.
    type Return: ComponentNamedList + Lift + Send + Sync + 'static;

    /// The answer as the contract's plain Rust.
    fn output(returned: Self::Return) -> Self::Output;

    /// This hook's function in one instance, where the component exports it.
    fn function(hooks: &GuestHooks) -> Option<TypedFunc<Self::Params, Self::Return>>;
}

macro_rules! guest_hooks {
    ($($marker:ident $field:ident $(-> $output:ty)?;)*) => {
        /// The exported hooks of one instance, looked up and type-checked once.
        #[derive(Default)]
        pub struct GuestHooks {
            $($field: Option<TypedFunc<
                <hook::$marker as Hook>::Params,
                <hook::$marker as GuestHook>::Return,
            >>,)*
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
                let Some(interface) = exported_interface(store, instance, HOOKS_INTERFACE) else {
                    return Ok(hooks);
                };
                $(
                    let name = hook::$marker::NAME;
                    if wanted.contains(&name)
                        && let Some(export) = instance.get_export_index(&mut *store, Some(&interface), name.as_str())
                    {
                        hooks.$field = Some(instance.get_typed_func(&mut *store, export)?);
                    }
                )*
                Ok(hooks)
            }
        }

        $(
            impl GuestHook for hook::$marker {
                type Return = ($($output,)?);

                guest_hooks!(@output $($output)?);

                fn function(hooks: &GuestHooks) -> Option<TypedFunc<Self::Params, Self::Return>> {
                    hooks.$field
                }
            }
        )*
    };
    (@output $output:ty) => {
        fn output((returned,): Self::Return) -> Self::Output {
            returned
        }
    };
    (@output) => {
        fn output((): Self::Return) -> Self::Output {}
    };
}

guest_hooks! {
    OnPostCreating on_post_creating -> <hook::OnPostCreating as Hook>::Output;
    OnPostUpdating on_post_updating -> <hook::OnPostUpdating as Hook>::Output;
    OnCommentCreating on_comment_creating -> <hook::OnCommentCreating as Hook>::Output;
    OnContentCreating on_content_creating -> <hook::OnContentCreating as Hook>::Output;
    OnContentUpdating on_content_updating -> <hook::OnContentUpdating as Hook>::Output;
    RenderMarkdown render_markdown -> <hook::RenderMarkdown as Hook>::Output;
    FilterHtml filter_html -> <hook::FilterHtml as Hook>::Output;
    OnPostCreated on_post_created;
    OnPostUpdated on_post_updated;
    OnPostDeleted on_post_deleted;
    OnCommentCreated on_comment_created;
    OnContentCreated on_content_created;
    OnContentUpdated on_content_updated;
    OnContentDeleted on_content_deleted;
    OnLogin on_login;
    OnCronTick on_cron_tick;
}
