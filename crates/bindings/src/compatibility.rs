//! Whether a component fits the contract, in words that its author understands.
//!
//! wasmtime would refuse the same components, but in terms of type indices. Here the contract's text is
//! the measure, so that a message can name the record's field that differs.

use std::{collections::BTreeSet, fmt, sync::LazyLock};

use raisfast_types::HookName;
use wasmtime::{
    Engine,
    component::{
        Component,
        types::{self, ComponentFunc, ComponentItem},
    },
};
use wit_parser::{Resolve, TypeDefKind};

use crate::{
    CONTRACT, HOOKS_INTERFACE, HOST_API_INTERFACE, TYPES_INTERFACE, hooks::is_hooks_interface,
};

/// One way in which a component does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It imports an interface that the host does not have.
    #[error(
        "the component imports `{interface}`, which this host does not have; it has `{HOST_API_INTERFACE}`, `{TYPES_INTERFACE}` and WASI 0.2 without wasi:http. \
         Remove the import, or build against this host's plugin.wit, which `raisfast plugin wit` prints"
    )]
    UnknownInterface {
        /// The interface's name.
        interface: String,
    },
    /// It imports a function that the host's interface does not have.
    #[error(
        "the component imports the function `{function}` of `{HOST_API_INTERFACE}`, which this host does not have; \
         it was built against another plugin.wit. Build it against this host's, which `raisfast plugin wit` prints"
    )]
    UnknownFunction {
        /// The function's name.
        function: String,
    },
    /// A function it imports has another type here.
    #[error(
        "the component imports the function `{function}` as {found}; this host's plugin.wit, which `raisfast plugin wit` prints, says {expected}"
    )]
    ImportType {
        /// The function's name.
        function: String,
        /// The contract's type.
        expected: Signature,
        /// The component's type.
        found: Signature,
    },
    /// The manifest names a hook that it does not export.
    #[error(
        "the manifest subscribes to `{hook}`, but the component does not export it; it exports {}. \
         Implement `{hook}` or remove [hooks.{hook}] from the manifest",
        listed(exported)
    )]
    MissingHook {
        /// The hook.
        hook: HookName,
        /// What it does export.
        exported: BTreeSet<HookName>,
    },
    /// It exports a hook with another type.
    #[error(
        "the component exports the hook `{hook}` with another type than the contract's: {}. \
         Build it against this host's plugin.wit, which `raisfast plugin wit` prints", differences.join("; ")
    )]
    HookType {
        /// The hook.
        hook: HookName,
        /// Parameter by parameter, field by field.
        differences: Vec<String>,
    },
}

fn listed(hooks: &BTreeSet<HookName>) -> String {
    if hooks.is_empty() {
        return format!("no hook of `{HOOKS_INTERFACE}`");
    }
    let names: Vec<_> = hooks.iter().map(|hook| format!("`{hook}`")).collect();
    names.join(", ")
}

/// Everything that keeps a component from being loaded for these hooks; empty when it fits.
pub fn check(component: &Component, engine: &Engine, wanted: &BTreeSet<HookName>) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let component_type = component.component_type();
    for (name, import) in component_type.imports(engine) {
        let interface = name.split('@').next().unwrap_or(name);
        match (interface, import.ty) {
            (HOST_API_INTERFACE, ComponentItem::ComponentInstance(functions)) => {
                check_host_api(&functions, engine, &mut mismatches);
            }
            (TYPES_INTERFACE, _) => {}
            _ if is_granted_wasi(interface) => {}
            _ => mismatches.push(Mismatch::UnknownInterface {
                interface: name.to_owned(),
            }),
        }
    }
    let exported = crate::exported_hooks(component, engine);
    for &hook in wanted {
        if !exported.contains(&hook) {
            mismatches.push(Mismatch::MissingHook {
                hook,
                exported: exported.clone(),
            });
        }
    }
    for (name, export) in component_type.exports(engine) {
        if let (true, ComponentItem::ComponentInstance(interface)) =
            (is_hooks_interface(name), export.ty)
        {
            for hook in exported.intersection(wanted) {
                if let Some(ComponentItem::ComponentFunc(function)) =
                    interface.get_export(engine, hook.as_str()).map(|e| e.ty)
                {
                    let differences = contract(*hook).differences(&Signature::found(&function));
                    if !differences.is_empty() {
                        mismatches.push(Mismatch::HookType {
                            hook: *hook,
                            differences,
                        });
                    }
                }
            }
        }
    }
    mismatches
}

/// WASI 0.2's command world, as `wasmtime_wasi` links it.
fn is_granted_wasi(interface: &str) -> bool {
    [
        "wasi:cli/",
        "wasi:clocks/",
        "wasi:filesystem/",
        "wasi:io/",
        "wasi:random/",
        "wasi:sockets/",
    ]
    .iter()
    .any(|package| interface.starts_with(package))
}

