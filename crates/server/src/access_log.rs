//! The access log: a record of each request that was answered.
//!
//! It has the route's pattern, not the path, and neither a query nor a header: what a visitor sends
//! is not the log's. The client's address is in it, so it is the operator's to switch on.

use std::{
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    middleware::Next,
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use tokio::time::Instant;

use crate::{
    client_address::ClientAddress,
    metrics::{known_method, route},
    operator_socket::ByOperator,
};

/// Writes a record when the answer is sent, or given up.
pub(crate) async fn write(
    ClientAddress(address): ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let by_operator = request.extensions().get::<ByOperator>().is_some();
    let mut line = Line {
        method: known_method(request.method()),
        route: route(&request).unwrap_or("unknown").to_owned(),
        client: (!by_operator).then_some(address),
        begun: Instant::now(),
        status: None,
        bytes: 0,
    };
    let response = next.run(request).await;
    line.status = Some(response.status().as_u16());
    response.map(|body| Body::new(Logged { body, line }))
}

/// One record. It is written when this is dropped.
struct Line {
    method: &'static str,
    route: String,
    /// None of whoever comes through the socket.
    client: Option<IpAddr>,
    begun: Instant,
    /// None where the client has gone before there was an answer.
    status: Option<u16>,
    /// The bytes of the body that the connection has taken.
    bytes: u64,
}

impl Drop for Line {
    fn drop(&mut self) {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let client = self
            .client
            .map_or_else(|| "socket".to_owned(), |address| address.to_string());
        tracing::info!(
            target: "access",
            method = self.method,
            route = self.route,
            status = self.status,
            ms,
            bytes = self.bytes,
            client,
            "request"
        );
    }
}

/// The body of an answer, whose bytes are counted.
struct Logged {
    body: Body,
    line: Line,
}

impl HttpBody for Logged {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.line.bytes += frame.data_ref().map_or(0, Bytes::len) as u64;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
