//! An engine with everything that a script finds in it, and without a script.

use std::rc::Rc;

use raisfast_script_interface::{Host, script::Failure};
use rquickjs::{CatchResultExt as _, Context, Ctx, Runtime};

use crate::{foreign, globals, rejections::Rejections, sdk};

/// The stack that a script may use, in bytes: less than the component has, so that too deep a
/// recursion is an error in the script.
const STACK_BYTES: usize = 256 << 10;

/// An engine for one script.
pub(crate) struct Started {
    // In the order in which they go: values before their runtime.
    pub(crate) rejections: Rejections,
    pub(crate) context: Context,
    pub(crate) runtime: Runtime,
    pub(crate) host: Rc<dyn Host>,
}

impl Started {
    /// Makes the runtime, its context, and what scripts find there. Nothing of it is the host's:
    /// that is called by scripts alone.
    pub(crate) fn new(host: Rc<dyn Host>) -> Result<Self, Failure> {
        let unusable = |error| Failure::new(format!("the engine does not start: {error}"));
        let runtime = Runtime::new().map_err(unusable)?;
        runtime.set_max_stack_size(STACK_BYTES);
        let context = Context::full(&runtime).map_err(unusable)?;
        let rejections = Rejections::default();
        rejections.watch(&runtime);
        let started = Self {
            rejections,
            context,
            runtime,
            host,
        };
        started.context.with(|ctx| {
            let filled = started.fill(&ctx).catch(&ctx);
            filled.map_err(|error| Failure::new(format!("the engine does not start: {error}")))
        })?;
        Ok(started)
    }

    fn fill(&self, ctx: &Ctx<'_>) -> rquickjs::Result<()> {
        globals::add(ctx, &self.host)?;
        let functions = sdk::make(ctx, &self.host)?;
        ctx.store_userdata(functions)?;
        Ok(())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Values that outlive the runtime would end the process.
        self.rejections.take();
        self.context.with(|ctx| {
            let _ = ctx.remove_userdata::<foreign::Functions>();
        });
        self.runtime.run_gc();
    }
}
