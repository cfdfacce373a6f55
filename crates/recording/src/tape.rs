//! The tape between one instance and the host: it writes what passes, or answers in the host's
//! place.

use std::{
    borrow::Cow,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    CallId, Content, Findings, HostCall, Mask, NoAnswer, NotWhole, Section,
    playback::{Playback, Script},
};

/// The most host calls that are written of one call.
const MOST_HOST_CALLS: usize = 10_000;

/// Host calls for which the room stays from one call to the next.
const FEW: usize = 16;

/// The function whose answers are settings.
const GET_CONFIG: &str = "host-api/get-config";

/// The number of tapes that there were, from which each has its own.
static TAPES: AtomicU64 = AtomicU64::new(0);

/// The tape of one instance, from its beginning on.
#[derive(Debug)]
pub struct Tape {
    number: u64,
    kind: Kind,
    mask: Arc<Mask>,
    /// The calls that the instance has served.
    calls: AtomicU64,
    /// False as long as nothing of the call in progress is written: most calls then have nothing
    /// to wipe.
    is_written: AtomicBool,
}

#[derive(Debug)]
enum Kind {
    /// Names, sizes and times are written.
    Outline(Mutex<Written>),
    /// Everything is written.
    Whole(Mutex<Written>),
    /// A recorded call is played.
    Playing(Mutex<Playback>),
}

/// The writing of one call.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) start: Section,
    pub(crate) call: Section,
    has_started: bool,
    began: Option<Instant>,
    took: Option<Duration>,
    /// The bytes that it takes, of those that it may take.
    held: usize,
    room: usize,
    /// The bytes of the start, which stay.
    held_by_start: usize,
    pub(crate) is_cut: bool,
    is_start_cut: bool,
}

/// A host call that has begun.
#[derive(Debug)]
pub enum Begun<T> {
    /// The host answers; a tape that writes waits for it.
    Live(Option<Pending>),
    /// The tape has the answer, and the time that the host took for it.
    Answered(T, Duration),
}

/// A host call whose answer is to be written.
#[derive(Debug)]
pub struct Pending {
    tape: Arc<Tape>,
    /// The number, in the section that it began in.
    number: usize,
    in_start: bool,
    began: Instant,
    hides_answer: bool,
}

impl Tape {
    /// A tape that writes names, sizes and times, up to `room` bytes of a call.
    pub fn outline(room: usize) -> Self {
        Self::of(Kind::Outline(Written::with(room)), Arc::default())
    }

    /// A tape that writes everything, up to `room` bytes of a call.
    pub fn whole(room: usize, mask: &Arc<Mask>) -> Self {
        Self::of(Kind::Whole(Written::with(room)), Arc::clone(mask))
    }

    /// A tape that plays a recorded call. `mask` has the settings that are secrets in the record;
    /// the guest gets their values from it.
    pub fn playing(start: Section, call: Section, mask: Mask) -> Self {
        let playback = Playback::new(Script::new(start), Script::new(call));
        Self::of(Kind::Playing(Mutex::new(playback)), Arc::new(mask))
    }

    fn of(kind: Kind, mask: Arc<Mask>) -> Self {
        Self {
            number: TAPES.fetch_add(1, Relaxed),
            kind,
            mask,
            calls: AtomicU64::new(0),
            is_written: AtomicBool::new(false),
        }
    }

    /// Returns the id of the call in progress.
    pub fn call_id(&self) -> CallId {
        CallId {
            tape: self.number,
            calls_before: self.calls.load(Relaxed),
        }
    }

