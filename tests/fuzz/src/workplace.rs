//! The foundation of several targets, made once per process.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

/// The executor that every target waits on.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    static EXECUTOR: LazyLock<Runtime> = LazyLock::new(|| {
        Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("an executor")
    });
    EXECUTOR.block_on(future)
}
