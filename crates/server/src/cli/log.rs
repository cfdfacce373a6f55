//! The server's log, on standard error.
//!
//! Whoever logs only hands a line over: a thread of its own writes. A collector that has stopped
//! reading, or a terminal on which somebody has pressed Ctrl-S, would otherwise hold whoever logs,
//! and soon everybody. Lines for which there is no room, and lines that cannot be written, are
//! dropped; the log says how many they were as soon as it can.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Duration,
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt as _, Targets},
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    registry,
    util::SubscriberInitExt as _,
};

use crate::{
    ConfigError, LogFormat, log_fields,
    log_json::{self, JsonRecords},
    traces::Traces,
};

/// The most lines that may wait to be written.
const MOST_LINES: usize = 1024;
/// The most bytes that the waiting lines may have: a line is as long as what a plugin has said.
const MOST_BYTES: u64 = 4 << 20;
/// The time that the end of the server waits for lines that are not written yet.
const PATIENCE: Duration = Duration::from_secs(1);
/// The filter where `RUST_LOG` sets none: not how migrations run and how files are watched, and not
/// PostgreSQL's notices, such as that a table is there already.
const DEFAULT_FILTER: &str = "info,notify=warn,sea_orm_migration=warn,sqlx::postgres::notice=warn";

/// The log of this process. Dropping it waits a moment for what is not written yet.
pub(super) struct Log {
    lines: Lines,
    format: LogFormat,
    /// The name of the server, once it is known, where there can be others.
    node: Arc<OnceLock<String>>,
    ended: Receiver<()>,
}

impl Log {
    /// Begins to log what `RUST_LOG` chooses, and to take spans if there are traces.
    pub(super) fn begin(format: LogFormat, traces: Option<&Traces>) -> Result<Self, ConfigError> {
        let filter = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
        let filter = if filter.is_empty() {
            DEFAULT_FILTER.to_owned()
        } else {
            filter
        };
        let parsed = EnvFilter::try_new(&filter).map_err(|source| ConfigError::LogFilter {
            found: filter,
            source,
        })?;
        let log = Self::to(io::stderr(), format);
        let records = log.records();
        match traces {
            None => registry().with(records).with(parsed).init(),
            Some(traces) => {
                let without_spans = Targets::new()
                    .with_default(LevelFilter::TRACE)
                    .with_target(raisfast_trace::TARGET, LevelFilter::OFF);
                registry()
                    .with(records.with_filter(parsed.and(without_spans)))
                    .with(traces.layer())
                    .init();
            }
        }
        Ok(log)
    }

    /// Returns the part of the subscriber that writes records.
    fn records(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let records = fmt::layer::<Registry>()
            // Its own words on a write that has failed would go to standard error, and panic there.
            .log_internal_errors(false)
            .with_writer(self.lines.clone());
        match self.format {
            LogFormat::Text => records
                .with_ansi(io::stderr().is_terminal())
                .fmt_fields(log_fields::printable())
                .boxed(),
            LogFormat::Json => {
                let node = self.node.clone();
                let records = records.with_ansi(false);
                records.event_format(JsonRecords { node }).boxed()
            }
        }
    }

    fn to(mut out: impl Write + Send + 'static, format: LogFormat) -> Self {
        let (sender, receiver) = mpsc::sync_channel(MOST_LINES);
        let (end, ended) = mpsc::sync_channel(1);
        let node = Arc::default();
        let lines = Lines {
            sender,
            counts: Arc::default(),
            // In an object it has a member.
            node: Some(Arc::clone(&node)).filter(|_| format == LogFormat::Text),
        };
        let counts = Arc::clone(&lines.counts);
        let own = Arc::clone(&node);
        let write_lines = move || {
            write_all(
                &receiver,
                &counts,
                |notice| own_line(format, notice, &own),
                &mut out,
            );
            let _ = end.send(());
        };
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(write_lines)
            .expect("a process that starts can start a thread");
        Self {
            lines,
            format,
            node,
            ended,
        }
    }

