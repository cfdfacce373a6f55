//! The functions that Lua has beside those of every language: `print`, and JSON, which other
//! languages have themselves.

use raisfast_plugin::host_api;
use raisfast_script_interface::{Value, json};

type Answer = Result<Value, String>;

/// A function of Lua alone.
pub(super) struct More {
    pub(super) name: &'static str,
    pub(super) call: fn(Vec<Value>) -> Answer,
}

/// `print`: its arguments come as one text.
pub(super) const PRINT: More = More {
    name: "print",
    call: |arguments| {
        host_api::log("info", &first(arguments).into_text());
        Ok(Value::Null)
    },
};

/// Those of both `Host` and `sdk`.
pub(super) const BESIDE: &[More] = &[
    More {
        name: "jsonEncode",
        call: |arguments| Ok(Value::Text(json::write(&first(arguments)))),
    },
    More {
        name: "jsonDecode",
        call: |arguments| {
            let text = text("text", first(arguments))?;
            json::read(&text).map_err(|error| error.to_string())
        },
    },
];

fn first(arguments: Vec<Value>) -> Value {
    arguments.into_iter().next().unwrap_or_default()
}

fn text(name: &str, value: Value) -> Result<String, String> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(format!("{name}: expected a text, found {}", other.kind())),
    }
}
