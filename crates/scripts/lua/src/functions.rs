//! What a script can call: the functions of `Host`, those of the module `sdk`, and `print`.

use raisfast_plugin::{host_api, identifiers};

use crate::{
    json,
    packed::{Packer, Value},
};

/// Calls a function with its arguments, and packs what it returns.
type Call = fn(&mut Arguments, &mut Packer) -> Result<(), String>;

/// A function of a script.
struct Function {
    name: &'static str,
    call: Call,
}

/// The arguments of a call.
pub(crate) struct Arguments {
    values: std::vec::IntoIter<Value>,
}

impl Arguments {
    fn next(&mut self) -> Value {
        self.values.next().unwrap_or(Value::None)
    }

    fn text(&mut self) -> Result<String, String> {
        match self.next() {
            Value::String(bytes) => {
                String::from_utf8(bytes).map_err(|_| "a string is not UTF-8".to_owned())
            }
            Value::Integer(value) => Ok(value.to_string()),
            other => json::text(&other),
        }
    }
}

const PRINT: Function = Function {
    name: "print",
    call: |arguments, packer| {
        host_api::log("info", &arguments.text()?);
        packer.none();
        Ok(())
    },
};

const HOST: [Function; 4] = [
    Function {
        name: "log",
        call: |arguments, packer| {
            host_api::log(&arguments.text()?, &arguments.text()?);
            packer.none();
            Ok(())
        },
    },
    Function {
        name: "newId",
        call: |_, packer| {
            packer.string(identifiers::new_id().as_bytes());
            Ok(())
        },
    },
    Function {
        name: "jsonEncode",
        call: |arguments, packer| {
            packer.string(json::text(&arguments.next())?.as_bytes());
            Ok(())
        },
    },
    Function {
        name: "jsonDecode",
        call: |arguments, packer| json::pack(&arguments.text()?, packer),
    },
];

/// Returns the numbers of all functions, by where a script finds them.
pub(crate) fn globals() -> Value {
    let host = (1..)
        .zip(&HOST)
        .map(|(number, it)| (it.name.to_owned(), Value::Integer(number)))
        .collect();
    Value::Object(vec![
        (PRINT.name.to_owned(), Value::Integer(0)),
        ("host".to_owned(), Value::Object(host)),
        ("sdk".to_owned(), Value::Object(vec![])),
    ])
}

/// Calls the function with a number; the error is what the script's call fails with.
pub(crate) fn call(function: u32, arguments: Value) -> Result<Vec<u8>, String> {
    let Value::List(values) = arguments else {
        return Err("arguments are a list".to_owned());
    };
    let all = std::iter::once(&PRINT).chain(&HOST);
    let function = all
        .skip(function as usize)
        .next()
        .ok_or_else(|| format!("there is no function {function}"))?;
    let mut arguments = Arguments {
        values: values.into_iter(),
    };
    let mut packer = Packer::default();
    (function.call)(&mut arguments, &mut packer)
        .map_err(|error| format!("{}: {error}", function.name))?;
    Ok(packer.finish())
}
