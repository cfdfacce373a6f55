//! Server-sent events of a running server, as they come.

use std::{ops::ControlFlow, time::Duration};

use anyhow::bail;
use futures::StreamExt as _;
use reqwest::Response;
use serde_json::Value;

use super::{RunningServer, ServerError};
use crate::cli::output;

/// The most bytes of one event.
const MAX_EVENT_BYTES: usize = 4 << 20;
/// The time between two tries to go on after a stream that broke off.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// The last event that was received, by the standard of server-sent events.
const LAST_EVENT_ID: &str = "last-event-id";

/// A stream that the server has begun: nothing that happens from now on is missing in it.
pub(in crate::cli) struct OpenStream {
    server: RunningServer,
    response: Response,
}

impl OpenStream {
    /// Hands each event to `show`, its name first, until nobody reads what that prints. It is an
    /// error when the server ends the stream.
    pub(in crate::cli) async fn hand_to(
        self,
        mut show: impl FnMut(&str, &Value),
    ) -> anyhow::Result<()> {
        let Self { server, response } = self;
        server
            .hand_over(response, &mut Events::default(), |name, data| {
                show(name, data);
                ControlFlow::Continue(())
            })
            .await
    }
}

impl RunningServer {
    /// Asks for a stream, and returns when it has begun.
    pub(in crate::cli) async fn open_stream(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> anyhow::Result<OpenStream> {
        let response = self.answer(self.get_request(path, query)).await?;
        Ok(OpenStream {
            server: self.clone(),
            response,
        })
    }

    /// Hands each event to `show`, its name first, until nobody reads what that prints. It is an
    /// error when the server ends the stream.
    pub(in crate::cli) async fn follow(
        &self,
        path: &str,
        query: &[(&str, String)],
        show: impl FnMut(&str, &Value),
    ) -> anyhow::Result<()> {
        self.open_stream(path, query).await?.hand_to(show).await
    }

    /// The same, and where the stream breaks off it goes on with what follows the last event. It is
    /// an error when the server no longer lets this client listen.
    pub(in crate::cli) async fn follow_on(
        &self,
        path: &str,
        mut show: impl FnMut(&str, &Value),
    ) -> anyhow::Result<()> {
        let mut events = Events::default();
        let mut response = self.answer(self.get_request(path, &[])).await?;
        loop {
            let ended = self.hand_over(response, &mut events, |name, data| {
                show(name, data);
                ControlFlow::Continue(())
            });
            if ended.await.is_ok() {
                return Ok(());
            }
            say_aside!(
                "the stream of the server has ended; trying to go on after the last event, until Ctrl-C"
            );
            events.break_off();
            response = self.resumed(path, &events).await?;
        }
    }

    /// Asks for what follows the last event, until there is an answer.
    async fn resumed(&self, path: &str, events: &Events) -> Result<Response, ServerError> {
        loop {
            tokio::time::sleep(BETWEEN_TRIES).await;
            let mut request = self.get_request(path, &[]);
            if let Some(last) = &events.last {
                request = request.header(LAST_EVENT_ID, last);
            }
            match self.answer(request).await {
                // A proxy answers so for a server that is about to come back.
                Err(ServerError::Refused { status, .. }) if status.is_server_error() => {}
                Err(ServerError::NotThere(_) | ServerError::Request { .. }) => {}
                answer => return answer,
            }
        }
    }

    /// Sends an archive, and hands each event of the answer to `show`, until that breaks off.
    pub(in crate::cli) async fn post_archive_and_follow(
        &self,
        path: &str,
        tar: Vec<u8>,
        show: impl FnMut(&str, &Value) -> ControlFlow<()>,
    ) -> anyhow::Result<()> {
        let response = self.answer(self.archive_request(path, tar)).await?;
        self.hand_over(response, &mut Events::default(), show).await
    }

    async fn hand_over(
        &self,
        response: Response,
        events: &mut Events,
        mut show: impl FnMut(&str, &Value) -> ControlFlow<()>,
    ) -> anyhow::Result<()> {
        let mut parts = response.bytes_stream();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| ServerError::Request {
                base: self.base.clone(),
                reason: error.to_string(),
            })?;
            for (name, data) in events.push(&part) {
                if show(&name, &data).is_break() {
                    return Ok(());
                }
            }
            if events.is_too_long() {
                bail!("the server sent an event of more than {MAX_EVENT_BYTES} bytes");
            }
            if !output::is_complete() {
                return Ok(());
            }
        }
        bail!(
            "the server has ended the stream: it was stopped, or the login has ended; run the command again to go on"
        )
    }
}

