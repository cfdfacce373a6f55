//! A collector of OpenTelemetry traces, which remembers the spans that it was sent.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value},
    trace::v1::Span,
};
use prost::Message as _;
use tokio::{net::TcpListener, sync::watch};

use crate::eventually;

/// A collector on this machine, which takes OTLP over HTTP. It ends with the test's runtime.
pub struct Collector {
    /// The value of `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub endpoint: String,
    sent: Arc<Mutex<Sent>>,
    is_open: watch::Sender<bool>,
}

/// All that came.
#[derive(Default)]
struct Sent {
    headers: Vec<HeaderMap>,
    bodies: Vec<Bytes>,
    spans: Vec<SentSpan>,
}

/// A span as a collector gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct SentSpan {
    /// The span itself.
    pub span: Span,
    /// The attributes of the span, in words; numbers as `#201`.
    pub attributes: BTreeMap<String, String>,
    /// The attributes of the service that sent it, in words.
    pub resource: BTreeMap<String, String>,
}

impl SentSpan {
    /// Returns the trace that the span is a part of, in hexadecimal digits.
    pub fn trace(&self) -> String {
        hex(&self.span.trace_id)
    }

    /// Returns the span's own id, in hexadecimal digits.
    pub fn id(&self) -> String {
        hex(&self.span.span_id)
    }

    /// The id of the span that it is a part of, in hexadecimal digits; empty for none.
    pub fn parent(&self) -> String {
        hex(&self.span.parent_span_id)
    }

    /// The spans that it links to: the trace and the id of each.
    pub fn links(&self) -> Vec<(String, String)> {
        let links = self.span.links.iter();
        links
            .map(|link| (hex(&link.trace_id), hex(&link.span_id)))
            .collect()
    }

    /// An attribute, in words; empty where it is missing.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

impl Collector {
    /// Starts one that takes everything.
    pub async fn start() -> Self {
        Self::with(true).await
    }

    /// Starts one that takes requests and answers none.
    pub async fn silent() -> Self {
        Self::with(false).await
    }

    async fn with(is_open: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let collector = Self {
            endpoint: format!("http://{address}"),
            sent: Arc::default(),
            is_open: watch::Sender::new(is_open),
        };
        let app = Router::new()
            .route("/v1/traces", post(take))
            .layer(DefaultBodyLimit::disable())
            .with_state((Arc::clone(&collector.sent), collector.is_open.subscribe()));
        tokio::spawn(axum::serve(listener, app).into_future());
        collector
    }

    /// Returns the spans so far.
    ///
    /// # Panics
    ///
    /// When it has panicked itself.
    pub fn spans(&self) -> Vec<SentSpan> {
        self.sent.lock().expect("no panic").spans.clone()
    }

    /// Waits for a span with a name, the first of them.
    ///
    /// # Panics
    ///
    /// When it does not come.
    pub async fn span(&self, name: &str) -> SentSpan {
        eventually(&format!("the span {name:?} comes"), || async {
            self.spans().into_iter().find(|sent| sent.span.name == name)
        })
        .await
    }

    /// Returns true if a text stands somewhere in what was sent.
    ///
    /// # Panics
    ///
    /// When it has panicked itself.
    pub fn holds(&self, text: &str) -> bool {
        let sent = self.sent.lock().expect("no panic");
        let mut bodies = sent.bodies.iter();
        bodies.any(|body| {
            body.windows(text.len())
                .any(|bytes| bytes == text.as_bytes())
        })
    }

    /// Returns the header fields of each request so far.
    ///
    /// # Panics
    ///
    /// When it has panicked itself.
    pub fn headers(&self) -> Vec<HeaderMap> {
        self.sent.lock().expect("no panic").headers.clone()
    }
}

type Shared = (Arc<Mutex<Sent>>, watch::Receiver<bool>);

async fn take(
    State((sent, mut is_open)): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    if is_open.wait_for(|is_open| *is_open).await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let request = ExportTraceServiceRequest::decode(body.clone()).expect("spans as protobuf");
    let mut sent = sent.lock().expect("no panic");
    sent.headers.push(headers);
    sent.bodies.push(body);
    for of_resource in request.resource_spans {
        let resource = of_resource.resource.unwrap_or_default().attributes;
        let spans = of_resource.scope_spans.into_iter();
        for span in spans.flat_map(|of_scope| of_scope.spans) {
            sent.spans.push(SentSpan {
                attributes: in_words(&span.attributes),
                resource: in_words(&resource),
                span,
            });
        }
    }
    StatusCode::OK
}

fn in_words(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let words = |value: Option<&AnyValue>| match value.and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => format!("#{number}"),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    };
    attributes
        .iter()
        .map(|attribute| (attribute.key.clone(), words(attribute.value.as_ref())))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
