//! What a store holds beside the guest, and the contract's imports, each handed on to the session.

mod database;
mod deliveries;
mod http;
mod identity;
mod preview1;

use std::sync::Arc;

use raisfast_bindings::host_api;
use raisfast_contract::{Delivery, HookName};
use raisfast_host_api::{HostedPlugin, Session};
use wasmtime::{
    Result,
    component::{HasSelf, Linker},
};
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::{memory::MemoryLimit, stack::Stack, turns::Places, wasi::Wasi};

/// The host's side of one instance.
pub(crate) struct HostState {
    pub(crate) session: Session,
    pub(crate) memory: MemoryLimit,
    /// Of the call in progress.
    pub(crate) stack: Stack,
    /// Where long calls take turns.
    pub(crate) places: Places,
    plugin: Arc<HostedPlugin>,
    /// Made when the guest first asks for it: most guests never do.
    wasi: Option<Box<Wasi>>,
}

impl HostState {
    pub(crate) fn new(plugin: &Arc<HostedPlugin>, max_memory: usize, places: &Places) -> Self {
        Self {
            session: plugin.session(None),
            memory: MemoryLimit::new(max_memory),
            stack: Stack::Own,
            places: places.clone(),
            plugin: Arc::clone(plugin),
            wasi: None,
        }
    }

    pub(crate) fn begin_call(&mut self, hook: HookName, delivery: Option<&Delivery>) {
        self.session.begin_call(hook, delivery);
        if let Some(wasi) = &mut self.wasi {
            wasi.begin_call(hook);
        }
    }

    pub(crate) async fn end_call(&mut self) {
        self.end_wasi();
        self.session.end_call().await;
    }

    /// The same for a call that could not wait.
    pub(crate) fn end_call_at_once(&mut self) {
        self.end_wasi();
        self.session.end_call_at_once();
    }

    fn end_wasi(&mut self) {
        if let Some(wasi) = &mut self.wasi {
            wasi.end_call();
        }
    }

    fn wasi(&mut self) -> &mut Wasi {
        let hook = self.session.hook();
        self.wasi
            .get_or_insert_with(|| Box::new(Wasi::new(&self.plugin, hook)))
    }
}

/// Links everything that a component may import.
pub(crate) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    host_api::add_to_linker::<_, HasSelf<HostState>>(linker, |state| state)?;
    database::link(linker)?;
    identity::link(linker)?;
    deliveries::link(linker)?;
    http::link(linker)?;
    preview1::link(linker)?;
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
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

impl host_api::Host for HostState {
    fn log(&mut self, level: String, msg: String) -> Result<()> {
        self.session.log(&level, &msg);
        Ok(())
    }

    fn get_config(&mut self, key: String) -> Result<Option<String>> {
        Ok(self.session.get_config(&key))
    }

    async fn http_get(&mut self, url: String) -> Result<Option<String>> {
        Ok(self.session.http_get(&url).await)
    }

    async fn http_post(&mut self, url: String, body: String) -> Result<Option<String>> {
        Ok(self.session.http_post(&url, &body).await)
    }

    async fn get_data(&mut self, key: String) -> Result<Option<String>> {
        Ok(self.session.get_data(&key).await)
    }

    async fn set_data(&mut self, key: String, value: String) -> Result<bool> {
        Ok(self.session.set_data(&key, &value).await)
    }

    async fn get_post(&mut self, slug: String) -> Result<Option<String>> {
        Ok(self.session.get_post(&slug).await)
    }

    async fn db_query(&mut self, sql: String, params: Option<String>) -> Result<String> {
        Ok(self.session.db_query(&sql, params.as_deref()).await)
    }

    async fn db_execute(&mut self, sql: String, params: Option<String>) -> Result<String> {
        Ok(self.session.db_execute(&sql, params.as_deref()).await)
    }

    async fn db_begin(&mut self) -> Result<String> {
        Ok(self.session.db_begin().await)
    }

    async fn db_commit(&mut self) -> Result<String> {
        Ok(self.session.db_commit().await)
    }

    async fn db_rollback(&mut self) -> Result<String> {
        Ok(self.session.db_rollback().await)
    }

    async fn vfs_read(&mut self, path: String) -> Result<Option<String>> {
        Ok(self.session.vfs_read(&path).await)
    }

    async fn vfs_write(&mut self, path: String, content: String) -> Result<bool> {
        Ok(self.session.vfs_write(&path, &content).await)
    }

    async fn vfs_delete(&mut self, path: String) -> Result<bool> {
        Ok(self.session.vfs_delete(&path).await)
    }

    async fn vfs_exists(&mut self, path: String) -> Result<bool> {
        Ok(self.session.vfs_exists(&path).await)
    }

    async fn vfs_list(&mut self, path: String) -> Result<Option<String>> {
        Ok(self.session.vfs_list(&path).await)
    }

    async fn vfs_stat(&mut self, path: String) -> Result<Option<String>> {
        Ok(self.session.vfs_stat(&path).await)
    }

    fn emit_event(&mut self, event_type: String, data: String) -> Result<String> {
        Ok(self.session.emit_event(&event_type, &data))
    }
}
