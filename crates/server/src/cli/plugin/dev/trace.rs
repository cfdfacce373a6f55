//! The plugin's calls, what they changed, and its log, in the terminal.

use std::{collections::BTreeMap, time::Duration};

use chrono::Local;
use serde_json::Value;
use tokio::time::sleep;

use super::changes::Changes;
use crate::cli::running_server::RunningServer;

/// The time between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The trace of one plugin.
pub(super) struct Trace<'a> {
    server: &'a RunningServer,
    id: Option<String>,
    counts: BTreeMap<String, Counts>,
    records: Vec<Value>,
    changes: Option<Changes>,
}

/// The counts of a hook's calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    calls: u64,
    errors: u64,
    micros: u64,
}

impl Counts {
    fn of(hook: &Value) -> Self {
        let count = |name: &str| hook[name].as_u64().unwrap_or_default();
        Self {
            calls: count("calls"),
            errors: count("errors"),
            micros: count("total_micros"),
        }
    }

    /// Returns the calls since then, in words; none where there were none.
    fn since(self, before: Self) -> Option<String> {
        // Counts that have gone back have begun anew.
        let before = if self.calls < before.calls {
            Self::default()
        } else {
            before
        };
        let calls = self.calls - before.calls;
        if calls == 0 {
            return None;
        }
        let millis = Duration::from_micros(self.micros.saturating_sub(before.micros)).as_secs_f64()
            * 1_000.0;
        let times = match calls {
            1 => format!("{millis:.3} ms"),
            calls => format!("{calls} calls, {millis:.3} ms"),
        };
        let words = match (self.errors.saturating_sub(before.errors), calls) {
            (0, _) => times,
            (1, 1) => format!("{times}, failed"),
            (errors, _) => format!("{times}, {errors} failed"),
        };
        Some(words)
    }
}

impl<'a> Trace<'a> {
    /// Makes the trace of no plugin yet.
    pub(super) fn new(server: &'a RunningServer) -> Self {
        Self {
            server,
            id: None,
            counts: BTreeMap::new(),
            records: Vec::new(),
            changes: None,
        }
    }

    /// Begins with a plugin; what it did before is not shown.
    pub(super) async fn of(&mut self, id: &str) -> anyhow::Result<()> {
        if self.id.as_deref() != Some(id) {
            *self = Self::new(self.server);
            self.changes = Some(Changes::of(self.server, id).await);
            self.look(id, &mut |_| {}).await?;
            self.id = Some(id.to_owned());
        }
        Ok(())
    }

    /// Shows what the plugin does, until the server cannot be asked.
    pub(super) async fn follow(&mut self) -> anyhow::Result<()> {
        let Some(id) = self.id.clone() else {
            return std::future::pending().await;
        };
        loop {
            self.look(&id, &mut |line| {
                let time = Local::now().format("%H:%M:%S");
                say!("{time}  {line}");
            })
            .await?;
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn look(
        &mut self,
        id: &str,
        show: &mut (dyn FnMut(String) + Send),
    ) -> anyhow::Result<()> {
        let status = self.server.get(&format!("admin/plugins/{id}"), &[]).await?;
        for hook in status["hooks"].as_array().into_iter().flatten() {
            let Some(name) = hook["hook"].as_str() else {
                continue;
            };
            let now = Counts::of(hook);
            let before = self.counts.insert(name.to_owned(), now).unwrap_or_default();
            if let Some(words) = now.since(before) {
                show(format!("call    {name}: {words}"));
            }
        }
        if let Some(changes) = &mut self.changes {
            changes.told().for_each(&mut *show);
        }
        let path = format!("admin/plugins/{id}/logs");
        let answer = self.server.get(&path, &[]).await?;
        let records = answer["items"].as_array().cloned().unwrap_or_default();
        for record in new_records(&self.records, &records) {
            let text = |name: &str| record[name].as_str().unwrap_or_default();
            show(format!("{:<7} {}", text("level"), text("message")));
        }
        self.records = records;
        Ok(())
    }
}

/// Returns the records that were not there before. Both are the latest, the oldest first.
fn new_records<'a>(before: &[Value], now: &'a [Value]) -> &'a [Value] {
    let known = before
        .last()
        .and_then(|last| now.iter().rposition(|record| record == last));
    known.map_or(now, |last| &now[last + 1..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_are_counted_from_the_last_look() {
        let counts = |calls, errors, micros| Counts {
            calls,
            errors,
            micros,
        };
        for (before, now, expected) in [
            (counts(0, 0, 0), counts(0, 0, 0), None),
            (counts(3, 1, 900), counts(3, 1, 900), None),
            (counts(3, 1, 900), counts(4, 1, 1_150), Some("0.250 ms")),
            (
                counts(3, 1, 900),
                counts(4, 2, 2_900),
                Some("2.000 ms, failed"),
            ),
            (
                counts(3, 1, 900),
                counts(6, 2, 3_900),
                Some("3 calls, 3.000 ms, 1 failed"),
            ),
            // The server has started anew.
            (counts(3, 1, 900), counts(1, 0, 1_000), Some("1.000 ms")),
        ] {
            assert_eq!(now.since(before).as_deref(), expected);
        }
    }

    #[test]
    fn records_are_shown_once() {
        let record = |n: u32| json!({ "message": n });
        let of = |numbers: &[u32]| numbers.iter().copied().map(record).collect::<Vec<_>>();
        let all = of(&[1, 2, 3]);
        assert_eq!(new_records(&[], &all), all);
        assert_eq!(new_records(&of(&[1, 2]), &all), of(&[3]));
        assert!(new_records(&all, &all).is_empty());
        assert_eq!(new_records(&of(&[7]), &all), all);
    }
}
