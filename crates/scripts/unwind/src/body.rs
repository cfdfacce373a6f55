//! The code that throws, tests and catches.

use std::convert::Infallible;

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportSection, Function, GlobalSection, GlobalType,
    Instruction, Module, ValType,
    reencode::{self, Reencode},
};
use wasmparser::{CustomSectionReader, FunctionBody, GlobalSectionReader, Operator};

use crate::{module::Facts, throwers::Throwers};

/// The linker's first global.
const STACK_POINTER: u32 = 0;

type Result<T> = std::result::Result<T, reencode::Error<Infallible>>;

/// Writes a module again, function by function.
pub(crate) struct Writer<'f> {
    facts: &'f Facts,
    throwers: &'f Throwers<'f>,
    /// The function whose code comes next.
    function: u32,
}

impl<'f> Writer<'f> {
    pub(crate) fn new(facts: &'f Facts, throwers: &'f Throwers<'f>) -> Self {
        Self {
            facts,
            throwers,
            function: facts.imported,
        }
    }

    /// The global that says that an error is on its way: behind all others.
    fn flag(&self) -> u32 {
        self.facts.globals
    }

    fn throw(&self) -> Function {
        let mut body = Function::new([]);
        body.instruction(&Instruction::I32Const(1));
        body.instruction(&Instruction::GlobalSet(self.flag()));
        body.instruction(&Instruction::End);
        body
    }

    fn r#try(&self) -> Function {
        const SAVED: u32 = 3;
        let mut body = Function::new([(1, ValType::I32)]);
        for instruction in [
            Instruction::GlobalGet(STACK_POINTER),
            Instruction::LocalSet(SAVED),
            Instruction::LocalGet(1),
            Instruction::LocalGet(2),
            Instruction::LocalGet(0),
            Instruction::CallIndirect {
                type_index: self.facts.protected,
                table_index: 0,
            },
            Instruction::GlobalGet(self.flag()),
            Instruction::If(BlockType::Empty),
            Instruction::I32Const(0),
            Instruction::GlobalSet(self.flag()),
            Instruction::LocalGet(SAVED),
            Instruction::GlobalSet(STACK_POINTER),
            Instruction::End,
            Instruction::End,
        ] {
            body.instruction(&instruction);
        }
        body
    }

    /// Writes what follows a call that an error may leave.
    fn test(&mut self, body: &mut Function, caller: u32) -> Result<()> {
        body.instruction(&Instruction::GlobalGet(self.flag()));
        body.instruction(&Instruction::If(BlockType::Empty));
        for result in self.facts.signature(caller).results().to_vec() {
            body.instruction(&nothing(self.val_type(result)?));
        }
        body.instruction(&Instruction::Return);
        body.instruction(&Instruction::End);
        Ok(())
    }

    fn copy(&mut self, function: u32, code: &FunctionBody<'_>) -> Result<Function> {
        let mut body = self.new_function_with_parsed_locals(code)?;
        for operator in code.get_operators_reader()? {
            let operator = operator?;
            let may_throw = match &operator {
                Operator::Call { function_index } => self.throwers.has(*function_index),
                Operator::CallIndirect { type_index, .. } => self.throwers.has_type(*type_index),
                _ => false,
            };
            body.instruction(&self.instruction(operator)?);
            if may_throw {
                self.test(&mut body, function)?;
            }
        }
        Ok(body)
    }
}

/// A value that nobody reads.
fn nothing(kind: ValType) -> Instruction<'static> {
    match kind {
        ValType::I32 => Instruction::I32Const(0),
        ValType::I64 => Instruction::I64Const(0),
        ValType::F32 => Instruction::F32Const(0.0_f32.into()),
        ValType::F64 => Instruction::F64Const(0.0_f64.into()),
        ValType::V128 => Instruction::V128Const(0),
        ValType::Ref(reference) => Instruction::RefNull(reference.heap_type),
    }
}

impl Reencode for Writer<'_> {
    type Error = Infallible;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<()> {
        let function = self.function;
        self.function += 1;
        let written = if function == self.facts.throw {
            self.throw()
        } else if function == self.facts.r#try {
            self.r#try()
        } else if self.throwers.has(function) {
            self.copy(function, &body)?
        } else {
            return reencode::utils::parse_function_body(self, code, body);
        };
        code.function(&written);
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<()> {
        reencode::utils::parse_global_section(self, globals, section)?;
        let flag = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(flag, &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: wasmparser::Export<'_>,
    ) -> Result<()> {
        if [crate::THROW, crate::TRY].contains(&export.name) {
            return Ok(());
        }
        reencode::utils::parse_export(self, exports, export)
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: CustomSectionReader<'_>,
    ) -> Result<()> {
        if section.name().starts_with(".debug") {
            return Ok(());
        }
        reencode::utils::parse_custom_section(self, module, section)
    }
}
