//! A trap in one line: what happened, and where in the author's own code.
//!
//! Nothing here is done for a call that succeeds.

use raisfast_line_table::{Line, LineTable, Position};
use wasmtime::{ExternType, FrameInfo, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

/// The most of the author's functions that are named.
const SHOWN: usize = 5;

/// The starts of the names of functions in languages' own libraries: those that a panic, an
/// allocation or an abort goes through before it traps, and those that call the guest's code.
const NOT_THE_AUTHORS: [&str; 24] = [
    // Rust
    "std::",
    "core::",
    "alloc::",
    "<std::",
    "<core::",
    "<alloc::",
    "<&mut std::",
    "<&mut core::",
    "__rust",
    "rust_",
    "_rust_",
    "dlmalloc::",
    "<dlmalloc::",
    "compiler_builtins::",
    "wit_bindgen::",
    // C, C++ and Zig
    "__wasi",
    "__wasm",
    "__assert",
    "__cxa",
    "abort",
    "_Exit",
    "debug.",
    // Go
    "runtime.",
    "cabi_realloc",
];

/// Returns the trap in one line, and the author's functions on the way to it, where the guest has
/// names or a line table.
pub(crate) fn reason(error: &wasmtime::Error, line_table: Option<&[u8]>) -> String {
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return format!(
            "it ended itself with exit status {}, where a hook returns; the plugin's log may say why",
            exit.0
        );
    }
    let reason = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => {
            "it reached `unreachable`, as a panic or a failed allocation does; the plugin's log may say more".to_owned()
        }
        Some(Trap::StackOverflow) => "its call stack is exhausted; is there a recursion without end?".to_owned(),
        // Compilers keep a stack of their own at the beginning of the memory, which a recursion
        // leaves first.
        Some(Trap::MemoryOutOfBounds) => "it went beyond its memory, as too deep a recursion or wrong unsafe code does".to_owned(),
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    match backtrace.and_then(|backtrace| place(backtrace, line_table)) {
        Some(place) => format!("{reason} (in {place})"),
        None => reason,
    }
}

/// Returns the author's functions in a backtrace, the innermost first.
pub(crate) fn place(backtrace: &WasmBacktrace, line_table: Option<&[u8]>) -> Option<String> {
    let table = line_table.and_then(LineTable::open);
    let mut calls = Vec::new();
    for frame in backtrace.frames() {
        let before = calls.len();
        if let Some((table, position)) = table.zip(position(frame)) {
            let lines = table.lines(position);
            calls.extend(lines.map(|line| Call::from_table(line, frame.func_name())));
        }
        if calls.len() == before {
            calls.extend(frame.func_name().map(Call::of_name));
        }
    }
    in_one_line(calls)
}

/// Returns a function's name as people write it, without the hash, which says nothing to them.
pub(crate) fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

/// Returns the position of a frame in the plugin's module.
pub(crate) fn position(frame: &FrameInfo) -> Option<Position> {
    let module = frame.module();
    // Of the modules that a component is made of, the author's is the one with the memory: what
    // wit-component puts around it has none.
    module.get_export_index("memory")?;
    let is_function = |ty: &ExternType| matches!(ty, ExternType::Func(_));
    let imported = module.imports().filter(|import| is_function(&import.ty()));
    let imported = u32::try_from(imported.count()).ok()?;
    Some(Position {
        function: frame.func_index().checked_sub(imported)?,
        offset: u32::try_from(frame.func_offset()?).ok()?,
    })
}

/// A call of a function, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    text: String,
    origin: Origin,
}

/// The best known origin of a function, the most interesting last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// A language's own library.
    Library,
    /// The author, or a library that the author uses.
    Named,
    /// A line of the author's.
    Line,
}

impl Call {
    fn from_table(line: Line<'_>, name: Option<&str>) -> Self {
        let text = match name {
            Some(name) if line.function.is_empty() => {
                let function = &demangled(name);
                Line { function, ..line }.to_string()
            }
            _ => line.to_string(),
        };
        Self {
            text,
            origin: Origin::Line,
        }
    }

    fn of_name(name: &str) -> Self {
        let text = demangled(name);
        let mut libraries = NOT_THE_AUTHORS.iter();
        let origin = if libraries.any(|prefix| text.starts_with(prefix)) {
            Origin::Library
        } else {
            Origin::Named
        };
        Self { text, origin }
    }
}

