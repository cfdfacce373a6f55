//! Calls of one snapshot's subscribers, in order.

use std::{fmt, sync::Arc};

use raisfast_contract::{Delivery, Fields, Hook, HookName, PluginId, Refusal, hook::Filter};
use raisfast_trace::Parent;

use crate::{
    Filtered, HandlerError, OnError, Paused, Step, StepOutcome, registry::Registry,
    subscription::Unanswered,
};

/// A snapshot of a [`Bus`](crate::Bus): one generation of every plugin. Cloning is cheap, and a
/// hook that nobody subscribes to costs a lookup.
#[derive(Clone)]
pub struct Hooks {
    pub(crate) registry: Arc<Registry>,
}

/// The refusal of a request: by a plugin, in its own words, or by its failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin {plugin} {}: {reason}", words(*hook, *not_ready, refusals))]
pub struct Aborted {
    /// The plugin.
    pub plugin: PluginId,
    /// The hook that it was called for.
    pub hook: HookName,
    /// The reason of its handler or of the validation of its answer; or that it is paused, and
    /// until when.
    pub reason: String,
    /// The reasons in its own words; none if it failed or was not called.
    pub refusals: Vec<Refusal>,
    /// True if it was not called because it is not ready yet: the same request may pass in a
    /// moment.
    pub not_ready: bool,
}

fn words(hook: HookName, not_ready: bool, refusals: &[Refusal]) -> String {
    if !refusals.is_empty() {
        return format!("refuses the request in {hook}");
    }
    let what = if not_ready { "is not ready" } else { "failed" };
    format!("{what} in {hook}, and its manifest says `on_error = \"abort\"`")
}

impl Hooks {
    /// Returns true if a call of this hook would reach a plugin, for some content type.
    pub fn is_subscribed(&self, hook: HookName) -> bool {
        !self.registry.called(hook).is_empty()
    }

    /// Passes `value` through the chain of subscribers and returns what comes out.
    ///
    /// Each sees what the one before it made. `Some` replaces the value if `validate` accepts it,
    /// `None` keeps it. An error, a panic or a refused answer keeps the value from before that
    /// plugin, and so does a plugin that is [`Paused`].
    ///
    /// # Errors
    ///
    /// The first refusal by a handler, or such failure, or pause, of a subscription with
    /// [`OnError::Abort`]; later ones are not called. A filter that guards something does not stop
    /// doing so because it was made to fail.
    pub async fn filter<H: Filter>(
        &self,
        value: Arc<H::Value>,
        validate: impl Fn(&H::Value) -> Result<(), String>,
    ) -> Result<Arc<H::Value>, Aborted> {
        let accept = |answer: H::Answer| {
            let answer = answer.into();
            validate(&answer).map(|()| answer)
        };
        self.chain::<H>(value, accept, |_, _| {}).await
    }

