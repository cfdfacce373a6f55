//! The global objects: `RaisFastHost`, which is also `Host`, and `console`.

use std::rc::Rc;

use raisfast_script_interface::{
    Host,
    functions::{self, Function as HostFunction},
};
use rquickjs::{
    Ctx, Exception, Function, Object, Result, Value as Js, function::Rest, object::Property,
};

use crate::{convert, failure};

/// The levels of log records that the methods of `console` write.
const CONSOLE: [(&str, &str); 6] = [
    ("log", "info"),
    ("info", "info"),
    ("debug", "debug"),
    ("trace", "trace"),
    ("warn", "warn"),
    ("error", "error"),
];

/// Adds the global objects.
pub(crate) fn add(ctx: &Ctx<'_>, host: &Rc<dyn Host>) -> Result<()> {
    let globals = ctx.globals();
    let object = Object::new(ctx.clone())?;
    for known in functions::HOST {
        object.prop(
            known.name,
            Property::from(function(ctx, host, known)?).enumerable(),
        )?;
    }
    freeze(&object)?;
    for name in ["RaisFastHost", "Host"] {
        globals.prop(name, Property::from(object.clone()))?;
    }
    // So that a script can assign it, although a module is strict.
    globals.set("Plugin", Js::new_undefined(ctx.clone()))?;

    let console = Object::new(ctx.clone())?;
    for (name, level) in CONSOLE {
        let host = host.clone();
        let write = move |line: Rest<Js<'_>>| {
            let texts: Vec<String> = line.iter().map(failure::shown).collect();
            host.log(level, &texts.join(" "));
        };
        let write = Function::new(ctx.clone(), write)?.with_name(name)?;
        console.set(name, write)?;
    }
    globals.set("console", console)
}

/// Returns a function of the interface as one of the script's, frozen.
pub(crate) fn function<'js>(
    ctx: &Ctx<'js>,
    host: &Rc<dyn Host>,
    known: &'static HostFunction,
) -> Result<Function<'js>> {
    let host = host.clone();
    let call = move |ctx: Ctx<'js>, given: Rest<Js<'js>>| -> Result<Js<'js>> {
        let arguments = given.iter().map(convert::from_js);
        let arguments = arguments.collect::<Result<Vec<_>>>()?;
        match known.call(&*host, arguments) {
            Ok(value) => convert::to_js(&ctx, value),
            Err(error) => Err(thrown(&ctx, &error)),
        }
    };
    let function = Function::new(ctx.clone(), call)?
        .with_name(known.name)?
        .with_length(known.parameters.len())?;
    freeze(&function)?;
    Ok(function)
}

/// Throws an error of the interface: an `Error`, with the contract's name for it as its `code`.
fn thrown(ctx: &Ctx<'_>, error: &functions::Error) -> rquickjs::Error {
    let thrown = Exception::from_message(ctx.clone(), &error.to_string()).and_then(|exception| {
        if let Some(code) = &error.code {
            let code = Property::from(code.as_str()).enumerable();
            exception.as_object().prop("code", code)?;
        }
        Ok(exception.throw())
    });
    thrown.unwrap_or_else(|error| error)
}

/// Makes an object one that no script can change. It runs before any of the script's text, so
/// `Object.freeze` is the engine's own.
pub(crate) fn freeze<'js>(object: &Object<'js>) -> Result<()> {
    let constructor: Object<'js> = object.ctx().globals().get("Object")?;
    let freeze: Function<'js> = constructor.get("freeze")?;
    freeze.call((object.clone(),))
}
