//! The cost of hooks that nobody subscribes to.

use std::sync::Arc;

use futures::FutureExt;
use raisfast_contract::{
    HookName,
    hook::{FilterHtml, OnPostCreating, RenderMarkdown},
};
use raisfast_hooks::{Bus, OnError};

use crate::{id, post, retitling};

#[test]
fn a_hook_that_nobody_subscribes_to_allocates_and_copies_nothing() {
    let bus = Bus::new();
    let (given, text): (_, Arc<str>) = (post("mine"), "text".into());
    // Another hook of the plugin is subscribed: the lists are not all empty.
    let a = id("org.a");
    bus.replace(&a, vec![retitling(&a, 1, OnError::Continue, Ok(None))]);
    // The first snapshot on a thread sets up what later ones reuse.
    drop(bus.snapshot());

    let unheard = allocation_counter::measure(|| {
        let hooks = bus.snapshot();
        let html = hooks
            .filter::<FilterHtml>(Arc::clone(&text), |_| Ok(()))
            .now_or_never();
        assert!(Arc::ptr_eq(&html.unwrap().unwrap(), &text));
        let rendered = hooks
            .first::<RenderMarkdown>(Arc::clone(&text), |_| Ok(()))
            .now_or_never();
        assert!(rendered.unwrap().is_none());
        assert_eq!(hooks.subscribers(HookName::OnLogin, None).count(), 0);
    });
    assert_eq!(unheard.count_total, 0);

    // The counter does count: a handler's future is boxed.
    let heard = allocation_counter::measure(|| {
        let hooks = bus.snapshot();
        let filtered = hooks
            .filter::<OnPostCreating>(Arc::clone(&given), |_| Ok(()))
            .now_or_never();
        assert!(filtered.unwrap().is_ok());
    });
    assert!(heard.count_total > 0);
}
