//! The functions of the module `sdk`.

use super::{
    Arguments, Called, Function, answered, calls,
    global::{self, functions},
};
use crate::{Host, Value, json};

functions! {
    /// The functions of the module `sdk`.
    SDK;
    "dbQuery" ["sql", "params"] |host, mut arguments| {
        let sql = arguments.text()?;
        answered(&host.db_query(&sql, arguments.parameters()?.as_deref()))
    };
    "dbExec" ["sql", "params"] |host, mut arguments| {
        let sql = arguments.text()?;
        answered(&host.db_execute(&sql, arguments.parameters()?.as_deref()))
    };
    "dbBegin" [] |host, _| answered(&host.db_begin());
    "dbCommit" [] |host, _| answered(&host.db_commit());
    "dbRollback" [] |host, _| answered(&host.db_rollback());
    "dbPh" ["number"] |host, mut arguments| Ok(host.placeholder(arguments.number()?).into());
    "dbInsert" ["table", "data", "options"] global::insert;
    "dbFetchOne" ["table", "where", "options"] global::fetch_one;
    "dbFetchAll" ["table", "where", "options"] global::fetch_all;
    "dbUpdate" ["table", "data", "where", "options"] global::update;
    "dbDelete" ["table", "where", "options"] global::delete;
    "dbIncrement" ["table", "columns", "where", "options"] global::increment;
    "dbCount" ["table", "where", "options"] global::count;
    "dbSum" ["table", "column", "where", "options"] global::sum;
    "dbGroupBy" ["table", "options"] global::group_by;
    "httpGet" ["url"] |host, mut arguments| Ok(host.http_get(&arguments.text()?).into());
    "httpGetJson" ["url"] |host, mut arguments| parsed(host.http_get(&arguments.text()?));
    "httpPost" ["url", "body"] global::http_post;
    "httpPostJson" ["url", "data"] |host, mut arguments| {
        let url = arguments.text()?;
        let body = match arguments.value() {
            Value::Text(text) if json::read(&text).is_ok() => text,
            data => data.to_string(),
        };
        parsed(host.http_post(&url, &body))
    };
    "configGet" ["key"] |host, mut arguments| Ok(host.get_config(&arguments.text()?).into());
    "storeGet" ["key"] |host, mut arguments| Ok(host.get_data(&arguments.text()?).into());
    "storeSet" ["key", "value"] global::set_data;
    "vfsRead" ["path"] |host, mut arguments| Ok(host.vfs_read(&arguments.text()?).into());
    "vfsWrite" ["path", "content"] global::vfs_write;
    "vfsDelete" ["path"] |host, mut arguments| Ok(host.vfs_delete(&arguments.text()?).into());
    "vfsExists" ["path"] |host, mut arguments| Ok(host.vfs_exists(&arguments.text()?).into());
    "vfsList" ["path"] |host, mut arguments| {
        let names = parsed(host.vfs_list(&arguments.text()?))?;
        Ok(if names.is_null() { Value::List(Vec::new()) } else { names })
    };
    "vfsStat" ["path"] |host, mut arguments| parsed(host.vfs_stat(&arguments.text()?));
    "getPost" ["slug"] |host, mut arguments| parsed(host.get_post(&arguments.text()?));
    "ok" ["data"] |_, mut arguments| Ok(arguments.value());
    "fail" ["status", "message"] |_, arguments| fail(arguments);
    "extractJson" ["input", "path"] |_, arguments| extract_json(arguments);
    "logInfo" ["message"] |host, arguments| Ok(log(host, "info", arguments));
    "logWarn" ["message"] |host, arguments| Ok(log(host, "warn", arguments));
    "logError" ["message"] |host, arguments| Ok(log(host, "error", arguments));
    "httpSend" ["request"] calls::send;
    "delivery" [] |host, _| Ok(calls::delivery(host).into());
    "refuse" ["pointer", "message"] calls::refuse;
    "now" [] |host, _| Ok(host.now().into());
    "unixMilliseconds" [] |host, _| Ok(host.unix_milliseconds().into());
    "newId" [] |host, _| Ok(host.new_id().into());
    "eventEmit" ["type", "data"] |host, mut arguments| answered(&global::emit(host, &mut arguments)?);
}

/// Returns the value in JSON text; nothing where there is no text.
fn parsed(text: Option<String>) -> Called {
    text.map_or(Ok(Value::Null), |text| {
        json::read(&text).map_err(|error| format!("the answer is {error}").into())
    })
}

fn log(host: &dyn Host, level: &str, arguments: Arguments) -> Value {
    host.log(level, &arguments.line());
    Value::Null
}

/// Returns the object that refuses the request where a handler returns it.
fn fail(mut arguments: Arguments) -> Called {
    let status = match arguments.value() {
        // Some scripts leave the status out.
        Value::Text(message) => {
            return Ok(failure(Value::Integer(422), message));
        }
        status @ Value::Integer(_) => status,
        other => {
            return Err(format!(
                "status: expected a number such as 422, found {}",
                other.kind()
            )
            .into());
        }
    };
    let message = match arguments.value() {
        Value::Null => String::from("the plugin refuses the request"),
        message => message.into_text(),
    };
    Ok(failure(status, message))
}

fn failure(status: Value, message: String) -> Value {
    Value::object([
        ("__plugin_error", Value::Boolean(true)),
        ("__status", status),
        ("__message", Value::Text(message)),
    ])
}

/// Returns the value that a path such as `a.0.b` leads to; nothing where it leads nowhere.
fn extract_json(mut arguments: Arguments) -> Called {
    let mut value = arguments.json()?;
    let path = match arguments.value() {
        Value::Null => return Ok(value),
        path => path.into_text(),
    };
    for name in path.split('.').filter(|name| !name.is_empty()) {
        value = match value {
            Value::Object(fields) => {
                let mut fields = fields.into_iter();
                let field = fields.find(|(field, _)| field == name);
                field.map_or(Value::Null, |(_, value)| value)
            }
            Value::List(mut items) => match name.parse::<usize>() {
                Ok(index) if index < items.len() => items.swap_remove(index),
                _ => Value::Null,
            },
            _ => Value::Null,
        };
    }
    Ok(value)
}
