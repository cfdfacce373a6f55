//! `interface http`, and the functions of `interface host-api` that are about HTTP, as imports.

use raisfast_contract::http::Request;
use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "host-api";
        waits "http-get" |session, url: String| session.http_get(&url);
        waits "http-post" |session, url: String, body: String| session.http_post(&url, &body);
    )?;
    functions!(linker, "http";
        waits "send" |session, request: Request| session.http_send(request);
    )
}
