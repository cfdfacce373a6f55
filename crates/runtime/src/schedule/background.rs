//! Threads for calls that take long.
//!
//! A guest that computes for long must not keep those waiting who want little. It goes on in the
//! background: on threads of low priority, which get the part of the processor that nobody else
//! wants, and a small share where somebody does.
//!
//! They begin with the [`Runtime`](crate::Runtime) and end with its last clone. There are fewer of
//! them than there are cores, so that short calls find one. Timers and connections that a call
//! makes stay with the executor from which it came, because they may outlive the call.

use std::{
    future::Future,
    io, panic,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    thread,
};

use tokio::runtime::{Builder, Handle};
use tokio_util::task::AbortOnDropHandle;

/// A future that can move to another thread than the one where it began.
pub(crate) type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The threads. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Background(Arc<Threads>);

struct Threads {
    /// None only while they end.
    executor: Option<tokio::runtime::Runtime>,
}

impl Background {
    /// Starts the threads.
    pub(crate) fn start() -> io::Result<Self> {
        // Without drivers: nothing is to be registered here.
        let executor = Builder::new_multi_thread()
            .thread_name("plugin-background")
            .worker_threads(threads_for_long_calls())
            .on_thread_start(lower_priority)
            .build()?;
        Ok(Self(Arc::new(Threads {
            executor: Some(executor),
        })))
    }

    /// Moves `call` to the background. This has to be called on an executor's thread, to which the
    /// call's timers and connections belong. Dropping the returned handle ends the call: at once if
    /// it waits, and else when it next gives its thread up.
    pub(crate) fn run<T: Send + 'static>(&self, call: Task<T>) -> InBackground<T> {
        let executor = self
            .0
            .executor
            .as_ref()
            .expect("the threads have not ended");
        let call = OfExecutor {
            executor: Handle::current(),
            call: Some(call),
        };
        InBackground(AbortOnDropHandle::new(executor.spawn(call)))
    }

    /// Returns true if a call is in the background now.
    pub(crate) fn is_in_use(&self) -> bool {
        let executor = self.0.executor.as_ref();
        executor.is_some_and(|executor| executor.metrics().num_alive_tasks() > 0)
    }
}

/// Returns the number of the threads: three for every four cores, and one on a machine with a
/// single core.
pub(super) fn threads_for_long_calls() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    of_cores(cores)
}

fn of_cores(cores: usize) -> usize {
    (cores - cores.div_ceil(4)).max(1)
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Not the usual way to end an executor, which waits: this may be one of its own threads.
        if let Some(executor) = self.executor.take() {
            executor.shutdown_background();
        }
    }
}

/// A handle to a call in the background. A panic of the call is passed on to the task that polls
/// this.
pub(crate) struct InBackground<T>(AbortOnDropHandle<T>);

impl<T> Future for InBackground<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let ended = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(ended.unwrap_or_else(|error| panic::resume_unwind(error.into_panic())))
    }
}

/// A call and the executor from which it came.
struct OfExecutor<T> {
    executor: Handle,
    /// None only while it ends.
    call: Option<Task<T>>,
}

impl<T> Future for OfExecutor<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Self { executor, call } = &mut *self;
        let _entered = executor.enter();
        let call = call.as_mut().expect("it has not ended");
        let poll = call.as_mut().poll(context);
        // The system looks who waits for the processor only now and then, while somebody keeps it.
        thread::yield_now();
        poll
    }
}

impl<T> Drop for OfExecutor<T> {
    fn drop(&mut self) {
        let _entered = self.executor.enter();
        // A connection that goes back to its pool, or a fresh instance that takes a discarded one's
        // place, needs the executor too.
        self.call = None;
    }
}

/// Lowers the scheduling priority of the calling thread. On Linux threads have a priority of their
/// own; elsewhere it is the whole process's, and stays as it is.
pub(crate) fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        const NICE: i32 = 10;
        // Without it the others notice a little more.
        let _ = rustix::process::setpriority_process(None, NICE);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{sync::oneshot, time::sleep};

    use super::*;

    #[tokio::test]
    async fn a_call_goes_on_on_a_thread_of_low_priority() {
        let background = Background::start().unwrap();
        let call = async {
            let thread = thread::current();
            let name = thread.name().map(str::to_owned);
            #[cfg(target_os = "linux")]
            let nice = rustix::process::getpriority_process(None).unwrap();
            #[cfg(not(target_os = "linux"))]
            let nice = 10;
            (name, nice)
        };
        let (name, nice) = background.run(Box::pin(call)).await;
        assert_eq!(name.as_deref(), Some("plugin-background"));
        assert!(nice >= 10, "{nice}");
    }

    #[test]
    fn a_core_is_left_to_short_calls() {
        assert_eq!([1, 2, 3, 4, 8, 64].map(of_cores), [1, 1, 2, 3, 6, 48]);
    }

    #[tokio::test]
    async fn it_is_in_use_while_a_call_goes_on() {
        let background = Background::start().unwrap();
        assert!(!background.is_in_use());
        let own = background.clone();
        let call = background.run(Box::pin(async move { own.is_in_use() }));
        assert!(call.await);
    }

    #[tokio::test]
    async fn a_call_keeps_the_timers_of_its_executor() {
        let background = Background::start().unwrap();
        let call = async {
            sleep(Duration::from_millis(1)).await;
            tokio::spawn(async { 1 }).await.unwrap()
        };
        assert_eq!(background.run(Box::pin(call)).await, 1);
    }

    /// Reports that it is dropped, with true if an executor with timers was there then.
    struct ReportsDrop(Option<oneshot::Sender<bool>>);

    impl Drop for ReportsDrop {
        fn drop(&mut self) {
            let timers = panic::catch_unwind(|| drop(sleep(Duration::ZERO))).is_ok();
            self.0.take().unwrap().send(timers).unwrap();
        }
    }

    #[tokio::test]
    async fn a_call_that_nobody_waits_for_ends() {
        let background = Background::start().unwrap();
        let (ended, reported) = oneshot::channel();
        let (begun, begins) = oneshot::channel();
        let reports_drop = ReportsDrop(Some(ended));
        let call = async move {
            let _reports = reports_drop;
            begun.send(()).unwrap();
            std::future::pending::<()>().await;
        };
        let running = background.run(Box::pin(call));
        begins.await.unwrap();
        drop(running);
        assert!(reported.await.unwrap(), "it ends where it came from");
    }

    #[tokio::test]
    async fn the_threads_can_end_on_one_of_themselves() {
        let background = Background::start().unwrap();
        let own = background.clone();
        let (go, goes) = oneshot::channel::<()>();
        let call = async move {
            goes.await.unwrap();
            drop(own);
        };
        let running = background.run(Box::pin(call));
        drop(background);
        go.send(()).unwrap();
        running.await;
    }

    #[tokio::test]
    async fn a_panic_reaches_who_waits() {
        let background = Background::start().unwrap();
        let running = background.run::<()>(Box::pin(async { panic!("on purpose") }));
        let ended = tokio::spawn(running).await;
        assert!(ended.is_err_and(|error| error.is_panic()));
    }
}
