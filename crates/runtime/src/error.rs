//! The errors of this crate, by the person who can fix them.

use std::{path::PathBuf, process::ExitStatus, time::Duration};

use raisfast_bindings::compatibility::Mismatch;
use raisfast_contract::{HookName, Refusal, ScriptFailure, ScriptLanguage};

use crate::{Program, TooComplex};

/// An error of the operator's: the runtime cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// wasmtime refuses the machine or the configuration.
    #[error("wasmtime cannot start on this machine: {0:#}")]
    Engine(wasmtime::Error),
    /// The folder for compiled code cannot be made or read.
    #[error("the folder for compiled plugins, {}, cannot be used: {source}; choose another or correct its permissions", path.display())]
    CacheFolder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Others could put machine code into the folder, which the server would run.
    #[error("compiled plugins are not kept where others could replace them: {0}")]
    CacheExposed(#[from] raisfast_private_folder::Exposed),
    /// The clock's thread cannot be started.
    #[error("no thread for the plugins' clock can be started: {0}")]
    Clock(std::io::Error),
    /// The threads for long calls cannot be started.
    #[error(
        "no threads for the plugins' long calls can be started: {0}; does the system limit this user's threads?"
    )]
    Background(std::io::Error),
}

/// An error of the plugin's author: the plugin cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Neither a core module nor a component.
    #[error(
        "not a WebAssembly file: {found}; expected it to start with `\\0asm`, such as `cargo build --target wasm32-unknown-unknown --release` makes"
    )]
    NotWasm {
        /// The first bytes of the file.
        found: String,
    },
    /// The file is cut off or damaged.
    #[error("the WebAssembly is damaged: {reason}; build or copy it again")]
    Damaged {
        /// The parser's reason.
        reason: String,
    },
    /// Too large to be a plugin.
    #[error(
        "the file has {found} bytes, and a plugin has at most {}; build it with optimisation and without debug information",
        Program::MAX_BYTES
    )]
    TooLarge {
        /// The size of the file, in bytes.
        found: usize,
    },
    /// A core module that no WIT bindings were generated for.
    #[error(
        "this core module carries no `component-type` section, so it was not built with WIT bindings; \
         use `raisfast-plugin` or `wit_bindgen::generate!` with world `plugin-world`, \
         and do not strip custom sections by name"
    )]
    NoContract,
    /// The core module was built for another kind of host.
    #[error(
        "the core module imports {} from `{module}`, which is not part of plugin.wit: {}",
        shortened(names),
        origin(module)
    )]
    ForeignImports {
        /// The module that the imports are from.
        module: String,
        /// Their names.
        names: Vec<String>,
    },
    /// The core module cannot be made into a component.
    #[error("the core module cannot be made into a component: {reason}")]
    Encode {
        /// wit-component's reason.
        reason: String,
    },
    /// The component and the contract or the manifest do not fit.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mismatch(Vec<Mismatch>),
    /// Compiling it could take very long.
    #[error(transparent)]
    TooComplex(#[from] TooComplex),
    /// Compiling it takes too much memory.
    #[error(
        "compiling it takes more than the {} of memory that it may take; build it with optimisation and leave out \
         libraries that it does not need",
        mebibytes(*limit)
    )]
    CompileMemory {
        /// The limit, in bytes.
        limit: u64,
    },
    /// Compiling it takes too long.
    #[error(
        "compiling it takes longer than the {} s that it may take; build it with optimisation and leave out libraries \
         that it does not need",
        limit.as_secs_f32()
    )]
    CompileTimeout {
        /// The limit.
        limit: Duration,
    },
    /// The compiler ended itself, or was ended by the system.
    #[error(
        "the compiler crashed over it ({status}{}{reason}); the server goes on. Where the machine has no memory left, \
         try again later; else build it with another version of its compiler, and report it to those who make raisfast",
        if reason.is_empty() { "" } else { ": " }
    )]
    CompilerCrashed {
        /// The status with which it ended.
        status: ExitStatus,
        /// The last line that it wrote.
        reason: String,
    },
    /// The compiler's process cannot be started.
    #[error(
        "the compiler cannot be started, which is this program, {}, with another command: {source}; \
         does the system limit this user's processes or memory?",
        program.display()
    )]
    NoCompiler {
        /// The program.
        program: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The compiled code cannot be written.
    #[error(
        "its compiled code cannot be written: {source}; make room in the folder for compiled plugins, or correct its permissions"
    )]
    CodeNotWritten {
        /// The system's reason.
        source: std::io::Error,
    },
    /// wasmtime refuses to compile or link it.
    #[error("the component cannot be compiled or linked: {reason}")]
    Compile {
        /// wasmtime's reason.
        reason: String,
    },
    /// The script does not compile, or its top level fails.
    #[error("{shown}")]
    Script {
        /// The interpreter's reason, with its place in the script, on several lines.
        shown: String,
    },
    /// The script has no function for a hook that the manifest names.
    #[error("{}", missing_handlers(*language, entry, missing, found))]
    MissingHandlers {
        /// The script's language.
        language: ScriptLanguage,
        /// The file that it begins with.
        entry: String,
        /// The hooks without a function.
        missing: Vec<HookName>,
        /// The hooks with one.
        found: Vec<HookName>,
    },
    /// The program has no interpreter for the script.
    #[error(
        "this raisfast was built without its interpreter for {}; use a released one, or build it with \
         `cargo xtask interpreters` before",
        language.title()
    )]
    NoInterpreter {
        /// The script's language.
        language: ScriptLanguage,
    },
    /// An instance cannot be made.
    #[error("no instance can be made: its initialisation failed: {reason}")]
    Instantiate {
        /// The trap or wasmtime's reason.
        reason: String,
    },
    /// A memory is larger from the start than any plugin's may become.
    #[error(
        "its memory begins with {}, and no plugin may have more than {}; \
         make it smaller",
        mebibytes(*found),
        mebibytes(*limit as u64)
    )]
    MemoryBeyondCeiling {
        /// The initial size, in bytes.
        found: u64,
        /// The operator's limit, in bytes.
        limit: usize,
    },
    /// An instance needs more memory than it may have, before its first call.
    #[error(
        "an instance needs more memory than the {} that it may have; \
         `max_memory_mb` in the manifest's [permissions] can raise this",
        mebibytes(*limit as u64)
    )]
    TooMuchMemory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The plugin alone would take too much of what the server has for the instances of all.
    #[error(
        "its {instances} instances need {found} {what}, and a plugin may have {limit}; make `[pool] size` smaller, \
         or build it with fewer {what}"
    )]
    TooMuchRoom {
        /// Of what.
        what: &'static str,
        /// The number that the instances need.
        found: u32,
        /// The number of instances.
        instances: u32,
        /// The number that the plugin may have.
        limit: u32,
    },
    /// All plugins together have as many instances as the server makes.
    #[error(
        "there is no room for its instances: all plugins together have as many as the server makes ({reason}); \
         make pools smaller, with `[pool] size` in manifests"
    )]
    NoRoom {
        /// The limit.
        reason: String,
    },
    /// The guest's `on-load` answered with an error.
    #[error("the plugin refused to start: its on-load says: {reason}")]
    Refused {
        /// The guest's words.
        reason: String,
    },
    /// The guest's `on-load` did not return.
    #[error("no instance can be made: its on-load failed: {reason}")]
    OnLoad {
        /// The reason, as of a failed call.
        reason: String,
    },
    /// The component's start function did not return in time.
    #[error(
        "no instance was ready within {} ms: its initialisation, a start function or static constructors, does not return; \
         do the work in the first hook call instead",
        limit.as_millis()
    )]
    InstantiateTimeout {
        /// The limit.
        limit: Duration,
    },
}

