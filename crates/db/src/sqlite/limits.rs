//! The limits of a connection on which plugins' statements run.
//!
//! One step of SQLite's machine is never interrupted, however long it takes. So what one step works
//! on is bounded, and what all of them hold is looked at every few steps. Temporary tables and
//! sorts are in memory and count there: files would have no bound.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, ffi, limits::Limit};
use sea_orm::sqlx::{self, SqliteConnection};
use tokio::runtime::Handle;

use super::{functions, line::Watch};

/// Bytes of one value, one row and one statement. A post is at most half as large.
pub(super) const LENGTH: usize = 4 << 20;
/// Bytes of the pattern of LIKE and GLOB, which is compared with each place of a text.
const PATTERN_LENGTH: i32 = 256;
/// Arguments of one function, each of which may be as long as a value.
const ARGUMENTS: i32 = 127;
/// Steps of SQLite's machine between two looks: microseconds, unless values are large.
const STEPS: i32 = 50;
/// Bytes that SQLite may hold in this process while plugins' statements run; at more, they are
/// ended. Its idle connections hold up to a half of it.
const PLUGINS_HEAP: i64 = 64 << 20;
/// The same for a statement that has only begun: most are short, and another one has taken the
/// memory.
const CROWDED_HEAP: i64 = 96 << 20;
/// Looks after which a statement counts as long.
const SHORT: u32 = 100;
/// Bytes that SQLite may hold in this process at all. A single step that would go beyond fails.
pub(super) const HEAP: i64 = 144 << 20;

/// Bytes that SQLite holds when its statements are large: what they leave is given back to the
/// system.
const LARGE_HEAP: i64 = PLUGINS_HEAP / 4 * 3;

/// Set once a statement has been large, until its memory is given back.
static WAS_LARGE: AtomicBool = AtomicBool::new(false);

/// Bytes of an allocation that the system gives and takes back by itself.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 1 << 20;

/// Makes the allocator give each large allocation back to the system as soon as it is free. By
/// default glibc raises the size from which it does so, up to 32 MiB, when such an allocation is
/// freed. Each of SQLite's threads then keeps the most that its statements have taken, in pieces.
pub(super) fn keep_nothing_large() {
    // SAFETY: it sets a number, under the allocator's own lock.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "glibc has no other way to this setting")]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}

/// Applies the limits to a new connection, and has it ask the watch whether it may go on.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    watch: Watch,
) -> Result<(), sqlx::Error> {
    let mut handle = connection.lock_handle().await?;
    restrict(&mut handle).map_err(|error| sqlx::Error::Configuration(error.into()))?;
    handle.set_progress_handler(STEPS, move || {
        let heap = heap();
        if heap > LARGE_HEAP {
            WAS_LARGE.store(true, Ordering::Relaxed);
        }
        let most = if watch.look() < SHORT {
            CROWDED_HEAP
        } else {
            PLUGINS_HEAP
        };
        !watch.is_told_to_stop() && heap <= most
    });
    Ok(())
}

/// Makes the allocator give back to the system what a large statement has left in small pieces.
/// Each of SQLite's threads has an arena of its own in glibc, which would keep them.
pub(super) fn tidy() {
    if !WAS_LARGE.swap(false, Ordering::Relaxed) {
        return;
    }
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn_blocking(|| {
            // SAFETY: it moves nothing that is in use, and locks what it looks at.
            #[cfg(all(target_os = "linux", target_env = "gnu"))]
            #[expect(unsafe_code, reason = "glibc gives memory back in no other way")]
            unsafe {
                libc::malloc_trim(0);
            }
        });
    }
}

fn restrict(handle: &mut sqlx::sqlite::LockedSqliteHandle<'_>) -> rusqlite::Result<()> {
    let raw = handle.as_raw_handle().as_ptr();
    // SAFETY: the handle is an open connection, as sqlx's worker keeps it, and nobody else uses it
    // while it is locked. It stays so beyond this function, in which `limited` lives; dropping that
    // closes nothing.
    #[expect(
        unsafe_code,
        reason = "sqlx has no other way to SQLite's limits and functions"
    )]
    let limited = unsafe { Connection::from_handle(raw)? };
    let length = i32::try_from(LENGTH).unwrap_or(i32::MAX);
    limited.set_limit(Limit::SQLITE_LIMIT_LENGTH, length)?;
    limited.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, length)?;
    limited.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN_LENGTH)?;
    limited.set_limit(Limit::SQLITE_LIMIT_FUNCTION_ARG, ARGUMENTS)?;
    limited.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    functions::register(&limited)
}

fn heap() -> i64 {
    // SAFETY: it takes nothing, and reads a counter under SQLite's own lock.
    #[expect(unsafe_code, reason = "SQLite tells how much it holds in no other way")]
    unsafe {
        ffi::sqlite3_memory_used()
    }
}
