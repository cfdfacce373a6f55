//! The data of a store: the host's side of an instance, and everything that is linked to it.

use std::sync::Arc;

use raisfast_contract::{Call, Delivery, HookName, Script};
use raisfast_host_api::{HasSession, HostedPlugin, Session};
use raisfast_profile::Frame;
use wasmtime::{Result, StoreContextMut, WasmBacktrace, component::Linker};
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::{
    PluginLimits,
    memory::MemoryLimit,
    profiling,
    schedule::{OwnStack, Stack, Turns},
    wasi::{Wasi, preview1},
    whereabouts::Whereabouts,
};

/// The host's side of one instance.
pub(crate) struct HostState {
    pub(crate) session: Session,
    pub(crate) memory: MemoryLimit,
    /// Of the call in progress.
    pub(crate) stack: Stack,
    /// The turns of long calls.
    pub(crate) turns: Turns,
    pub(crate) whereabouts: Arc<Whereabouts>,
    plugin: Arc<HostedPlugin>,
    /// Made when the guest first asks for it: most guests never do.
    wasi: Option<Box<Wasi>>,
}

impl HostState {
    pub(crate) fn new(
        plugin: &Arc<HostedPlugin>,
        limits: &PluginLimits,
        turns: &Turns,
        whereabouts: &Arc<Whereabouts>,
        script: Option<Arc<Script>>,
    ) -> Self {
        Self {
            session: plugin.session_of_instance().of_script(script),
            memory: MemoryLimit::new(limits.max_memory),
            stack: Stack::Own(OwnStack::new(limits.start_timeout)),
            turns: turns.clone(),
            whereabouts: Arc::clone(whereabouts),
            plugin: Arc::clone(plugin),
            wasi: None,
        }
    }

    pub(crate) fn begin_call(&mut self, hook: HookName, delivery: Option<&Delivery>) {
        self.session.begin_call(hook, delivery);
        if let Some(wasi) = &mut self.wasi {
            wasi.begin_call(&self.session);
        }
    }

    /// Ends the call in progress; see [`Session::end_call`].
    pub(crate) fn end_call(&mut self) -> Call<impl Future<Output = ()> + Send> {
        if let Some(wasi) = &mut self.wasi {
            wasi.end_call();
        }
        self.session.end_call()
    }

    pub(crate) fn wasi(&mut self) -> &mut Wasi {
        self.wasi
            .get_or_insert_with(|| Box::new(Wasi::new(&self.plugin, &self.session)))
    }
}

/// Links everything that a component may import.
pub(crate) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    raisfast_host_api::link(linker)?;
    preview1::host::link(linker)?;
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}

impl HasSession for HostState {
    fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    fn stack(store: &StoreContextMut<'_, Self>) -> Vec<Frame> {
        let backtrace = WasmBacktrace::force_capture(store);
        profiling::stack(&backtrace, store.data().whereabouts.line_table())
    }
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView {
            ctx: &mut wasi.context,
            table: &mut wasi.table,
        }
    }
}

impl WasiHttpView for HostState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let wasi = self.wasi();
        WasiHttpCtxView {
            hooks: &mut wasi.outgoing,
            table: &mut wasi.table,
            ctx: &mut wasi.http,
        }
    }
}
