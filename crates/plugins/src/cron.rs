//! Cron entries.
//!
//! A generation's entries begin to tick when it is put on the bus and end when it is taken off.
//! Each tick runs in a task of its own, so a slow guest delays no later tick, and on one of the
//! site's servers: the one that writes it down.
//!
//! | module | idea |
//! |---|---|
//! | `plan` | decides which ticks are run, and which were missed: pure |
//! | `ticking` | waits for what is due |
//! | `runs` | takes a tick or a request, calls the plugin, and writes down how it ended |

mod plan;
pub(crate) mod runs;
pub(crate) mod ticking;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use raisfast_contract::timestamp;
use raisfast_contract::{PluginId, hook::OnCronTick};
use raisfast_hooks::{Called, Hooks};
use raisfast_manifest::CronEntry;
use serde_json::{Value, json, value::RawValue};

/// A reason why a cron entry could not be fired.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FireError {
    /// No such plugin runs.
    #[error("no plugin {plugin} is running")]
    UnknownPlugin {
        /// The id that was asked for.
        plugin: String,
    },
    /// The plugin has no such entry.
    #[error(
        "{plugin} has no cron entry with job_type `{job_type}`; it has {}",
        listed(known)
    )]
    UnknownJob {
        /// The plugin.
        plugin: PluginId,
        /// The job that was asked for.
        job_type: String,
        /// The jobs that it has.
        known: Vec<String>,
    },
    /// The plugin runs, but nothing in its manifest subscribes it.
    #[error(
        "{plugin} is not called for on-cron-tick while none of its cron entries is enabled; \
         enable one, or write [hooks.on-cron-tick] in its manifest"
    )]
    NotSubscribed {
        /// The plugin.
        plugin: PluginId,
    },
    /// The plugin has failed too often, and is not called for a while.
    #[error("{plugin} was not called for on-cron-tick: {reason}")]
    Paused {
        /// The plugin.
        plugin: PluginId,
        /// Since when, until when, and how to end it.
        reason: String,
    },
    /// The plugin does not run yet.
    #[error("{plugin} cannot be called yet: {reason}")]
    NotReady {
        /// The plugin.
        plugin: PluginId,
        /// Since when it is on its way.
        reason: String,
    },
    /// It was not called, because nobody would know of it.
    #[error("{job_type} of {plugin} was not begun: {reason}")]
    NotRecorded {
        /// The plugin.
        plugin: PluginId,
        /// The job that was asked for.
        job_type: String,
        /// The reason why the run cannot be written down.
        reason: String,
    },
    /// The call failed.
    #[error("{plugin} failed in on-cron-tick: {reason}")]
    Failed {
        /// The plugin.
        plugin: PluginId,
        /// The reason.
        reason: String,
    },
}

fn listed(known: &[String]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        known
            .iter()
            .map(|job| format!("`{job}`"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Calls the plugin for one entry, now.
async fn fire(
    hooks: &Hooks,
    plugin: &PluginId,
    entry: &CronEntry,
    scheduled_at: DateTime<Utc>,
) -> Result<(), FireError> {
    let payload = Arc::new(Some(tick_payload(entry, scheduled_at)));
    match hooks.call_on::<OnCronTick>(plugin, (payload,), None).await {
        Called::Ended(Ok(())) => Ok(()),
        Called::Ended(Err(error)) => Err(FireError::Failed {
            plugin: plugin.clone(),
            reason: error.message,
        }),
        Called::Paused(paused) => Err(FireError::Paused {
            plugin: plugin.clone(),
            reason: paused.message.clone(),
        }),
        Called::NotSubscribed => Err(FireError::NotSubscribed {
            plugin: plugin.clone(),
        }),
    }
}

/// Returns the payload that `on-cron-tick` receives for an entry: always a JSON object.
pub fn tick_payload(entry: &CronEntry, scheduled_at: DateTime<Utc>) -> String {
    // As it is written, digit by digit; what is not JSON is a text.
    let own = entry.payload.as_ref().map_or_else(
        || Value::Null.to_string(),
        |text| match serde_json::from_str::<&RawValue>(text) {
            Ok(json) => json.get().to_owned(),
            Err(_) => Value::from(text.as_str()).to_string(),
        },
    );
    format!(
        r#"{{"job_type":{},"label":{},"payload":{own},"scheduled_at":{}}}"#,
        json!(entry.job_type),
        json!(entry.label),
        json!(timestamp(scheduled_at)),
    )
}

#[cfg(test)]
mod tests {
    use raisfast_manifest::Manifest;

    use super::*;

    fn sent(payload_line: &str) -> Value {
        serde_json::from_str(&text_of(payload_line)).unwrap()
    }

    fn text_of(payload_line: &str) -> String {
        let text = format!(
            "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0.0\"\n\
             [[cron]]\nlabel = \"Nightly\"\njob_type = \"night\"\ncron_expr = \"0 0 * * *\"\n{payload_line}"
        );
        let manifest = Manifest::parse("manifest.toml", &text).unwrap();
        let at = "2026-01-02T03:04:05Z".parse().unwrap();
        tick_payload(&manifest.cron[0], at)
    }

    #[test]
    fn a_guest_receives_an_object_that_says_which_entry_is_due() {
        assert_eq!(
            sent(""),
            json!({
                "job_type": "night",
                "label": "Nightly",
                "payload": null,
                "scheduled_at": "2026-01-02T03:04:05.000Z",
            })
        );
    }

    #[test]
    fn the_manifests_payload_is_json_if_it_parses_and_else_a_string() {
        assert_eq!(
            sent("payload = '{\"deep\": [1]}'")["payload"],
            json!({"deep": [1]})
        );
        assert_eq!(sent("payload = 'just words'")["payload"], "just words");
    }

    #[test]
    fn numbers_of_a_payload_stay_as_they_are_written() {
        let payload = text_of("payload = '{\"n\": 123456789012345678901234567890}'");
        assert!(
            payload.contains(r#""payload":{"n": 123456789012345678901234567890},"#),
            "{payload}"
        );
    }
}
