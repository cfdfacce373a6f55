//! The outbox's figures, asked for at each scrape.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::Utc;
use prometheus_client::{
    collector::Collector, encoding::DescriptorEncoder, metrics::MetricType, registry::Unit,
};
use raisfast_outbox::PluginFigures;

use super::plugins::encode_counter;

/// The figures that were read last. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct OutboxFigures(Arc<Mutex<Vec<PluginFigures>>>);

impl OutboxFigures {
    pub(super) fn set(&self, figures: Vec<PluginFigures>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = figures;
    }

    fn get(&self) -> Vec<PluginFigures> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for OutboxFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutboxFigures")
    }
}

/// A figure's name, what it means, and where it stands.
type Figure = (&'static str, &'static str, fn(&PluginFigures) -> u64);

impl Collector for OutboxFigures {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let figures = self.get();
        let rows: [Figure; 3] = [
            (
                "outbox_waiting",
                "Deliveries that a plugin is still to get",
                |figures| figures.waiting,
            ),
            (
                "outbox_dead",
                "Deliveries that a plugin did not take in 8 tries",
                |figures| figures.dead,
            ),
            (
                "outbox_bytes",
                "What all of these deliver, in bytes",
                |figures| figures.bytes,
            ),
        ];
        for (name, help, rows) in rows {
            let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for plugin in &figures {
                gauge
                    .encode_family(&[("plugin", plugin.plugin.as_str())])?
                    .encode_gauge(&rows(plugin))?;
            }
        }

        let help = "How long the oldest delivery has been waiting";
        let unit = Some(&Unit::Seconds);
        let mut age = encoder.encode_descriptor("outbox_oldest", help, unit, MetricType::Gauge)?;
        for plugin in &figures {
            age.encode_family(&[("plugin", plugin.plugin.as_str())])?
                .encode_gauge(&seconds_since(plugin))?;
        }

        let counters: [Figure; 2] = [
            (
                "outbox_refused",
                "Changes that were refused because a plugin's outbox was full",
                |figures| figures.refused,
            ),
            (
                "outbox_dropped",
                "Logins that a plugin was not notified of because its outbox was full",
                |figures| figures.dropped,
            ),
        ];
        for (name, help, counted) in counters {
            let mut counter = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for plugin in &figures {
                encode_counter(
                    &mut counter.encode_family(&[("plugin", plugin.plugin.as_str())])?,
                    &counted(plugin),
                )?;
            }
        }
        Ok(())
    }
}

/// 0 where nothing waits.
fn seconds_since(plugin: &PluginFigures) -> f64 {
    let oldest = plugin.oldest.as_ref().and_then(|oldest| {
        let time: chrono::DateTime<Utc> = oldest.as_str().parse().ok()?;
        (Utc::now() - time).to_std().ok()
    });
    oldest.unwrap_or_default().as_secs_f64()
}
