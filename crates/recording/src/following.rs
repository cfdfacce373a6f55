//! Calls that are followed one by one, while the plugin goes on.

use std::sync::Arc;

use crate::{AlreadyRecording, RecordedCall, Recorder};

/// The calls of a plugin from now on, recorded with their contents, until this is dropped.
///
/// Each runs in a fresh instance. While as many wait here as there is room for, and while others
/// wait for an instance, calls are left out: they run as they always do.
#[derive(Debug)]
pub struct Following(Arc<Recorder>);

impl Recorder {
    /// Begins to follow calls, of which this many may wait to be taken, or 32 MiB of them.
    ///
    /// # Errors
    ///
    /// If somebody records or follows calls of this plugin already.
    pub fn follow(self: &Arc<Self>, room: usize) -> Result<Following, AlreadyRecording> {
        self.begin_asking(room, true)?;
        Ok(Following(Arc::clone(self)))
    }
}

impl Following {
    /// Waits for the next call. Dropping the future loses none.
    pub async fn next(&mut self) -> RecordedCall {
        loop {
            if let Some(call) = self.0.take_first() {
                return call;
            }
            self.0.has_come().await;
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.end_asking();
    }
}
