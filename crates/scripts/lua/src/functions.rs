//! The functions that a script can call: those of every language, and those that Lua needs beside
//! them.

mod more;

use raisfast_script_interface::{
    Value,
    functions::{Function, HOST, SDK},
    host::Server,
};

use self::more::More;

/// A function by its place in [`all`].
enum Any {
    Shared(&'static Function),
    More(&'static More),
}

/// The functions of each global or module, by its name in `c/host.c`.
fn groups() -> [(&'static str, Vec<(&'static str, Any)>); 3] {
    let shared = |list: &'static [Function]| list.iter().map(|it| (it.name, Any::Shared(it)));
    let more = || more::BESIDE.iter().map(|it| (it.name, Any::More(it)));
    [
        ("print", vec![("print", Any::More(&more::PRINT))]),
        ("host", shared(HOST).chain(more()).collect()),
        ("sdk", shared(SDK).chain(more()).collect()),
    ]
}

thread_local! {
    static ALL: Vec<Any> = groups()
        .into_iter()
        .flat_map(|(_, functions)| functions.into_iter().map(|(_, it)| it))
        .collect();
}

/// Returns the numbers of all functions, by where a script finds them.
pub(crate) fn globals() -> Value {
    ALL.with(|_| ());
    let mut number = 0_i64;
    let groups = groups().map(|(group, functions)| {
        let numbers = functions.into_iter().map(|(name, _)| {
            number += 1;
            (name, Value::Integer(number - 1))
        });
        (group, Value::object(numbers.collect::<Vec<_>>()))
    });
    Value::object(groups)
}

/// Calls the function with a number; the error is what the script's call fails with.
pub(crate) fn call(number: u32, arguments: Value) -> Result<Value, String> {
    let Value::List(arguments) = arguments else {
        return Err("arguments are a list".to_owned());
    };
    ALL.with(|all| match all.get(number as usize) {
        Some(Any::Shared(function)) => function
            .call(&Server, arguments)
            .map_err(|error| error.to_string()),
        Some(Any::More(function)) => {
            (function.call)(arguments).map_err(|error| format!("{}: {error}", function.name))
        }
        None => Err(format!("there is no function {number}")),
    })
}
