//! One try of one delivery.

use std::time::SystemTime;

use raisfast_contract::{
    Delivery, HookName, PluginId, for_each_hook,
    hook::{self, Action, StoredParams},
};
use raisfast_db::entity::outbox;
use raisfast_hooks::{Bus, Called, Hooks};
use raisfast_trace::{Instrument as _, TraceParent};

/// The end of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The plugin has returned.
    Delivered,
    /// It has not; trying again may help.
    Failed(String),
    /// It never will.
    Undeliverable(String),
    /// The plugin does not run. That does not count as a try.
    NotRunning,
    /// The plugin has failed too often and is not called until then. That does not count as a try.
    Paused(SystemTime),
    /// The right to deliver ended before the call began: the plugin was not called.
    NotMine,
}

impl Outcome {
    /// Returns the outcome as the delivery's span says it.
    fn traced(&self) -> raisfast_trace::Outcome {
        use raisfast_trace::Outcome;

        match self {
            Self::Delivered => Outcome::Ok,
            Self::Failed(_) => Outcome::Failed,
            Self::Undeliverable(_) => Outcome::Undeliverable,
            Self::NotRunning | Self::NotMine => Outcome::NotRunning,
            Self::Paused(_) => Outcome::Paused,
        }
    }
}

/// Calls the plugin that the row is for, as it is now.
pub(crate) async fn deliver(bus: &Bus, plugin: &PluginId, row: &outbox::Model) -> Outcome {
    let hooks = bus.snapshot();
    if !hooks.is_running(plugin) {
        return Outcome::NotRunning;
    }
    let delivery = Delivery {
        id: row.delivery_id.clone(),
        attempt: u32::try_from(row.attempts).unwrap_or_default() + 1,
        created_at: row.created_at.to_string(),
    };
    let Ok(hook) = row.hook.parse() else {
        return undeliverable(&row.hook);
    };
    let change = row.traceparent.as_deref().and_then(TraceParent::parse);
    match raisfast_trace::delivery(plugin, hook, delivery.attempt, change) {
        None => call_of(hook, &hooks, plugin, row, &delivery).await,
        Some(span) => {
            let call = Box::pin(call_of(hook, &hooks, plugin, row, &delivery));
            let outcome = call.instrument(span.clone()).await;
            raisfast_trace::ended(&span, outcome.traced());
            outcome
        }
    }
}

/// Calls the plugin in the hook with this name.
async fn call_of(
    hook: HookName,
    hooks: &Hooks,
    plugin: &PluginId,
    row: &outbox::Model,
    delivery: &Delivery,
) -> Outcome {
    macro_rules! by_name {
        ($(in $interface:literal {
            $($kind:ident $marker:ident $name:literal $signature:tt)*
        })*) => {
            match hook {
                $($(HookName::$marker => by_name!(@ $kind $marker),)*)*
            }
        };
        (@ action $marker:ident) => {
            call::<hook::$marker>(hooks, plugin, &row.params, delivery).await
        };
        (@ $other:ident $marker:ident) => {
            undeliverable(&row.hook)
        };
    }
    for_each_hook!(by_name)
}

fn undeliverable(hook: &str) -> Outcome {
    Outcome::Undeliverable(format!("`{hook}` is not an action that this server knows"))
}

async fn call<H: Action>(
    hooks: &Hooks,
    plugin: &PluginId,
    params: &str,
    delivery: &Delivery,
) -> Outcome {
    let mut text = serde_json::Deserializer::from_str(params);
    let params = match <H::Params as StoredParams>::deserialize(&mut text) {
        Ok(params) => params,
        Err(error) => {
            return Outcome::Undeliverable(format!(
                "the parameters that were kept are not those of {}: {error}",
                H::NAME
            ));
        }
    };
    match hooks.call_on::<H>(plugin, params, Some(delivery)).await {
        Called::Ended(Ok(())) => Outcome::Delivered,
        Called::Ended(Err(error)) => Outcome::Failed(error.message),
        Called::Paused(paused) => Outcome::Paused(paused.until),
        Called::NotSubscribed => Outcome::Undeliverable(format!(
            "the plugin as it runs now does not subscribe to {}, or not for this content type",
            H::NAME
        )),
    }
}