impl LoadError {
    pub(crate) fn compile(error: &wasmtime::Error) -> Self {
        Self::Compile {
            reason: format!("{error:#}"),
        }
    }
}

fn missing_handlers(
    language: ScriptLanguage,
    entry: &str,
    missing: &[HookName],
    found: &[HookName],
) -> String {
    let function = |hook: &HookName| hook.as_str().replace('-', "_");
    let lines: Vec<_> = missing
        .iter()
        .map(|hook| {
            let name = function(hook);
            let write = match language {
                ScriptLanguage::JavaScript => format!("export function {name}(input) {{ … }}"),
                ScriptLanguage::Lua => format!("function Plugin.{name}(input) … end"),
                ScriptLanguage::Rhai => format!("fn {name}(input) {{ … }}"),
            };
            format!(
                "{entry} has no function for `{hook}`, which the manifest names; write `{write}`, or remove \
                 [hooks.{hook}]"
            )
        })
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|hook| format!("`{}`", function(hook)))
        .collect();
    let found = match found.as_slice() {
        [] => "it has none for any hook".to_owned(),
        found => format!("it has {}", found.join(", ")),
    };
    format!("{} ({found})", lines.join("\n"))
}

/// The first few names: a module may leave out a whole library.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn origin(module: &str) -> &'static str {
    match module {
        "env" => {
            "it was left to the linker, as a C function or an `extern` block without a definition is; \
             link its library in, or remove what needs it"
        }
        "wasi_snapshot_preview1" => {
            "WASI preview 1 has no such function; build it with a released toolchain, or without the library that needs it"
        }
        "wasi_unstable" => {
            "it was built for what came before WASI preview 1; build it with a newer toolchain"
        }
        _ => {
            "it was built with wasm-bindgen, for browsers; \
             remove the dependency that needs it, or that crate's `js` feature"
        }
    }
}

