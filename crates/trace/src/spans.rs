//! The spans, each with its name and its attributes.

use raisfast_contract::{HookName, PluginId};
use tracing::{Span, debug_span, field::Empty};

use crate::{TARGET, TraceParent, is_on, propagation::propagation};

/// Begins the span of a request that a client sent, as a part of the client's trace if it names
/// one. `route` is the route's pattern: strangers choose paths.
pub fn request(method: &str, route: Option<&str>, client: Option<TraceParent>) -> Option<Span> {
    if !is_on() {
        return None;
    }
    let name = match route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    };
    let span = debug_span!(
        target: TARGET,
        parent: None,
        "request",
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    if let (Some(propagation), Some(client)) = (propagation(), client) {
        propagation.continue_trace(&span, client);
    }
    Some(span)
}

/// Begins the span of one try of a delivery: a trace of its own, which may come hours after the
/// change, with a link to the span that made the change.
pub fn delivery(
    plugin: &PluginId,
    hook: HookName,
    attempt: u32,
    change: Option<TraceParent>,
) -> Option<Span> {
    if !is_on() {
        return None;
    }
    let span = debug_span!(
        target: TARGET,
        parent: None,
        "delivery",
        otel.name = format!("deliver {hook}"),
        otel.kind = "consumer",
        otel.status_code = Empty,
        raisfast.plugin = plugin.as_str(),
        raisfast.hook = hook.as_str(),
        raisfast.attempt = i64::from(attempt),
        raisfast.outcome = Empty,
    );
    if let (Some(propagation), Some(change)) = (propagation(), change) {
        propagation.link(&span, change);
    }
    Some(span)
}

/// Begins the span of a call of a host function, named with its interface, in the current span.
pub fn host_call(function: &'static str) -> Option<Span> {
    if !is_on() {
        return None;
    }
    Some(debug_span!(
        target: TARGET,
        "host call",
        otel.name = function,
        raisfast.host_function = function,
    ))
}

/// The span around calls of plugins.
#[derive(Debug)]
pub enum Parent {
    /// Nobody takes spans.
    Off,
    /// The current span, if there is one.
    Current,
    /// The span of a hook, whose subscribers are called one after the other.
    Hook(Span),
}

impl Parent {
    /// Begins the span of a hook, in the current span.
    #[inline]
    pub fn hook(hook: HookName) -> Self {
        if is_on() {
            Self::Hook(hook_span(hook))
        } else {
            Self::Off
        }
    }

    /// Takes the current span.
    #[inline]
    pub fn current() -> Self {
        if is_on() { Self::Current } else { Self::Off }
    }

    /// Begins the span of one plugin's call, in this one.
    #[inline]
    pub fn call(&self, plugin: &PluginId, hook: HookName) -> Option<Span> {
        match self {
            Self::Off => None,
            parent => Some(parent.call_span(plugin, hook)),
        }
    }

    #[cold]
    fn call_span(&self, plugin: &PluginId, hook: HookName) -> Span {
        let parent = match self {
            Self::Off => None,
            Self::Current => Span::current().id(),
            Self::Hook(span) => span.id(),
        };
        debug_span!(
            target: TARGET,
            parent: parent,
            "call",
            otel.name = plugin.as_str(),
            otel.status_code = Empty,
            raisfast.plugin = plugin.as_str(),
            raisfast.hook = hook.as_str(),
            raisfast.outcome = Empty,
            raisfast.host_calls_left_out = Empty,
        )
    }
}

#[cold]
fn hook_span(hook: HookName) -> Span {
    debug_span!(
        target: TARGET,
        "hook",
        otel.name = hook.as_str(),
        raisfast.hook = hook.as_str(),
    )
}
