//! The time that plugins' calls took within one piece of work, such as a request.
//!
//! The measuring begins and ends with [`timed`], and includes the calls that are made on its own
//! task. Who does not measure pays for one atomic load a call.

use std::{
    cell::RefCell,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use raisfast_contract::{HookName, PluginId};
use tokio::task_local;

task_local! {
    static TIMES: RefCell<Vec<CallTime>>;
}

/// The number of pieces of work that are being measured, on any task.
static MEASURED: AtomicUsize = AtomicUsize::new(0);

/// One plugin's calls of one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallTime {
    /// The plugin.
    pub plugin: PluginId,
    /// The hook.
    pub hook: HookName,
    /// Calls that ended.
    pub calls: u32,
    /// The time that they took together, waiting for an instance included.
    pub duration: Duration,
}

/// Does some work and tells which plugins were called for it, in the order of their first calls.
pub async fn timed<Output>(work: impl Future<Output = Output>) -> (Output, Vec<CallTime>) {
    let _measuring = Measuring::begin();
    let work = async {
        let output = work.await;
        let times = TIMES.with(RefCell::take);
        (output, times)
    };
    TIMES.scope(RefCell::default(), work).await
}

/// Notes a call that ended.
#[inline]
pub(crate) fn note(plugin: &PluginId, hook: HookName, duration: Duration) {
    if MEASURED.load(Relaxed) > 0 {
        note_measured(plugin, hook, duration);
    }
}

#[cold]
fn note_measured(plugin: &PluginId, hook: HookName, duration: Duration) {
    // An error says that this task measures nothing.
    let _ = TIMES.try_with(|times| {
        let mut times = times.borrow_mut();
        let known = times
            .iter_mut()
            .find(|time| time.hook == hook && time.plugin == *plugin);
        if let Some(time) = known {
            time.calls = time.calls.saturating_add(1);
            time.duration = time.duration.saturating_add(duration);
        } else {
            times.push(CallTime {
                plugin: plugin.clone(),
                hook,
                calls: 1,
                duration,
            });
        }
    });
}

/// Counts a piece of work until it is dropped: when it has ended or was given up.
struct Measuring;

impl Measuring {
    fn begin() -> Self {
        MEASURED.fetch_add(1, Relaxed);
        Self
    }
}

impl Drop for Measuring {
    fn drop(&mut self) {
        MEASURED.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(name: &str) -> PluginId {
        format!("com.example.{name}").parse().unwrap()
    }

    #[tokio::test]
    async fn calls_of_one_hook_are_added_up_and_others_stand_beside() {
        let (one, two) = (plugin("one"), plugin("two"));
        let ((), times) = timed(async {
            for (plugin, hook, millis) in [
                (&one, HookName::FilterHtml, 1),
                (&two, HookName::FilterHtml, 20),
                (&one, HookName::RenderMarkdown, 300),
                (&one, HookName::FilterHtml, 4_000),
            ] {
                note(plugin, hook, Duration::from_millis(millis));
            }
        })
        .await;
        let times: Vec<_> = times
            .iter()
            .map(|time| {
                (
                    &time.plugin,
                    time.hook,
                    time.calls,
                    time.duration.as_millis(),
                )
            })
            .collect();
        assert_eq!(
            times,
            [
                (&one, HookName::FilterHtml, 2, 4_001),
                (&two, HookName::FilterHtml, 1, 20),
                (&one, HookName::RenderMarkdown, 1, 300),
            ]
        );
    }

    #[tokio::test]
    async fn the_calls_of_other_tasks_are_not_heard_of() {
        let one = plugin("one");
        let ((), times) = timed(async {
            let other = tokio::spawn(async move {
                note(&one, HookName::OnLogin, Duration::from_secs(1));
            });
            other.await.unwrap();
        })
        .await;
        assert_eq!(times, []);
    }
}