/// Manifests count in whole mebibytes, and so do people.
fn mebibytes(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 20) {
        format!("{} MiB", bytes >> 20)
    } else {
        format!("{bytes} bytes")
    }
}

/// One call failed. The instance it ran in is discarded, unless the guest was never entered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The component does not export the hook; nothing was called.
    #[error("the plugin does not export `{0}`")]
    NotExported(HookName),
    /// The deadline passed, in the guest or in a host call.
    #[error(
        "no answer within {} ms{}; the plugin's `timeout_ms` can raise this",
        limit.as_millis(),
        place.as_ref().map(|place| format!(" (it was in {place})")).unwrap_or_default()
    )]
    Deadline {
        /// The limit.
        limit: Duration,
        /// The author's functions that it was computing in, where that is known.
        place: Option<String>,
    },
    /// The script failed.
    #[error("{0}")]
    Script(Box<ScriptFailure>),
    /// The guest trapped.
    #[error("the guest trapped: {reason}")]
    Trap {
        /// The cause, with its place if the guest has names.
        reason: String,
    },
    /// The guest trapped after it had asked for more memory than it may have.
    #[error(
        "the guest ran out of memory: {reason}. It may have {}; `max_memory_mb` in the manifest's [permissions] can raise this",
        mebibytes(*limit as u64)
    )]
    OutOfMemory {
        /// The cause, with its place if the guest has names.
        reason: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The guest has refused the request, in its own words: it did not fail, and its instance is
    /// kept.
    #[error("the plugin refuses the request: {}", Refusal::messages(.0))]
    Refused(Vec<Refusal>),
    /// The guest hands the host more than it would take, as an argument or as its answer.
    #[error(
        "it hands over more than {} in one call or answer; hand over less at a time",
        mebibytes(*limit as u64)
    )]
    TooMuch {
        /// The limit, in bytes.
        limit: usize,
    },
    /// All instances were held by calls that did not end meanwhile, some of them of the same hook;
    /// nothing was called.
    #[error(
        "no instance became free within {} ms, because no call has ended: {running} of this hook go on since before that. \
         If they have to, give the plugin more instances with `size` in the manifest's [pool]",
        waited.as_millis()
    )]
    Stuck {
        /// The time that it waited.
        waited: Duration,
        /// The calls of the hook that hold instances.
        running: usize,
    },
    /// All instances were busy for as long as the call could wait; nothing was called.
    #[error(
        "all instances were busy for {} ms; call it less often, or give the plugin more with `size` in the manifest's [pool]",
        limit.as_millis()
    )]
    Busy {
        /// The limit.
        limit: Duration,
    },
    /// All instances are busy, and as many calls wait as may; nothing was called.
    #[error(
        "no instance is free: all {instances} are busy, and {waiting} calls wait already; \
         call it less often, or give the plugin more with `size` in the manifest's [pool]"
    )]
    QueueFull {
        /// The plugin's instances.
        instances: usize,
        /// The calls that wait.
        waiting: usize,
    },
    /// The instance that the call was to run in cannot be made.
    #[error("no instance is free: a fresh one cannot be made: {0}")]
    NotMade(String),
    /// The plugin is being unloaded.
    #[error("the plugin is being unloaded")]
    Closed,
}

impl CallError {
    /// Returns true if the guest is to blame, and not the number of its calls or their time.
    pub fn is_the_guests(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::QueueFull { .. } | Self::Closed | Self::Refused(_) => false,
            Self::NotExported(_)
            | Self::Deadline { .. }
            | Self::Stuck { .. }
            | Self::Script(_)
            | Self::Trap { .. }
            | Self::OutOfMemory { .. }
            | Self::TooMuch { .. }
            | Self::NotMade(_) => true,
        }
    }
}
