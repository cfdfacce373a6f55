//! Bodies whose bytes are counted.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes, HttpBody};
use futures::future::BoxFuture;
use hyper::body::{Frame, Incoming, SizeHint};

use super::connection::Connection;

/// A request's body. Where the memory for bodies is used up, its next part waits.
pub(super) struct Received {
    body: Incoming,
    connection: Arc<Connection>,
    memory: Option<BoxFuture<'static, ()>>,
}

impl Received {
    pub(super) fn new(body: Incoming, connection: Arc<Connection>) -> Self {
        connection.asked(!body.is_end_stream());
        Self {
            body,
            connection,
            memory: None,
        }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(memory) = &mut self.memory {
            ready!(memory.as_mut().poll(context));
            self.memory = None;
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
                if !self.connection.received(bytes) {
                    self.memory = Some(Box::pin(memory(Arc::clone(&self.connection))));
                }
            }
            Some(Err(_)) | None => self.connection.received_all(),
        }
        if self.body.is_end_stream() {
            self.connection.received_all();
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

/// Resolves when there is memory for more, or the connection is closed.
async fn memory(connection: Arc<Connection>) {
    tokio::select! {
        () = connection.closed() => {}
        () = connection.connections().bodies().room() => {}
    }
}

/// An answer's body.
pub(super) struct Answered {
    body: Body,
    connection: Arc<Connection>,
}

impl Answered {
    pub(super) fn new(body: Body, connection: Arc<Connection>) -> Self {
        Self { body, connection }
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
            self.connection.sends(bytes);
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

impl Drop for Answered {
    fn drop(&mut self) {
        self.connection.sends_no_more();
    }
}