    /// Returns true if the tape writes everything.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.kind, Kind::Whole(_))
    }

    /// Returns true if the tape writes everything, and its instance has served no call.
    pub fn is_whole_and_new(&self) -> bool {
        self.is_whole() && self.calls.load(Relaxed) == 0
    }

    /// Ends the start of the instance: what comes now belongs to its first call.
    pub fn end_start(&self) {
        match &self.kind {
            Kind::Outline(written) | Kind::Whole(written) => {
                let mut written = locked(written);
                written.has_started = true;
                written.held_by_start = written.held;
                written.is_start_cut = written.is_cut;
            }
            Kind::Playing(playback) => locked(playback).end_start(),
        }
    }

    /// Begins a call of a hook.
    pub fn begin_call(&self) {
        // By the functions of the lifecycle, which are not recorded.
        if self.calls.load(Relaxed) > 0 {
            self.wipe_what_is_written();
        }
        match &self.kind {
            Kind::Outline(_) => {}
            Kind::Whole(written) => locked(written).begin_call(),
            Kind::Playing(playback) => locked(playback).begin_call(),
        }
    }

    /// Ends a call of a hook: the time that it took is known.
    pub fn end_call(&self) {
        match &self.kind {
            Kind::Outline(_) => {}
            Kind::Whole(written) => locked(written).end_call(),
            Kind::Playing(playback) => locked(playback).end_call(),
        }
    }

    /// Wipes a call that has ended and is not kept.
    pub(crate) fn wipe(&self) {
        self.calls.fetch_add(1, Relaxed);
        self.wipe_what_is_written();
    }

    fn wipe_what_is_written(&self) {
        if self.is_written.swap(false, Relaxed)
            && let Kind::Outline(written) | Kind::Whole(written) = &self.kind
        {
            locked(written).wipe();
        }
    }

    /// Takes a call that has ended, with the number of calls before it; `None` from a tape that
    /// plays.
    pub(crate) fn take(&self) -> Option<(Taken, u64)> {
        let before = self.calls.fetch_add(1, Relaxed);
        self.is_written.store(false, Relaxed);
        let (written, has_contents) = match &self.kind {
            Kind::Outline(written) => (written, false),
            Kind::Whole(written) => (written, true),
            Kind::Playing(_) => return None,
        };
        let mut written = locked(written);
        let not_whole = match (has_contents, written.is_cut) {
            (false, _) => Some(NotWhole::NoContents),
            (true, true) => Some(NotWhole::TooLarge),
            (true, false) => None,
        };
        let taken = Taken {
            start: written.start.clone(),
            call: std::mem::take(&mut written.call),
            // A call that was cut off has not ended by itself.
            took: written.took.or_else(|| Some(written.began?.elapsed())),
            not_whole,
        };
        written.wipe();
        Some((taken, before))
    }

    /// Writes a value of the call with the tape's own thoroughness.
    pub fn content(&self, value: &(impl Serialize + ?Sized)) -> Content {
        match self.kind {
            Kind::Outline(_) => Content::size_of(value),
            _ => Content::of(value, &self.mask),
        }
    }

    /// Begins a call of a host function.
    ///
    /// # Errors
    ///
    /// If the tape is played and holds no answer for this call.
    pub fn host_call<A, T>(
        self: &Arc<Self>,
        function: &'static str,
        arguments: &A,
    ) -> Result<Begun<T>, NoAnswer>
    where
        A: Serialize,
        T: DeserializeOwned,
    {
        match &self.kind {
            Kind::Playing(playback) => {
                let (value, took) = locked(playback).answer(function, arguments, &self.mask)?;
                let answer = serde_json::from_value(value).map_err(|error| NoAnswer::Unfit {
                    function,
                    reason: error.to_string(),
                });
                match answer {
                    Ok(answer) => Ok(Begun::Answered(answer, took)),
                    Err(unfit) => Err(locked(playback).stopped(unfit)),
                }
            }
            Kind::Outline(written) | Kind::Whole(written) => {
                Ok(Begun::Live(self.write(written, function, arguments)))
            }
        }
    }

    /// Notes a call of a host function that returns nothing.
    ///
    /// # Errors
    ///
    /// If the recorded call ended before this.
    pub fn tell(
        self: &Arc<Self>,
        function: &'static str,
        arguments: &impl Serialize,
    ) -> Result<(), NoAnswer> {
        match &self.kind {
            Kind::Playing(playback) => locked(playback).told(function, arguments, &self.mask),
            Kind::Outline(written) | Kind::Whole(written) => {
                if let Some(pending) = self.write(written, function, arguments) {
                    pending.answered(&());
                }
                Ok(())
            }
        }
    }

    fn write(
        self: &Arc<Self>,
        written: &Mutex<Written>,
        function: &'static str,
        arguments: &impl Serialize,
    ) -> Option<Pending> {
        // Before the lock: a long argument takes its time.
        let content = self.content(arguments);
        let hides_answer = function == GET_CONFIG && {
            let key: Option<[String; 1]> = serde_json::to_value(arguments)
                .and_then(serde_json::from_value)
                .ok();
            key.is_some_and(|[key]| self.mask.setting(&key).is_some())
        };
        let mut written = locked(written);
        self.is_written.store(true, Relaxed);
        let in_start = !written.has_started;
        let number = written.begin(function, content)?;
        Some(Pending {
            tape: Arc::clone(self),
            number,
            in_start,
            began: Instant::now(),
            hides_answer,
        })
    }

    /// Reads WASI's wall clock, in nanoseconds since 1970.
    pub fn wall_clock(&self, live: impl FnOnce() -> u64) -> u64 {
        self.reading(
            live,
            |section| &mut section.wall_clock,
            Playback::wall_clock,
        )
    }

    /// Reads WASI's monotonic clock, in nanoseconds.
    pub fn monotonic_clock(&self, live: impl FnOnce() -> u64) -> u64 {
        self.reading(
            live,
            |section| &mut section.monotonic_clock,
            Playback::monotonic_clock,
        )
    }

    fn reading(
        &self,
        live: impl FnOnce() -> u64,
        place: impl FnOnce(&mut Section) -> &mut Vec<u64>,
        played: impl FnOnce(&mut Playback) -> u64,
    ) -> u64 {
        match &self.kind {
            Kind::Outline(_) => live(),
            Kind::Whole(written) => {
                let reading = live();
                let mut written = locked(written);
                self.is_written.store(true, Relaxed);
                if written.fits(size_of::<u64>()) {
                    place(written.section()).push(reading);
                }
                reading
            }
            Kind::Playing(playback) => played(&mut locked(playback)),
        }
    }

    /// Fills the bytes with random ones.
    pub fn random(&self, bytes: &mut [u8], live: impl FnOnce(&mut [u8])) {
        match &self.kind {
            Kind::Outline(_) => live(bytes),
            Kind::Whole(written) => {
                live(bytes);
                let mut written = locked(written);
                self.is_written.store(true, Relaxed);
                if written.fits(bytes.len()) {
                    written.section().random.extend_from_slice(bytes);
                }
            }
            Kind::Playing(playback) => locked(playback).random(bytes),
        }
    }

    /// Returns true if clocks and random numbers pass by this tape.
    pub fn takes_wasi(&self) -> bool {
        !matches!(self.kind, Kind::Outline(_))
    }

    /// Returns the time that the played call took; `None` where none has ended.
    pub fn took(&self) -> Option<Duration> {
        match &self.kind {
            Kind::Playing(playback) => locked(playback).took(),
            Kind::Outline(_) | Kind::Whole(_) => None,
        }
    }

    /// Ends a played call, and returns what was otherwise; `None` from a tape that writes.
    pub fn findings(&self) -> Option<Findings> {
        match &self.kind {
            Kind::Playing(playback) => Some(locked(playback).end()),
            Kind::Outline(_) | Kind::Whole(_) => None,
        }
    }
}

