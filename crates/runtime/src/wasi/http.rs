//! `wasi:http`, answered by the plugin's own session: grants, addresses, limits and redirects are
//! those of `interface http`, and there is no other way out.
//!
//! A request begins when the guest hands it over, which may still be writing its body. Its answer
//! is there as a whole or not at all. It ends with the call in which it was begun, whatever the
//! guest has read of it by then.

use std::sync::Arc;

use http::{Request, Response, header::CONTENT_LENGTH};
use http_body_util::{BodyExt, Full};
use raisfast_contract::{
    HookName,
    http::{Method, Request as Asked, Response as Answer},
};
use raisfast_host_api::{HostedPlugin, Session, capability::RequestError};
use raisfast_recording::{Begun, CallId, Tape};
use raisfast_trace::Instrument as _;
use tokio::sync::{Semaphore, watch};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// The function by which a tape knows a request.
pub(crate) const REQUEST: &str = "wasi:http/outgoing-handler/handle";
/// Requests of one instance whose answers the host holds, because they are awaited or not read yet.
const MOST_REQUESTS: usize = 8;
/// Bytes of a body that are between guest and host at a time.
const CHUNK: usize = 64 << 10;

/// Sends the requests of one instance.
pub(crate) struct Outgoing {
    plugin: Arc<HostedPlugin>,
    /// The call in progress, if there is one.
    hook: Option<HookName>,
    /// The call's id, where calls that fail are recorded.
    call_id: Option<CallId>,
    /// Replaced when that call ends; who waits for the old one knows then.
    call: watch::Sender<()>,
    permits: Arc<Semaphore>,
    tape: Option<Arc<Tape>>,
}

impl Outgoing {
    pub(crate) fn new(plugin: &Arc<HostedPlugin>, session: &Session) -> Self {
        Self {
            tape: session.tape().cloned(),
            plugin: Arc::clone(plugin),
            hook: session.hook(),
            call_id: session.call(),
            call: watch::Sender::new(()),
            permits: Arc::new(Semaphore::new(MOST_REQUESTS)),
        }
    }

    pub(crate) fn begin_call(&mut self, session: &Session) {
        self.hook = session.hook();
        self.call_id = session.call();
    }

    pub(crate) fn end_call(&mut self) {
        self.hook = None;
        self.call_id = None;
        self.call = watch::Sender::new(());
    }
}

type Sent<T> = Result<T, Error>;
type Pending<T> = Box<dyn Future<Output = Sent<T>> + Send>;

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Pending<()>,
    ) -> Pending<(Response<WasiBody>, Pending<()>)> {
        let session = self.plugin.session(self.hook).in_call(self.call_id);
        let most_sent = self.plugin.http_request_bytes();
        let tape = self.tape.clone();
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        let mut call = self.call.subscribe();
        let sent = async move {
            let permit = permit.map_err(|_| Error::ConnectionLimitReached)?;
            let answer = tokio::select! {
                answer = answer(&session, tape.as_ref(), request, options, most_sent) => answer?,
                _ = call.changed() => return Err(Error::ConnectionTerminated),
            };
            // The permit is free again when the body is gone.
            let body = Full::from(answer.body).map_frame(move |frame| {
                let _held = &permit;
                frame
            });
            let mut response = Response::new(body.map_err(|never| match never {}).boxed_unsync());
            *response.status_mut() =
                http::StatusCode::from_u16(answer.status).map_err(|_| Error::HttpProtocolError)?;
            for (name, value) in answer.headers {
                if let (Ok(name), Ok(value)) = (
                    http::HeaderName::try_from(name),
                    http::HeaderValue::try_from(value),
                ) {
                    response.headers_mut().append(name, value);
                }
            }
            let worker: Pending<()> = Box::new(async { Ok(()) });
            Ok((response, worker))
        };
        match raisfast_trace::host_call(REQUEST) {
            None => Box::new(sent),
            Some(span) => Box::new(sent.instrument(span)),
        }
    }

    /// The session's client does.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }
}

async fn answer(
    session: &Session,
    tape: Option<&Arc<Tape>>,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
    most_sent: u64,
) -> Sent<Answer> {
    let (head, body) = request.into_parts();
    let method = method(&head.method)?;
    let body = read(body, most_sent).await?;
    let is_too_large = body.len() as u64 > most_sent;
    let headers = head
        .headers
        .iter()
        .filter(|(name, _)| *name != CONTENT_LENGTH);
    let asked = Asked {
        method,
        url: head.uri.to_string(),
        headers: headers
            .map(|(name, value)| match str::from_utf8(value.as_bytes()) {
                Ok(value) => Ok((name.to_string(), value.to_owned())),
                Err(_) => Err(Error::InternalError(Some(format!(
                    "the value of the header field `{name}` is not UTF-8 text"
                )))),
            })
            .collect::<Sent<_>>()?,
        body,
        timeout_ms: options.and_then(timeout_ms),
    };
    let answer = taped(session, tape, asked).await?;
    answer.map_err(|error| match error {
        RequestError::Denied(_) => Error::HttpRequestDenied,
        RequestError::Address(_) => Error::DestinationIpProhibited,
        RequestError::Limit(_) if is_too_large => Error::HttpRequestBodySize(None),
        RequestError::Limit(_) => Error::ConnectionLimitReached,
        RequestError::TooLarge(_) => Error::HttpResponseBodySize(None),
        RequestError::Redirect(_) => Error::LoopDetected,
        RequestError::Timeout(_) => Error::HttpResponseTimeout,
        RequestError::Connection(_) => Error::DestinationUnavailable,
        RequestError::Invalid(reason) => Error::InternalError(Some(reason)),
    })
}

/// Sends a request, past the tape if there is one.
async fn taped(
    session: &Session,
    tape: Option<&Arc<Tape>>,
    asked: Asked,
) -> Sent<Result<Answer, RequestError>> {
    let begun = match tape {
        Some(tape) => tape.host_call(REQUEST, &(&asked,)),
        None => Ok(Begun::Live(None)),
    };
    match begun.map_err(|ended| Error::InternalError(Some(ended.to_string())))? {
        Begun::Answered(answer, _) => Ok(answer),
        Begun::Live(pending) => {
            let answer = session.wasi_http(asked).await;
            if let Some(pending) = pending {
                pending.answered(&answer);
            }
            Ok(answer)
        }
    }
}

fn method(method: &http::Method) -> Sent<Method> {
    match method.as_str() {
        "GET" => Ok(Method::Get),
        "HEAD" => Ok(Method::Head),
        "POST" => Ok(Method::Post),
        "PUT" => Ok(Method::Put),
        "PATCH" => Ok(Method::Patch),
        "DELETE" => Ok(Method::Delete),
        _ => Err(Error::HttpRequestMethodInvalid),
    }
}

/// The whole body, as the guest writes it; one that is too large only until that is known, and the
/// session refuses it.
async fn read(mut body: WasiBody, most: u64) -> Sent<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() as u64 > most {
            break;
        }
    }
    Ok(bytes)
}

/// The session knows one time, for everything. A guest that waits longer for the first byte waits
/// as long for the last.
fn timeout_ms(options: RequestOptions) -> Option<u32> {
    let limit = options
        .first_byte_timeout?
        .saturating_add(options.connect_timeout.unwrap_or_default());
    Some(u32::try_from(limit.as_millis()).unwrap_or(u32::MAX))
}
