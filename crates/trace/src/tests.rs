//! The spans as a subscriber gets them.

use std::sync::{Arc, Mutex};

use raisfast_contract::{HookName, PluginId};
use tracing::{Level, Subscriber, span};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt as _},
    registry,
    registry::LookupSpan,
};

use crate::{Outcome, Parent, TARGET, current, delivery, ended, host_call, is_on, request};

/// Held by a test while it has a subscriber: what one subscriber wants is remembered for a moment
/// beyond the coming of another.
static ALONE: Mutex<()> = Mutex::new(());

/// The spans that were taken.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Vec<Name>>>);

/// The name of a span, after that of its parent.
type Name = (Option<&'static str>, &'static str);

impl<S> Layer<S> for Taken
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, _: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let span = context.span(id).expect("it is new");
        let parent = span.parent().map(|parent| parent.name());
        self.0.lock().unwrap().push((parent, span.name()));
    }
}

/// Begins each kind of span.
fn begin_all(plugin: &PluginId) {
    let hook = HookName::FilterHtml;
    let Some(request) = request("GET", Some("/posts"), None) else {
        assert!(matches!(Parent::hook(hook), Parent::Off));
        assert!(matches!(Parent::current(), Parent::Off));
        assert!(Parent::Off.call(plugin, hook).is_none());
        assert!(host_call("host-api/get-data").is_none());
        assert!(delivery(plugin, hook, 1, None).is_none());
        return;
    };
    request.in_scope(|| {
        let call = Parent::hook(hook).call(plugin, hook).expect("a span");
        call.in_scope(|| drop(host_call("host-api/get-data")));
        ended(&call, Outcome::Ok);
        let delivery = delivery(plugin, hook, 1, None).expect("a span");
        delivery.in_scope(|| drop(Parent::current().call(plugin, hook)));
    });
}

#[test]
fn spans_are_taken_by_whoever_asks_for_their_target() {
    let _alone = ALONE.lock();
    let taken = Taken::default();
    let wanted = Targets::new().with_target(TARGET, Level::DEBUG);
    let subscriber = registry().with(taken.clone().with_filter(wanted));
    tracing::subscriber::with_default(subscriber, || {
        assert!(is_on());
        begin_all(&"com.example.seo".parse().unwrap());
        assert_eq!(current(), None, "nothing says how a context travels");
    });
    assert_eq!(
        *taken.0.lock().unwrap(),
        [
            (None, "request"),
            (Some("request"), "hook"),
            (Some("hook"), "call"),
            (Some("call"), "host call"),
            (None, "delivery"),
            (Some("delivery"), "call"),
        ]
    );
}

#[test]
fn nobody_else_gets_any() {
    let _alone = ALONE.lock();
    let taken = Taken::default();
    let wanted = Targets::new()
        .with_default(Level::TRACE)
        .with_target(TARGET, tracing::level_filters::LevelFilter::OFF);
    let subscriber = registry().with(taken.clone().with_filter(wanted));
    tracing::subscriber::with_default(subscriber, || {
        assert!(!is_on());
        begin_all(&"com.example.seo".parse().unwrap());
    });
    assert!(taken.0.lock().unwrap().is_empty());
}
