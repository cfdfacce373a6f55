//! Events that are emitted and not written yet, within bounds.

use std::collections::VecDeque;

use raisfast_contract::PluginId;
use raisfast_health::BreakerNews;

/// The most events that wait.
pub(super) const MOST: usize = 4_096;
/// The most bytes of their texts.
pub(super) const MOST_BYTES: usize = 8 << 20;
/// The sizes of groups. Each is a statement of its own, and databases prepare few.
const GROUPS: [usize; 4] = [64, 16, 4, 1];
/// The bytes after which a group takes no further event.
const GROUP_BYTES: usize = 1 << 20;

/// An event as it was emitted.
#[derive(Debug)]
pub(super) enum Emitted {
    Plugin {
        plugin: PluginId,
        event_type: String,
        data: String,
    },
    Breaker(Box<BreakerNews>),
}

impl Emitted {
    fn bytes(&self) -> usize {
        match self {
            Self::Plugin {
                event_type, data, ..
            } => event_type.len() + data.len(),
            Self::Breaker(news) => news.status.reason.as_ref().map_or(0, String::len),
        }
    }
}

/// The events that wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    events: VecDeque<Emitted>,
    bytes: usize,
    /// Those that were lost before the first of them.
    lost: i64,
    /// All events that were ever emitted here.
    pub(super) emitted: u64,
    /// A task writes them.
    is_being_written: bool,
    is_closed: bool,
}

/// A group of events that are written together.
#[derive(Debug)]
pub(super) struct Batch {
    /// Those that were lost before the first of them.
    pub(super) lost: i64,
    pub(super) events: Vec<Emitted>,
    pub(super) bytes: usize,
}

impl Batch {
    /// Returns the number of events that are no longer waiting.
    pub(super) fn count(&self) -> u64 {
        self.events.len() as u64 + self.lost.unsigned_abs()
    }
}

impl Queue {
    /// Adds an event, in the place of the oldest ones where there is no room. Returns true if a
    /// task has to begin that [takes](Self::take) them.
    pub(super) fn push(&mut self, event: Emitted) -> bool {
        if self.is_closed {
            return false;
        }
        self.emitted += 1;
        self.bytes += event.bytes();
        self.events.push_back(event);
        while (self.events.len() > MOST || self.bytes > MOST_BYTES)
            && let Some(oldest) = self.events.pop_front()
        {
            self.bytes -= oldest.bytes();
            self.lost += 1;
        }
        !std::mem::replace(&mut self.is_being_written, true)
    }

    /// Gives up what waits, and takes no more.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
        self.events.clear();
        self.bytes = 0;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Takes the next group. After `None` the task that takes them ends.
    pub(super) fn take(&mut self) -> Option<Batch> {
        let waiting = self.events.len();
        let Some(size) = GROUPS.into_iter().find(|size| *size <= waiting) else {
            self.is_being_written = false;
            return None;
        };
        let mut batch = Batch {
            lost: std::mem::take(&mut self.lost),
            events: Vec::new(),
            bytes: 0,
        };
        while batch.events.len() < size
            && batch.bytes < GROUP_BYTES
            && let Some(event) = self.events.pop_front()
        {
            batch.bytes += event.bytes();
            batch.events.push(event);
        }
        self.bytes -= batch.bytes;
        Some(batch)
    }
}
