//! A program with its rights and a pool of instances.
//!
//! It begins with [`Plugin::start`], which fills the pool, and ends when it is dropped, or in good
//! order with [`Plugin::close`]. Instances keep their memory from call to call; an instance whose
//! call ended abnormally is thrown away and replaced.

use std::{
    num::NonZeroUsize,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use raisfast_bindings::GuestHook;
use raisfast_contract::{
    Call, Delivery, HookName, PluginId,
    lifecycle::{Cause, InstancePlace},
};
use raisfast_host_api::{HostedPlugin, capability::Level};
use raisfast_pool::{CheckoutError, Factory, Lease, Pool, PoolOptions, PoolStatus};

use crate::{
    CallError, LoadError, Program,
    instance::Instance,
    room::{Needs, Reserved},
    schedule::{
        Background, BackgroundCooldown, OwnStackCooldown, fits_callers_stack, paced, within,
    },
    whereabouts::Whereabouts,
};

/// The limits of one plugin's instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PluginLimits {
    /// Instances. Default: 4.
    pub pool_size: NonZeroUsize,
    /// Callers that may wait for an instance. Default: 256.
    pub max_waiting: usize,
    /// The longest wait of a call for an instance, as far as its deadline lets it. Default: 500 ms.
    pub max_wait: Duration,
    /// Calls after which an instance is replaced by a fresh one. Default: none.
    pub max_calls: Option<u64>,
    /// Bytes of all memories and tables of one instance. Default: 32 MiB.
    pub max_memory: usize,
    /// The time that a fresh instance may take to initialise itself, and that each function of its
    /// lifecycle may take. Default: 10 s.
    pub start_timeout: Duration,
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self {
            pool_size: NonZeroUsize::MIN.saturating_add(3),
            max_waiting: 256,
            max_wait: Duration::from_millis(500),
            max_calls: None,
            max_memory: 32 << 20,
            start_timeout: Duration::from_secs(10),
        }
    }
}

/// A plugin that can be called.
pub struct Plugin {
    pub(crate) pool: Pool<InstanceFactory>,
    pub(crate) hosted: Arc<HostedPlugin>,
    pub(crate) limits: PluginLimits,
    pub(crate) has_lifecycle: bool,
    /// True if its calls can run on their callers' stacks.
    fits_callers_stack: bool,
    pub(crate) background: Background,
    whereabouts: Arc<Whereabouts>,
    /// The calls of each hook.
    calls: [Calls; HookName::ALL.len()],
    /// Dropped after the pool.
    _room: Reserved,
}

/// The calls of one hook of one plugin.
#[derive(Default)]
struct Calls {
    /// The number of calls that are in instances now.
    running: AtomicUsize,
    background: BackgroundCooldown,
    own_stack: OwnStackCooldown,
}

impl Plugin {
    /// Makes all instances; fails if one of them cannot be made.
    pub async fn start(
        program: Program,
        hosted: Arc<HostedPlugin>,
        limits: PluginLimits,
    ) -> Result<Self, LoadError> {
        let needs = Needs::of(program.instance.component(), limits.pool_size.get());
        let room = program.runtime.room().reserve(hosted.id(), needs)?;
        let fits_callers_stack = fits_callers_stack(program.may_wait);
        let has_lifecycle = program.has_lifecycle;
        let begun = Arc::new(AtomicBool::new(false));
        let background = program.runtime.schedule().background().clone();
        let whereabouts = Arc::new(Whereabouts::new(program.line_table.clone()));
        let instances = InstanceFactory {
            program,
            whereabouts: Arc::clone(&whereabouts),
            hosted: Arc::clone(&hosted),
            limits,
            begun: Arc::clone(&begun),
            cooldown: BackgroundCooldown::default(),
        };
        let options = PoolOptions {
            size: limits.pool_size,
            max_waiting: limits.max_waiting,
            max_calls: limits.max_calls,
        };
        let pool = Pool::fill(instances, options).await?;
        begun.store(true, Relaxed);
        Ok(Self {
            pool,
            hosted,
            limits,
            has_lifecycle,
            fits_callers_stack,
            background,
            whereabouts,
            calls: Default::default(),
            _room: room,
        })
    }

    /// Returns the plugin's id.
    pub fn id(&self) -> &PluginId {
        self.hosted.id()
    }

