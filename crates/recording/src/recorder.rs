//! The recorders of plugins: the last calls that failed, and calls that an operator asks for.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::Utc;
use raisfast_contract::{Delivery, Hook, PluginId, timestamp};
use serde::Serialize;
use serde_json::Value;
use tokio::{sync::Notify, time::timeout};

use crate::{
    Change, Mask, Outcome, RecordedCall, Recording, Tape, Watching, tape::locked,
    watching::Watchers,
};

/// The bytes of the calls that are recorded on request, together.
const MOST_RECORDED: usize = 32 << 20;

/// The operator's choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingOptions {
    /// The number of failed calls that are kept of each plugin. 0: none.
    pub failed_calls: usize,
    /// The most bytes of the failed calls of one plugin, and of any one call.
    pub max_bytes: usize,
    /// Set if failed calls are kept with their contents.
    pub contents: bool,
}

/// Keeps nothing.
impl Default for RecordingOptions {
    fn default() -> Self {
        Self {
            failed_calls: 0,
            max_bytes: 1 << 20,
            contents: false,
        }
    }
}

/// The recorders of all plugins. Cloning shares them; by default they keep nothing.
#[derive(Debug, Clone, Default)]
pub struct Recorders(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    options: RecordingOptions,
    recorders: Mutex<BTreeMap<PluginId, Arc<Recorder>>>,
}

impl Recorders {
    /// Recorders without anything in them.
    pub fn new(options: RecordingOptions) -> Self {
        Self(Arc::new(Shared {
            options,
            recorders: Mutex::default(),
        }))
    }

    /// Returns a plugin's recorder, which all its versions share.
    pub fn of(&self, plugin: &PluginId) -> Arc<Recorder> {
        let mut recorders = locked(&self.0.recorders);
        let recorder = recorders
            .entry(plugin.clone())
            .or_insert_with(|| Arc::new(Recorder::new(plugin.clone(), self.0.options)));
        Arc::clone(recorder)
    }

    /// Forgets a plugin that was removed.
    pub fn forget(&self, plugin: &PluginId) {
        locked(&self.0.recorders).remove(plugin);
    }
}

/// Calls of this plugin are being recorded already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calls of {0} are being recorded already; try again when that is done")]
pub struct AlreadyRecording(pub PluginId);

/// The recorder of one plugin.
pub struct Recorder {
    plugin: PluginId,
    options: RecordingOptions,
    /// Set while an operator waits for calls, and there is room for them.
    is_asked: AtomicBool,
    /// Set if a call is rather left out than made to wait.
    gives_way: AtomicBool,
    state: Mutex<State>,
    has_come: Notify,
    watchers: Watchers,
}

#[derive(Default)]
struct State {
    failed: VecDeque<RecordedCall>,
    failed_bytes: usize,
    asked_for: Option<AskedFor>,
}

/// The calls that an operator has asked for.
struct AskedFor {
    calls: VecDeque<RecordedCall>,
    /// The most calls that there is room for.
    room: usize,
    bytes: usize,
}

/// A call that has ended.
pub struct EndedCall<'a, H: Hook> {
    /// The tape of its instance.
    pub tape: &'a Tape,
    /// The parameters.
    pub params: &'a H::Params,
    /// The delivery that it was.
    pub delivery: Option<&'a Delivery>,
    /// The deadline.
    pub timeout: Duration,
    /// The bytes of memory that the instance may have.
    pub max_memory: usize,
    /// The output, or the reason why there is none.
    pub outcome: Result<&'a H::Output, &'a dyn fmt::Display>,
    /// Set if the plugin is to blame.
    pub has_failed: bool,
}

impl Recorder {
    fn new(plugin: PluginId, options: RecordingOptions) -> Self {
        Self {
            plugin,
            options,
            is_asked: AtomicBool::new(false),
            gives_way: AtomicBool::new(false),
            state: Mutex::default(),
            has_come: Notify::new(),
            watchers: Watchers::default(),
        }
    }

