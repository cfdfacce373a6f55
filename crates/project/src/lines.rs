//! The line table of a plugin, made of what its compiler says.
//!
//! Compilers say where code comes from in DWARF: sections that are larger than the code, that name
//! folders of the author's machine, and that take a parser of some thousand lines to read. None of
//! it reaches a server: of it are kept the lines of the author's own files, in a table that is read
//! without trust (decision 0053). The interpreters of JavaScript and Python, and Go's runtime, name
//! lines themselves.

use std::{
    collections::HashMap,
    fs,
    ops::Range,
    path::{Component, Path, PathBuf},
};

use addr2line::{Context, Frame, Location};
use gimli::{DwarfSections, EndianSlice, LittleEndian};
use raisfast_contract::custom_section;
use raisfast_line_table::{Builder, Place, Position, SECTION};
use wasmparser::{Parser, Payload};

use crate::{BuildError, Project, sources::is_made, template::SDK_FOLDER};

/// The beginning of the names of the sections that DWARF is in.
const DWARF: &str = ".debug_";

/// Folders in a project with what others have written.
const NOT_THE_AUTHORS: [&str; 2] = [SDK_FOLDER, "vendor"];

/// The bytes of a section, of a target that is always little endian.
type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// Replaces what the compiler says of the source by a line table, and returns the table's size. A
/// file of which it says nothing that can be read has no table.
pub(crate) fn keep(project: &Project, compiled: &Path) -> Result<Option<usize>, BuildError> {
    let wasm = fs::read(compiled).map_err(|source| BuildError::read(compiled, source))?;
    if !Parser::is_core_wasm(&wasm) {
        return Ok(None);
    }
    let table = table(&wasm, &Author::of(project));
    let mut kept = custom_section::without(&wasm, |name| name.starts_with(DWARF));
    if let Some(table) = &table {
        kept.extend(custom_section::encode(SECTION, table));
    }
    if kept.len() != wasm.len() {
        fs::write(compiled, kept).map_err(|source| BuildError::write(compiled, source))?;
    }
    Ok(table.map(|table| table.len()))
}

/// The functions of a module's code, and what the compiler says of them.
#[derive(Default)]
struct Module<'a> {
    /// The bodies, in bytes from the beginning of the code section, as DWARF counts.
    functions: Vec<Range<u64>>,
    dwarf: HashMap<&'a str, &'a [u8]>,
}

impl<'a> Module<'a> {
    fn read(wasm: &'a [u8]) -> Option<Self> {
        let mut module = Self::default();
        let mut code = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.ok()? {
                Payload::CodeSectionStart {
                    unchecked_range, ..
                } => code = unchecked_range.start,
                Payload::CodeSectionEntry(body) => {
                    let body = body.range();
                    module.functions.push(body.start - code..body.end - code);
                }
                Payload::CustomSection(section) if section.name().starts_with(DWARF) => {
                    module.dwarf.insert(section.name(), section.data());
                }
                _ => {}
            }
        }
        Some(module)
    }
}

/// Returns the lines of the author's files, where the compiler names some.
fn table(wasm: &[u8], author: &Author) -> Option<Vec<u8>> {
    let module = Module::read(wasm)?;
    let load = |id: gimli::SectionId| {
        let bytes = module.dwarf.get(id.name()).copied().unwrap_or_default();
        Ok::<_, gimli::Error>(bytes)
    };
    let sections = DwarfSections::load(load).ok()?;
    let dwarf = sections.borrow(|bytes| Bytes::new(bytes, LittleEndian));
    let context = Context::from_dwarf(dwarf).ok()?;
    let mut builder = Builder::default();
    for (function, body) in (0..).zip(&module.functions) {
        let Ok(rows) = context.find_location_range(body.start, body.end) else {
            continue;
        };
        // The position in this function of an address.
        let position = |address: u64| Position {
            function,
            offset: u32::try_from(address.saturating_sub(body.start)).unwrap_or(u32::MAX),
        };
        let mut end = body.start;
        for row in with_lines(rows) {
            if row.begin > end {
                builder.begin_run(position(end), None);
            }
            let probe = row.probe.max(body.start);
            let place = place(&context, probe, author, &mut builder);
            builder.begin_run(position(row.begin), place);
            end = row.end;
        }
    }
    // A table that would be too large is none: whose source has a hundred thousand lines in one
    // plugin has the functions' names.
    Some(builder)
        .filter(|builder| !builder.is_empty())?
        .finish()
        .ok()
}

