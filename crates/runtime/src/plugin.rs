//! A program with its rights and a pool of instances.
//!
//! It begins with [`Plugin::start`], which fills the pool, and ends when it is dropped, or in good
//! order with [`Plugin::close`]. Instances keep their memory from call to call; an instance whose
//! call ended abnormally is thrown away and replaced.

use std::{
    fmt,
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
    BoxedCall, Delivery, HookName, PluginId, boxed,
    lifecycle::{Cause, InstancePlace},
};
use raisfast_host_api::{HostedPlugin, capability::Level};
use raisfast_pool::{CheckoutError, Factory, Lease, Pool, PoolOptions, PoolStatus};
use raisfast_recording::{EndedCall, Tape};

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
        let needs = Needs::of(program.code.component(), limits.pool_size.get());
        let room = program.runtime.room().reserve(hosted.id(), needs)?;
        let fits_callers_stack =
            program.profiling.is_none() && fits_callers_stack(program.code.may_wait);
        let has_lifecycle = program.code.has_lifecycle;
        let begun = Arc::new(AtomicBool::new(false));
        let background = program.runtime.schedule().background().clone();
        let whereabouts = Arc::new(Whereabouts::new(program.code.line_table.clone()));
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

    /// Returns the text without the secrets of the plugin's settings in it.
    pub fn masked<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        self.hosted.masked(text)
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
    ) -> BoxedCall<'a, Result<H::Output, CallError>> {
        self.call_or_else::<H, _>(params, delivery, limit, |error| error)
    }

    /// Does the same, with the error that `into_error` makes of the call's. A future around the
    /// call's would do that too, at the price of a layer that every call goes through.
    pub fn call_or_else<'a, H: GuestHook, E: 'a>(
        &'a self,
        params: H::Params,
        delivery: Option<&'a Delivery>,
        limit: Duration,
        into_error: impl FnOnce(CallError) -> E + Send + 'a,
    ) -> BoxedCall<'a, Result<H::Output, E>> {
        if self.is_for_callers_stack(H::NAME)
            && !self.hosted.recorder().is_asked()
            && let Some(instance) = self.pool.checkout_idle()
        {
            let output = self.call_on_callers_stack::<H>(instance, params, delivery, limit);
            return BoxedCall::Ready(output.map_err(into_error));
        }
        BoxedCall::running(|| self.call_on_own_stack::<H, _>(params, delivery, limit, into_error))
    }

    /// Returns true if the call of a hook that now begins runs on its caller's stack where an
    /// instance is idle.
    fn is_for_callers_stack(&self, hook: HookName) -> bool {
        let calls = &self.calls[hook as usize];
        self.fits_callers_stack && !calls.background.is_running() && !calls.own_stack.count()
    }

    fn call_on_callers_stack<H: GuestHook>(
        &self,
        mut lease: Lease<InstanceFactory>,
        params: H::Params,
        delivery: Option<&Delivery>,
        limit: Duration,
    ) -> Result<H::Output, CallError> {
        let calls = &self.calls[H::NAME as usize];
        let running = Running::begin(&calls.running);
        let instance = &mut *lease;
        let taped = self.taped(instance, &params);
        let output = instance.call_on_callers_stack::<H>(params, delivery, limit);
        drop(running);
        if instance.was_long() {
            calls.own_stack.begin();
        }
        keep_after(&output, lease, taped.as_ref().map(|taped| &taped.tape));
        if output.as_ref().is_err_and(CallError::is_the_guests) {
            calls.background.begin();
        }
        self.record::<H>(taped, delivery, limit, &output);
        output
    }

    async fn call_on_own_stack<H: GuestHook, E>(
        &self,
        params: H::Params,
        delivery: Option<&Delivery>,
        limit: Duration,
        into_error: impl FnOnce(CallError) -> E,
    ) -> Result<H::Output, E> {
        let calls = &self.calls[H::NAME as usize];
        let (mut entered, mut freed, mut taped) = (None, None, None);
        let ended = {
            let call = pin!(async {
                let mut instance = if let Some(instance) = self.pool.checkout_idle() {
                    instance
                } else {
                    let freed = *freed.insert(self.pool.freed());
                    // Boxed, so that a call that finds an instance has no room for the wait.
                    Box::pin(self.turn(H::NAME, freed)).await?
                };
                if self.is_fresh_one_wanted() {
                    instance = Box::pin(self.fresh(instance)).await?;
                }
                entered = Some(instance.number);
                taped = self.taped(&instance, &params);
                let _running = Running::begin(&calls.running);
                let delivery = delivery.cloned();
                let tape = taped.as_ref().map(|taped| taped.tape.clone());
                let call = boxed(|| async move {
                    let call = instance.call_on_own_stack::<H>(params, delivery.as_ref(), limit);
                    let output = call.await;
                    keep_after(&output, instance, tape.as_ref());
                    output
                });
                // In the background it is still a part of its trace.
                let call = raisfast_trace::carried(Box::into_pin(call));
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
        self.record::<H>(taped, delivery, limit, &output);
        output.map_err(into_error)
    }

    /// Waits for an instance for a call of a hook. `freed` is the pool's count from before that.
    async fn turn(&self, hook: HookName, freed: u64) -> Result<Lease<InstanceFactory>, CallError> {
        let waiting = self.hosted.figures().waiting();
        let turn = self.pool.checkout_within(self.limits.max_wait).await;
        drop(waiting);
        turn.map_err(|error| match error {
            CheckoutError::Late { waited } => self.waited(hook, freed, waited),
            other => no_instance(other),
        })
    }

    /// Returns true if the call that now begins is to be recorded in a fresh instance: where the
    /// recorder gives way, only while nobody waits who would wait longer for that.
    fn is_fresh_one_wanted(&self) -> bool {
        let recorder = self.hosted.recorder();
        recorder.is_asked() && !(recorder.gives_way() && self.pool.status().waiting > 0)
    }

    /// Changes an instance for one that has a tape from its beginning on, and was never called. The
    /// pool makes it in place of the other, whose memory is lost.
    async fn fresh(
        &self,
        mut instance: Lease<InstanceFactory>,
    ) -> Result<Lease<InstanceFactory>, CallError> {
        for _ in 0..=self.limits.pool_size.get() {
            if instance.tape().is_some_and(|tape| tape.is_whole_and_new()) {
                break;
            }
            drop(instance);
            let turn = self.pool.checkout_within(self.limits.max_wait).await;
            instance = turn.map_err(no_instance)?;
        }
        Ok(instance)
    }

    /// Returns what is to be recorded of the call that now begins; nothing for most calls. This is
    /// the only question about tapes that such a call asks.
    fn taped<H: GuestHook>(&self, instance: &Instance, params: &H::Params) -> Option<Taped<H>> {
        let tape = instance.tape()?;
        Some(Taped {
            tape: RunningTape {
                goes_on: self.hosted.recorder().wants(tape),
                tape: Arc::clone(tape),
            },
            params: params.clone(),
        })
    }

    /// Hands a call that has ended to the recorder, if its instance has a tape.
    fn record<H: GuestHook>(
        &self,
        taped: Option<Taped<H>>,
        delivery: Option<&Delivery>,
        limit: Duration,
        output: &Result<H::Output, CallError>,
    ) {
        if let Some(Taped { tape, params }) = taped {
            self.hosted.recorder().ended(&EndedCall::<H> {
                tape: &tape.tape,
                params: &params,
                delivery,
                timeout: limit,
                max_memory: self.limits.max_memory,
                outcome: output.as_ref().map_err(|error| error as &dyn fmt::Display),
                has_failed: output.as_ref().is_err_and(CallError::is_the_guests),
            });
        }
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

/// A call whose instance has a tape.
struct Taped<H: GuestHook> {
    tape: RunningTape,
    params: H::Params,
}

/// The tape of an instance that is called.
#[derive(Clone)]
struct RunningTape {
    tape: Arc<Tape>,
    /// False if nobody wants the tape after this call: its instance ends with it.
    goes_on: bool,
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
/// releasing it, which discards the instance; so does a tape that nobody wants any more.
fn keep_after<T>(
    output: &Result<T, CallError>,
    instance: Lease<InstanceFactory>,
    tape: Option<&RunningTape>,
) {
    if let Some(RunningTape { tape, goes_on }) = tape {
        // Before an instance is thrown away, which takes its time.
        tape.end_call();
        if !goes_on {
            return;
        }
    }
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