    /// Begins to watch what calls change. Any number may watch; it needs a tape in the instance,
    /// of whichever kind.
    pub fn watch(self: &Arc<Self>) -> Watching {
        Watching::begin(Arc::clone(self))
    }

    /// Returns those who watch.
    pub(crate) fn watchers(&self) -> &Watchers {
        &self.watchers
    }

    /// Returns true while an operator waits for calls, and there is room for them.
    pub fn is_asked(&self) -> bool {
        self.is_asked.load(Relaxed)
    }

    /// Returns true if a call is rather left out than made to wait for the sake of the record.
    pub fn gives_way(&self) -> bool {
        self.gives_way.load(Relaxed)
    }

    /// Returns true if the instance of this tape may go on with it after a call.
    pub fn wants(&self, tape: &Tape) -> bool {
        !tape.is_whole() || (self.options.contents && self.options.failed_calls > 0)
    }

    /// Returns the tape of a new instance; `None` if nothing would be written.
    pub fn tape(&self, mask: &Arc<Mask>) -> Option<Arc<Tape>> {
        let is_kept = self.options.failed_calls > 0;
        let tape = if self.is_asked() || (is_kept && self.options.contents) {
            Tape::whole(self.options.max_bytes, mask)
        } else if is_kept {
            Tape::outline(self.options.max_bytes)
        } else {
            return None;
        };
        Some(Arc::new(tape))
    }

