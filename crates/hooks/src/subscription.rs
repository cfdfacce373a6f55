//! One plugin's wish to be called for one hook.

use std::{
    any::Any,
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use raisfast_contract::{Delivery, Hook, HookName, PluginId};

use crate::{
    Admission, CallObserver, Handler, HandlerError, PauseCause, Paused, handler::call_caught,
};

/// When it is worth asking a plugin again that is not ready. Whoever follows the bus learns of it at once.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// What a filter's failure means for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// Keep the value from before the failed plugin and go on.
    #[default]
    Continue,
    /// Refuse the request.
    Abort,
}

/// A handler with the plugin that it belongs to and its place in the hook's order.
pub struct Subscription {
    pub(crate) plugin: PluginId,
    pub(crate) hook: HookName,
    pub(crate) priority: i32,
    pub(crate) on_error: OnError,
    content_types: Vec<String>,
    answerer: Answerer,
    /// Is told of its calls beside the bus's observer.
    observer: Option<Arc<dyn CallObserver>>,
}

/// Who answers a subscription's calls.
enum Answerer {
    /// An `Arc<dyn Handler<H>>` whose `H::NAME` is the subscription's hook: hooks have different signatures,
    /// lists of subscriptions have one type.
    Handler(Arc<dyn Any + Send + Sync>),
    /// Nobody yet, and why.
    NotReady(Arc<str>),
}

impl Subscription {
    /// Subscribes `plugin` to `H`. Lower priorities are called first, equal ones in the order of their
    /// plugins' ids. With a non-empty `content_types`, a hook about typed content is called only for
    /// those types; other hooks ignore it. `on_error` matters to filters alone.
    pub fn new<H: Hook>(
        plugin: PluginId,
        priority: i32,
        on_error: OnError,
        content_types: Vec<String>,
        handler: Arc<dyn Handler<H>>,
    ) -> Self {
        Self {
            plugin,
            hook: H::NAME,
            priority,
            on_error,
            content_types,
            answerer: Answerer::Handler(Arc::new(handler)),
            observer: None,
        }
    }

    /// Keeps a place for a plugin that is not ready to be called, for which `reason` gives the reason. Its calls
    /// are [`Paused`] until the plugin's own subscriptions take the place. So nothing that it guards passes
    /// unseen, and it hears of every change.
    pub fn reserve(
        plugin: PluginId,
        hook: HookName,
        priority: i32,
        on_error: OnError,
        content_types: Vec<String>,
        reason: Arc<str>,
    ) -> Self {
        Self {
            plugin,
            hook,
            priority,
            on_error,
            content_types,
            answerer: Answerer::NotReady(reason),
            observer: None,
        }
    }

    /// This subscription, with somebody who is told of its calls, beside those who observe the bus.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn CallObserver>) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    /// The handler, as what it was subscribed as, if the plugin is ready.
    fn handler<H: Hook>(&self) -> Result<&dyn Handler<H>, Unanswered> {
        match &self.answerer {
            Answerer::Handler(handler) => {
                let handler: &Arc<dyn Handler<H>> = handler.downcast_ref().expect(
                    "a hook's name has one marker type, and subscriptions are listed by name",
                );
                Ok(&**handler)
            }
            Answerer::NotReady(reason) => Err(Unanswered::Paused(Arc::new(Paused {
                cause: PauseCause::NotReady,
                until: SystemTime::now() + ASK_AGAIN,
                message: reason.to_string(),
            }))),
        }
    }

    pub(crate) fn wants<H: Hook>(&self, params: &H::Params) -> bool {
        self.content_types.is_empty() || self.wants_type(H::content_type(params))
    }

    /// Whether it is called for this content type; `None` for what is not about typed content.
    pub(crate) fn wants_type(&self, content_type: Option<&str>) -> bool {
        self.content_types.is_empty()
            || content_type
                .is_none_or(|found| self.content_types.iter().any(|wanted| wanted == found))
    }
}

/// A subscription that stands on a bus, and who is told of its calls.
pub(crate) struct Subscriber {
    pub(crate) subscription: Subscription,
    pub(crate) observer: Arc<dyn CallObserver>,
}

/// Why a call brought nothing.
pub(crate) enum Unanswered {
    /// It was not made.
    Paused(Arc<Paused>),
    /// It failed.
    Failed(HandlerError),
}

impl Unanswered {
    /// Whether the plugin is not there yet.
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
    /// Calls the handler, if the observer lets it. Its answer counts if `accept` takes it. Every failure,
    /// of either, is logged, and the observer is told how the call ended.
    pub(crate) async fn call<H: Hook, Accepted>(
        &self,
        params: H::Params,
        delivery: Option<&Delivery>,
        accept: impl FnOnce(H::Output) -> Result<Accepted, HandlerError>,
    ) -> Result<Accepted, Unanswered> {
        let handler = self.subscription.handler::<H>()?;
        // Held until the call has ended: dropped with this future, it frees the probe's place.
        let probe = match self.observer.admit() {
            Admission::Call => None,
            Admission::Probe(probe) => Some(probe),
            Admission::Pause(paused) => return Err(Unanswered::Paused(paused)),
        };
        let begun = Instant::now();
        let outcome = call_caught(handler, params, delivery)
            .await
            .and_then(accept);
        let duration = begun.elapsed();
        if let Err(reason) = &outcome {
            let Subscription { plugin, hook, .. } = &self.subscription;
            tracing::warn!(%plugin, %hook, %reason, "a plugin failed");
        }
        let told = outcome.as_ref().map(|_| ());
        self.observer.called(duration, told);
        if let Some(observer) = &self.subscription.observer {
            observer.called(duration, told);
        }
        if let Some(probe) = probe {
            probe.ended(told);
        }
        outcome.map_err(Unanswered::Failed)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("plugin", &self.plugin)
            .field("hook", &self.hook)
            .field("priority", &self.priority)
            .field("on_error", &self.on_error)
            .field("content_types", &self.content_types)
            .finish_non_exhaustive()
    }
}
