//! The output of a guest: log records of its plugin, one per line.
//!
//! A line ends with its newline, when it is too long for a record, or with the call in which it was
//! begun. What Rust's standard library prints about a panic is one record.

mod panic_report;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use raisfast_contract::HookName;
use raisfast_host_api::{HostedPlugin, Session, capability::Level};
use raisfast_recording::CallId;

use panic_report::{PanicReport, Taken};

/// Bytes of one record; a longer line becomes several.
const LINE: usize = 8 << 10;

/// The stream that a guest prints to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    fn level(self) -> Level {
        match self {
            Self::Stdout => Level::Info,
            Self::Stderr => Level::Warn,
        }
    }
}

/// Both streams of one instance. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Output(Arc<Mutex<Lines>>);

struct Lines {
    plugin: Arc<HostedPlugin>,
    /// The call in progress, if there is one.
    hook: Option<HookName>,
    /// The call's id, where calls that fail are recorded.
    call: Option<CallId>,
    /// The line of each stream that has not ended.
    begun: [Vec<u8>; 2],
    /// The report of a panic that has begun on standard error.
    panic: Option<PanicReport>,
}

impl Output {
    pub(crate) fn new(plugin: &Arc<HostedPlugin>, session: &Session) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            plugin: Arc::clone(plugin),
            hook: session.hook(),
            call: session.call(),
            begun: Default::default(),
            panic: None,
        })))
    }

    pub(crate) fn write(&self, stream: Stream, bytes: &[u8]) {
        let mut lines = self.lines();
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            lines.add(stream, part);
            if part.ends_with(b"\n") {
                lines.end(stream);
            }
        }
    }

    /// Begins the call that has begun in a session.
    pub(crate) fn begin_call(&self, session: &Session) {
        let mut lines = self.lines();
        lines.end_all();
        lines.hook = session.hook();
        lines.call = session.call();
    }

    pub(crate) fn end_call(&self) {
        let mut lines = self.lines();
        lines.end_all();
        lines.hook = None;
        lines.call = None;
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        // Bytes that a panic has left are still bytes.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// Adds to a line, which ends before it would be too long for a record.
    fn add(&mut self, stream: Stream, mut bytes: &[u8]) {
        loop {
            let begun = &mut self.begun[stream as usize];
            let (fits, rest) = bytes.split_at(bytes.len().min(LINE - begun.len()));
            begun.extend_from_slice(fits);
            if rest.is_empty() {
                return;
            }
            let next = begun.split_off(end_of_whole_characters(begun));
            self.end(stream);
            self.begun[stream as usize] = next;
            bytes = rest;
        }
    }

    fn end(&mut self, stream: Stream) {
        let begun = std::mem::take(&mut self.begun[stream as usize]);
        let line = String::from_utf8_lossy(&begun);
        let line = line.trim_end();
        let is_taken = stream == Stream::Stderr && !line.is_empty() && self.is_of_a_panic(line);
        if !line.is_empty() && !is_taken {
            self.log(stream.level(), line);
        }
    }

    /// Takes a line that is part of a panic's report.
    fn is_of_a_panic(&mut self, line: &str) -> bool {
        match self.panic.as_mut().map(|report| report.add(line)) {
            Some(Taken::Part) => return true,
            Some(Taken::End) => {
                self.end_panic();
                return true;
            }
            Some(Taken::No) => self.end_panic(),
            None => {}
        }
        self.panic = PanicReport::begin(line);
        self.panic.is_some()
    }

    fn end_panic(&mut self) {
        if let Some(record) = self.panic.take().and_then(PanicReport::record) {
            self.log(Level::Error, &record);
        }
    }

    fn log(&self, level: Level, text: &str) {
        let session = self.plugin.session(self.hook).in_call(self.call);
        session.log(level.as_str(), text);
    }

    fn end_all(&mut self) {
        self.end(Stream::Stdout);
        self.end(Stream::Stderr);
        self.end_panic();
    }
}

impl Drop for Lines {
    /// The call was cut off.
    fn drop(&mut self) {
        self.end_all();
    }
}

/// Returns the place to cut, so that a character of several bytes is not cut in two.
fn end_of_whole_characters(bytes: &[u8]) -> usize {
    let begun = bytes
        .utf8_chunks()
        .last()
        .map_or(0, |last| last.invalid().len());
    bytes.len() - begun
}
