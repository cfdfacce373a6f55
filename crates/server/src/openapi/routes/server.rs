//! Health, metrics, events and this document.

use super::{
    super::{operation::get, schema::openapi::Document},
    Group,
};

pub(super) fn group() -> Group {
    Group {
        name: "Server",
        description: "For whoever runs it.",
        operations: vec![
            get("/healthz", "isAlive", "Whether the process answers")
                .returns_text("text/plain", "It does."),
            get("/readyz", "isReady", "Whether requests can be served")
                .returns_text("text/plain", "They can."),
            get(
                "/metrics",
                "readMetrics",
                "Figures in OpenMetrics; networks that the operator names need no login",
            )
            .for_admins()
            .returns_text("application/openmetrics-text", "The figures."),
            get(
                "/api/v1/events",
                "listen",
                "What plugins publish on any server of the site, as it happens",
            )
            .for_admins()
            .reads_header(
                "Last-Event-ID",
                "The `id` of the last event that was received: the answer begins after it.",
            )
            .returns_events(
                "Events, until one side hangs up: `plugin`, `breaker`, and `lagged` with the number of those that \
                 are lost.",
            ),
            get("/api/v1/openapi.json", "readOpenApi", "This document")
                .returns::<Document>(200, "OpenAPI 3.1."),
        ],
    }
}
