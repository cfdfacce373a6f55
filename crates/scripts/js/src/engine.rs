//! One script in one engine: loaded once, called many times.

use std::rc::Rc;

use raisfast_script_interface::{
    Host, Value,
    handlers::{HANDLERS, camel_case, snake_case},
    records,
    script::{Failure, Script},
};
use rquickjs::{
    CatchResultExt as _, Ctx, Function, Module, Object, Persistent, Promise, String as Text,
    TypedArray, Value as Js, function::This, module::Evaluated, promise::PromiseState,
};

use crate::{
    convert, failure,
    loader::{self, Files},
    started::Started,
};

/// The argument of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A string: most often JSON.
    Text(String),
    /// A `Uint8Array`.
    Bytes(Vec<u8>),
}

/// A script that is loaded. Its state stays between calls.
pub struct Engine {
    // In the order in which they go: values before their runtime.
    handlers: Vec<(&'static str, Handler)>,
    started: Started,
    script: Rc<Script>,
}

#[derive(Clone)]
struct Handler {
    function: Persistent<Function<'static>>,
    /// The object that it is a method of.
    this: Persistent<Js<'static>>,
}

impl Engine {
    /// Compiles a script, and runs its top level.
    ///
    /// # Errors
    ///
    /// What is wrong with the script, with its place.
    pub fn load(script: Script, host: Rc<dyn Host>) -> Result<Self, Failure> {
        Self::load_into(Started::new(host)?, script)
    }

    /// Does the same in an engine that has started.
    pub(crate) fn load_into(started: Started, script: Script) -> Result<Self, Failure> {
        if script.text(&script.entry).is_none() {
            let entry = &script.entry;
            return Err(Failure::new(format!("the plugin has no file {entry}")));
        }
        let script = Rc::new(script);
        let files = Files(script.clone());
        started.runtime.set_loader(files.clone(), files);
        let mut engine = Self {
            handlers: Vec::new(),
            started,
            script,
        };
        let context = engine.started.context.clone();
        engine.handlers = context.with(|ctx| engine.run(&ctx))?;
        Ok(engine)
    }

    /// Returns the names of the handlers that the script has, such as `on-post-creating`.
    pub fn handlers(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.iter().map(|(name, _)| *name)
    }

    /// Calls a handler, and waits for the promise that it may return. A refusal that it throws is
    /// what it returns.
    ///
    /// # Errors
    ///
    /// What the handler throws, or that the script has none of this name.
    pub fn call(&mut self, name: &str, argument: Option<Argument>) -> Result<Value, Failure> {
        let handler = self.handlers.iter().find(|(handler, _)| *handler == name);
        let Some((_, handler)) = handler else {
            let function = snake_case(name);
            return Err(Failure::new(format!(
                "the script has no function {function}; export one, or make it a method of `Plugin`"
            )));
        };
        let handler = handler.clone();
        self.started.context.clone().with(|ctx| {
            let result = self.call_in(&ctx, name, handler, argument);
            self.report_rejections();
            result
        })
    }

    fn call_in<'js>(
        &self,
        ctx: &Ctx<'js>,
        name: &str,
        handler: Handler,
        argument: Option<Argument>,
    ) -> Result<Value, Failure> {
        let called = (|| {
            let function = handler.function.restore(ctx)?;
            let this = This(handler.this.restore(ctx)?);
            match argument {
                None => function.call::<_, Js<'js>>((this,)),
                Some(Argument::Text(text)) => {
                    function.call((this, Text::from_str(ctx.clone(), &text)?))
                }
                Some(Argument::Bytes(bytes)) => {
                    function.call((this, TypedArray::<u8>::new(ctx.clone(), bytes)?))
                }
            }
        })();
        let returned = match called {
            Ok(returned) => self.settled(ctx, returned, || snake_case(name))?,
            Err(error) if error.is_exception() => Settled::Thrown(ctx.catch()),
            Err(error) => return Err(failure::of_error(ctx, &error, &self.script)),
        };
        match returned {
            Settled::Returned(value) => convert::from_js(&value)
                .map_err(|error| failure::of_error(ctx, &error, &self.script)),
            Settled::Thrown(value) => self.refused(&value),
        }
    }

