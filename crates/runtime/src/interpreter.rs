//! Scripts, and their interpreters: one compiled component a language, shared by all plugins of
//! the language.
//!
//! The first script of a language has its interpreter compiled, or taken from the cache like a
//! plugin's code. Each later one shares the compiled code, and needs instances alone. A fresh
//! instance takes its script from the host in `load`, which compiles the script and says which
//! handlers it has.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use raisfast_bindings::{GuestInterpreter, GuestLifecycle, compatibility};
use raisfast_contract::{HookName, Script, ScriptLanguage};
use raisfast_host_api::HostedPlugin;
use raisfast_scripts::Interpreter;

use crate::{
    CallError, LoadError, PluginLimits, Program, Runtime, compiler::GivenUp, instance::Instance,
    program::Code, room::Needs, whereabouts::Whereabouts,
};

/// Returns the engine that runs scripts of a language, with its version, if this program has it.
pub fn script_engine(language: ScriptLanguage) -> Option<&'static str> {
    Some(Interpreter::of(language)?.engine)
}

/// Returns the version of the engine that runs scripts of a language, if this program has it.
pub fn script_engine_version(language: ScriptLanguage) -> Option<&'static str> {
    Some(Interpreter::of(language)?.version)
}

/// The interpreters that are compiled, by language.
#[derive(Default)]
pub(crate) struct Interpreters(Mutex<BTreeMap<ScriptLanguage, Code>>);

impl Interpreters {
    fn get(&self, language: ScriptLanguage) -> Option<Code> {
        let compiled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.get(&language).cloned()
    }

    /// Keeps an interpreter, and returns the one that is kept: another may have been first.
    fn keep(&self, language: ScriptLanguage, code: Code) -> Code {
        let mut compiled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.entry(language).or_insert(code).clone()
    }
}

impl Runtime {
    /// Returns the bytes of a language's interpreter.
    ///
    /// # Errors
    ///
    /// If this program was built without it.
    pub fn interpreter_bytes(language: ScriptLanguage) -> Result<usize, LoadError> {
        Ok(interpreter(language)?.wasm.len())
    }

    /// Returns true if [`load_script`](Self::load_script) would have nothing to compile but the
    /// script.
    pub fn is_interpreter_compiled(&self, language: ScriptLanguage) -> bool {
        self.interpreters().get(language).is_some()
            || interpreter(language).is_ok_and(|found| self.is_compiled(found.wasm))
    }

    /// Makes a program of a script. The script itself is compiled in each instance. Blocks as
    /// [`load`](Self::load) does where the interpreter was not used before.
    pub fn load_script(
        &self,
        script: Arc<Script>,
        wanted: &BTreeSet<HookName>,
    ) -> Result<Program, LoadError> {
        self.load_script_until(script, wanted, GivenUp::never())
    }

    pub(crate) fn load_script_until(
        &self,
        script: Arc<Script>,
        wanted: &BTreeSet<HookName>,
        given_up: GivenUp,
    ) -> Result<Program, LoadError> {
        let language = script.language;
        let code = if let Some(code) = self.interpreters().get(language) {
            code
        } else {
            let wasm = interpreter(language)?.wasm;
            let code = Code::load(self, wasm, given_up, compatibility::check_interpreter)?;
            self.interpreters().keep(language, code)
        };
        Ok(Program {
            runtime: self.clone(),
            code,
            hooks: Arc::new(wanted.clone()),
            script: Some(script),
            profiling: None,
        })
    }
}

impl Program {
    /// Runs the top level of the script in an instance that is thrown away, and returns the hooks
    /// that it has a function for; none where the program is not a script. Nothing else of it runs.
    ///
    /// # Errors
    ///
    /// The reasons why no instance of it could be made.
    pub async fn script_handlers(
        &self,
        hosted: Arc<HostedPlugin>,
        limits: PluginLimits,
    ) -> Result<BTreeSet<HookName>, LoadError> {
        let needs = Needs::of(self.code.component(), 1);
        let _room = self.runtime.room().reserve(hosted.id(), needs)?;
        let whereabouts = Arc::new(Whereabouts::new(self.code.line_table.clone()));
        let making = Instance::make(self, &hosted, &limits, &whereabouts, 0);
        let (_, handlers) = Box::pin(making).await?;
        Ok(handlers)
    }
}

fn interpreter(language: ScriptLanguage) -> Result<Interpreter, LoadError> {
    Interpreter::of(language).ok_or(LoadError::NoInterpreter { language })
}

impl Instance {
    /// Hands a fresh instance its script, checks that the script has a function for each hook that
    /// it is wanted for, and returns all hooks that it has one for. What it does not have of the
    /// lifecycle is taken from the instance.
    pub(crate) async fn load_script(
        &mut self,
        guest: GuestInterpreter,
        script: &Script,
        wanted: &BTreeSet<HookName>,
        limit: Duration,
    ) -> Result<BTreeSet<HookName>, LoadError> {
        let loaded = self.run(guest.load, (), limit).await;
        let handlers = match loaded {
            Ok((Ok(handlers),)) => handlers,
            Ok((Err(failure),)) => {
                return Err(LoadError::Script {
                    shown: failure.bounded().in_source(script),
                });
            }
            Err(CallError::Deadline { limit, .. }) => {
                return Err(LoadError::InstantiateTimeout { limit });
            }
            Err(error) => {
                return Err(LoadError::Instantiate {
                    reason: error.to_string(),
                });
            }
        };
        let has = |name: &str| handlers.iter().any(|handler| handler == name);
        let found: BTreeSet<_> = HookName::ALL
            .into_iter()
            .filter(|hook| has(hook.as_str()))
            .collect();
        let missing: Vec<_> = wanted.difference(&found).copied().collect();
        if !missing.is_empty() {
            return Err(LoadError::MissingHandlers {
                language: script.language,
                entry: script.entry.clone(),
                missing,
                found: found.into_iter().collect(),
            });
        }
        if let Some(lifecycle) = &mut self.lifecycle {
            let GuestLifecycle {
                on_load,
                on_unload,
                snapshot,
                restore,
            } = &mut **lifecycle;
            on_load.take_if(|_| !has("on-load"));
            on_unload.take_if(|_| !has("on-unload"));
            snapshot.take_if(|_| !has("snapshot"));
            restore.take_if(|_| !has("restore"));
        }
        Ok(found)
    }
}
