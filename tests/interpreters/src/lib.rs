//! Runs an interpreter of script plugins without the server: the imports are written here, by hand
//! and in memory.
//!
//! A [`Script`] is an instance with its files. A test calls its hooks and looks at what it has
//! done: the log, the refusals, the store, and each call of the database in words.

mod host;

use std::{path::PathBuf, sync::OnceLock};

use wasmtime::{
    Config, Engine, Store, StoreLimits, StoreLimitsBuilder,
    component::{Component, Linker},
};

use wit_component::ComponentEncoder;

pub use host::{Host, World};

#[allow(missing_docs, clippy::pedantic, reason = "generated from plugin.wit")]
pub mod bindings {
    wasmtime::component::bindgen!({
        path: "../../plugin-wit",
        world: "interpreter-world",
    });
}

pub use bindings::{
    InterpreterWorld,
    exports::raisfast::plugin_wit::{lifecycle, plugin_hooks},
    raisfast::plugin_wit::{database, host_api, script, types},
};

/// The time that a call may take, in ticks of the clock of [`Engine::increment_epoch`].
const DEADLINE: u64 = 1;

/// The memory of an instance, in bytes.
const MEMORY: usize = 32 << 20;

/// A compiled interpreter.
pub struct Interpreter {
    engine: Engine,
    component: Component,
}

impl Interpreter {
    /// Returns Lua's, which `cargo xtask interpreters` has built.
    pub fn lua() -> &'static Self {
        static LUA: OnceLock<Interpreter> = OnceLock::new();
        LUA.get_or_init(|| {
            let wasm = built("lua");
            Self::compile(&wasm)
        })
    }

    /// Returns JavaScript's, which `cargo xtask interpreters` has built.
    pub fn js() -> &'static Self {
        static JS: OnceLock<Interpreter> = OnceLock::new();
        JS.get_or_init(|| Self::compile(&built("js")))
    }

    /// Returns Rhai's, which `cargo xtask interpreters` has built.
    pub fn rhai() -> &'static Self {
        static RHAI: OnceLock<Interpreter> = OnceLock::new();
        RHAI.get_or_init(|| Self::compile(&built("rhai")))
    }

    fn compile(wasm: &[u8]) -> Self {
        let mut config = Config::new();
        config.epoch_interruption(true).max_wasm_stack(1 << 20);
        let engine = Engine::new(&config).expect("the options fit each other");
        let component = ComponentEncoder::default()
            .validate(true)
            .module(wasm)
            .and_then(ComponentEncoder::encode)
            .expect("the interpreter speaks the contract");
        let component = Component::new(&engine, component).expect("it compiles");
        Self { engine, component }
    }
}

