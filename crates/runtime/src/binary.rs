//! A plugin's file before it is compiled.

use std::borrow::Cow;

use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

use crate::{
    LoadError,
    structure::{Refused, Structure},
    wasi::preview1,
};

/// Bytes of a page of memory.
const PAGE: u64 = 64 << 10;

/// A file that may be a plugin: a core module of the contract, or a component, of bounded
/// complexity.
pub(crate) struct Binary<'a> {
    wasm: &'a [u8],
    contents: Contents<'a>,
}

impl<'a> Binary<'a> {
    /// Looks at what the file holds, in time that grows with its bytes and nothing else.
    pub(crate) fn read(wasm: &'a [u8], max_memory: usize) -> Result<Self, LoadError> {
        let component = Parser::is_component(wasm);
        if !component && !Parser::is_core_wasm(wasm) {
            return Err(LoadError::NotWasm {
                found: beginning(wasm),
            });
        }
        let contents = Contents::read(wasm).map_err(|refused| match refused {
            Refused::Damaged(error) => LoadError::Damaged {
                reason: error.to_string(),
            },
            Refused::TooComplex(error) => LoadError::TooComplex(error),
        })?;
        if contents.memory > max_memory as u64 {
            return Err(LoadError::MemoryBeyondCeiling {
                found: contents.memory,
                limit: max_memory,
            });
        }
        if !component && !contents.names_a_world {
            return Err(LoadError::NoContract);
        }
        Ok(Self { wasm, contents })
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.wasm
    }

    /// Returns the error that a failed [`as_component`] means.
    pub(crate) fn not_encoded(&self, reason: &str) -> LoadError {
        self.contents.why_not_a_component(reason)
    }
}

/// A file that was [read](Binary::read) before as a component: as it is, or a core module with what
/// its `component-type` section says.
pub(crate) fn as_component(wasm: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if Parser::is_component(wasm) {
        return Ok(Cow::Borrowed(wasm));
    }
    let encode = || {
        let mut encoder = ComponentEncoder::default();
        encoder.validate(true).module(wasm)?;
        if imports_from(preview1::MODULE, wasm) {
            encoder.adapter(preview1::MODULE, &preview1::ADAPTER)?;
        }
        encoder.encode()
    };
    encode()
        .map(Cow::Owned)
        .map_err(|error| format!("{error:#}"))
}

fn imports_from(wanted: &str, wasm: &[u8]) -> bool {
    let payloads = Parser::new(0).parse_all(wasm);
    payloads.flatten().any(|payload| match payload {
        Payload::ImportSection(section) => section
            .into_imports()
            .flatten()
            .any(|import| import.module == wanted),
        _ => false,
    })
}

fn beginning(wasm: &[u8]) -> String {
    if wasm.is_empty() {
        return "the file is empty".into();
    }
    let head: String = wasm
        .iter()
        .take(16)
        .map(|&byte| byte.escape_ascii().to_string())
        .collect();
    format!("the file begins with `{head}`")
}

/// The interesting parts of a module, or of all modules of a component.
#[derive(Default)]
struct Contents<'a> {
    /// True if there is the custom section in which bindings generators keep the WIT world.
    names_a_world: bool,
    /// Bytes that the largest memory begins with.
    memory: u64,
    /// Module and name.
    imports: Vec<(&'a str, &'a str)>,
}

impl<'a> Contents<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self, Refused> {
        let mut contents = Self::default();
        let mut structure = Structure::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::CustomSection(section) => {
                    contents.names_a_world |= section.name().starts_with("component-type");
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let bytes = memory?.initial.saturating_mul(PAGE);
                        contents.memory = contents.memory.max(bytes);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        contents.imports.push((import.module, import.name));
                    }
                }
                Payload::CodeSectionEntry(body) => structure.take(&body)?,
                _ => {}
            }
        }
        Ok(contents)
    }

    /// A module that imports what is not part of any world has been built for another host; that
    /// says more than wit-component's reason.
    fn why_not_a_component(&self, reason: &str) -> LoadError {
        let foreign = |&&(module, name): &&(&str, &str)| match module {
            "env" | "wasi_unstable" | "wbg" => true,
            preview1::MODULE => !preview1::FUNCTIONS.contains(name),
            module => module.starts_with("__wbindgen"),
        };
        let Some((module, _)) = self.imports.iter().find(foreign) else {
            return LoadError::Encode {
                reason: reason.to_owned(),
            };
        };
        let imports = self.imports.iter().filter(foreign);
        let names = imports.filter(|(from, _)| from == module);
        LoadError::ForeignImports {
            module: (*module).to_owned(),
            names: names.map(|(_, name)| (*name).to_owned()).collect(),
        }
    }
}
