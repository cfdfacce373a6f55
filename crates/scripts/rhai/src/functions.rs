//! The functions that a script can call: those of the host, each also as a method of `Host` and
//! `RaisFastHost`, and helpers for texts and JSON.

use raisfast_plugin::{clock, database::placeholder, host_api, identifiers};
use rhai::{Dynamic, Engine, EvalAltResult, FuncRegistration, ImmutableString, Module};

use serde_json::Value;

use crate::{
    database::{self, text},
    json::{from_json, json_text, to_json},
};

/// The global object with the host's functions as methods.
#[derive(Clone)]
struct Host;

/// Returns an engine with all functions.
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.on_print(|text| host_api::log("info", text));
    engine.on_debug(|text, _, _| host_api::log("debug", text));
    engine.register_type_with_name::<Host>("Host");
    of_the_host(&mut engine);
    helpers(&mut engine);
    let mut globals = Module::new();
    for name in ["Host", "RaisFastHost"] {
        globals.set_var(name, Host);
    }
    engine.register_global_module(globals.into());
    engine
}

/// Registers functions under each of their names, plain and as methods of the global object.
macro_rules! functions {
    ($engine:ident; $($($name:literal)+ |$($parameter:ident: $type:ty),*| $body:expr;)*) => {$(
        functions!(@one $engine, [$($name)+], ($($parameter: $type),*), $body);
    )*};
    (@one $engine:ident, [$($name:literal)+], $parameters:tt, $body:expr) => {
        $(functions!(@name $engine, $name, $parameters, $body);)+
    };
    (@name $engine:ident, $name:literal, ($($parameter:ident: $type:ty),*), $body:expr) => {
        FuncRegistration::new($name)
            .with_purity(true)
            .register_into_engine($engine, |$($parameter: $type),*| $body);
        FuncRegistration::new($name)
            .with_purity(true)
            .register_into_engine($engine, |_: &mut Host $(, $parameter: $type)*| $body);
    };
}

fn of_the_host(engine: &mut Engine) {
    functions! { engine;
        "log" |level: &str, message: Dynamic| host_api::log(level, &shown(&message));
        "logDebug" |message: Dynamic| host_api::log("debug", &shown(&message));
        "log" "logInfo" |message: Dynamic| host_api::log("info", &shown(&message));
        "logWarn" |message: Dynamic| host_api::log("warn", &shown(&message));
        "logError" |message: Dynamic| host_api::log("error", &shown(&message));
        "getConfig" "configGet" |key: &str| optional(host_api::get_config(key));
        "httpGet" |url: &str| optional(host_api::http_get(url));
        "httpPost" |url: &str, body: Dynamic| optional(host_api::http_post(url, &json_text(&body)));
        "getData" "storeGet" |key: &str| optional(host_api::get_data(key));
        "setData" "storeSet" |key: &str, value: Dynamic| host_api::set_data(key, &json_text(&value));
        "getPost" |slug: &str| optional(host_api::get_post(slug));
        "dbQuery" |sql: &str| host_api::db_query(sql, None);
        "dbQuery" |sql: &str, parameters: Dynamic| host_api::db_query(sql, given(&parameters).as_deref());
        "dbExecute" "dbExec" |sql: &str| host_api::db_execute(sql, None);
        "dbExecute" "dbExec" |sql: &str, parameters: Dynamic| host_api::db_execute(sql, given(&parameters).as_deref());
        "dbBegin" | | host_api::db_begin();
        "dbCommit" | | host_api::db_commit();
        "dbRollback" | | host_api::db_rollback();
        "dbPh" |number: i64| placeholder(u32::try_from(number).unwrap_or(0));
        "dbInsert" |table: &str, data: Dynamic| text(database::insert(table, &given_json(&data)));
        "dbInsert" |table: &str, data: Dynamic, _options: Dynamic| text(database::insert(table, &given_json(&data)));
        "dbFetchOne" |table: &str, wanted: Dynamic| text(database::fetch_one(table, &given_json(&wanted), &Value::Null));
        "dbFetchOne" |table: &str, wanted: Dynamic, options: Dynamic| text(database::fetch_one(table, &given_json(&wanted), &given_json(&options)));
        "dbFetchAll" |table: &str| text(database::fetch_all(table, &Value::Null, &Value::Null));
        "dbFetchAll" |table: &str, wanted: Dynamic| text(database::fetch_all(table, &given_json(&wanted), &Value::Null));
        "dbFetchAll" |table: &str, wanted: Dynamic, options: Dynamic| text(database::fetch_all(table, &given_json(&wanted), &given_json(&options)));
        "dbUpdate" |table: &str, data: Dynamic, wanted: Dynamic| text(database::update(table, &given_json(&data), &given_json(&wanted), &Value::Null));
        "dbUpdate" |table: &str, data: Dynamic, wanted: Dynamic, options: Dynamic| text(database::update(table, &given_json(&data), &given_json(&wanted), &given_json(&options)));
        "dbDelete" |table: &str, wanted: Dynamic| text(database::delete(table, &given_json(&wanted), &Value::Null));
        "dbDelete" |table: &str, wanted: Dynamic, options: Dynamic| text(database::delete(table, &given_json(&wanted), &given_json(&options)));
        "dbIncrement" |table: &str, columns: Dynamic, wanted: Dynamic| text(database::increment(table, &given_json(&columns), &given_json(&wanted), &Value::Null));
        "dbIncrement" |table: &str, columns: Dynamic, wanted: Dynamic, options: Dynamic| text(database::increment(table, &given_json(&columns), &given_json(&wanted), &given_json(&options)));
        "dbCount" |table: &str| text(database::count(table, &Value::Null));
        "dbCount" |table: &str, wanted: Dynamic| text(database::count(table, &given_json(&wanted)));
        "dbCount" |table: &str, wanted: Dynamic, _options: Dynamic| text(database::count(table, &given_json(&wanted)));
        "dbSum" |table: &str, column: &str| text(database::sum(table, column, &Value::Null));
        "dbSum" |table: &str, column: &str, wanted: Dynamic| text(database::sum(table, column, &given_json(&wanted)));
        "dbSum" |table: &str, column: &str, wanted: Dynamic, _options: Dynamic| text(database::sum(table, column, &given_json(&wanted)));
        "dbGroupBy" |table: &str, options: Dynamic| text(database::group_by(table, &given_json(&options)));
        "vfsRead" |path: &str| optional(host_api::vfs_read(path));
        "vfsWrite" |path: &str, content: Dynamic| host_api::vfs_write(path, &json_text(&content));
        "vfsDelete" |path: &str| host_api::vfs_delete(path);
        "vfsExists" |path: &str| host_api::vfs_exists(path);
        "vfsList" |path: &str| optional(host_api::vfs_list(path));
        "vfsStat" |path: &str| optional(host_api::vfs_stat(path));
        "emitEvent" "eventEmit" |kind: &str, data: Dynamic| host_api::emit_event(kind, &json_text(&data));
        "newId" | | identifiers::new_id();
        "now" | | clock::now();
        "ok" |data: Dynamic| data;
        "fail" |status: i64, message: &str| fail(status, message);
    }
}

