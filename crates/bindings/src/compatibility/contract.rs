//! The contract's own types, read from its text.

use std::sync::LazyLock;

use raisfast_contract::interface::PACKAGE;
use wit_parser::{Interface, Resolve, TypeDefKind, WorldKey};

use super::signature::{Shape, Signature};
use crate::CONTRACT;

/// The contract, parsed once.
pub(super) static CONTRACT_TYPES: LazyLock<ContractTypes> = LazyLock::new(|| {
    let mut resolve = Resolve::default();
    resolve
        .push_source("plugin.wit", CONTRACT)
        .expect("plugin.wit is valid WIT: this crate's bindings are generated from it");
    ContractTypes(resolve)
});

pub(super) struct ContractTypes(Resolve);

impl ContractTypes {
    /// The full names of the interfaces that the contract's world imports, in its order; `types`
    /// comes with them.
    pub(super) fn imports(&self) -> Vec<String> {
        self.imported()
            .map(|key| self.0.name_world_key(key))
            .collect()
    }

    /// The functions of an interface that plugins may import, by its full name.
    pub(super) fn functions(&self, interface: &str) -> Vec<String> {
        let functions = self.import(interface).map(|known| known.functions.keys());
        functions
            .into_iter()
            .flatten()
            .map(|name| format!("`{name}`"))
            .collect()
    }

    /// Every function that plugins may import, as `host-api/log`.
    pub(super) fn host_functions(&self) -> impl Iterator<Item = String> {
        let interfaces = self.imported().filter_map(|key| match key {
            WorldKey::Interface(id) => self.0.interfaces.get(*id),
            WorldKey::Name(_) => None,
        });
        interfaces.flat_map(|interface| {
            let name = interface.name.as_deref().unwrap_or_default();
            let functions = interface.functions.keys();
            functions.map(move |function| format!("{name}/{function}"))
        })
    }

    /// An interface that plugins may import, by its full name.
    pub(super) fn import(&self, name: &str) -> Option<&Interface> {
        let key = self
            .imported()
            .find(|key| self.0.name_world_key(key) == name)?;
        match key {
            WorldKey::Interface(id) => self.0.interfaces.get(*id),
            WorldKey::Name(_) => None,
        }
    }

    /// Returns the imports of the world that every other one includes.
    fn imported(&self) -> impl Iterator<Item = &WorldKey> {
        let mut worlds = self.0.worlds.iter().map(|(_, world)| world);
        let world = worlds.find(|world| world.name == "plugin-world");
        world.into_iter().flat_map(|world| world.imports.keys())
    }

    /// Returns an interface for plugins to export, by its full name.
    pub(super) fn exported(&self, name: &str) -> Option<&Interface> {
        self.interface(name.strip_prefix(PACKAGE)?.strip_prefix('/')?)
    }

    /// Returns an interface by its own name.
    pub(super) fn interface(&self, name: &str) -> Option<&Interface> {
        let mut interfaces = self.0.interfaces.iter().map(|(_, interface)| interface);
        interfaces.find(|interface| interface.name.as_deref() == Some(name))
    }

    pub(super) fn signature(&self, interface: &Interface, function: &str) -> Option<Signature> {
        let function = interface.functions.get(function)?;
        Some(Signature {
            params: function
                .params
                .iter()
                .map(|param| (param.name.clone(), self.shape(param.ty)))
                .collect(),
            result: function.result.map(|ty| self.shape(ty)),
        })
    }

    fn shape(&self, ty: wit_parser::Type) -> Shape {
        match ty {
            wit_parser::Type::Bool => Shape::Named("bool"),
            wit_parser::Type::U8 => Shape::Named("u8"),
            wit_parser::Type::U16 => Shape::Named("u16"),
            wit_parser::Type::U32 => Shape::Named("u32"),
            wit_parser::Type::U64 => Shape::Named("u64"),
            wit_parser::Type::S64 => Shape::Named("s64"),
            wit_parser::Type::F64 => Shape::Named("f64"),
            wit_parser::Type::String => Shape::Named("string"),
            wit_parser::Type::Id(id) => self.defined(&self.0.types[id].kind),
            _ => Shape::Named("a type that the contract does not use"),
        }
    }

    fn defined(&self, kind: &TypeDefKind) -> Shape {
        match kind {
            TypeDefKind::Option(inner) => Shape::Option(Box::new(self.shape(*inner))),
            TypeDefKind::List(inner) => Shape::List(Box::new(self.shape(*inner))),
            TypeDefKind::Type(alias) => self.shape(*alias),
            TypeDefKind::Tuple(tuple) => {
                Shape::Tuple(tuple.types.iter().map(|ty| self.shape(*ty)).collect())
            }
            TypeDefKind::Record(record) => Shape::Record(
                record
                    .fields
                    .iter()
                    .map(|field| (field.name.clone(), self.shape(field.ty)))
                    .collect(),
            ),
            TypeDefKind::Variant(variant) => Shape::Variant(
                variant
                    .cases
                    .iter()
                    .map(|case| (case.name.clone(), case.ty.map(|ty| self.shape(ty))))
                    .collect(),
            ),
            TypeDefKind::Enum(cases) => {
                Shape::Enum(cases.cases.iter().map(|case| case.name.clone()).collect())
            }
            TypeDefKind::Result(result) => {
                let part = |ty: Option<wit_parser::Type>| ty.map(|ty| Box::new(self.shape(ty)));
                Shape::Result(part(result.ok), part(result.err))
            }
            _ => Shape::Named("a type that the contract does not use"),
        }
    }
}

#[cfg(test)]
mod tests {
    use raisfast_contract::HookName;

    use super::*;

    #[test]
    fn every_hook_name_is_a_function_of_the_contract_and_the_other_way_round() {
        let mut interfaces = HookName::ALL.map(HookName::interface).to_vec();
        interfaces.dedup();
        let interfaces = interfaces
            .into_iter()
            .map(|name| CONTRACT_TYPES.exported(name).unwrap());
        let functions: Vec<&str> = interfaces
            .flat_map(|interface| interface.functions.keys().map(String::as_str))
            .collect();
        assert_eq!(functions, HookName::ALL.map(HookName::as_str));
    }
}
