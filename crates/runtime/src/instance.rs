//! One instance of a program: a store, its memory and its host state.
//!
//! An instance begins with [`Instance::create`] and serves one call after the other, keeping its
//! memory between them. It ends with the first call that does not return normally: after a trap, or
//! when a call's future is dropped, the guest's memory may be in any state, so the owner throws it
//! away.

use std::{collections::BTreeSet, pin::pin, sync::Arc, time::Duration};

use raisfast_bindings::{GuestHook, GuestHooks, GuestInterpreter, GuestLifecycle};
use raisfast_contract::{Call, Delivery, HookName, ScriptFailure, lifecycle::InstancePlace};
use raisfast_host_api::{HasSession as _, HostedPlugin};
use raisfast_recording::Tape;
use wasmtime::{Store, StoreContextMut, UpdateDeadline, WasmBacktrace, component::TypedFunc};

use crate::{
    CallError, LoadError, PluginLimits, Program,
    engine::TABLE_ELEMENTS,
    memory::Refusal,
    schedule::{CallersStack, OwnStack, Stack, within},
    state::HostState,
    trap,
    whereabouts::Whereabouts,
};

pub(crate) struct Instance {
    pub(crate) store: Store<HostState>,
    /// The number among the plugin's instances.
    pub(crate) number: u32,
    /// Boxed, because an instance moves out of its pool and back with each call.
    hooks: Box<GuestHooks>,
    pub(crate) lifecycle: Option<Box<GuestLifecycle>>,
}

impl Instance {
    pub(crate) async fn create(
        program: &Program,
        plugin: &Arc<HostedPlugin>,
        limits: &PluginLimits,
        whereabouts: &Arc<Whereabouts>,
        place: InstancePlace,
    ) -> Result<Self, LoadError> {
        let made = Self::make(program, plugin, limits, whereabouts, place.number).await;
        let (mut instance, _) = made?;
        instance.load(place, limits.start_timeout).await?;
        if let Some(tape) = instance.tape() {
            tape.end_start();
        }
        Ok(instance)
    }

    /// Makes an instance that was notified of nothing so far, and returns it with the hooks that
    /// its script has a function for, if it runs one.
    pub(crate) async fn make(
        program: &Program,
        plugin: &Arc<HostedPlugin>,
        limits: &PluginLimits,
        whereabouts: &Arc<Whereabouts>,
        number: u32,
    ) -> Result<(Self, BTreeSet<HookName>), LoadError> {
        let turns = program.runtime.schedule().turns();
        let mut state = HostState::new(plugin, limits, turns, whereabouts, program.script.clone());
        let profiling = program.profiling.as_ref();
        let profiler = profiling.map(|profiling| profiling.profiler.instance());
        if let Some(profiler) = &profiler {
            state.session.profile(Arc::clone(profiler));
        }
        let mut store = Store::new(program.runtime.engine(), state);
        store.limiter(|state| &mut state.memory);
        // Before anything is copied: a guest that holds little could hand over the same bytes again
        // and again within a list, and one that holds much needs not hand over all of it at once.
        store.set_hostcall_fuel(plugin.most_handed_over().min(limits.max_memory));
        match profiler {
            None => store.epoch_deadline_callback(move |store| Ok(tick(store, number))),
            Some(profiler) => store.epoch_deadline_callback(move |store| {
                profiler.sample(|| HostState::stack(&store));
                Ok(tick(store, number))
            }),
        }
        let first_tick = store.data().stack.first_tick();
        store.set_epoch_deadline(first_tick);
        let limit = limits.start_timeout;
        let instance = {
            let instantiate = pin!(program.code.instance.instantiate_async(&mut store));
            within(limit, instantiate).await
        };
        let instance = instance.ok_or(LoadError::InstantiateTimeout { limit })?;
        let instance = match (instance, store.data_mut().memory.take_refusal()) {
            (Ok(instance), _) => instance,
            (Err(_), Some(Refusal::Memory(limit))) => {
                return Err(LoadError::TooMuchMemory { limit });
            }
            (Err(error), _) => return Err(instantiate_error(&error, whereabouts)),
        };
        let hooks = GuestHooks::of_instance(&mut store, &instance, &program.hooks)
            .map_err(|error| instantiate_error(&error, whereabouts))?;
        let lifecycle = GuestLifecycle::of_instance(&mut store, &instance)
            .map_err(|error| instantiate_error(&error, whereabouts))?;
        let interpreter = program.script.as_ref().map(|script| {
            let guest = GuestInterpreter::of_instance(&mut store, &instance);
            guest.map(|guest| (guest, script))
        });
        let interpreter = interpreter.transpose();
        let interpreter = interpreter.map_err(|error| instantiate_error(&error, whereabouts))?;
        let mut instance = Self {
            store,
            number,
            hooks: Box::new(hooks),
            lifecycle: lifecycle.map(Box::new),
        };
        let Some((guest, script)) = interpreter else {
            return Ok((instance, BTreeSet::new()));
        };
        let limit = limits.start_timeout;
        let loading = instance.load_script(guest, script, &program.hooks, limit);
        let handlers = loading.await?;
        Ok((instance, handlers))
    }

    /// Returns the tape of its host calls, if they are recorded or played.
    pub(crate) fn tape(&self) -> Option<&Arc<Tape>> {
        self.store.data().session.tape()
    }