    /// Calls one hook in an instance. `limit` covers the wait for an instance, which has a
    /// [bound](PluginLimits::max_wait) of its own, the guest and its host calls together.
    /// `delivery` is given where the call delivers an action; the guest can ask for it.
    ///
    /// Where nothing has to be waited for, because an instance is idle and the guest imports
    /// nothing that waits, the guest runs at once, on this thread and its stack, and the output is
    /// ready. Such a call ends at its `limit` like any other; if it turns out to be long, the
    /// thread's other tasks go to another thread meanwhile. It takes up to 1 MiB of the thread's
    /// stack: a worker of tokio has 2 MiB; give a thread of your own as much.
    pub fn call<'a, H: GuestHook>(
        &'a self,
        params: H::Params,
        delivery: Option<&'a Delivery>,
        limit: Duration,
    ) -> Call<impl Future<Output = Result<H::Output, CallError>> + Send + use<'a, H>> {
        if self.is_for_callers_stack(H::NAME)
            && let Some(instance) = self.pool.checkout_idle()
        {
            return Call::Ready(self.call_on_callers_stack::<H>(instance, params, delivery, limit));
        }
        Call::Running(self.call_on_own_stack::<H>(params, delivery, limit))
    }

    /// Returns true if the call of a hook that now begins runs on its caller's stack where an
    /// instance is idle.
    fn is_for_callers_stack(&self, hook: HookName) -> bool {
        let calls = &self.calls[hook as usize];
        self.fits_callers_stack && !calls.background.is_running() && !calls.own_stack.count()
    }

    fn call_on_callers_stack<H: GuestHook>(
        &self,
        mut instance: Lease<InstanceFactory>,
        params: H::Params,
        delivery: Option<&Delivery>,
        limit: Duration,
    ) -> Result<H::Output, CallError> {
        let calls = &self.calls[H::NAME as usize];
        let running = Running::begin(&calls.running);
        let output = instance.call_on_callers_stack::<H>(params, delivery, limit);
        drop(running);
        if instance.was_long() {
            calls.own_stack.begin();
        }
        keep_after(&output, instance);
        if output.as_ref().is_err_and(CallError::is_the_guests) {
            calls.background.begin();
        }
        output
    }

    async fn call_on_own_stack<H: GuestHook>(
        &self,
        params: H::Params,
        delivery: Option<&Delivery>,
        limit: Duration,
    ) -> Result<H::Output, CallError> {
        let calls = &self.calls[H::NAME as usize];
        let (mut entered, mut freed) = (None, None);
        let ended = {
            let call = pin!(async {
                let mut instance = if let Some(instance) = self.pool.checkout_idle() {
                    instance
                } else {
                    let freed = *freed.insert(self.pool.freed());
                    let patience = self.limits.max_wait;
                    let turn = self.pool.checkout_within(patience).await;
                    turn.map_err(|error| match error {
                        CheckoutError::Late { waited } => self.waited(H::NAME, freed, waited),
                        other => no_instance(other),
                    })?
                };
                entered = Some(instance.number);
                let _running = Running::begin(&calls.running);
                let delivery = delivery.cloned();
                let call = Box::pin(async move {
                    let call = instance.call_on_own_stack::<H>(params, delivery.as_ref(), limit);
                    let output = call.await;
                    keep_after(&output, instance);
                    output
                });
                paced(&self.background, &calls.background, call).await
            });
            within(limit, call).await
        };
        let output = ended.unwrap_or_else(|| {
            Err(match (entered, freed) {
                (None, Some(freed)) => self.waited(H::NAME, freed, limit),
                (number, _) => CallError::Deadline {
                    limit,
                    place: number.and_then(|number| self.whereabouts.last(number, limit)),
                },
            })
        });
        if output.as_ref().is_err_and(CallError::is_the_guests) {
            calls.background.begin();
        }
        output
    }

    /// Returns the reason why no instance became idle for a call of a hook. `freed` is the pool's
    /// count from before the wait.
    ///
    /// Where slots become free, too many calls came at once. Where none does, the calls that hold
    /// the instances are stuck; they are this hook's own fault if some of them are its own.
    fn waited(&self, hook: HookName, freed: u64, waited: Duration) -> CallError {
        let running = self.calls[hook as usize].running.load(Relaxed);
        if running > 0 && self.pool.freed() == freed {
            CallError::Stuck { waited, running }
        } else {
            CallError::Busy { limit: waited }
        }
    }

    /// Returns the pool's counts.
    pub fn pool(&self) -> PoolStatus {
        self.pool.status()
    }

    /// Notifies the instances that their version ends, if the guest exports `on-unload`, refuses
    /// new calls, and waits until the calls in progress have ended.
    pub async fn close(self: &Arc<Self>) {
        self.unload().await;
        self.pool.close();
        self.pool.drained().await;
    }
}

/// A call that is in an instance.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Keeps an instance whose call ended as it should. Any other error drops the lease without
/// releasing it, which discards the instance.
fn keep_after<T>(output: &Result<T, CallError>, instance: Lease<InstanceFactory>) {
    match output {
        Ok(_) | Err(CallError::NotExported(_) | CallError::Refused(_)) => instance.release(),
        Err(_) => drop(instance),
    }
}

pub(crate) fn no_instance(error: CheckoutError<LoadError>) -> CallError {
    match error {
        CheckoutError::Closed => CallError::Closed,
        CheckoutError::Create(error) => CallError::NotMade(error.to_string()),
        CheckoutError::Late { waited } => CallError::Busy { limit: waited },
        CheckoutError::QueueFull { size, waiting } => CallError::QueueFull {
            instances: size,
            waiting,
        },
    }
}

/// The factory of one plugin's instances.
pub(crate) struct InstanceFactory {
    program: Program,
    whereabouts: Arc<Whereabouts>,
    hosted: Arc<HostedPlugin>,
    limits: PluginLimits,
    /// True once all instances have been there.
    begun: Arc<AtomicBool>,
    cooldown: BackgroundCooldown,
}

impl Factory for InstanceFactory {
    type Item = Instance;
    type Error = LoadError;

    async fn create(&self, slot: usize) -> Result<Instance, LoadError> {
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let place = InstancePlace {
            number: small(slot),
            instances: small(self.limits.pool_size.get()),
            cause: if self.begun.load(Relaxed) {
                Cause::Replacement
            } else {
                Cause::VersionBegins
            },
        };
        let (program, hosted, limits) = (self.program.clone(), self.hosted.clone(), self.limits);
        let whereabouts = Arc::clone(&self.whereabouts);
        let create = Box::pin(async move {
            Instance::create(&program, &hosted, &limits, &whereabouts, place).await
        });
        let background = self.program.runtime.schedule().background();
        let created = paced(background, &self.cooldown, create).await;
        if let Err(error) = &created {
            // Nobody may be waiting for it who could tell.
            self.hosted.report(None, Level::Error, &error.to_string());
        }
        created
    }
}
