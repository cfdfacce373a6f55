//! The functions of the global object.

use super::{Arguments, Called, Function, calls};
use crate::{Host, Value, database};

/// Declares functions: a name, the names of the parameters, and what is done.
macro_rules! functions {
    ($(#[$doc:meta])* $list:ident; $($name:literal [$($parameter:literal),*] $call:expr;)*) => {
        $(#[$doc])*
        pub const $list: &[Function] = &[$(Function {
            name: $name,
            parameters: &[$($parameter),*],
            call: $call,
        }),*];
    };
}
pub(super) use functions;

functions! {
    /// The functions of `RaisFastHost`, which is also `Host`.
    HOST;
    "log" ["level", "message"] |host, mut arguments| {
        let first = arguments.text()?;
        let message = arguments.line();
        if message.is_empty() {
            host.log("info", &first);
        } else {
            host.log(&first, &message);
        }
        Ok(Value::Null)
    };
    "getConfig" ["key"] |host, mut arguments| Ok(host.get_config(&arguments.text()?).into());
    "httpGet" ["url"] |host, mut arguments| Ok(host.http_get(&arguments.text()?).into());
    "httpPost" ["url", "body"] http_post;
    "getData" ["key"] |host, mut arguments| Ok(host.get_data(&arguments.text()?).into());
    "setData" ["key", "value"] set_data;
    "getPost" ["slug"] |host, mut arguments| Ok(host.get_post(&arguments.text()?).into());
    "dbQuery" ["sql", "params"] |host, mut arguments| {
        let sql = arguments.text()?;
        Ok(host.db_query(&sql, arguments.parameters()?.as_deref()).into())
    };
    "dbExecute" ["sql", "params"] |host, mut arguments| {
        let sql = arguments.text()?;
        Ok(host.db_execute(&sql, arguments.parameters()?.as_deref()).into())
    };
    "dbBegin" [] |host, _| Ok(host.db_begin().into());
    "dbCommit" [] |host, _| Ok(host.db_commit().into());
    "dbRollback" [] |host, _| Ok(host.db_rollback().into());
    "vfsRead" ["path"] |host, mut arguments| Ok(host.vfs_read(&arguments.text()?).into());
    "vfsWrite" ["path", "content"] vfs_write;
    "vfsDelete" ["path"] |host, mut arguments| Ok(host.vfs_delete(&arguments.text()?).into());
    "vfsExists" ["path"] |host, mut arguments| Ok(host.vfs_exists(&arguments.text()?).into());
    "vfsList" ["path"] |host, mut arguments| Ok(host.vfs_list(&arguments.text()?).into());
    "vfsStat" ["path"] |host, mut arguments| Ok(host.vfs_stat(&arguments.text()?).into());
    "emitEvent" ["type", "data"] |host, mut arguments| Ok(emit(host, &mut arguments)?.into());
    "httpSend" ["request"] |host, arguments| Ok(text(calls::send(host, arguments)));
    "delivery" [] |host, _| Ok(calls::delivery(host).map(|delivery| delivery.to_string()).into());
    "refuse" ["pointer", "message"] calls::refuse;
    "now" [] |host, _| Ok(host.now().into());
    "unixMilliseconds" [] |host, _| Ok(host.unix_milliseconds().into());
    "newId" [] |host, _| Ok(host.new_id().into());
    "dbPh" ["number"] |host, mut arguments| Ok(host.placeholder(arguments.number()?).into());
    "dbInsert" ["table", "data", "options"] |host, arguments| Ok(text(insert(host, arguments)));
    "dbFetchOne" ["table", "where", "options"] |host, arguments| Ok(text(fetch_one(host, arguments)));
    "dbFetchAll" ["table", "where", "options"] |host, arguments| Ok(text(fetch_all(host, arguments)));
    "dbUpdate" ["table", "data", "where", "options"] |host, arguments| Ok(text(update(host, arguments)));
    "dbDelete" ["table", "where", "options"] |host, arguments| Ok(text(delete(host, arguments)));
    "dbIncrement" ["table", "columns", "where", "options"]
        |host, arguments| Ok(text(increment(host, arguments)));
    "dbCount" ["table", "where", "options"] |host, arguments| Ok(text(count(host, arguments)));
    "dbSum" ["table", "column", "where", "options"] |host, arguments| Ok(text(sum(host, arguments)));
    "dbGroupBy" ["table", "options"] |host, arguments| Ok(text(group_by(host, arguments)));
}

/// Returns an answer as JSON text; a failure is `{"error": "…"}`, with its `code` where it has one.
fn text(answer: Called) -> Value {
    let answer = answer.unwrap_or_else(|reason| {
        let code = reason.code.map(|code| ("code", Value::Text(code)));
        Value::object(std::iter::once(("error", Value::Text(reason.message))).chain(code))
    });
    Value::Text(answer.to_string())
}

pub(super) fn http_post(host: &dyn Host, mut arguments: Arguments) -> Called {
    let url = arguments.text()?;
    let body = arguments.value();
    let body = if body.is_null() {
        String::new()
    } else {
        body.into_text()
    };
    Ok(host.http_post(&url, &body).into())
}

pub(super) fn set_data(host: &dyn Host, mut arguments: Arguments) -> Called {
    let key = arguments.text()?;
    Ok(host.set_data(&key, &arguments.text()?).into())
}

pub(super) fn vfs_write(host: &dyn Host, mut arguments: Arguments) -> Called {
    let path = arguments.text()?;
    Ok(host.vfs_write(&path, &arguments.text()?).into())
}

pub(super) fn emit(host: &dyn Host, arguments: &mut Arguments) -> Result<String, String> {
    let event_type = arguments.text()?;
    Ok(host.emit_event(&event_type, &arguments.value().into_text()))
}

pub(super) fn insert(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    database::insert(host, &table, &arguments.json()?)
}

pub(super) fn fetch_one(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    database::fetch_one(host, &table, &arguments.json()?, &arguments.json()?)
}

pub(super) fn fetch_all(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    database::fetch_all(host, &table, &arguments.json()?, &arguments.json()?)
}

pub(super) fn update(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    let data = arguments.json()?;
    database::update(host, &table, &data, &arguments.json()?, &arguments.json()?)
}

pub(super) fn delete(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    database::delete(host, &table, &arguments.json()?, &arguments.json()?)
}

pub(super) fn increment(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    let columns = arguments.json()?;
    database::increment(
        host,
        &table,
        &columns,
        &arguments.json()?,
        &arguments.json()?,
    )
}

pub(super) fn count(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    database::count(host, &table, &arguments.json()?)
}

pub(super) fn sum(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    let column = arguments.name()?;
    database::sum(host, &table, &column, &arguments.json()?)
}

pub(super) fn group_by(host: &dyn Host, mut arguments: Arguments) -> database::Answer {
    let table = arguments.name()?;
    database::group_by(host, &table, &arguments.json()?)
}