/// Returns the author's calls, the innermost first; where there is none among them, those that
/// there are.
fn in_one_line(calls: Vec<Call>) -> Option<String> {
    let best = calls.iter().map(|call| call.origin).max()?;
    let all = calls.len();
    let mut shown = calls;
    shown.retain(|call| call.origin == best);
    // A recursion is no better known for being shown five times.
    shown.dedup();
    shown.truncate(SHOWN);
    let left_out = all - shown.len();
    let shown: Vec<String> = shown.into_iter().map(|call| call.text).collect();
    let place = shown.join(" < ");
    Some(match left_out {
        0 => place,
        more => format!("{place}; frames left out: {more}"),
    })
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Instance, Module, Store};

    use super::*;

    fn place<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
        in_one_line(names.map(Call::of_name).collect())
    }

    #[test]
    fn a_panic_names_the_authors_functions_and_not_what_it_goes_through() {
        // As a release build of a plugin has them, the innermost first.
        let names = [
            "_RNvCs1eQVxtX8BvG_7___rustc10rust_panic",
            "_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE",
            "_ZN3std9panicking19begin_panic_handler28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
            "_ZN3std3sys9backtrace26__rust_end_short_backtrace17h0123456789abcdefE",
            "_RNvCs1eQVxtX8BvG_7___rustc17rust_begin_unwind",
            "_ZN4core9panicking9panic_fmt17h0123456789abcdefE",
            "_ZN4core6option13unwrap_failed17h0123456789abcdefE",
            "_ZN9my_plugin7slug_of17h0123456789abcdefE",
            "_ZN67_$LT$my_plugin..Plugin$u20$as$u20$raisfast_plugin..hooks..Hooks$GT$16on_post_creating17h0123456789abcdefE",
        ];
        assert_eq!(
            place(names.into_iter()).as_deref(),
            Some(
                "my_plugin::slug_of < <my_plugin::Plugin as raisfast_plugin::hooks::Hooks>::on_post_creating; \
                 frames left out: 7"
            )
        );
    }

    #[test]
    fn other_languages_names_are_shown_as_they_are() {
        let go = [
            "runtime.abort",
            "runtime.gopanic",
            "main.slug",
            "main.Filter",
        ];
        assert_eq!(
            place(go.into_iter()).as_deref(),
            Some("main.slug < main.Filter; frames left out: 2")
        );
        let c = ["abort", "slug_of", "exports_on_post_creating"];
        assert_eq!(
            place(c.into_iter()).as_deref(),
            Some("slug_of < exports_on_post_creating; frames left out: 1")
        );
    }

    #[test]
    fn where_no_frame_is_the_authors_there_are_the_others() {
        assert_eq!(place([].into_iter()), None);
        assert_eq!(
            place(["runtime.abort", "runtime.fatal"].into_iter()).as_deref(),
            Some("runtime.abort < runtime.fatal")
        );
    }

    #[test]
    fn a_recursion_is_named_once() {
        let names = ["my_plugin::walk"; 50]
            .into_iter()
            .chain(["my_plugin::begin"]);
        assert_eq!(
            place(names).as_deref(),
            Some("my_plugin::walk < my_plugin::begin; frames left out: 49")
        );
    }

    #[test]
    fn lines_come_before_names_and_take_theirs_where_the_table_has_none() {
        let line = |function| Line {
            function,
            file: "plugin.c",
            line: 7,
        };
        let calls = vec![
            Call::of_name("abort"),
            Call::of_name("of_a_library"),
            Call::from_table(line("slug_of"), Some("hook")),
            Call::from_table(line(""), Some("_ZN9my_plugin4hook17h0123456789abcdefE")),
        ];
        assert_eq!(
            in_one_line(calls).as_deref(),
            Some("slug_of at plugin.c:7 < my_plugin::hook at plugin.c:7; frames left out: 2")
        );
    }

    #[test]
    fn the_frames_are_those_of_the_guest() {
        let wat = r#"(module
          (func $runtime.abort unreachable)
          (func $main.slug call $runtime.abort)
          (func (export "run") call $main.slug))"#;
        let engine = Engine::default();
        let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let run = instance
            .get_typed_func::<(), ()>(&mut store, "run")
            .unwrap();
        let reason = reason(&run.call(&mut store, ()).unwrap_err(), None);
        assert!(
            reason.starts_with("it reached `unreachable`")
                && reason.ends_with("(in main.slug; frames left out: 1)"),
            "{reason}"
        );
    }
}
