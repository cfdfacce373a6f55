//! The bound of the spans that wait for the collector, and what becomes of them.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};

/// The most spans that wait. Each has a bounded number of short attributes: together some MiB.
pub(super) const MOST_WAITING: usize = 2048;

/// The number of spans that wait. As the export is the process's, so is this.
static WAITING: AtomicUsize = AtomicUsize::new(0);
static FIGURES: LazyLock<SpanFigures> = LazyLock::new(SpanFigures::default);

/// The fates of spans.
pub(crate) type SpanFigures = Family<FateLabel, Counter>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct FateLabel {
    outcome: &'static str,
}

/// Returns the counts of this process's spans.
pub(crate) fn figures() -> &'static SpanFigures {
    &FIGURES
}

fn count(outcome: &'static str, spans: usize) {
    let label = FateLabel { outcome };
    FIGURES.get_or_create(&label).inc_by(spans as u64);
}

/// Hands spans over as long as there is room.
#[derive(Debug)]
pub(super) struct Bounded(pub(super) BatchSpanProcessor);

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        if WAITING.fetch_add(1, Relaxed) < MOST_WAITING {
            self.0.on_end(span);
        } else {
            WAITING.fetch_sub(1, Relaxed);
            count("dropped", 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Counts spans as they leave.
#[derive(Debug)]
pub(super) struct Counted<E>(pub(super) E);

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        WAITING.fetch_sub(spans, Relaxed);
        let sent = self.0.export(batch).await;
        count(if sent.is_ok() { "sent" } else { "failed" }, spans);
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