    /// Writes a line that is not an event, whatever is filtered.
    pub(super) fn say(&self, line: &str) {
        let line = own_line(self.format, line, &self.node);
        self.lines.push(line.into_bytes());
    }

    /// Names the server in each record from now on.
    pub(super) fn name(&self, node: &str) {
        // It keeps the first name.
        let _ = self.node.set(node.to_owned());
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.lines.sender.try_send(Message::End).is_ok() {
            let _ = self.ended.recv_timeout(PATIENCE);
        }
    }
}

/// Returns a line of the log itself, which is not an event.
fn own_line(format: LogFormat, message: &str, node: &OnceLock<String>) -> String {
    let node = node.get().map(String::as_str);
    match format {
        LogFormat::Text => named(format!("{message}\n"), node),
        LogFormat::Json => log_json::line(message, node),
    }
}

/// Returns a line of text with the name of the server as its last field.
fn named(mut line: String, node: Option<&str>) -> String {
    if let Some(node) = node {
        let end = line.trim_end_matches('\n').len();
        line.insert_str(end, &format!(" node={node}"));
    }
    line
}

enum Message {
    Line(Vec<u8>),
    End,
}

#[derive(Default)]
struct Counts {
    waiting_bytes: AtomicU64,
    dropped: AtomicU64,
}

/// The entrance for lines. Cloning is cheap.
#[derive(Clone)]
struct Lines {
    sender: SyncSender<Message>,
    counts: Arc<Counts>,
    /// The name that is added to each record.
    node: Option<Arc<OnceLock<String>>>,
}

impl Lines {
    fn push(&self, line: Vec<u8>) {
        let Counts {
            waiting_bytes,
            dropped,
        } = &*self.counts;
        let bytes = line.len() as u64;
        let waiting = waiting_bytes.fetch_add(bytes, Relaxed) + bytes;
        if waiting > MOST_BYTES || self.sender.try_send(Message::Line(line)).is_err() {
            waiting_bytes.fetch_sub(bytes, Relaxed);
            dropped.fetch_add(1, Relaxed);
        }
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            text: Vec::new(),
            lines: self,
        }
    }
}

/// One line while it is put together.
struct Line<'a> {
    text: Vec<u8>,
    lines: &'a Lines,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            let node = self.lines.node.as_ref().and_then(|node| node.get());
            self.lines.push(match (node, String::from_utf8(text)) {
                (Some(node), Ok(text)) => named(text, Some(node)).into_bytes(),
                (None, Ok(text)) => text.into_bytes(),
                (_, Err(odd)) => odd.into_bytes(),
            });
        }
    }
}

