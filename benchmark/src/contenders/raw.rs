//! The same guest without a host around it: typed calls straight into one instance.
//!
//! Nothing ends a call that takes too long, nothing limits memory, and a trap would end the
//! benchmark.

use std::{
    collections::HashMap,
    fs,
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use raisfast_bindings::{GuestHook, GuestHooks};
use raisfast_contract::{
    HookName,
    hook::{
        FilterHtml, OnContentCreating, OnContentUpdating, OnLogin, OnPostCreating, RenderMarkdown,
    },
};
use tokio::runtime::Runtime;
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, StoreContextMut,
    component::{Component, Linker, TypedFunc},
};
use wit_component::ComponentEncoder;

use super::{event, post_as_json};
use crate::{Contender, Work};

/// The content of a store, in which [`Work::HostCall`] looks up a key.
type Data = HashMap<String, String>;

/// As an embedder would begin who waits for nothing.
pub(super) fn synchronous(wasm: &Path, work: &Work) -> Result<Box<dyn Contender>> {
    let mut config = Config::new();
    config.concurrency_support(false);
    typed(wasm, work, &config, None)
}

/// With the host's engine: what a server needs, whose workers must not block.
pub(super) fn asynchronous(wasm: &Path, work: &Work) -> Result<Box<dyn Contender>> {
    let mut pooling = PoolingAllocationConfig::new();
    pooling.max_memory_size(256 << 20).table_elements(100_000);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pooling))
        .memory_reservation(4 << 30)
        .epoch_interruption(true)
        .concurrency_support(false)
        .max_wasm_stack(1 << 20)
        .async_stack_size(2 << 20);
    let workers = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()?;
    typed(wasm, work, &config, Some(workers))
}

/// The work as a typed call of its hook.
fn typed(
    wasm: &Path,
    work: &Work,
    config: &Config,
    workers: Option<Runtime>,
) -> Result<Box<dyn Contender>> {
    let module = fs::read(wasm).with_context(|| format!("{} cannot be read", wasm.display()))?;
    let component = ComponentEncoder::default().module(&module)?.encode()?;
    Instance::create(&component, config, workers)
        .and_then(|instance| instance.does(work))
        .map_err(told)
}

/// wasmtime's errors are of a type of its own.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn told(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}

/// One instance in a store.
struct Instance {
    store: Store<Data>,
    exports: wasmtime::component::Instance,
    /// The runtime that awaits calls; without it they block.
    workers: Option<Runtime>,
}

impl Instance {
    fn create(
        component: &[u8],
        config: &Config,
        workers: Option<Runtime>,
    ) -> wasmtime::Result<Self> {
        let engine = Engine::new(config)?;
        let component = Component::from_binary(&engine, component)?;
        let mut linker = Linker::<Data>::new(&engine);
        let mut host = linker.instance("raisfast:plugin-wit/host-api")?;
        if workers.is_some() {
            host.func_wrap_async("get-data", |store, (key,): (String,)| {
                Box::new(async move { Ok((get_data(&store, &key),)) })
            })?;
        } else {
            host.func_wrap("get-data", |store, (key,): (String,)| {
                Ok((get_data(&store, &key),))
            })?;
        }
        // No work calls another.
        linker.define_unknown_imports_as_traps(&component)?;

        let data = HashMap::from([(Work::KEY.into(), Work::VALUE.into())]);
        let mut store = Store::new(&engine, data);
        let exports = if let Some(workers) = &workers {
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
            workers.block_on(linker.instantiate_async(&mut store, &component))?
        } else {
            linker.instantiate(&mut store, &component)?
        };
        Ok(Self {
            store,
            exports,
            workers,
        })
    }

    /// The work as a typed call of its hook.
    fn does(self, work: &Work) -> wasmtime::Result<Box<dyn Contender>> {
        let text = |html: Option<String>| html.unwrap_or_default();
        match work {
            Work::Login => self.calls::<OnLogin>(("ann".into(),), |()| String::new()),
            Work::Post(post) => {
                let params = (Arc::new(post.clone()),);
                self.calls::<OnPostCreating>(params, |post| {
                    post.as_ref().map(post_as_json).unwrap_or_default()
                })
            }
            Work::Html(html) | Work::Fib(html) => {
                self.calls::<FilterHtml>((html.as_str().into(),), text)
            }
            Work::HostCall => {
                let params = (format!("data:{}", Work::KEY).into(),);
                self.calls::<FilterHtml>(params, text)
            }
            Work::Markdown(markdown) => {
                self.calls::<RenderMarkdown>((markdown.as_str().into(),), text)
            }
            Work::Digest(text) => self
                .calls::<OnContentUpdating>((Arc::new(event(text)),), |event| {
                    event.map(|event| event.data).unwrap_or_default()
                }),
            Work::Json(json) => self
                .calls::<OnContentCreating>((Arc::new(event(json)),), |event| {
                    event.map(|event| event.data).unwrap_or_default()
                }),
        }
    }

    fn calls<H: GuestHook>(
        mut self,
        params: H::Params,
        text: fn(H::Output) -> String,
    ) -> wasmtime::Result<Box<dyn Contender>> {
        let wanted = [H::NAME].into();
        let hooks = GuestHooks::of_instance(&mut self.store, &self.exports, &wanted)?;
        let function = H::function(&hooks).ok_or_else(|| missing(H::NAME))?;
        Ok(Box::new(Typed::<H> {
            store: self.store,
            workers: self.workers,
            function,
            params,
            text,
        }))
    }
}

/// One hook of one instance.
struct Typed<H: GuestHook> {
    store: Store<Data>,
    workers: Option<Runtime>,
    function: TypedFunc<H::Params, H::Return>,
    params: H::Params,
    text: fn(H::Output) -> String,
}

impl<H: GuestHook> Typed<H> {
    fn call(&mut self) -> wasmtime::Result<H::Output> {
        let params = self.params.clone();
        let call = match &self.workers {
            Some(workers) => workers.block_on(self.function.call_async(&mut self.store, params)),
            None => self.function.call(&mut self.store, params),
        };
        call.map(H::output)
    }

    fn time(&mut self, times: u64) -> wasmtime::Result<Duration> {
        let began = Instant::now();
        for _ in 0..times {
            let call = self.function.call(&mut self.store, self.params.clone());
            black_box(H::output(call?));
        }
        Ok(began.elapsed())
    }

    async fn time_awaited(&mut self, times: u64) -> wasmtime::Result<Duration> {
        let began = Instant::now();
        for _ in 0..times {
            self.store.set_epoch_deadline(1);
            let call = self
                .function
                .call_async(&mut self.store, self.params.clone());
            black_box(H::output(call.await?));
        }
        Ok(began.elapsed())
    }
}

impl<H: GuestHook> Contender for Typed<H> {
    fn answer(&mut self) -> Result<String> {
        Ok((self.text)(self.call().map_err(told)?))
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        let Some(workers) = self.workers.take() else {
            return self.time(times).map_err(told);
        };
        let took = workers.block_on(self.time_awaited(times));
        self.workers = Some(workers);
        took.map_err(told)
    }
}

fn missing(hook: HookName) -> wasmtime::Error {
    wasmtime::format_err!(
        "the benchmark's plugin does not export {hook}; run `cargo xtask bench` to build it"
    )
}

fn get_data(store: &StoreContextMut<Data>, key: &str) -> Option<String> {
    store.data().get(key).cloned()
}
