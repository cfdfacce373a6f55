//! Traces for a collector, where the environment names one, by the rules of OpenTelemetry.
//!
//! The crates below make spans of [`raisfast_trace`]; here they become OpenTelemetry's, and leave
//! in batches over OTLP. They begin with [`Traces::begin`], before the log, because they are a part
//! of the same subscriber, and end with [`Traces::end`], after the server. Nobody waits for the
//! collector: spans for which there is no room are dropped and counted.

mod bounded;
mod collector;
mod destination;
mod propagation;
mod request;

use std::time::Duration;

use opentelemetry::{Key, KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider},
};
use tracing::{Level, Subscriber};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

pub(crate) use self::{bounded::figures, request::trace};
use self::{
    bounded::{Bounded, Counted, MOST_WAITING},
    collector::CollectorClient,
    destination::{ENDPOINT, destination},
    propagation::OpenTelemetry,
};
use crate::ConfigError;

/// The longest time that the end of the server waits for the last spans.
const PATIENCE: Duration = Duration::from_secs(5);
/// The service's name, where the environment does not say another.
const SERVICE: &str = "raisfast";

/// The export of this process's spans.
pub(crate) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Begins to export, where the environment names a collector. Spans come once the
    /// [layer](Self::layer) is a part of the subscriber.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) fn begin() -> Result<Option<Self>, ConfigError> {
        let Some(url) = destination(|name| std::env::var(name).ok())? else {
            return Ok(None);
        };
        let unusable = |reason: String| ConfigError::Traces {
            variable: ENDPOINT,
            reason,
        };
        let client = CollectorClient::new().map_err(|error| unusable(error.to_string()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(url)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let batch = BatchConfigBuilder::default()
            .with_max_queue_size(MOST_WAITING)
            .build();
        let batches = BatchSpanProcessor::builder(Counted(exporter))
            .with_batch_config(batch)
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_span_processor(Bounded(batches))
            .build();
        raisfast_trace::propagate_with(OpenTelemetry);
        Ok(Some(Self { provider }))
    }

    /// Returns the part of the subscriber that takes spans, and nothing else: records of the log
    /// may quote what users write.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        tracing_opentelemetry::layer::<S>()
            .with_tracer(self.provider.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_filter(Targets::new().with_target(raisfast_trace::TARGET, Level::DEBUG))
    }

    /// Sends what is not sent yet, as far as the collector takes it in time.
    pub(crate) async fn end(self) {
        let flush = move || self.provider.shutdown_with_timeout(PATIENCE);
        if !matches!(tokio::task::spawn_blocking(flush).await, Ok(Ok(()))) {
            tracing::warn!("the last spans are lost: the collector does not take them");
        }
    }
}

/// Returns the attributes of everything that is sent: those of the environment, and the service's
/// name and version.
fn resource() -> Resource {
    let of_environment = Resource::builder().build();
    let name = of_environment.get(&Key::new("service.name"));
    let is_named = name.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    if is_named {
        resource.build()
    } else {
        resource.with_service_name(SERVICE).build()
    }
}
