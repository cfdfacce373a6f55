//! Functions' types, and where two of them differ.

use std::fmt;

use wasmtime::component::types::{self, ComponentFunc};

/// A function's type, written out: records with their fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub(super) params: Vec<(String, Shape)>,
    pub(super) result: Option<Shape>,
}

/// A type, as far as the contract uses types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
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
    pub(super) fn found(function: &ComponentFunc) -> Self {
        Self {
            params: function
                .params()
                .map(|(name, ty)| (name.to_owned(), Shape::found(&ty)))
                .collect(),
            result: function.results().next().map(|ty| Shape::found(&ty)),
        }
    }

    /// Returns the differences of `found` from `self`, the contract.
    pub(super) fn differences(&self, found: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        for index in 0..self.params.len().max(found.params.len()) {
            match (self.params.get(index), found.params.get(index)) {
                (Some((name, expected)), Some((_, found))) => {
                    expected.compare(found, &format!("parameter `{name}`"), &mut differences);
                }
                (Some((name, expected)), None) => {
                    differences.push(format!("the parameter `{name}: {expected}` is missing"));
                }
                (None, Some((name, found))) => {
                    differences.push(format!("the contract has no parameter `{name}: {found}`"));
                }
                (None, None) => {}
            }
        }
        match (&self.result, &found.result) {
            // A filter answers with the record that it was given: what differs there has been told.
            (Some(result), Some(found_result)) if !self.is_given(found, result, found_result) => {
                result.compare(found_result, "the result", &mut differences);
            }
            (Some(_), Some(_)) | (None, None) => {}
            (expected, found) => differences.push(format!(
                "the result: expected {}, found {}",
                payload(expected.as_ref()),
                payload(found.as_ref())
            )),
        }
        differences
    }
}

impl Signature {
    /// Returns whether the result is, in both signatures, an option of one parameter's type.
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
    for (name, shape) in found {
        if field(expected, name).is_none() {
            differences.push(format!(
                "{place}: the contract has no field `{name}: {shape}`"
            ));
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

#[cfg(test)]
mod tests {
    use super::*;

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
            ["parameter `input`: the contract has no field `x: bool`"]
        );
        assert_eq!(
            differences(&[("views", "s64"), ("title", "string")]),
            ["parameter `input`: the fields' order must be title, views"]
        );
        assert!(differences(&[("title", "string"), ("views", "s64")]).is_empty());
    }
}
