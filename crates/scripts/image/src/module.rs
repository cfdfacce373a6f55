//! The parts of a module that an image is about.

use wasmparser::{
    CompositeInnerType, ExternalKind, FuncType, FunctionBody, Import, MemoryType, Operator, Parser,
    Payload, TypeRef, ValType,
};

use crate::{Error, INITIALIZE};

/// The facts about a module that an image is made of.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The indices of globals that can change.
    pub(crate) changing: Vec<u32>,
    /// The number of segments of data.
    pub(crate) segments: u32,
    /// True where instructions may name them by their indices.
    pub(crate) are_named: bool,
}

impl Facts {
    pub(crate) fn of(module: &[u8]) -> Result<Self, Error> {
        let mut found = Found::default();
        for payload in Parser::new(0).parse_all(module) {
            found.take(payload?)?;
        }
        found.facts()
    }
}

#[derive(Default)]
struct Found {
    facts: Facts,
    types: Vec<FuncType>,
    functions: Vec<u32>,
    globals: u32,
    memories: usize,
    initialize: Option<u32>,
}

impl Found {
    fn take(&mut self, payload: Payload<'_>) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    self.types.extend(group?.into_types().map(
                        |it| match it.composite_type.inner {
                            CompositeInnerType::Func(function) => function,
                            // Not one that the initialisation can have.
                            _ => FuncType::new([ValType::I32], []),
                        },
                    ));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.import(&import?)?;
                }
            }
            Payload::FunctionSection(functions) => {
                for signature in functions {
                    self.functions.push(signature?);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.memory(memory?)?;
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let kind = global?.ty;
                    if kind.mutable {
                        self.changing(kind.content_type)?;
                    }
                    self.globals += 1;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func && export.name == INITIALIZE {
                        self.initialize = Some(export.index);
                    }
                }
            }
            // It would run again in every instance.
            Payload::StartSection { .. } => return unsupported("a start function"),
            Payload::DataCountSection { .. } => self.facts.are_named = true,
            Payload::DataSection(data) => self.facts.segments = data.count(),
            Payload::CodeSectionEntry(body) => code(&body)?,
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: &Import<'_>) -> Result<(), Error> {
        let TypeRef::Func(signature) = import.ty else {
            return unsupported(&format!(
                "an import that is not a function (`{}` `{}`)",
                import.module, import.name
            ));
        };
        self.functions.push(signature);
        Ok(())
    }

    fn memory(&mut self, memory: MemoryType) -> Result<(), Error> {
        self.memories += 1;
        if self.memories > 1 {
            return unsupported("a second memory");
        }
        if memory.memory64 || memory.shared || memory.page_size_log2.is_some() {
            return unsupported("a memory of 64 bits, of several threads or of other pages");
        }
        Ok(())
    }

    fn changing(&mut self, kind: ValType) -> Result<(), Error> {
        match kind {
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => {
                self.facts.changing.push(self.globals);
                Ok(())
            }
            _ => unsupported(&format!("a mutable global that is a {kind}")),
        }
    }

    fn facts(self) -> Result<Facts, Error> {
        let initialize = self.initialize.ok_or(Error::Missing)?;
        let signature = self
            .functions
            .get(initialize as usize)
            .and_then(|it| self.types.get(*it as usize));
        if !signature.is_some_and(|it| it.params().is_empty() && it.results().is_empty()) {
            return Err(Error::Signature);
        }
        if self.memories == 0 {
            return unsupported("no memory of its own");
        }
        Ok(self.facts)
    }
}

/// Looks for what changes something else than memory and globals.
fn code(body: &FunctionBody<'_>) -> Result<(), Error> {
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. } => {
                return unsupported("an instruction that changes a table");
            }
            Operator::DataDrop { .. } => {
                return unsupported("an instruction that drops a segment of data");
            }
            _ => {}
        }
    }
    Ok(())
}

fn unsupported<T>(what: &str) -> Result<T, Error> {
    Err(Error::Unsupported(what.to_owned()))
}