/// Writes lines until the log ends, and mentions those that are missing as soon as a write
/// succeeds.
fn write_all(
    lines: &Receiver<Message>,
    counts: &Counts,
    own_line: impl Fn(&str) -> String,
    out: &mut impl Write,
) {
    loop {
        let line = match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(Message::Line(line)) => line,
            Ok(Message::End) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => Vec::new(),
        };
        let dropped = counts.dropped.load(Relaxed);
        if dropped > 0 {
            let notice = format!("the log could not be written: lines dropped: {dropped}");
            let notice = own_line(&notice);
            if out.write_all(notice.as_bytes()).is_ok() {
                counts.dropped.fetch_sub(dropped, Relaxed);
            }
        }
        if out.write_all(&line).is_err() {
            counts.dropped.fetch_add(1, Relaxed);
        }
        counts.waiting_bytes.fetch_sub(line.len() as u64, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;

    const NOTICE: &str = "the log could not be written: lines dropped: ";

    /// The lines to write, and the state of the output.
    #[derive(Clone, Default)]
    struct Pipe(Arc<(Mutex<State>, Condvar)>);

    #[derive(Default)]
    struct State {
        written: String,
        is_broken: bool,
        is_stuck: bool,
    }

    impl Pipe {
        fn set(&self, change: impl FnOnce(&mut State)) {
            let (state, changed) = &*self.0;
            change(&mut state.lock().unwrap());
            changed.notify_all();
        }

        fn wait_for(&self, text: &str) {
            let (state, changed) = &*self.0;
            let is_missing = |state: &mut State| !state.written.contains(text);
            let deadline = Duration::from_secs(20);
            let waited = changed.wait_timeout_while(state.lock().unwrap(), deadline, is_missing);
            assert!(!waited.unwrap().1.timed_out(), "no {text:?}");
        }
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (state, changed) = &*self.0;
            let state = state.lock().unwrap();
            let mut state = changed.wait_while(state, |state| state.is_stuck).unwrap();
            if state.is_broken {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            state.written.push_str(str::from_utf8(bytes).unwrap());
            changed.notify_all();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_a_log_that_is_not_read_and_it_says_what_is_missing() {
        let pipe = Pipe::default();
        let log = Log::to(pipe.clone(), LogFormat::Text);
        pipe.set(|state| state.is_stuck = true);
        // More lines than there is room for: this returns only where none of them waits.
        for _ in 0..2 * MOST_LINES {
            log.say("a line");
        }
        pipe.set(|state| state.is_stuck = false);
        pipe.wait_for(NOTICE);
    }

    #[test]
    fn each_record_names_the_server_once_it_has_a_name() {
        for (format, expected) in [
            (LogFormat::Text, " INFO raisfast"),
            (LogFormat::Json, "\"node\":\"web-1\"}\n"),
        ] {
            let pipe = Pipe::default();
            let log = Log::to(pipe.clone(), format);
            let subscriber = registry().with(log.records());
            tracing::subscriber::with_default(subscriber, || {
                tracing::info!("before");
                log.name("web-1");
                tracing::info!(folder = "seo", "after\nit");
            });
            log.say("stopping");
            drop(log);
            pipe.wait_for("stopping");
            pipe.wait_for(expected);
            let written = pipe.0.0.lock().unwrap().written.clone();
            let named = if format == LogFormat::Text {
                "node=web-1"
            } else {
                "\"node\""
            };
            assert_eq!(written.matches(named).count(), 2, "{written}");
            if format == LogFormat::Text {
                let record = "after\n    it folder=\"seo\" node=web-1\nstopping node=web-1\n";
                assert!(written.ends_with(record), "{written}");
            }
        }
    }

    #[test]
    fn the_lines_that_wait_have_a_bound_in_bytes() {
        let pipe = Pipe::default();
        let log = Log::to(pipe.clone(), LogFormat::Text);
        pipe.set(|state| state.is_stuck = true);
        let line = "x".repeat(1 << 20);
        for _ in 0..20 {
            log.say(&line);
        }
        assert!(log.lines.counts.waiting_bytes.load(Relaxed) <= MOST_BYTES);
        assert!(log.lines.counts.dropped.load(Relaxed) >= 15);
        pipe.set(|state| state.is_stuck = false);
        pipe.wait_for(NOTICE);
    }

    #[test]
    fn a_log_that_is_broken_for_a_while_goes_on_and_counts_what_is_lost() {
        let pipe = Pipe::default();
        let log = Log::to(pipe.clone(), LogFormat::Text);
        pipe.set(|state| state.is_broken = true);
        log.say("nobody reads this");
        while log.lines.counts.dropped.load(Relaxed) == 0 {
            thread::yield_now();
        }
        pipe.set(|state| state.is_broken = false);
        pipe.wait_for(&format!("{NOTICE}1\n"));
        log.say("somebody reads this");
        drop(log);
        pipe.wait_for("somebody reads this\n");
        assert!(!pipe.0.0.lock().unwrap().written.contains("nobody"));
    }
}
