//! What a script can call: the functions of `Host`, those of the module `sdk`, and `print`.
//!
//! `Host` is the contract itself: JSON is text, and a failure is what the contract returns for it.
//! `sdk` has tables, and raises an error.

mod arguments;
mod host;
mod plain;
mod sdk;
mod web;

use arguments::Arguments;
use raisfast_plugin::host_api;

use crate::packed::{Packer, Value};

/// The error is what the script's call fails with.
type Answer = Result<(), String>;

/// Calls a function with its arguments, and packs what it returns.
type Call = fn(&mut Arguments, &mut Packer) -> Answer;

/// A function of a script, by its name there.
type Function = (&'static str, Call);

/// All functions. The place of one in them is its number.
const GROUPS: [(&str, &[Function]); 3] = [
    ("print", &[("print", print)]),
    ("host", host::FUNCTIONS),
    ("sdk", sdk::FUNCTIONS),
];

fn print(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    host_api::log("info", &arguments.shown());
    plain::nothing(packer)
}

/// Returns the numbers of all functions, by where a script finds them.
pub(crate) fn globals() -> Value {
    let mut number = 0;
    let groups = GROUPS.map(|(group, functions)| {
        let numbers = functions.iter().map(|(name, _)| {
            number += 1;
            ((*name).to_owned(), Value::Integer(number - 1))
        });
        let numbers: Vec<_> = numbers.collect();
        (group.to_owned(), Value::Object(numbers))
    });
    Value::Object(groups.into())
}

/// Calls the function with a number; the error is what the script's call fails with.
pub(crate) fn call(number: u32, arguments: Value) -> Result<Vec<u8>, String> {
    let mut functions = GROUPS.iter().flat_map(|(_, functions)| functions.iter());
    let (name, call) = functions
        .nth(number as usize)
        .ok_or_else(|| format!("there is no function {number}"))?;
    let mut packer = Packer::default();
    call(&mut Arguments::new(arguments), &mut packer)
        .map_err(|error| format!("{name}: {error}"))?;
    Ok(packer.finish())
}
