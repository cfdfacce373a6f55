//! Interfaces by name.

use wasmtime::{
    AsContextMut, Store,
    component::{ComponentExportIndex, Instance},
};

/// Returns whether a component's name for an interface means this one. A later version of the same
/// package may write its interfaces with a version.
pub(crate) fn is_interface(name: &str, interface: &str) -> bool {
    name.split('@').next() == Some(interface)
}

/// Returns the place where an instance exports an interface, if it does.
pub(crate) fn exported_interface<T: Send>(
    store: &mut Store<T>,
    instance: &Instance,
    interface: &str,
) -> Option<ComponentExportIndex> {
    if let Some(exact) = instance.get_export_index(store.as_context_mut(), None, interface) {
        return Some(exact);
    }
    let component = instance.instance_pre(&*store).component().clone();
    let engine = component.engine().clone();
    let component_type = component.component_type();
    let name = component_type
        .exports(&engine)
        .map(|(name, _)| name)
        .find(|name| is_interface(name, interface))?;
    instance.get_export_index(store.as_context_mut(), None, name)
}
