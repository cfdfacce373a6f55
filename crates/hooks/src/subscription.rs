//! One plugin's wish to be called for one hook.

use std::{
    any::Any,
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use raisfast_contract::{Call, Delivery, Hook, HookName, PluginId, Refusal};
use raisfast_trace::{Instrument as _, Outcome, Parent, Span};

use crate::{
    Admission, CallObserver, Gate, Handler, HandlerError, PauseCause, Paused,
    handler::{call_caught, caught},
};

/// The time after which a plugin that is not ready is worth a further call. Whoever follows the bus
/// is notified at once when it is ready.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// The consequence of a filter's failure for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// Keep the value from before the failed plugin and go on.
    #[default]
    Continue,
    /// Refuse the request.
    Abort,
}

/// The wishes of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionOptions {
    /// The position in the hook's order: lower priorities are called first, equal ones in the order
    /// of their plugins' ids. Default: 100.
    pub priority: i32,
    /// The consequence of a failure; it matters to filters alone. Default: [`OnError::Continue`].
    pub on_error: OnError,
    /// The content types for which a hook about typed content is called; other hooks ignore the
    /// list. Default: empty, which means all types.
    pub content_types: Vec<String>,
}

impl Default for SubscriptionOptions {
    fn default() -> Self {
        Self {
            priority: 100,
            on_error: OnError::default(),
            content_types: Vec::new(),
        }
    }
}

/// A handler with the plugin that it belongs to and its position in the hook's order.
pub struct Subscription {
    pub(crate) plugin: PluginId,
    pub(crate) hook: HookName,
    pub(crate) options: SubscriptionOptions,
    answerer: Answerer,
    /// Notified beside the bus's own observer.
    observer: Option<Arc<dyn CallObserver>>,
}

/// The one that answers a subscription's calls.
enum Answerer {
    /// An `Arc<dyn Handler<H>>` whose `H::NAME` is the subscription's hook: hooks have different
    /// signatures, lists of subscriptions have one type.
    Handler(Arc<dyn Any + Send + Sync>),
    /// Nobody, for this reason and of this kind.
    Nobody(PauseCause, Arc<str>),
}

impl Subscription {
    /// Subscribes `plugin` to `H`.
    pub fn new<H: Hook>(
        plugin: PluginId,
        options: SubscriptionOptions,
        handler: Arc<dyn Handler<H>>,
    ) -> Self {
        Self {
            plugin,
            hook: H::NAME,
            options,
            answerer: Answerer::Handler(Arc::new(handler)),
            observer: None,
        }
    }

    /// Reserves the position of a plugin that cannot be called yet, for the given `reason`. Its
    /// calls are [`Paused`] until the plugin's own subscriptions replace this one. So nothing that
    /// it guards passes unseen, and no change is kept from it.
    pub fn reserve(
        plugin: PluginId,
        hook: HookName,
        options: SubscriptionOptions,
        reason: Arc<str>,
    ) -> Self {
        Self {
            plugin,
            hook,
            options,
            answerer: Answerer::Nobody(PauseCause::NotReady, reason),
            observer: None,
        }
    }

    /// Stands in for a plugin that is not coming, for the given `reason`: its calls are [`Paused`],
    /// so that nothing that it guards passes unseen. A plugin of which there is nothing else does
    /// not [run](crate::Hooks::is_running).
    pub fn stand_in(
        plugin: PluginId,
        hook: HookName,
        options: SubscriptionOptions,
        reason: Arc<str>,
    ) -> Self {
        Self {
            plugin,
            hook,
            options,
            answerer: Answerer::Nobody(PauseCause::NotLoaded, reason),
            observer: None,
        }
    }

    /// Returns true if this only stands in for a plugin.
    pub(crate) fn is_stand_in(&self) -> bool {
        matches!(self.answerer, Answerer::Nobody(PauseCause::NotLoaded, _))
    }

    /// Returns this subscription with an observer of its calls, beside the bus's own.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn CallObserver>) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    /// Returns the handler as the type that it was subscribed as, if the plugin is ready.
    fn handler<H: Hook>(&self) -> Result<&dyn Handler<H>, Unanswered> {
        match &self.answerer {
            Answerer::Handler(handler) => {
                let handler: &Arc<dyn Handler<H>> = handler.downcast_ref().expect(
                    "a hook's name has one marker type, and subscriptions are listed by name",
                );
                Ok(&**handler)
            }
            Answerer::Nobody(cause, reason) => Err(nobody(*cause, reason)),
        }
    }

    #[cold]
    fn log(&self, reason: &HandlerError) {
        let Self { plugin, hook, .. } = self;
        tracing::warn!(%plugin, %hook, %reason, "a plugin failed");
    }

