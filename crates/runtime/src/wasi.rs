//! WASI for components whose toolchain needs it: clocks and random, and nothing else.
//!
//! No files, no sockets, no environment, no arguments. What a guest prints becomes log records of the plugin.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use raisfast_host_api::HostedPlugin;
use raisfast_types::HookName;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    ResourceTable, WasiCtx, WasiCtxBuilder,
    cli::{IsTerminal, StdoutStream},
};

use crate::output::{Output, Stream};

/// One instance's WASI.
pub(crate) struct Wasi {
    pub(crate) context: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) output: Output,
}

impl Wasi {
    pub(crate) fn new(plugin: &Arc<HostedPlugin>, hook: Option<HookName>) -> Self {
        let output = Output::new(plugin, hook);
        let printer = |stream| Printer {
            output: output.clone(),
            stream,
        };
        Self {
            context: WasiCtxBuilder::new()
                .stdout(printer(Stream::Stdout))
                .stderr(printer(Stream::Stderr))
                .build(),
            table: ResourceTable::new(),
            output,
        }
    }
}

/// stdout or stderr, as WASI sees it.
#[derive(Clone)]
struct Printer {
    output: Output,
    stream: Stream,
}

impl IsTerminal for Printer {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printer {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Printer {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.output.write(self.stream, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
