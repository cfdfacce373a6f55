//! The clock: a thread that raises the engine's epoch at each tick, which the guest that runs then
//! notices.

use std::{sync::mpsc, thread, time::Duration};

/// The clock's thread; it ends when this is dropped.
pub(crate) struct Clock {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Clock {
    /// Starts the thread, with the time until the next tick, and what a tick does.
    pub(crate) fn start(
        name: &str,
        next: impl Fn() -> Duration + Send + 'static,
        tick: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            while stopped.recv_timeout(next()) == Err(mpsc::RecvTimeoutError::Timeout) {
                tick();
            }
        })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the clock has been printed; there is nobody left to notify.
            let _ = thread.join();
        }
    }
}