/// A call that was taken from a tape.
pub(crate) struct Taken {
    pub(crate) start: Section,
    pub(crate) call: Section,
    pub(crate) took: Option<Duration>,
    pub(crate) not_whole: Option<NotWhole>,
}

impl Pending {
    /// Writes the answer.
    pub fn answered(self, answer: &(impl Serialize + ?Sized)) {
        let took = self.began.elapsed();
        let content = if self.hides_answer {
            Content::written(&crate::MASKED.into())
        } else {
            self.tape.content(answer)
        };
        if let Kind::Outline(written) | Kind::Whole(written) = &self.tape.kind {
            let mut written = locked(written);
            let content = if written.fits(content.held()) {
                content
            } else {
                content.without_value()
            };
            let section = if self.in_start {
                &mut written.start
            } else {
                &mut written.call
            };
            if let Some(host_call) = section.host_calls.get_mut(self.number) {
                host_call.answer = Some(content);
                host_call.took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            }
        }
    }
}

impl Written {
    fn with(room: usize) -> Mutex<Self> {
        Mutex::new(Self {
            room,
            ..Self::default()
        })
    }

    fn begin_call(&mut self) {
        self.began = Some(Instant::now());
        self.took = None;
    }

    fn end_call(&mut self) {
        self.took = self.began.map(|began| began.elapsed());
    }

    fn section(&mut self) -> &mut Section {
        if self.has_started {
            &mut self.call
        } else {
            &mut self.start
        }
    }

    /// Begins a host call, and returns its number; `None` if there is no room for it.
    fn begin(&mut self, function: &'static str, arguments: Content) -> Option<usize> {
        if self.section().host_calls.len() >= MOST_HOST_CALLS {
            self.is_cut = true;
        }
        if !self.fits(size_of::<HostCall>() + arguments.held()) {
            return None;
        }
        let host_calls = &mut self.section().host_calls;
        host_calls.push(HostCall {
            function: Cow::Borrowed(function),
            arguments,
            answer: None,
            took_us: 0,
        });
        Some(host_calls.len() - 1)
    }

    /// Takes room for these bytes. Once there was too little, there is none for anything.
    fn fits(&mut self, bytes: usize) -> bool {
        self.is_cut |= self.room.saturating_sub(self.held) < bytes;
        if !self.is_cut {
            self.held += bytes;
        }
        !self.is_cut
    }

    fn wipe(&mut self) {
        let mut host_calls = std::mem::take(&mut self.call.host_calls);
        host_calls.clear();
        host_calls.shrink_to(FEW);
        self.call = Section {
            host_calls,
            ..Section::default()
        };
        self.held = self.held_by_start;
        self.is_cut = self.is_start_cut;
        self.began = None;
        self.took = None;
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
