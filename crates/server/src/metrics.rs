//! The server's figures, in the form that Prometheus reads.

mod calls;
mod outbox;
mod plugins;

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};
use raisfast_cluster::Node;
use raisfast_figures::Figures;
use raisfast_outbox::Outbox;
use raisfast_plugins::Plugins;
use tokio::time::Instant;

use self::{calls::CallMetrics, outbox::OutboxFigures, plugins::PluginFigures};
use crate::{connections::ConnectionFigures, traces};

/// Seconds: from a read without plugins to the longest body.
const BUCKETS: [f64; 10] = [0.000_2, 0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// Routes that monitoring asks again and again: they would hide what the others take.
const ASKED_BY_MACHINES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// All counters of one server. Cloning is cheap and gives the same counters.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

/// Networks that read the figures without a login. Cloning shares them.
#[derive(Clone)]
pub(crate) struct MetricsNetworks(Arc<[IpNet]>);

impl MetricsNetworks {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    /// Returns whether one of them has the address.
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

struct Inner {
    registry: Registry,
    outbox: OutboxFigures,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabels, Histogram>,
    figures: Figures,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

impl Metrics {
    /// Counts requests from now on, and shows plugins' own figures beside them. Where there can be
    /// other servers, every figure says whose it is.
    pub(crate) fn new(
        node: &Node,
        plugins: Plugins,
        figures: &Figures,
        connections: &ConnectionFigures,
    ) -> Self {
        let requests = Family::default();
        let request_seconds =
            Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);

        let label = ("node".into(), node.name().to_owned().into());
        let labels = Some(label).filter(|_| !node.is_alone());
        let mut registry = Registry::with_prefix_and_labels("raisfast", labels.into_iter());
        registry.register(
            "http_requests",
            "HTTP requests answered",
            Family::clone(&requests),
        );
        registry.register_with_unit(
            "http_request_duration",
            "From a request's arrival to its answer's first byte",
            Unit::Seconds,
            request_seconds.clone(),
        );
        registry.register(
            "connections_open",
            "Connections of clients",
            connections.open.clone(),
        );
        registry.register(
            "connections_closed",
            "Connections that the server has closed because the client kept it waiting",
            connections.closed.clone(),
        );
        if raisfast_trace::is_on() {
            registry.register(
                "trace_spans",
                "Spans that the collector got, that it did not take, and that there was no room for",
                traces::figures().clone(),
            );
        }
        registry.register_collector(Box::new(CallMetrics(figures.clone())));
        registry.register_collector(Box::new(PluginFigures(plugins)));
        let outbox = OutboxFigures::default();
        registry.register_collector(Box::new(outbox.clone()));
        Self(Arc::new(Inner {
            registry,
            outbox,
            requests,
            request_seconds,
            figures: figures.clone(),
        }))
    }

    /// The figures as text, in the format that the route's content type names.
    pub(crate) async fn encode(&self, outbox: &Outbox) -> String {
        match outbox.figures().await {
            Ok(figures) => self.0.outbox.set(figures),
            // The others are worth having without them.
            Err(error) => tracing::warn!(%error, "the outbox's figures are those of before"),
        }
        let mut figures = String::new();
        // Writing to a string fails only where a metric's own encoding is wrong.
        if let Err(error) = text::encode(&mut figures, &self.0.registry) {
            tracing::error!(%error, "metrics cannot be encoded");
        }
        figures
    }
}

/// Counts a request. The label is the route's pattern, never the path: strangers choose paths.
pub(crate) async fn count(
    State(metrics): State<Metrics>,
    request: Request,
    next: Next,
) -> Response {
    let route = route(&request).unwrap_or("unknown").to_owned();
    let method = known_method(request.method());
    let begin = Instant::now();
    let response = next.run(request).await;
    let duration = begin.elapsed();
    let Inner {
        requests,
        request_seconds,
        figures,
        ..
    } = &*metrics.0;
    let status = response.status();
    if !ASKED_BY_MACHINES.contains(&route.as_str()) {
        figures.requests().note(duration, status.is_server_error());
    }
    request_seconds
        .get_or_create(&RouteLabels {
            method,
            route: route.clone(),
        })
        .observe(duration.as_secs_f64());
    let status = status.as_u16();
    requests
        .get_or_create(&RequestLabels {
            method,
            route,
            status,
        })
        .inc();
    response
}

/// Returns the pattern of the request's route, if there is one.
pub(crate) fn route(request: &Request) -> Option<&str> {
    let path = request.extensions().get::<MatchedPath>()?;
    Some(path.as_str())
}

/// The method, where it is one that a route takes; strangers may send any word.
pub(crate) fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
