//! The host's side of the adapter for WASI preview 1. It returns what WASI 0.2 returns.

use std::time::Duration;

use raisfast_contract::interface::PREVIEW1;
use wasmtime::{Result, component::Linker};
use wasmtime_wasi::{
    I32Exit,
    clocks::WasiClocksView,
    p2::bindings::{clocks::monotonic_clock, clocks::wall_clock, random::random},
    random::WasiRandomView,
};

use crate::{state::HostState, wasi::output::Stream};

pub(crate) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    let mut preview1 = linker.instance(PREVIEW1)?;
    preview1.func_wrap("write", |mut store, (to_stderr, bytes): (bool, Vec<u8>)| {
        let stream = if to_stderr {
            Stream::Stderr
        } else {
            Stream::Stdout
        };
        store.data_mut().wasi().output.write(stream, &bytes);
        Ok(())
    })?;
    preview1.func_wrap("wall-clock", |mut store, (): ()| {
        let now = wall_clock::Host::now(&mut store.data_mut().clocks())?;
        let since_1970 = Duration::new(now.seconds, now.nanoseconds);
        Ok((u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX),))
    })?;
    preview1.func_wrap("monotonic-clock", |mut store, (): ()| {
        let now = monotonic_clock::Host::now(&mut store.data_mut().clocks())?;
        // Go takes a clock that says 0 for a broken one.
        Ok((now.saturating_add(1),))
    })?;
    preview1.func_wrap("random", |mut store, (): ()| {
        Ok((random::Host::get_random_u64(store.data_mut().random())?,))
    })?;
    preview1.func_wrap_async("sleep", |_, (nanoseconds,): (u64,)| {
        Box::new(async move {
            tokio::time::sleep(Duration::from_nanos(nanoseconds)).await;
            Ok(())
        })
    })?;
    preview1.func_wrap("exit", |_, (code,): (u32,)| -> Result<()> {
        Err(I32Exit(code.cast_signed()).into())
    })
}