fn check_host_api(
    functions: &types::ComponentInstance,
    engine: &Engine,
    mismatches: &mut Vec<Mismatch>,
) {
    for (name, item) in functions.exports(engine) {
        let ComponentItem::ComponentFunc(function) = item.ty else {
            continue;
        };
        let Some(expected) = CONTRACT_TYPES.signature("host-api", name) else {
            mismatches.push(Mismatch::UnknownFunction {
                function: name.to_owned(),
            });
            continue;
        };
        let found = Signature::found(&function);
        if expected != found {
            mismatches.push(Mismatch::ImportType {
                function: name.to_owned(),
                expected,
                found,
            });
        }
    }
}

/// A hook's type as the contract has it.
pub fn contract(hook: HookName) -> Signature {
    CONTRACT_TYPES
        .signature("plugin-hooks", hook.as_str())
        .expect("every HookName is a function of plugin.wit; a test holds them together")
}

/// A function's type, written out: records with their fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    params: Vec<(String, Shape)>,
    result: Option<Shape>,
}

/// A type, as far as the contract uses types.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Named(&'static str),
    Option(Box<Shape>),
    List(Box<Shape>),
    Record(Vec<(String, Shape)>),
}

impl Signature {
    fn found(function: &ComponentFunc) -> Self {
        Self {
            params: function
                .params()
                .map(|(name, ty)| (name.to_owned(), Shape::found(&ty)))
                .collect(),
            result: function.results().next().map(|ty| Shape::found(&ty)),
        }
    }

    /// What `found` has otherwise than `self`, the contract.
    fn differences(&self, found: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.params.len() != found.params.len() {
            return vec![format!("expected {self}, found {found}")];
        }
        for ((name, expected), (_, found)) in self.params.iter().zip(&found.params) {
            expected.compare(found, &format!("parameter `{name}`"), &mut differences);
        }
        match (&self.result, &found.result) {
            // A filter answers with the record that it was given: what differs there has been told.
            (Some(result), Some(found_result)) if !self.is_given(found, result, found_result) => {
                result.compare(found_result, "the result", &mut differences);
            }
            (Some(_), Some(_)) | (None, None) => {}
            _ => differences.push(format!("expected {self}, found {found}")),
        }
        differences
    }
}

impl Signature {
    /// Whether the result is, in both signatures, an option of what one parameter is.
    fn is_given(&self, found: &Self, result: &Shape, found_result: &Shape) -> bool {
        let (Shape::Option(result), Shape::Option(found_result)) = (result, found_result) else {
            return false;
        };
        let mut params = self.params.iter().zip(&found.params);
        params.any(|((_, param), (_, found))| *param == **result && *found == **found_result)
    }
}

impl Shape {
    fn found(ty: &types::Type) -> Self {
        match ty {
            types::Type::Bool => Self::Named("bool"),
            types::Type::S8 => Self::Named("s8"),
            types::Type::U8 => Self::Named("u8"),
            types::Type::S16 => Self::Named("s16"),
            types::Type::U16 => Self::Named("u16"),
            types::Type::S32 => Self::Named("s32"),
            types::Type::U32 => Self::Named("u32"),
            types::Type::S64 => Self::Named("s64"),
            types::Type::U64 => Self::Named("u64"),
            types::Type::Float32 => Self::Named("f32"),
            types::Type::Float64 => Self::Named("f64"),
            types::Type::Char => Self::Named("char"),
            types::Type::String => Self::Named("string"),
            types::Type::Option(inner) => Self::Option(Box::new(Self::found(&inner.ty()))),
            types::Type::List(inner) => Self::List(Box::new(Self::found(&inner.ty()))),
            types::Type::Record(record) => Self::Record(
                record
                    .fields()
                    .map(|field| (field.name.to_owned(), Self::found(&field.ty)))
                    .collect(),
            ),
            types::Type::Result(_) => Self::Named("a result"),
            types::Type::Variant(_) => Self::Named("a variant"),
            types::Type::Enum(_) => Self::Named("an enum"),
            types::Type::Tuple(_) => Self::Named("a tuple"),
            _ => Self::Named("a type that the contract does not use"),
        }
    }

    fn compare(&self, found: &Self, place: &str, differences: &mut Vec<String>) {
        match (self, found) {
            (Self::Option(expected), Self::Option(found))
            | (Self::List(expected), Self::List(found)) => {
                expected.compare(found, place, differences);
            }
            (Self::Record(expected), Self::Record(found)) => {
                compare_fields(expected, found, place, differences);
            }
            _ if self == found => {}
            _ => differences.push(format!("{place}: expected {self}, found {found}")),
        }
    }
}