/// Returns the module of a language's interpreter, which `cargo xtask interpreters` has built.
pub fn built(language: &str) -> Vec<u8> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../crates/scripts/interpreters");
    let file = folder.join(language).with_extension("wasm");
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask interpreters`", file.display()))
}

/// The data of a store.
pub struct State {
    /// The host that the instance calls.
    pub host: Host,
    limits: StoreLimits,
}

/// An instance with its script.
pub struct Script {
    /// The instance's store.
    pub store: Store<State>,
    exports: InterpreterWorld,
    engine: Engine,
}

impl Script {
    /// Makes an instance in a world; nothing of the script has run.
    pub fn instance(interpreter: &Interpreter, world: World) -> Self {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
        let mut store = Store::new(
            &interpreter.engine,
            State {
                host: Host::new(world),
                limits,
            },
        );
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(u64::MAX / 2);
        let mut linker = Linker::new(&interpreter.engine);
        InterpreterWorld::add_to_linker::<_, wasmtime::component::HasSelf<_>>(
            &mut linker,
            |state: &mut State| &mut state.host,
        )
        .expect("every import is there");
        let exports = InterpreterWorld::instantiate(&mut store, &interpreter.component, &linker)
            .expect("it starts");
        Self {
            store,
            exports,
            engine: interpreter.engine.clone(),
        }
    }

    /// Runs the top level of the script.
    pub fn load(&mut self) -> Result<Vec<String>, script::Failure> {
        self.exports
            .raisfast_plugin_wit_interpreter()
            .call_load(&mut self.store)
            .expect("a script that fails does not trap")
    }

    /// Makes an instance of a script that loads.
    pub fn loaded(interpreter: &Interpreter, world: World) -> Self {
        let mut script = Self::instance(interpreter, world);
        if let Err(failure) = script.load() {
            panic!("{failure:?}");
        }
        script
    }

    /// Makes an instance of Lua with one file.
    pub fn lua(text: &str) -> Self {
        Self::loaded(Interpreter::lua(), World::of("init.lua", text))
    }

    /// Runs Lua as the body of `on_cron_tick` in a world, and returns the texts of the log.
    pub fn lua_prints(body: &str, world: World) -> Vec<String> {
        let mut script = Self::lua_body(body, world);
        script.tick(None).unwrap_or_else(|error| panic!("{error}"));
        let log = &script.world().log;
        log.iter().map(|(_, text)| text.clone()).collect()
    }

    /// Returns how Lua as the body of `on_cron_tick` fails, in words.
    pub fn lua_fails(body: &str) -> String {
        let mut script = Self::lua_body(body, World::default());
        script.tick(None).expect_err("it fails")
    }

    /// Makes an instance of Lua with this body of `on_cron_tick`, from line 2 on.
    pub fn lua_body(body: &str, mut world: World) -> Self {
        let text =
            format!("local sdk = require('sdk'); function Plugin.on_cron_tick(input)\n{body}\nend");
        "init.lua".clone_into(&mut world.entry);
        world.script.push((world.entry.clone(), text));
        Self::loaded(Interpreter::lua(), world)
    }

    /// Returns how a Lua script with one file fails to load.
    pub fn lua_failure(text: &str) -> script::Failure {
        let world = World::of("init.lua", text);
        Self::instance(Interpreter::lua(), world)
            .load()
            .expect_err("it does not load")
    }

    /// Returns the hooks.
    pub fn hooks(&mut self) -> (&plugin_hooks::Guest, &mut Store<State>) {
        (
            self.exports.raisfast_plugin_wit_plugin_hooks(),
            &mut self.store,
        )
    }

    /// Returns the functions of the lifecycle.
    pub fn lifecycle(&mut self) -> (&lifecycle::Guest, &mut Store<State>) {
        (
            self.exports.raisfast_plugin_wit_lifecycle(),
            &mut self.store,
        )
    }

    /// Calls `on_cron_tick` with a payload; the error is how the script failed.
    pub fn tick(&mut self, payload: Option<&str>) -> Result<(), String> {
        let (hooks, store) = self.hooks();
        let called = hooks.call_on_cron_tick(&mut *store, payload);
        called.map_err(|trap| self.ended(&trap))
    }

    /// Calls `render_markdown`.
    pub fn render(&mut self, text: &str) -> Result<Option<String>, String> {
        let (hooks, store) = self.hooks();
        let called = hooks.call_render_markdown(&mut *store, text);
        called.map_err(|trap| self.ended(&trap))
    }

    /// Calls `on_post_creating`.
    pub fn post(&mut self, post: &types::PostInput) -> Result<Option<types::PostInput>, String> {
        let (hooks, store) = self.hooks();
        let called = hooks.call_on_post_creating(&mut *store, post);
        called.map_err(|trap| self.ended(&trap))
    }

    /// Calls `on_content_creating`.
    pub fn content(
        &mut self,
        event: &types::ContentEvent,
    ) -> Result<Option<types::ContentEvent>, String> {
        let (hooks, store) = self.hooks();
        let called = hooks.call_on_content_creating(&mut *store, event);
        called.map_err(|trap| self.ended(&trap))
    }

    /// Ends the next call after a while, as the deadline of the server does.
    pub fn end_soon(&mut self) -> std::thread::JoinHandle<()> {
        self.store.set_epoch_deadline(DEADLINE);
        self.store.epoch_deadline_trap();
        let engine = self.engine.clone();
        std::thread::spawn(move || {
            std::thread::park_timeout(std::time::Duration::from_millis(200));
            engine.increment_epoch();
        })
    }

    /// Returns the failure that the script reported before the trap, or the trap.
    fn ended(&mut self, trap: &wasmtime::Error) -> String {
        match self.store.data_mut().host.failure.take() {
            Some(failure) => host::in_words(&failure),
            None => format!("{trap:?}"),
        }
    }

    /// Returns the world as it is now.
    pub fn world(&mut self) -> &mut World {
        &mut self.store.data_mut().host.world
    }
}
