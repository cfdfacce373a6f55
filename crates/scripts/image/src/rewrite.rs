//! The module written anew: with its state to be read, and with its state inside.

use std::{collections::VecDeque, convert::Infallible, ops::Range};

use wasm_encoder::{
    ConstExpr, DataSection, ExportKind, ExportSection, GlobalSection, MemoryType, Module,
    SectionId,
    reencode::{self, Reencode},
};
use wasmi::Val;
use wasmparser::{CustomSectionReader, DataKind, DataSectionReader, ExportSectionReader, Parser};

use crate::{
    Error, INITIALIZE,
    initialized::{Initialized, PAGE},
    module::Facts,
    ranges,
};

/// The export of the memory in an opened module.
pub(crate) const MEMORY: &str = "raisfast-image-memory";

type Result<T> = std::result::Result<T, reencode::Error<Infallible>>;

/// Returns the export of a global in an opened module.
pub(crate) fn global_name(index: u32) -> String {
    format!("raisfast-image-global-{index}")
}

/// Returns the module with exports of its memory and of all globals that can change.
pub(crate) fn opened(module: &[u8], facts: &Facts) -> std::result::Result<Vec<u8>, Error> {
    written(&mut Opened { facts }, module)
}

/// Returns the module with its state as what it begins with.
pub(crate) fn initialized(
    module: &[u8],
    facts: &Facts,
    state: &Initialized,
) -> std::result::Result<Vec<u8>, Error> {
    let mut writer = Written {
        facts,
        state,
        globals: facts.changing.iter().zip(&state.globals).collect(),
        ranges: ranges::of(&state.memory),
        global: 0,
    };
    written(&mut writer, module)
}

fn written(
    writer: &mut impl Reencode<Error = Infallible>,
    module: &[u8],
) -> std::result::Result<Vec<u8>, Error> {
    let mut written = Module::new();
    writer
        .parse_core_module(&mut written, Parser::new(0), module)
        .map_err(|error| Error::Encode(error.to_string()))?;
    Ok(written.finish())
}

struct Opened<'f> {
    facts: &'f Facts,
}

impl Reencode for Opened<'_> {
    type Error = Infallible;

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<()> {
        reencode::utils::parse_export_section(self, exports, section)?;
        exports.export(MEMORY, ExportKind::Memory, 0);
        for &index in &self.facts.changing {
            exports.export(&global_name(index), ExportKind::Global, index);
        }
        Ok(())
    }
}

struct Written<'s> {
    facts: &'s Facts,
    state: &'s Initialized,
    /// The globals that can change and that are still to come.
    globals: VecDeque<(&'s u32, &'s Val)>,
    ranges: Vec<Range<usize>>,
    /// The global that comes next.
    global: u32,
}

impl Written<'_> {
    fn kept_segments(&self) -> u32 {
        if self.facts.are_named {
            self.facts.segments
        } else {
            0
        }
    }

    fn image(&self, data: &mut DataSection) {
        for range in &self.ranges {
            let begin = u32::try_from(range.start).expect("a memory of 32 bits");
            let bytes = self.state.memory[range.clone()].iter().copied();
            data.active(0, &ConstExpr::i32_const(begin.cast_signed()), bytes);
        }
    }
}

impl Reencode for Written<'_> {
    type Error = Infallible;

    fn parse_global(
        &mut self,
        globals: &mut GlobalSection,
        global: wasmparser::Global<'_>,
    ) -> Result<()> {
        let index = self.global;
        self.global += 1;
        let changing = self
            .globals
            .pop_front_if(|(changing, _)| **changing == index);
        let Some((_, value)) = changing else {
            return reencode::utils::parse_global(self, globals, global);
        };
        globals.global(self.global_type(global.ty)?, &constant(value));
        Ok(())
    }

    fn memory_type(&mut self, memory: wasmparser::MemoryType) -> Result<MemoryType> {
        let mut memory = reencode::utils::memory_type(self, memory);
        memory.minimum = (self.state.memory.len() / PAGE) as u64;
        Ok(memory)
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: wasmparser::Export<'_>,
    ) -> Result<()> {
        if export.name == INITIALIZE {
            return Ok(());
        }
        reencode::utils::parse_export(self, exports, export)
    }

    fn data_count(&mut self, _: u32) -> Result<u32> {
        let ranges = u32::try_from(self.ranges.len()).expect("a memory of 32 bits");
        Ok(self.kept_segments() + ranges)
    }

    fn parse_data_section(
        &mut self,
        data: &mut DataSection,
        section: DataSectionReader<'_>,
    ) -> Result<()> {
        if self.facts.are_named {
            // Indices stay. One that is in the image already is empty, as it is for instructions
            // after the start of any module.
            for segment in section {
                let segment = segment?;
                match segment.kind {
                    DataKind::Passive => data.passive(segment.data.iter().copied()),
                    DataKind::Active { .. } => data.passive([]),
                };
            }
        }
        self.image(data);
        Ok(())
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<()> {
        if before.is_none() && self.facts.segments == 0 && !self.ranges.is_empty() {
            let mut data = DataSection::new();
            self.image(&mut data);
            module.section(&data);
        }
        Ok(())
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

fn constant(value: &Val) -> ConstExpr {
    match value {
        Val::I32(value) => ConstExpr::i32_const(*value),
        Val::I64(value) => ConstExpr::i64_const(*value),
        Val::F32(value) => ConstExpr::f32_const(f32::from_bits(value.to_bits()).into()),
        Val::F64(value) => ConstExpr::f64_const(f64::from_bits(value.to_bits()).into()),
        other => unreachable!("the module has no mutable global like {other:?}"),
    }
}