    /// Keeps a call that has ended, if it failed or an operator waits for it, and wipes its tape.
    pub fn ended<H>(&self, call: &EndedCall<'_, H>)
    where
        H: Hook<Params: Serialize, Output: Serialize>,
    {
        if self.watchers.are_there() {
            self.tell_watchers(call);
        }
        let is_asked_for = self.is_asked() && call.tape.is_whole_and_new();
        let is_kept = call.has_failed && self.options.failed_calls > 0;
        if !is_asked_for && !is_kept {
            call.tape.wipe();
            return;
        }
        let Some(recorded) = recorded(call, self.options.max_bytes) else {
            return;
        };
        let mut state = locked(&self.state);
        if is_kept {
            state.keep_failed(recorded.clone(), &self.options);
        }
        if is_asked_for {
            self.is_asked.store(state.keep_asked_for(recorded), Relaxed);
            self.has_come.notify_one();
        }
    }

    fn tell_watchers<H>(&self, call: &EndedCall<'_, H>)
    where
        H: Hook<Params: Serialize, Output: Serialize>,
    {
        if let Ok(output) = call.outcome
            && let Ok(output) = serde_json::to_value(output)
            && let Some(change) = Change::of(H::NAME, &input::<H>(call.params), &output)
        {
            self.watchers.tell(change);
        }
    }

    /// Returns the last calls that failed.
    pub fn failed(&self) -> Recording {
        let calls = locked(&self.state).failed.iter().cloned().collect();
        Recording::new(self.plugin.clone(), calls)
    }

    /// Records so many calls with their contents, or those that come within a time, or as many as
    /// have room in 32 MiB. Each runs in a fresh instance. Dropping the future ends it.
    ///
    /// # Errors
    ///
    /// If somebody records calls of this plugin already.
    pub async fn record(
        &self,
        calls: usize,
        limit: Duration,
    ) -> Result<Recording, AlreadyRecording> {
        self.begin_asking(calls, false)?;
        let asking = Asking(self);
        let all = async {
            // An earlier recording may have left its notice.
            while self.is_asked() {
                self.has_come.notified().await;
            }
        };
        // What came in time is the answer.
        let _ = timeout(limit, all).await;
        Ok(Recording::new(self.plugin.clone(), asking.end()))
    }

    /// Begins to keep calls for an operator, as many as there is room for.
    pub(crate) fn begin_asking(
        &self,
        room: usize,
        gives_way: bool,
    ) -> Result<(), AlreadyRecording> {
        let mut state = locked(&self.state);
        if state.asked_for.is_some() {
            return Err(AlreadyRecording(self.plugin.clone()));
        }
        state.asked_for = Some(AskedFor {
            calls: VecDeque::new(),
            room,
            bytes: 0,
        });
        self.gives_way.store(gives_way, Relaxed);
        self.is_asked.store(room > 0, Relaxed);
        Ok(())
    }

    /// Takes the first call that was kept for the operator, which makes room for another.
    pub(crate) fn take_first(&self) -> Option<RecordedCall> {
        let mut state = locked(&self.state);
        let asked = state.asked_for.as_mut()?;
        let call = asked.calls.pop_front()?;
        asked.bytes -= call.held();
        self.is_asked.store(true, Relaxed);
        Some(call)
    }

    /// Resolves when a call may have been kept since the last one was taken.
    pub(crate) async fn has_come(&self) {
        self.has_come.notified().await;
    }

    /// Ends what the operator asked for, and returns the calls that are left.
    pub(crate) fn end_asking(&self) -> Vec<RecordedCall> {
        let mut state = locked(&self.state);
        self.is_asked.store(false, Relaxed);
        self.gives_way.store(false, Relaxed);
        let asked = state.asked_for.take();
        asked.map(|asked| asked.calls.into()).unwrap_or_default()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("plugin", &self.plugin)
            .finish_non_exhaustive()
    }
}

/// An operator who waits for calls.
struct Asking<'a>(&'a Recorder);

impl Asking<'_> {
    fn end(&self) -> Vec<RecordedCall> {
        self.0.end_asking()
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

impl State {
    fn keep_failed(&mut self, call: RecordedCall, options: &RecordingOptions) {
        self.failed_bytes += call.held();
        self.failed.push_back(call);
        while self.failed.len() > options.failed_calls
            || (self.failed_bytes > options.max_bytes && self.failed.len() > 1)
        {
            let oldest = self.failed.pop_front();
            self.failed_bytes -= oldest.map_or(0, |oldest| oldest.held());
        }
    }

    /// Returns true if there is room for more.
    fn keep_asked_for(&mut self, call: RecordedCall) -> bool {
        let Some(asked) = &mut self.asked_for else {
            return false;
        };
        if asked.has_room() {
            asked.bytes += call.held();
            asked.calls.push_back(call);
        }
        asked.has_room()
    }
}

impl AskedFor {
    fn has_room(&self) -> bool {
        self.calls.len() < self.room && self.bytes < MOST_RECORDED
    }
}

/// Writes the record of a call; without its input and output if it would be larger than this.
fn recorded<H>(call: &EndedCall<'_, H>, most: usize) -> Option<RecordedCall>
where
    H: Hook<Params: Serialize, Output: Serialize>,
{
    let id = call.tape.call_id();
    let (taken, calls_before) = call.tape.take()?;
    let mut recorded = RecordedCall {
        id: Some(id.to_string()),
        at: timestamp(Utc::now()),
        hook: H::NAME,
        delivery: call.delivery.cloned(),
        timeout_ms: u64::try_from(call.timeout.as_millis()).unwrap_or(u64::MAX),
        max_memory: call.max_memory as u64,
        calls_before,
        took_us: taken
            .took
            .map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
        input: call.tape.content(&input::<H>(call.params)),
        start: taken.start,
        call: taken.call,
        outcome: match &call.outcome {
            Ok(output) => Outcome::Output(call.tape.content(output)),
            Err(reason) => Outcome::error(reason),
        },
        not_whole: taken.not_whole,
    };
    if recorded.held() > most.saturating_add(size_of::<RecordedCall>()) {
        recorded.cut();
    }
    Some(recorded)
}

/// The parameter of a hook, or an object of them where there are several.
fn input<H: Hook<Params: Serialize>>(params: &H::Params) -> Value {
    let Ok(Value::Array(mut values)) = serde_json::to_value(params) else {
        return Value::Null;
    };
    match H::PARAMETERS {
        [_] => values.pop().unwrap_or_default(),
        names => {
            let names = names.iter().map(|&name| name.to_owned());
            Value::Object(names.zip(values).collect())
        }
    }
}