/// A range of code with the same origin.
struct Row {
    begin: u64,
    end: u64,
    /// The address at which to ask for the origin.
    probe: u64,
}

/// Returns the rows of a function. What a compiler has made without a line, such as the beginning
/// of a loop, at which a guest that runs too long is found, has the origin of what follows.
fn with_lines<'a>(rows: impl Iterator<Item = (u64, u64, Location<'a>)>) -> Vec<Row> {
    let rows: Vec<_> = rows.filter(|(_, length, _)| *length > 0).collect();
    let mut following = None;
    let mut with_lines: Vec<Row> = rows
        .into_iter()
        .rev()
        .map(|(begin, length, location)| {
            if location.line.is_some_and(|line| line > 0) {
                following = Some(begin);
            }
            Row {
                begin,
                end: begin + length,
                probe: following.unwrap_or(begin),
            }
        })
        .collect();
    with_lines.reverse();
    with_lines
}

/// Adds the calls of the author's functions that an address is in, and returns the innermost.
fn place(
    context: &Context<Bytes<'_>>,
    address: u64,
    author: &Author,
    builder: &mut Builder,
) -> Option<Place> {
    let mut frames = context.find_frames(address).skip_all_loads().ok()?;
    let mut calls = Vec::new();
    while let Ok(Some(frame)) = frames.next() {
        calls.extend(author.call(&frame));
    }
    let outermost_first = calls.iter().rev();
    outermost_first.fold(None, |caller, (function, file, line)| {
        Some(builder.place(function, file, *line, caller))
    })
}

/// The author of a project, by the folder that the source is in.
struct Author {
    /// The names of the folder: with links as they were written, and without.
    folders: Vec<PathBuf>,
}

impl Author {
    fn of(project: &Project) -> Self {
        let folder = project.folder();
        let names = [std::path::absolute(folder), fs::canonicalize(folder)];
        Self {
            folders: names.into_iter().flatten().collect(),
        }
    }

    /// Returns a call's function, file and line, where the file is the author's.
    fn call(&self, frame: &Frame<'_, Bytes<'_>>) -> Option<(String, String, u32)> {
        let location = frame.location.as_ref()?;
        let line = location.line.filter(|line| *line > 0)?;
        let file = self.file(location.file?)?;
        // A compiler that is asked for lines alone names few functions; the server knows the names
        // of those that are not gone into others.
        let function = match &frame.function {
            Some(name) => name.demangle().ok()?.into_owned(),
            None => String::new(),
        };
        Some((function, file, line))
    }

    /// Returns the path in the project of a file that the author wrote.
    fn file(&self, path: &str) -> Option<String> {
        let path = Path::new(path);
        let mut folders = self.folders.iter();
        let path = folders.find_map(|folder| path.strip_prefix(folder).ok())?;
        let mut components = path.components();
        let is_the_authors = components.clone().all(|component| match component {
            Component::Normal(name) => !is_made(name),
            _ => false,
        });
        let first = components.next()?.as_os_str();
        let is_brought = NOT_THE_AUTHORS.iter().any(|folder| first == *folder);
        (is_the_authors && !is_brought).then(|| path.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_authors_by_its_place_in_the_project() {
        let author = Author {
            folders: vec!["/home/ann/hello".into(), "/srv/hello".into()],
        };
        for (path, expected) in [
            ("/home/ann/hello/src/lib.rs", Some("src/lib.rs")),
            ("/srv/hello/src/lib.rs", Some("src/lib.rs")),
            ("/home/ann/hello/./plugin.c", Some("plugin.c")),
            ("/home/ann/hello/bindings/plugin_world.c", None),
            ("/home/ann/hello/raisfast-plugin/src/hooks.rs", None),
            ("/home/ann/hello/target/release/build/x/out/a.rs", None),
            ("/home/ann/hello/.zig-cache/o/cimport.zig", None),
            ("/home/ann/hello/../other/lib.rs", None),
            ("/home/ann/hello-2/src/lib.rs", None),
            ("/rustc/0123/library/core/src/option.rs", None),
            ("src/lib.rs", None),
            ("/home/ann/hello", None),
            ("", None),
        ] {
            assert_eq!(author.file(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_module_of_which_nothing_is_said_has_no_table() {
        let author = Author { folders: vec![] };
        let head = b"\0asm\x01\0\0\0";
        assert_eq!(table(head, &author), None);
        let damaged = [&head[..], &custom_section::encode(".debug_info", &[7; 40])].concat();
        assert_eq!(table(&damaged, &author), None);
        assert_eq!(table(&head[..5], &author), None);
    }
}