    /// Returns the refusal that was thrown, where it is one.
    fn refused(&self, thrown: &Js<'_>) -> Result<Value, Failure> {
        if thrown.is_object() && !thrown.is_error() {
            let ctx = thrown.ctx().clone();
            match convert::from_js(thrown).catch(&ctx) {
                Ok(value) if records::refusal(&value).is_some() => return Ok(value),
                _ => {}
            }
        }
        Err(failure::of_value(thrown, &self.script))
    }

    /// Runs the jobs that wait, and returns what a promise has come to. Of a value that is not a
    /// promise it returns the value.
    fn settled<'js>(
        &self,
        ctx: &Ctx<'js>,
        value: Js<'js>,
        name: impl Fn() -> String,
    ) -> Result<Settled<'js>, Failure> {
        while ctx.execute_pending_job() {}
        let Some(promise) = value.clone().into_promise() else {
            return Ok(Settled::Returned(value));
        };
        self.started.rejections.forget(ctx, &value);
        match promise.state() {
            PromiseState::Pending => Err(Failure::new(format!(
                "{} returned a promise that never settles: nothing is left to run that could settle it",
                name()
            ))),
            PromiseState::Resolved | PromiseState::Rejected => Ok(outcome(ctx, &promise)),
        }
    }

    fn report_rejections(&self) {
        for reason in self.started.rejections.take() {
            self.started.host.log(
                "error",
                &format!("a promise was rejected that nothing waits for: {reason}"),
            );
        }
    }

    fn run(&self, ctx: &Ctx<'_>) -> Result<Vec<(&'static str, Handler)>, Failure> {
        let failed = |error| failure::of_error(ctx, &error, &self.script);
        let declared = loader::declare_entry(ctx, &self.script).map_err(failed)?;
        let (module, promise) = declared.eval().map_err(failed)?;
        let top_level = || format!("the top level of {}", self.script.entry);
        let result = self.settled(ctx, promise.into_value(), top_level)?;
        self.report_rejections();
        if let Settled::Thrown(thrown) = result {
            return Err(failure::of_value(&thrown, &self.script));
        }
        handlers(ctx, &module).map_err(failed)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Values that outlive the runtime would end the process.
        self.handlers.clear();
    }
}

enum Settled<'js> {
    Returned(Js<'js>),
    Thrown(Js<'js>),
}

fn outcome<'js>(ctx: &Ctx<'js>, promise: &Promise<'js>) -> Settled<'js> {
    match promise.result::<Js<'js>>() {
        Some(Ok(value)) => Settled::Returned(value),
        Some(Err(_)) => Settled::Thrown(ctx.catch()),
        None => Settled::Returned(Js::new_undefined(ctx.clone())),
    }
}

/// Returns the handlers that a module has: exported functions, methods of its default export, or
/// methods of `Plugin`.
fn handlers<'js>(
    ctx: &Ctx<'js>,
    module: &Module<'js, Evaluated>,
) -> rquickjs::Result<Vec<(&'static str, Handler)>> {
    let exports = module.namespace()?;
    let plugin: Js<'js> = exports.get(loader::PLUGIN)?;
    let plugin = if plugin.is_object() {
        plugin
    } else {
        ctx.globals().get("Plugin")?
    };
    let nothing = Js::new_undefined(ctx.clone());
    let places = [
        (exports.clone().into_value(), nothing),
        (exports.get("default")?, exports.get("default")?),
        (plugin.clone(), plugin),
    ];
    let mut handlers = Vec::new();
    for name in HANDLERS {
        let found = places.iter().find_map(|(place, this)| {
            let object = place.as_object()?;
            let function = method(object, name)?;
            Some((function, this.clone()))
        });
        if let Some((function, this)) = found {
            handlers.push((
                name,
                Handler {
                    function: Persistent::save(ctx, function),
                    this: Persistent::save(ctx, this),
                },
            ));
        }
    }
    Ok(handlers)
}

fn method<'js>(object: &Object<'js>, handler: &str) -> Option<Function<'js>> {
    let mut names = [snake_case(handler), camel_case(handler)].into_iter();
    names.find_map(|name| {
        let value: Js<'js> = object.get(name).ok()?;
        value.into_function()
    })
}