fn compare_fields(
    expected: &[(String, Shape)],
    found: &[(String, Shape)],
    place: &str,
    differences: &mut Vec<String>,
) {
    let field = |fields: &[(String, Shape)], name: &str| {
        fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, shape)| shape.clone())
    };
    let before = differences.len();
    for (name, shape) in expected {
        match field(found, name) {
            None => differences.push(format!("{place}: the field `{name}: {shape}` is missing")),
            Some(other) => shape.compare(&other, &format!("{place}, field `{name}`"), differences),
        }
    }
    for (name, _) in found {
        if field(expected, name).is_none() {
            differences.push(format!("{place}: the contract has no field `{name}`"));
        }
    }
    if before == differences.len() && expected != found {
        let names: Vec<_> = expected.iter().map(|(name, _)| name.as_str()).collect();
        differences.push(format!(
            "{place}: the fields' order must be {}",
            names.join(", ")
        ));
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("func(")?;
        for (index, (name, shape)) in self.params.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{name}: {shape}")?;
        }
        f.write_str(")")?;
        match &self.result {
            Some(result) => write!(f, " -> {result}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Option(inner) => write!(f, "option<{inner}>"),
            Self::List(inner) => write!(f, "list<{inner}>"),
            Self::Record(fields) => {
                f.write_str("record {")?;
                for (index, (name, shape)) in fields.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "," };
                    write!(f, "{separator} {name}: {shape}")?;
                }
                f.write_str(" }")
            }
        }
    }
}

/// The contract, parsed once.
static CONTRACT_TYPES: LazyLock<ContractTypes> = LazyLock::new(|| {
    let mut resolve = Resolve::default();
    resolve
        .push_source("plugin.wit", CONTRACT)
        .expect("plugin.wit is valid WIT: this crate's bindings are generated from it");
    ContractTypes(resolve)
});

struct ContractTypes(Resolve);

impl ContractTypes {
    fn signature(&self, interface: &str, function: &str) -> Option<Signature> {
        let (_, interface) = self
            .0
            .interfaces
            .iter()
            .find(|(_, found)| found.name.as_deref() == Some(interface))?;
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
            wit_parser::Type::S64 => Shape::Named("s64"),
            wit_parser::Type::String => Shape::Named("string"),
            wit_parser::Type::Id(id) => match &self.0.types[id].kind {
                TypeDefKind::Option(inner) => Shape::Option(Box::new(self.shape(*inner))),
                TypeDefKind::List(inner) => Shape::List(Box::new(self.shape(*inner))),
                TypeDefKind::Type(alias) => self.shape(*alias),
                TypeDefKind::Record(record) => Shape::Record(
                    record
                        .fields
                        .iter()
                        .map(|field| (field.name.clone(), self.shape(field.ty)))
                        .collect(),
                ),
                _ => Shape::Named("a type that the contract does not use"),
            },
            _ => Shape::Named("a type that the contract does not use"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hook_name_is_a_function_of_the_contract_and_the_other_way_round() {
        let (_, interface) = CONTRACT_TYPES
            .0
            .interfaces
            .iter()
            .find(|(_, found)| found.name.as_deref() == Some("plugin-hooks"))
            .unwrap();
        let functions: Vec<&str> = interface.functions.keys().map(String::as_str).collect();
        assert_eq!(functions, HookName::ALL.map(HookName::as_str));
    }

    #[test]
    fn a_record_that_comes_and_goes_is_told_of_once_and_a_lost_option_is_told() {
        let record = |ty| Shape::Record(vec![("title".into(), Shape::Named(ty))]);
        let filter = |ty, option: bool| Signature {
            params: vec![("input".into(), record(ty))],
            result: Some(if option {
                Shape::Option(Box::new(record(ty)))
            } else {
                record(ty)
            }),
        };
        let expected = filter("string", true);
        assert_eq!(
            expected.differences(&filter("u8", true)),
            ["parameter `input`, field `title`: expected string, found u8"]
        );
        assert_eq!(
            expected.differences(&filter("string", false)),
            [
                "the result: expected option<record { title: string }>, found record { title: string }"
            ]
        );
    }

    #[test]
    fn a_difference_names_the_field() {
        let record = |fields: &[(&str, &'static str)]| Signature {
            params: vec![(
                "input".into(),
                Shape::Record(
                    fields
                        .iter()
                        .map(|&(name, ty)| (name.to_owned(), Shape::Named(ty)))
                        .collect(),
                ),
            )],
            result: None,
        };
        let expected = record(&[("title", "string"), ("views", "s64")]);
        let differences = |fields| expected.differences(&record(fields));
        assert_eq!(
            differences(&[("title", "string")]),
            ["parameter `input`: the field `views: s64` is missing"]
        );
        assert_eq!(
            differences(&[("title", "string"), ("views", "s32")]),
            ["parameter `input`, field `views`: expected s64, found s32"]
        );
        assert_eq!(
            differences(&[("title", "string"), ("views", "s64"), ("x", "bool")]),
            ["parameter `input`: the contract has no field `x`"]
        );
        assert_eq!(
            differences(&[("views", "s64"), ("title", "string")]),
            ["parameter `input`: the fields' order must be title, views"]
        );
        assert!(differences(&[("title", "string"), ("views", "s64")]).is_empty());
    }
}