fn helpers(engine: &mut Engine) {
    engine
        .register_fn("parse_json", parse_json)
        .register_fn("to_json", |value: Dynamic| to_json(&value).to_string())
        .register_fn("to_lower", |text: ImmutableString| text.to_lowercase())
        .register_fn("to_upper", |text: ImmutableString| text.to_uppercase())
        .register_fn("trim", |text: ImmutableString| text.trim().to_owned())
        .register_fn("replace", |text: ImmutableString, from: &str, to: &str| {
            text.replace(from, to)
        })
        .register_fn("substring", substring)
        .register_fn("extractJson", extract);
}

fn parse_json(text: &str) -> Result<Dynamic, Box<EvalAltResult>> {
    serde_json::from_str(text)
        .map(from_json)
        .map_err(|error| format!("parse_json: the text is not JSON: {error}").into())
}

/// Returns so many characters from a position on; what is beyond the text is left out.
fn substring(text: &str, start: i64, length: i64) -> String {
    let count = |number: i64| usize::try_from(number).unwrap_or(0);
    text.chars()
        .skip(count(start))
        .take(count(length))
        .collect()
}

/// Returns what stands at a path such as `a.b.0` in JSON text or in a value; nothing where nothing
/// does.
fn extract(input: Dynamic, path: &str) -> Dynamic {
    let value = match input.into_string() {
        Ok(text) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => Value::Null,
    };
    let found = path.split('.').try_fold(&value, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    });
    found.cloned().map_or(Dynamic::UNIT, from_json)
}

/// What a handler returns to refuse the request.
fn fail(status: i64, message: &str) -> Dynamic {
    from_json(serde_json::json!({
        "__plugin_error": true,
        "__status": status,
        "__message": message,
    }))
}

fn optional(text: Option<String>) -> Dynamic {
    text.map_or(Dynamic::UNIT, Into::into)
}

/// Parameters of a statement, as JSON text or as a list; none for nothing.
fn given(parameters: &Dynamic) -> Option<String> {
    (!parameters.is_unit()).then(|| json_text(parameters))
}

/// What a script hands over as JSON: a text of it, or a value.
fn given_json(value: &Dynamic) -> Value {
    match value.clone().into_string() {
        Ok(text) if text.trim().is_empty() => Value::Null,
        // What is not JSON is a text, which no function takes.
        Ok(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Err(_) => to_json(value),
    }
}

fn shown(value: &Dynamic) -> String {
    json_text(value)
}
