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
use wit_parser::{Interface, Resolve, TypeDefKind, WorldKey};

use crate::{CONTRACT, HOOKS_INTERFACE, hooks::is_hooks_interface};

/// One way in which a component does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It imports an interface that the host does not have.
    #[error(
        "the component imports `{interface}`, which this host does not have; it has {} and WASI 0.2 without wasi:http. \
         Remove the import, or build against this host's plugin.wit, which `raisfast plugin wit` prints",
        CONTRACT_TYPES.imports().join(", ")
    )]
    UnknownInterface {
        /// The interface's name.
        interface: String,
    },
    /// It imports a function that the host's interface does not have.
    #[error(
        "the component imports the function `{function}` of `{interface}`, which this host does not have; \
         it was built against another plugin.wit. Build it against this host's, which `raisfast plugin wit` prints"
    )]
    UnknownFunction {
        /// The interface's name.
        interface: String,
        /// The function's name.
        function: String,
    },
    /// A function it imports has another type here.
    #[error(
        "the component imports the function `{function}` of `{interface}` with another type than the contract's: {}. \
         Build it against this host's plugin.wit, which `raisfast plugin wit` prints", differences.join("; ")
    )]
    ImportType {
        /// The interface's name.
        interface: String,
        /// The function's name.
        function: String,
        /// Parameter by parameter, field by field.
        differences: Vec<String>,
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
        match (CONTRACT_TYPES.import(interface), import.ty) {
            (Some(known), ComponentItem::ComponentInstance(functions)) => {
                check_functions(interface, known, &functions, engine, &mut mismatches);
            }
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

fn check_functions(
    interface: &str,
    known: &Interface,
    functions: &types::ComponentInstance,
    engine: &Engine,
    mismatches: &mut Vec<Mismatch>,
) {
    for (name, item) in functions.exports(engine) {
        let ComponentItem::ComponentFunc(function) = item.ty else {
            continue;
        };
        let (interface, function_name) = (interface.to_owned(), name.to_owned());
        let Some(expected) = CONTRACT_TYPES.signature(known, name) else {
            mismatches.push(Mismatch::UnknownFunction {
                interface,
                function: function_name,
            });
            continue;
        };
        let differences = expected.differences(&Signature::found(&function));
        if !differences.is_empty() {
            mismatches.push(Mismatch::ImportType {
                interface,
                function: function_name,
                differences,
            });
        }
    }
}

/// A hook's type as the contract has it.
pub fn contract(hook: HookName) -> Signature {
    let hooks = CONTRACT_TYPES.interface("plugin-hooks");
    hooks
        .and_then(|hooks| CONTRACT_TYPES.signature(hooks, hook.as_str()))
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
    Tuple(Vec<Shape>),
    Record(Vec<(String, Shape)>),
    Variant(Vec<(String, Option<Shape>)>),
    Enum(Vec<String>),
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
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
            types::Type::Tuple(tuple) => {
                Self::Tuple(tuple.types().map(|ty| Self::found(&ty)).collect())
            }
            types::Type::Variant(variant) => Self::Variant(
                variant
                    .cases()
                    .map(|case| (case.name.to_owned(), case.ty.map(|ty| Self::found(&ty))))
                    .collect(),
            ),
            types::Type::Enum(cases) => Self::Enum(cases.names().map(str::to_owned).collect()),
            types::Type::Result(result) => {
                let found = |ty: Option<types::Type>| ty.map(|ty| Box::new(Self::found(&ty)));
                Self::Result(found(result.ok()), found(result.err()))
            }
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
            (Self::Variant(expected), Self::Variant(found)) => {
                compare_cases(expected, found, place, differences);
            }
            (Self::Result(ok, err), Self::Result(found_ok, found_err)) => {
                for (expected, found, part) in [(ok, found_ok, "ok"), (err, found_err, "err")] {
                    match (expected, found) {
                        (Some(expected), Some(found)) => {
                            expected.compare(found, &format!("{place}, {part}"), differences);
                        }
                        (None, None) => {}
                        _ => differences.push(format!(
                            "{place}, {part}: expected {}, found {}",
                            payload(expected.as_deref()),
                            payload(found.as_deref())
                        )),
                    }
                }
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

fn compare_cases(
    expected: &[(String, Option<Shape>)],
    found: &[(String, Option<Shape>)],
    place: &str,
    differences: &mut Vec<String>,
) {
    let names = |cases: &[(String, Option<Shape>)]| -> Vec<String> {
        cases.iter().map(|(name, _)| name.clone()).collect()
    };
    let (expected_names, found_names) = (names(expected), names(found));
    if expected_names != found_names {
        differences.push(format!(
            "{place}: the cases must be {}, and are {}",
            expected_names.join(", "),
            found_names.join(", ")
        ));
        return;
    }
    for ((name, expected), (_, found)) in expected.iter().zip(found) {
        match (expected, found) {
            (Some(expected), Some(found)) => {
                expected.compare(found, &format!("{place}, case `{name}`"), differences);
            }
            (None, None) => {}
            _ => differences.push(format!(
                "{place}, case `{name}`: expected {}, found {}",
                payload(expected.as_ref()),
                payload(found.as_ref())
            )),
        }
    }
}

fn payload(shape: Option<&Shape>) -> String {
    shape.map_or_else(|| "nothing".to_owned(), Shape::to_string)
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
            Self::Tuple(types) => {
                let types: Vec<String> = types.iter().map(Self::to_string).collect();
                write!(f, "tuple<{}>", types.join(", "))
            }
            Self::Variant(cases) => {
                let names: Vec<&str> = cases.iter().map(|(name, _)| name.as_str()).collect();
                write!(f, "variant {{ {} }}", names.join(", "))
            }
            Self::Enum(names) => write!(f, "enum {{ {} }}", names.join(", ")),
            Self::Result(ok, err) => {
                let part = |shape: &Option<Box<Self>>| {
                    shape
                        .as_ref()
                        .map_or_else(|| "_".to_owned(), ToString::to_string)
                };
                write!(f, "result<{}, {}>", part(ok), part(err))
            }
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
    /// The full names of the interfaces that the contract's world imports, in its order; `types` comes with them.
    fn imports(&self) -> Vec<String> {
        let imports = self
            .0
            .worlds
            .iter()
            .flat_map(|(_, world)| world.imports.keys());
        imports
            .map(|key| format!("`{}`", self.0.name_world_key(key)))
            .collect()
    }

    /// An interface that plugins may import, by its full name.
    fn import(&self, name: &str) -> Option<&Interface> {
        let mut imports = self
            .0
            .worlds
            .iter()
            .flat_map(|(_, world)| world.imports.keys());
        match imports.find(|key| self.0.name_world_key(key) == name)? {
            WorldKey::Interface(id) => self.0.interfaces.get(*id),
            WorldKey::Name(_) => None,
        }
    }

    fn interface(&self, name: &str) -> Option<&Interface> {
        let mut interfaces = self.0.interfaces.iter().map(|(_, interface)| interface);
        interfaces.find(|interface| interface.name.as_deref() == Some(name))
    }

    fn signature(&self, interface: &Interface, function: &str) -> Option<Signature> {
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
    use super::*;

    #[test]
    fn every_hook_name_is_a_function_of_the_contract_and_the_other_way_round() {
        let interface = CONTRACT_TYPES.interface("plugin-hooks").unwrap();
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