    /// Calls one hook on a stack of its own, which may be set aside. After an error other than
    /// [`CallError::NotExported`] the instance must not be used again.
    pub(crate) async fn call_on_own_stack<H: GuestHook>(
        &mut self,
        params: H::Params,
        delivery: Option<&Delivery>,
        limit: Duration,
    ) -> Result<H::Output, CallError> {
        let stack = Stack::Own(OwnStack::new(limit));
        let function = self.begin_call::<H>(delivery, stack)?;
        let returned = function.call_async(&mut self.store, params).await;
        if let Call::Running(ending) = self.store.data_mut().end_call() {
            // Boxed, so that a call without an open transaction has no room for it.
            Box::pin(ending).await;
        }
        self.outcome(returned).map(H::output)
    }

    /// Calls one hook on this thread's stack, as a function: for a guest that imports nothing that
    /// waits. The instance must not be used again after the same errors.
    pub(crate) fn call_on_callers_stack<H: GuestHook>(
        &mut self,
        params: H::Params,
        delivery: Option<&Delivery>,
        limit: Duration,
    ) -> Result<H::Output, CallError> {
        let stack = Stack::Callers(CallersStack::new(limit));
        let function = self.begin_call::<H>(delivery, stack)?;
        let returned = function.call(&mut self.store, params);
        let state = self.store.data_mut();
        state.stack.end_turn();
        // There is nothing to wait for.
        drop(state.end_call());
        self.outcome(returned).map(H::output)
    }

    /// Returns true if the last call, on its caller's stack, was long.
    pub(crate) fn was_long(&self) -> bool {
        matches!(&self.store.data().stack, Stack::Callers(call) if call.is_long())
    }

    fn begin_call<H: GuestHook>(
        &mut self,
        delivery: Option<&Delivery>,
        stack: Stack,
    ) -> Result<TypedFunc<H::Params, H::Return>, CallError> {
        let function = H::function(&self.hooks).ok_or(CallError::NotExported(H::NAME))?;
        // Ticks of the idle time do not count.
        self.store.set_epoch_deadline(stack.first_tick());
        let state = self.store.data_mut();
        state.begin_call(H::NAME, delivery);
        state.stack = stack;
        Ok(function)
    }

    #[inline]
    pub(crate) fn outcome<T>(&mut self, returned: wasmtime::Result<T>) -> Result<T, CallError> {
        let state = self.store.data_mut();
        // Also after a call that has ended well: the refusal is not the next one's.
        let refused = state.memory.take_refusal();
        let failed = state.session.take_script_failure();
        match returned {
            Ok(output) if !state.session.has_refused() => Ok(output),
            Ok(_) => Err(CallError::Refused(state.session.take_refusals())),
            Err(error) => Err(self.failure(&error, refused, failed)),
        }
    }

    /// Returns the reason why a call did not return.
    #[cold]
    fn failure(
        &mut self,
        error: &wasmtime::Error,
        refused: Option<Refusal>,
        failed: Option<ScriptFailure>,
    ) -> CallError {
        let most_handed_over = self.store.hostcall_fuel();
        let state = self.store.data();
        let line_table = state.whereabouts.line_table();
        if let Some(limit) = state.stack.limit_if_over() {
            let backtrace = error.downcast_ref::<WasmBacktrace>();
            let place = backtrace.and_then(|trace| trap::place(trace, line_table));
            return CallError::Deadline { limit, place };
        }
        if hands_over_too_much(error) {
            return CallError::TooMuch {
                limit: most_handed_over,
            };
        }
        let reason = match failed {
            Some(failure) if refused.is_none() => return CallError::Script(Box::new(failure)),
            Some(failure) => failure.to_string(),
            None => trap::reason(error, line_table),
        };
        match refused {
            Some(Refusal::Memory(limit)) => CallError::OutOfMemory { reason, limit },
            Some(Refusal::Table) => CallError::Trap {
                reason: format!(
                    "{reason}; it wanted a table of more than {TABLE_ELEMENTS} elements, which none may have"
                ),
            },
            None => CallError::Trap { reason },
        }
    }
}

/// Lets a guest notice a tick of the clock.
fn tick(mut store: StoreContextMut<'_, HostState>, number: u32) -> UpdateDeadline {
    let state = store.data_mut();
    let update = state.stack.tick(&state.turns);
    if state.stack.is_nearly_over() {
        let backtrace = WasmBacktrace::force_capture(&store);
        store.data().whereabouts.note(number, backtrace);
    }
    update
}

fn instantiate_error(error: &wasmtime::Error, whereabouts: &Whereabouts) -> LoadError {
    if let Some(limit) = error.downcast_ref::<wasmtime::PoolConcurrencyLimitError>() {
        return LoadError::NoRoom {
            reason: limit.to_string(),
        };
    }
    LoadError::Instantiate {
        reason: trap::reason(error, whereabouts.line_table()),
    }
}

/// Returns true for the error of a call that hands over more than the host takes: wasmtime has no
/// type for it.
fn hands_over_too_much(error: &wasmtime::Error) -> bool {
    let cause = error.root_cause().to_string();
    cause.contains("fuel allocated for hostcalls has been exhausted")
}

#[cfg(test)]
mod tests {
    use wasmtime::{
        Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
        component::{Component, Linker},
    };

    use super::*;

    #[test]
    fn a_server_without_room_is_not_the_plugins_fault() {
        let mut pooling = PoolingAllocationConfig::new();
        pooling.total_core_instances(1);
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling));
        let engine = Engine::new(&config).unwrap();
        let wat = "(component (core module $m) (core instance (instantiate $m)))";
        let component = Component::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
        let linker = Linker::new(&engine);
        let (mut first, mut second) = (Store::new(&engine, ()), Store::new(&engine, ()));
        linker.instantiate(&mut first, &component).unwrap();
        let error = linker.instantiate(&mut second, &component).unwrap_err();
        let error = instantiate_error(&error, &Whereabouts::new(None));
        assert!(matches!(error, LoadError::NoRoom { .. }), "{error}");
    }
}
