//! The functions that a script can call, and helpers for texts and JSON.
//!
//! Those of the host are plain functions, and methods of `Host` and `RaisFastHost`; there they take
//! and return JSON text. Those of the module `sdk` take and return values; where no other function
//! has the name, they are plain functions too.

use raisfast_plugin::host_api;
use raisfast_script_interface::{
    functions::{self, Function},
    host::Server,
    json,
};
use rhai::{
    Dynamic, Engine, EvalAltResult, FuncRegistration, ImmutableString, Module, NativeCallContext,
};

use crate::convert::{to_dynamic, to_value};

/// The name of the module.
pub(crate) const SDK: &str = "sdk";

/// The global object with the host's functions as methods.
#[derive(Clone)]
struct Host;

type Called = Result<Dynamic, Box<EvalAltResult>>;

/// Returns an engine with all functions.
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.on_print(|text| host_api::log("info", text));
    engine.on_debug(|text, _, _| host_api::log("debug", text));
    engine.register_type_with_name::<Host>("Host");
    let mut globals = Module::new();
    for function in functions::HOST {
        add(&mut globals, function);
        add_method(&mut globals, function);
    }
    for function in functions::SDK {
        if functions::find(functions::HOST, function.name).is_none() {
            add(&mut globals, function);
        }
    }
    for name in ["Host", "RaisFastHost"] {
        globals.set_var(name, Host);
    }
    engine.register_global_module(globals.into());
    helpers(&mut engine);
    engine
}

/// Returns the module `sdk`.
pub(crate) fn sdk() -> Module {
    let mut module = Module::new();
    for function in functions::SDK {
        add(&mut module, function);
    }
    module.build_index();
    module
}

/// Calls a function; where it fails, the script's call of it does.
fn call<const COUNT: usize>(
    context: &NativeCallContext<'_>,
    function: Function,
    arguments: &[Dynamic; COUNT],
) -> Called {
    let arguments = arguments.iter().map(to_value).collect();
    function
        .call(&Server, arguments)
        .map(to_dynamic)
        .map_err(|error| {
            let (text, place) = (error.to_string().into(), context.call_position());
            EvalAltResult::ErrorRuntime(text, place).into()
        })
}

/// Adds a function to a module, once for each number of arguments that it takes: the fixed first
/// parameter, if there is one, and up to as many as its own parameters.
macro_rules! add {
    ($module:ident, $function:ident $(, $first:ty)?) => {{
        let function = *$function;
        add!(@each $module, function, [$($first)?], 0, );
        add!(@each $module, function, [$($first)?], 1, a);
        add!(@each $module, function, [$($first)?], 2, a b);
        add!(@each $module, function, [$($first)?], 3, a b c);
        add!(@each $module, function, [$($first)?], 4, a b c d);
    }};
    (@each $module:ident, $function:ident, [], $count:literal, $($name:ident)*) => {
        if (0..=$function.parameters.len()).contains(&$count) {
            add!(@new $module, $function,
                move |context: NativeCallContext<'_> $(, $name: Dynamic)*| {
                    call(&context, $function, &[$($name),*])
                });
        }
    };
    (@each $module:ident, $function:ident, [$first:ty], $count:literal, $($name:ident)*) => {
        if (0..=$function.parameters.len()).contains(&$count) {
            add!(@new $module, $function,
                move |context: NativeCallContext<'_>, _: $first $(, $name: Dynamic)*| {
                    call(&context, $function, &[$($name),*])
                });
        }
    };
    (@new $module:ident, $function:ident, $closure:expr) => {
        FuncRegistration::new($function.name)
            .with_purity(true)
            .set_into_module($module, $closure);
    };
}

/// Adds a function, which takes up to as many arguments as it has parameters.
fn add(module: &mut Module, function: &Function) {
    add!(module, function);
}

/// Adds a function as a method of the global object.
fn add_method(module: &mut Module, function: &Function) {
    add!(module, function, &mut Host);
}

fn helpers(engine: &mut Engine) {
    engine
        .register_fn("parse_json", parse_json)
        .register_fn("to_json", |value: Dynamic| to_value(&value).to_string())
        .register_fn("to_lower", |text: ImmutableString| text.to_lowercase())
        .register_fn("to_upper", |text: ImmutableString| text.to_uppercase())
        .register_fn("trim", |text: ImmutableString| text.trim().to_owned())
        .register_fn("replace", |text: ImmutableString, from: &str, to: &str| {
            text.replace(from, to)
        })
        .register_fn("substring", substring);
}

fn parse_json(text: &str) -> Called {
    let value = json::read(text);
    value
        .map(to_dynamic)
        .map_err(|error| format!("parse_json: {error}").into())
}

/// Returns `length` characters from a position on; what is beyond the text is left out.
fn substring(text: &str, start: i64, length: i64) -> String {
    let count = |number: i64| usize::try_from(number).unwrap_or(0);
    text.chars()
        .skip(count(start))
        .take(count(length))
        .collect()
}
