//! The clock: a thread that raises the engine's epoch at each tick, which the guest that runs then
//! notices.

use std::{sync::mpsc, thread};

use wasmtime::Engine;

use super::{Background, SHORT_TICK, TICK};

/// The clock's thread; it ends when this is dropped.
pub(super) struct Clock {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Clock {
    /// Starts the thread. Ticks are short while the `background` is in use.
    pub(super) fn start(engine: Engine, background: Background) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new()
            .name("plugin-clock".into())
            .spawn(move || {
                let tick = || {
                    if background.is_in_use() {
                        SHORT_TICK
                    } else {
                        TICK
                    }
                };
                while stopped.recv_timeout(tick()) == Err(mpsc::RecvTimeoutError::Timeout) {
                    engine.increment_epoch();
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