/// The events in a stream of bytes.
#[derive(Default)]
struct Events {
    /// A line that has begun.
    line: Vec<u8>,
    name: String,
    data: String,
    /// The id of the event that is being read, or of the last one that had any.
    id: Option<String>,
    /// The id of the last event that was read in full.
    last: Option<String>,
}

impl Events {
    /// Returns the events that end in these bytes.
    fn push(&mut self, bytes: &[u8]) -> Vec<(String, Value)> {
        let mut ended = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                self.line.push(byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            ended.extend(self.take_line(line.trim_end_matches('\r')));
        }
        ended
    }

    /// Forgets the event that has begun: the rest of it does not come.
    fn break_off(&mut self) {
        *self = Self {
            id: self.last.clone(),
            last: self.last.take(),
            ..Self::default()
        };
    }

    fn take_line(&mut self, line: &str) -> Option<(String, Value)> {
        if line.is_empty() {
            self.last.clone_from(&self.id);
            let name = std::mem::take(&mut self.name);
            let data = std::mem::take(&mut self.data);
            return Some((name, serde_json::from_str(&data).ok()?));
        }
        let (field, value) = line.split_once(':')?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "id" => self.id = Some(value.to_owned()),
            "data" => self.data.push_str(value),
            // A comment keeps the connection open.
            _ => {}
        }
        None
    }

    fn is_too_long(&self) -> bool {
        self.line.len() + self.data.len() > MAX_EVENT_BYTES
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Events, MAX_EVENT_BYTES};

    #[test]
    fn events_are_found_however_they_are_cut() {
        let stream = ": keep\n\nevent: plugin\ndata: {\"a\":\"é\"}\n\nevent:record\r\ndata:1\r\n\r\nevent: half\n";
        let expected = [
            ("plugin".to_owned(), json!({"a": "é"})),
            ("record".to_owned(), json!(1)),
        ];
        for length in [1, 2, 7, stream.len()] {
            let mut events = Events::default();
            let found: Vec<_> = stream
                .as_bytes()
                .chunks(length)
                .flat_map(|part| events.push(part))
                .collect();
            assert_eq!(found, expected, "{length}");
        }
    }

    #[test]
    fn the_last_event_is_the_last_that_has_ended() {
        let mut events = Events::default();
        assert!(events.push(b"id: 6\n\n").is_empty());
        assert_eq!(events.last.as_deref(), Some("6"));
        let found = events.push(b"event: plugin\nid: 7\ndata: 1\n\nid: 8\nevent: plugin\nda");
        assert_eq!(found, [("plugin".to_owned(), json!(1))]);
        events.break_off();
        assert_eq!(events.last.as_deref(), Some("7"));
        let found = events.push(b"event: lagged\ndata: 2\n\n");
        assert_eq!(found, [("lagged".to_owned(), json!(2))]);
        assert_eq!(events.last.as_deref(), Some("7"));
    }

    #[test]
    fn an_event_without_an_end_is_not_kept() {
        let mut events = Events::default();
        assert!(events.push(&vec![b'x'; MAX_EVENT_BYTES]).is_empty());
        assert!(!events.is_too_long());
        events.push(b"x");
        assert!(events.is_too_long());
    }
}
