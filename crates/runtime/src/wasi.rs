//! WASI for components whose toolchain needs it: clocks and random, and nothing else.
//!
//! No files, no sockets, no environment, no arguments. What a guest prints becomes log records of the
//! plugin, a line each.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use raisfast_host_api::{HostedPlugin, capability::Level};
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    ResourceTable, WasiCtx, WasiCtxBuilder,
    cli::{IsTerminal, StdoutStream},
};

/// Bytes of one line; a longer one becomes several records.
const LINE: usize = 8 << 10;

/// One instance's WASI.
pub(crate) struct Wasi {
    pub(crate) context: WasiCtx,
    pub(crate) table: ResourceTable,
}

impl Wasi {
    pub(crate) fn new(plugin: &Arc<HostedPlugin>) -> Self {
        let stream = |level| LogStream {
            plugin: Arc::clone(plugin),
            level,
        };
        Self {
            context: WasiCtxBuilder::new()
                .stdout(stream(Level::Info))
                .stderr(stream(Level::Warn))
                .build(),
            table: ResourceTable::new(),
        }
    }
}

/// stdout or stderr.
#[derive(Clone)]
struct LogStream {
    plugin: Arc<HostedPlugin>,
    level: Level,
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Lines {
            stream: self.clone(),
            begun: Vec::new(),
        })
    }
}

/// Cuts what is written into lines.
struct Lines {
    stream: LogStream,
    begun: Vec<u8>,
}

impl Lines {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.begun.extend_from_slice(part);
            if part.ends_with(b"\n") || self.begun.len() >= LINE {
                self.record();
            }
        }
    }

    fn record(&mut self) {
        let line = String::from_utf8_lossy(&self.begun);
        let line = line.trim_end();
        if !line.is_empty() {
            let session = self.stream.plugin.session(None);
            session.log(self.stream.level.as_str(), line);
        }
        self.begun.clear();
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.write(bytes);
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

impl Drop for Lines {
    fn drop(&mut self) {
        self.record();
    }
}