    /// Does the same with the answer as `accept` makes it, and returns which plugin changed which
    /// fields, or failed to. An answer that is equal to what the plugin was given changes nothing.
    ///
    /// # Errors
    ///
    /// As with [`filter`](Self::filter).
    pub async fn filter_with_provenance<H: Filter<Value: Fields>>(
        &self,
        value: Arc<H::Value>,
        accept: impl Fn(H::Answer) -> Result<H::Answer, String>,
    ) -> Result<Filtered<H::Value>, Aborted> {
        let mut steps = Vec::new();
        let note = |plugin: &PluginId, link: Link<'_, H::Value>| {
            let outcome = match link {
                Link::Answered { before, after } => {
                    let fields = before.changed_fields(after);
                    if fields.is_empty() {
                        return;
                    }
                    StepOutcome::Changed(fields)
                }
                Link::Unanswered(Unanswered::Failed(_)) => StepOutcome::Failed,
                Link::Unanswered(Unanswered::Paused(_)) => StepOutcome::Paused,
            };
            let plugin = plugin.clone();
            steps.push(Step { plugin, outcome });
        };
        let accept = |answer| accept(answer).map(Into::into);
        let value = self.chain::<H>(value, accept, note).await?;
        Ok(Filtered { value, steps })
    }

    /// Passes a value through the chain. `note` is called for each plugin that has answered with
    /// `Some`, or not at all.
    async fn chain<H: Filter>(
        &self,
        mut value: Arc<H::Value>,
        accept: impl Fn(H::Answer) -> Result<Arc<H::Value>, String>,
        mut note: impl FnMut(&PluginId, Link<'_, H::Value>),
    ) -> Result<Arc<H::Value>, Aborted> {
        let subscribers = self.registry.called(H::NAME);
        if subscribers.is_empty() {
            return Ok(value);
        }
        let parent = Parent::hook(H::NAME);
        for subscriber in subscribers {
            let subscription = &subscriber.subscription;
            let params = (Arc::clone(&value),);
            if !subscription.wants::<H>(&params) {
                continue;
            }
            let accept = |answer: Option<H::Answer>| {
                let accepted = answer.map(&accept).transpose();
                accepted.map_err(|reason| HandlerError::invalid_answer(&reason))
            };
            match subscriber.call::<H, _>(params, None, &parent, accept).await {
                Ok(Some(answer)) => {
                    let (before, after) = (&*value, &*answer);
                    note(&subscription.plugin, Link::Answered { before, after });
                    value = answer;
                }
                Ok(None) => {}
                Err(error)
                    if error.is_refusal() || subscription.options.on_error == OnError::Abort =>
                {
                    return Err(Aborted {
                        plugin: subscription.plugin.clone(),
                        hook: H::NAME,
                        reason: error.to_string(),
                        not_ready: error.is_not_ready(),
                        refusals: error.into_refusals(),
                    });
                }
                Err(error) => note(&subscription.plugin, Link::Unanswered(&error)),
            }
        }
        Ok(value)
    }

    /// Calls the subscribers in order until one answers with `Some` that `validate` accepts, and
    /// returns that. After a failure, a refused answer or a pause, whatever the subscription's
    /// [`OnError`], the next one is called.
    pub async fn first<H: Filter>(
        &self,
        value: Arc<H::Value>,
        validate: impl Fn(&H::Answer) -> Result<(), String>,
    ) -> Option<H::Answer> {
        let subscribers = self.registry.called(H::NAME);
        if subscribers.is_empty() {
            return None;
        }
        let parent = Parent::hook(H::NAME);
        for subscriber in subscribers {
            let params = (Arc::clone(&value),);
            if !subscriber.subscription.wants::<H>(&params) {
                continue;
            }
            let accept = |answer: Option<H::Answer>| {
                if let Some(answer) = &answer {
                    validate(answer).map_err(|reason| HandlerError::invalid_answer(&reason))?;
                }
                Ok(answer)
            };
            let called = subscriber.call::<H, _>(params, None, &parent, accept);
            if let Ok(Some(answer)) = called.await {
                return Some(answer);
            }
        }
        None
    }

    /// Returns the plugins that are to be notified of a change by `hook`, in order. `content_type`
    /// is that of typed content.
    pub fn subscribers(
        &self,
        hook: HookName,
        content_type: Option<&str>,
    ) -> impl Iterator<Item = &PluginId> {
        let subscriptions = self.registry.called(hook).iter();
        subscriptions
            .map(|subscriber| &subscriber.subscription)
            .filter(move |subscription| subscription.wants_type(content_type))
            .map(|subscription| &subscription.plugin)
    }

    /// Returns true if a plugin runs: it subscribes to some hook.
    pub fn is_running(&self, plugin: &PluginId) -> bool {
        self.registry.is_subscribed(plugin)
    }

    /// Calls one plugin now. If it subscribes more than once, its first subscription is called.
    /// `delivery` is given where the call delivers an action.
    pub async fn call_on<H: Hook>(
        &self,
        plugin: &PluginId,
        params: H::Params,
        delivery: Option<&Delivery>,
    ) -> Called<H::Output> {
        let mut entries = self.registry.called(H::NAME).iter();
        let found = entries.find(|subscriber| {
            let subscription = &subscriber.subscription;
            subscription.plugin == *plugin && subscription.wants::<H>(&params)
        });
        let Some(subscriber) = found else {
            return Called::NotSubscribed;
        };
        let parent = Parent::current();
        let called = subscriber.call::<H, _>(params, delivery, &parent, Ok);
        match called.await {
            Ok(output) => Called::Ended(Ok(output)),
            Err(Unanswered::Failed(error)) => Called::Ended(Err(error)),
            Err(Unanswered::Paused(paused)) => Called::Paused(paused),
        }
    }
}

/// One plugin's part in a chain.
enum Link<'a, Value: ?Sized> {
    /// It was given the one and answered with the other.
    Answered { before: &'a Value, after: &'a Value },
    /// It was not called, or failed.
    Unanswered(&'a Unanswered),
}

/// The outcome of a call of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called<Output> {
    /// The handler was called, and this is its answer or its error.
    Ended(Result<Output, HandlerError>),
    /// It was not called: the plugin has failed too often, or is not ready, and is not called for a
    /// while.
    Paused(Arc<Paused>),
    /// The plugin does not subscribe to the hook, or not for this content type.
    NotSubscribed,
}

/// Lists, for each hook with subscribers, their plugins in the order of calling.
impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plugins = |hook| {
            let entries = self.registry.called(hook).iter();
            entries
                .map(|subscriber| &subscriber.subscription.plugin)
                .collect::<Vec<_>>()
        };
        let subscribed = HookName::ALL
            .into_iter()
            .filter(|hook| self.is_subscribed(*hook));
        f.debug_map()
            .entries(subscribed.map(|hook| (hook, plugins(hook))))
            .finish()
    }
}
