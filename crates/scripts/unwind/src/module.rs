//! The parts of a module that decide about errors.

use wasmparser::{
    CompositeInnerType, ElementItems, ElementKind, ExternalKind, FuncType, Operator, Parser,
    Payload, TypeRef, ValType,
};

use crate::{Error, THROW, TRY};

/// The calls in one function.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// Functions, by their index.
    pub(crate) direct: Vec<u32>,
    /// Types of functions in the table, by their index.
    pub(crate) indirect: Vec<u32>,
}

/// The facts about a module that decide about errors.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Types of functions, in their order. One that is not a function's is empty.
    pub(crate) types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    pub(crate) functions: Vec<u32>,
    /// The number of functions that are imported.
    pub(crate) imported: u32,
    /// The number of globals.
    pub(crate) globals: u32,
    /// The calls in each function that is not imported.
    pub(crate) calls: Vec<Calls>,
    /// Functions that stand in the table, or whose address is taken.
    pub(crate) in_table: Vec<u32>,
    pub(crate) throw: u32,
    pub(crate) r#try: u32,
    /// The type of what `try` calls.
    pub(crate) protected: u32,
}

impl Facts {
    pub(crate) fn of(module: &[u8]) -> Result<Self, Error> {
        let mut found = Found::default();
        for payload in Parser::new(0).parse_all(module) {
            found.take(payload?)?;
        }
        found.facts()
    }

    /// Returns the type of a function.
    pub(crate) fn signature(&self, function: u32) -> &FuncType {
        &self.types[self.functions[function as usize] as usize]
    }
}

#[derive(Default)]
struct Found {
    types: Vec<FuncType>,
    functions: Vec<u32>,
    imported: u32,
    globals: u32,
    has_stack_pointer: bool,
    calls: Vec<Calls>,
    in_table: Vec<u32>,
    throw: Option<u32>,
    r#try: Option<u32>,
}

impl Found {
    fn take(&mut self, payload: Payload<'_>) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    self.types.extend(group?.into_types().map(
                        |it| match it.composite_type.inner {
                            CompositeInnerType::Func(function) => function,
                            _ => FuncType::new([], []),
                        },
                    ));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    match import?.ty {
                        TypeRef::Func(signature) => {
                            self.functions.push(signature);
                            self.imported += 1;
                        }
                        TypeRef::Global(_) => self.globals += 1,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for signature in functions {
                    self.functions.push(signature?);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let kind = global?.ty;
                    if self.globals == 0 {
                        self.has_stack_pointer = kind.mutable && kind.content_type == ValType::I32;
                    }
                    self.globals += 1;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        match export.name {
                            THROW => self.throw = Some(export.index),
                            TRY => self.r#try = Some(export.index),
                            _ => {}
                        }
                    }
                }
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element?;
                    if matches!(element.kind, ElementKind::Declared) {
                        continue;
                    }
                    match element.items {
                        ElementItems::Functions(functions) => {
                            for function in functions {
                                self.in_table.push(function?);
                            }
                        }
                        ElementItems::Expressions(_, expressions) => {
                            for expression in expressions {
                                for operator in expression?.get_operators_reader() {
                                    if let Operator::RefFunc { function_index } = operator? {
                                        self.in_table.push(function_index);
                                    }
                                }
                            }
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let mut calls = Calls::default();
                for operator in body.get_operators_reader()? {
                    match operator? {
                        Operator::Call { function_index }
                        | Operator::ReturnCall { function_index } => {
                            calls.direct.push(function_index);
                        }
                        Operator::CallIndirect { type_index, .. }
                        | Operator::ReturnCallIndirect { type_index, .. } => {
                            calls.indirect.push(type_index);
                        }
                        _ => {}
                    }
                }
                self.calls.push(calls);
            }
            _ => {}
        }
        Ok(())
    }

    fn facts(self) -> Result<Facts, Error> {
        let throw = self.throw.ok_or(Error::Missing(THROW))?;
        let r#try = self.r#try.ok_or(Error::Missing(TRY))?;
        if !self.has_stack_pointer {
            return Err(Error::StackPointer);
        }
        let has = |function: u32, parameters: &[ValType]| {
            let signature = self
                .functions
                .get(function as usize)
                .and_then(|it| self.types.get(*it as usize));
            function >= self.imported
                && signature.is_some_and(|it| it.params() == parameters && it.results().is_empty())
        };
        if !has(throw, &[]) {
            return Err(Error::Signature {
                name: THROW,
                expected: "nothing",
            });
        }
        let signature = Error::Signature {
            name: TRY,
            expected: "three i32",
        };
        if !has(r#try, &[ValType::I32; 3]) {
            return Err(signature);
        }
        let called = FuncType::new([ValType::I32; 2], []);
        let Some(protected) = self.types.iter().position(|it| *it == called) else {
            return Err(signature);
        };
        Ok(Facts {
            protected: u32::try_from(protected).expect("a module has fewer types"),
            types: self.types,
            functions: self.functions,
            imported: self.imported,
            globals: self.globals,
            calls: self.calls,
            in_table: self.in_table,
            throw,
            r#try,
        })
    }
}
