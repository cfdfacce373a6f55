//! Promises that are rejected, and that nothing has waited for.

use std::{cell::RefCell, rc::Rc};

use rquickjs::{Ctx, Persistent, Runtime, Value as Js, runtime::RejectionTracker};

use crate::failure;

/// The most of them that are kept for one call.
const MAX_KEPT: usize = 16;

/// A rejected promise that no handler has seen yet, and its reason.
struct Rejected {
    promise: Persistent<Js<'static>>,
    reason: String,
}

/// The rejected promises of one engine.
#[derive(Clone, Default)]
pub(crate) struct Rejections(Rc<RefCell<Vec<Rejected>>>);

impl Rejections {
    /// Watches the promises of a runtime.
    pub(crate) fn watch(&self, runtime: &Runtime) {
        let rejections = self.clone();
        let tracker: RejectionTracker = Box::new(move |ctx, promise, reason, is_handled| {
            if is_handled {
                rejections.forget(&ctx, &promise);
                return;
            }
            // It may run the script's text, which may reject another one.
            let reason = failure::shown(&reason);
            let mut kept = rejections.0.borrow_mut();
            if kept.len() < MAX_KEPT {
                let promise = Persistent::save(&ctx, promise);
                kept.push(Rejected { promise, reason });
            }
        });
        runtime.set_host_promise_rejection_tracker(Some(tracker));
    }

    /// Forgets a promise, because something has seen what became of it.
    pub(crate) fn forget<'js>(&self, ctx: &Ctx<'js>, promise: &Js<'js>) {
        let seen = Persistent::save(ctx, promise.clone());
        self.0
            .borrow_mut()
            .retain(|rejected| rejected.promise != seen);
    }

    /// Takes the reasons of those that are left.
    pub(crate) fn take(&self) -> Vec<String> {
        let kept = self.0.take().into_iter();
        kept.map(|rejected| rejected.reason).collect()
    }
}
