//! WASI for components whose toolchain needs it: clocks, random numbers, and `wasi:http` within the
//! plugin's grants.
//!
//! WASI 0.2 is wasmtime's. [`preview1`] is for core modules that know nothing newer, and becomes a
//! part of them.
//!
//! No files, no sockets, no environment, no arguments. What a guest prints becomes log records of
//! the plugin. One instance's WASI begins when the guest first asks for it, and ends with the
//! instance; a request ends with its call.

mod http;
mod output;
pub(crate) mod preview1;
mod print;
mod taped;

use std::sync::Arc;

use raisfast_host_api::{HostedPlugin, Session};
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpCtx;

use http::Outgoing;
use output::{Output, Stream};
use print::Printer;
use taped::tape_context;

/// Things that an instance may hold at a time: streams, requests, lists of header fields. They take
/// the host's memory.
const MOST_RESOURCES: usize = 1_024;
/// Bytes of one list of header fields, as they lie in memory.
const FIELDS: usize = 32 << 10;
/// Random bytes in one call.
const MOST_RANDOM: u64 = 1 << 20;

/// One instance's WASI.
pub(crate) struct Wasi {
    pub(crate) context: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) output: Output,
    pub(crate) http: WasiHttpCtx,
    pub(crate) outgoing: Outgoing,
}

impl Wasi {
    /// The WASI of an instance whose host calls go to the session.
    pub(crate) fn new(plugin: &Arc<HostedPlugin>, session: &Session) -> Self {
        let output = Output::new(plugin, session);
        let printer = |stream| Printer {
            output: output.clone(),
            stream,
        };
        let mut table = ResourceTable::new();
        table.set_max_capacity(MOST_RESOURCES);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(FIELDS);
        let mut context = WasiCtxBuilder::new();
        context
            .stdout(printer(Stream::Stdout))
            .stderr(printer(Stream::Stderr))
            // Else a guest could have the system make sockets, though not use them.
            .allow_tcp(false)
            .allow_udp(false)
            .max_random_size(MOST_RANDOM);
        if let Some(tape) = session.tape().filter(|tape| tape.takes_wasi()) {
            tape_context(&mut context, tape);
        }
        Self {
            context: context.build(),
            table,
            output,
            http,
            outgoing: Outgoing::new(plugin, session),
        }
    }

    /// Begins the call that has begun in a session.
    pub(crate) fn begin_call(&mut self, session: &Session) {
        self.output.begin_call(session);
        self.outgoing.begin_call(session);
    }

    pub(crate) fn end_call(&mut self) {
        self.output.end_call();
        self.outgoing.end_call();
    }
}
