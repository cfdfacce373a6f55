//! Uses the database without SQL. Content of the type `tables` with the data `{"scenario": name,
//! "text": …}` is answered with the data `{"answer": …}`: what the scenario has found, or `{"case":
//! message}` of the error that it met.

#![cfg(target_arch = "wasm32")]

mod misuse;
mod proper;

use raisfast_plugin::{
    database::{Error, Row, Value as Column},
    *,
};
use serde::Deserialize;
use serde_json::{Value, json};

use exports::raisfast::plugin_wit::plugin_hooks::*;

#[derive(Deserialize)]
struct Request {
    scenario: String,
    /// The text that the scenario takes for a name or a value.
    #[serde(default)]
    text: String,
}

fn run(request: &Request) -> Result<Value, Error> {
    let text = request.text.as_str();
    match request.scenario.as_str() {
        "write-and-read" => proper::write_and_read(text),
        "change" => proper::change(),
        "count-and-sum" => proper::count_and_sum(),
        "transaction" => proper::transaction(),
        "left-open" => proper::left_open(),
        "left-by-a-trap" => {
            proper::left_open()?;
            core::arch::wasm32::unreachable()
        }
        "identity" => Ok(proper::identity()),
        "delete-all" => proper::delete_all(text),
        "name" => misuse::name(text),
        "value" => misuse::value(text),
        "parts" => misuse::parts(text),
        "too-many-rows" => misuse::too_many_rows(),
        other => panic!("there is no scenario `{other}`"),
    }
}

/// A row as JSON, so that a test can compare it.
fn shown(row: &Row) -> Value {
    let columns = row.columns();
    columns
        .map(|(name, value)| (name.to_owned(), json_of(value)))
        .collect()
}

fn json_of(value: &Column) -> Value {
    match value {
        Column::Null => Value::Null,
        Column::Boolean(truth) => json!(truth),
        Column::Integer(number) => json!(number),
        Column::Float(number) => json!(number),
        Column::Decimal(digits) => json!({ "decimal": digits }),
        Column::Text(text) => json!(text),
        Column::Bytes(bytes) => json!({ "bytes": bytes }),
    }
}

fn case_of(error: &Error) -> &'static str {
    match error {
        Error::Denied(_) => "denied",
        Error::Invalid(_) => "invalid",
        Error::Constraint(_) => "constraint",
        Error::Busy(_) => "busy",
        Error::Limit(_) => "limit",
        Error::Database(_) => "database",
        Error::Internal(_) => "internal",
    }
}

struct Plugin;

impl Guest for Plugin {
    fn on_content_creating(mut input: ContentEvent) -> Option<ContentEvent> {
        let request: Request = serde_json::from_str(&input.data).expect("the data is a request");
        let answer = run(&request).unwrap_or_else(|error| {
            let mut told = serde_json::Map::new();
            told.insert(case_of(&error).to_owned(), error.message().into());
            told.into()
        });
        input.data = json!({ "answer": answer }).to_string();
        Some(input)
    }
}

export_plugin_hooks!(Plugin);
