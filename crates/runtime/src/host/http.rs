//! `interface http`. The values are the contract's own types on both sides.

use raisfast_bindings::HTTP_INTERFACE;
use raisfast_contract::http::Request;
use wasmtime::{Result, component::Linker};

use super::HostState;

pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    let mut http = linker.instance(HTTP_INTERFACE)?;
    http.func_wrap_async("send", |mut store, (request,): (Request,)| {
        Box::new(async move { Ok((store.data_mut().session.http_send(request).await,)) })
    })
}
