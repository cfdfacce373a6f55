//! A trap in one line: what happened, and where in the author's own code.

use wasmtime::{Trap, WasmBacktrace};
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

/// The trap in one line, and the author's functions on the way to it, where the guest has names.
pub(crate) fn reason(error: &wasmtime::Error) -> String {
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
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .map(WasmBacktrace::frames)
        .unwrap_or_default();
    let names = frames.iter().filter_map(|frame| frame.func_name());
    match place(names) {
        Some(place) => format!("{reason} (in {place})"),
        None => reason,
    }
}

/// The author's functions, the innermost first. Where there is none among them, those that there
/// are.
fn place<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> = names
        // Without the hash, which says nothing to people.
        .map(|name| format!("{:#}", rustc_demangle::demangle(name)))
        .collect();
    let is_the_authors = |name: &&String| {
        !NOT_THE_AUTHORS
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    let mut shown: Vec<_> = names.iter().filter(is_the_authors).collect();
    if shown.is_empty() {
        shown = names.iter().collect();
    }
    // A recursion is no better known for being shown five times.
    shown.dedup();
    shown.truncate(SHOWN);
    if shown.is_empty() {
        return None;
    }
    let left_out = names.len() - shown.len();
    let shown: Vec<&str> = shown.into_iter().map(String::as_str).collect();
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
        let reason = reason(&run.call(&mut store, ()).unwrap_err());
        assert!(
            reason.starts_with("it reached `unreachable`")
                && reason.ends_with("(in main.slug; frames left out: 1)"),
            "{reason}"
        );
    }
}