    /// Returns true if a call with these parameters concerns this subscription.
    pub(crate) fn wants<H: Hook>(&self, params: &H::Params) -> bool {
        self.options.content_types.is_empty() || self.wants_type(H::content_type(params))
    }

    /// Returns true if it is called for this content type; `None` stands for hooks that are not
    /// about typed content.
    pub(crate) fn wants_type(&self, content_type: Option<&str>) -> bool {
        let wanted = &self.options.content_types;
        wanted.is_empty() || content_type.is_none_or(|found| wanted.iter().any(|one| one == found))
    }
}

#[cold]
fn nobody(cause: PauseCause, reason: &str) -> Unanswered {
    Unanswered::Paused(Arc::new(Paused {
        cause,
        until: SystemTime::now() + ASK_AGAIN,
        message: reason.to_owned(),
    }))
}

/// A subscription on a bus, with its gate and its observer.
pub(crate) struct Subscriber {
    pub(crate) subscription: Subscription,
    pub(crate) gate: Arc<dyn Gate>,
    pub(crate) observer: Arc<dyn CallObserver>,
}

/// The reason why a call brought no answer.
pub(crate) enum Unanswered {
    /// It was not made.
    Paused(Arc<Paused>),
    /// It failed, or the handler refuses the request.
    Failed(HandlerError),
}

impl Unanswered {
    /// Returns true if the handler was called, and refuses the request.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Failed(error) if !error.refusals().is_empty())
    }

    /// Returns the handler's reasons for refusing the request, if it does.
    pub(crate) fn into_refusals(self) -> Vec<Refusal> {
        match self {
            Self::Failed(error) => error.into_refusals(),
            Self::Paused(_) => Vec::new(),
        }
    }

    /// Returns true if the plugin is not there yet.
    pub(crate) fn is_not_ready(&self) -> bool {
        matches!(self, Self::Paused(paused) if paused.cause == PauseCause::NotReady)
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused(paused) => paused.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl Subscriber {
    /// Calls the handler, if the gate admits the call. The answer counts if `accept` takes it.
    /// Every failure, of either, is logged, and the observers are notified of the outcome. `parent`
    /// is the span around the call.
    pub(crate) async fn call<H: Hook, Accepted>(
        &self,
        params: H::Params,
        delivery: Option<&Delivery>,
        parent: &Parent,
        accept: impl FnOnce(H::Output) -> Result<Accepted, HandlerError>,
    ) -> Result<Accepted, Unanswered> {
        let handler = self.subscription.handler::<H>()?;
        // Held until the call has ended: dropped with this future, it lets another call be the
        // probe.
        let probe = match self.gate.admit() {
            Admission::Call => None,
            Admission::Probe(probe) => Some(probe),
            Admission::Pause(paused) => return Err(Unanswered::Paused(paused)),
        };
        let begun = Instant::now();
        let Subscription { plugin, hook, .. } = &self.subscription;
        // The only question about traces that a call asks.
        let outcome = match parent.call(plugin, *hook) {
            None => {
                let answer = match call_caught(handler, params, delivery) {
                    Call::Ready(answer) => answer,
                    Call::Running(running) => caught(running).await,
                };
                answer.and_then(accept)
            }
            // Boxed, so that calls without a span have no room for it.
            Some(span) => {
                let call = async {
                    let called = call_caught(handler, params, delivery);
                    caught(called.output()).await
                };
                Box::pin(in_span(span, call, accept)).await
            }
        };
        let duration = begun.elapsed();
        let ended = match &outcome {
            Err(error) if error.refusals().is_empty() => Err(error),
            // A handler that refuses has done its work.
            _ => Ok(()),
        };
        if let Err(reason) = ended {
            self.subscription.log(reason);
        }
        self.observer.called(duration, ended);
        if let Some(observer) = &self.subscription.observer {
            observer.called(duration, ended);
        }
        if let Some(probe) = probe {
            probe.ended(ended);
        }
        outcome.map_err(Unanswered::Failed)
    }
}

/// Awaits a call in its span, and notes there how it has ended.
async fn in_span<Output, Accepted>(
    span: Span,
    call: impl Future<Output = Result<Output, HandlerError>>,
    accept: impl FnOnce(Output) -> Result<Accepted, HandlerError>,
) -> Result<Accepted, HandlerError> {
    let outcome = call.instrument(span.clone()).await.and_then(accept);
    raisfast_trace::ended(&span, traced(&outcome));
    outcome
}

/// Returns the outcome of a call as its span says it.
fn traced<T>(outcome: &Result<T, HandlerError>) -> Outcome {
    match outcome {
        Ok(_) => Outcome::Ok,
        Err(error) if !error.refusals().is_empty() => Outcome::Refused,
        Err(_) => Outcome::Failed,
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("plugin", &self.plugin)
            .field("hook", &self.hook)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
