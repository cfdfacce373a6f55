//! The functions of the module `sdk`: tables in and out, and errors that are raised.

use raisfast_plugin::host_api;

use super::{
    Answer, Arguments, Function,
    plain::{self, nothing},
    web,
};
use crate::{
    json,
    packed::{self, Packer, Value},
    typed,
};

pub(super) const FUNCTIONS: &[Function] = &[
    ("logDebug", |it, packer| log("debug", it, packer)),
    ("logInfo", |it, packer| log("info", it, packer)),
    ("logWarn", |it, packer| log("warn", it, packer)),
    ("logError", |it, packer| log("error", it, packer)),
    ("configGet", plain::get_config),
    ("httpGet", plain::http_get),
    ("httpGetJson", http_get_json),
    ("httpPost", plain::http_post),
    ("httpPostJson", http_post_json),
    ("httpSend", web::send),
    ("storeGet", plain::get_data),
    ("storeSet", plain::set_data),
    ("getPost", get_post),
    ("dbQuery", db_query),
    ("dbExec", db_execute),
    ("dbExecute", db_execute),
    ("dbBegin", |_, packer| answer(packer, &host_api::db_begin())),
    ("dbCommit", |_, packer| {
        answer(packer, &host_api::db_commit())
    }),
    ("dbRollback", |_, packer| {
        answer(packer, &host_api::db_rollback())
    }),
    ("dbPh", plain::db_placeholder),
    ("dbInsert", |it, packer| typed("dbInsert", it, packer)),
    ("dbFetchOne", |it, packer| typed("dbFetchOne", it, packer)),
    ("dbFetchAll", |it, packer| typed("dbFetchAll", it, packer)),
    ("dbUpdate", |it, packer| typed("dbUpdate", it, packer)),
    ("dbDelete", |it, packer| typed("dbDelete", it, packer)),
    ("dbIncrement", |it, packer| typed("dbIncrement", it, packer)),
    ("dbCount", |it, packer| typed("dbCount", it, packer)),
    ("dbSum", |it, packer| typed("dbSum", it, packer)),
    ("dbGroupBy", |it, packer| typed("dbGroupBy", it, packer)),
    ("vfsRead", plain::vfs_read),
    ("vfsWrite", plain::vfs_write),
    ("vfsDelete", plain::vfs_delete),
    ("vfsExists", plain::vfs_exists),
    ("vfsList", vfs_list),
    ("vfsStat", vfs_stat),
    ("eventEmit", event_emit),
    ("emitEvent", event_emit),
    ("newId", plain::new_id),
    ("now", plain::now),
    ("unixMilliseconds", plain::unix_milliseconds),
    ("delivery", plain::delivery),
    ("refuse", plain::refuse),
    ("fail", fail),
    ("extractJson", extract_json),
    ("jsonEncode", plain::json_encode),
    ("jsonDecode", plain::json_decode),
];

/// Packs JSON that the host answers with; `{"error": …}` is an error.
fn answer(packer: &mut Packer, text: &str) -> Answer {
    if text.starts_with("{\"error\"") {
        let Value::Object(fields) = read(text)? else {
            return Err(text.to_owned());
        };
        let message = fields.into_iter().find(|(name, _)| name == "error");
        return Err(match message {
            Some((_, Value::String(message))) => String::from_utf8_lossy(&message).into_owned(),
            _ => text.to_owned(),
        });
    }
    json::pack(text, packer).map_err(|error| format!("the host's answer is not JSON: {error}"))
}

/// Packs JSON that may be absent.
fn optional(packer: &mut Packer, text: Option<&str>, what: &str) -> Answer {
    match text {
        Some(text) => {
            json::pack(text, packer).map_err(|error| format!("{what} is not JSON: {error}"))
        }
        None => nothing(packer),
    }
}

fn read(text: &str) -> Result<Value, String> {
    let mut packer = Packer::default();
    json::pack(text, &mut packer)?;
    packed::read(&packer.finish()).map_err(|error| error.to_string())
}

fn typed(name: &str, arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    packer.value(&typed::call(name, plain::typed(arguments)?)?);
    Ok(())
}

fn log(level: &str, arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    host_api::log(level, &arguments.shown());
    nothing(packer)
}

fn http_get_json(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let body = host_api::http_get(&arguments.text()?);
    optional(packer, body.as_deref(), "the answer")
}

fn http_post_json(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (url, body) = (arguments.text()?, arguments.optional_json()?);
    let body = host_api::http_post(&url, &body.unwrap_or_else(|| "null".to_owned()));
    optional(packer, body.as_deref(), "the answer")
}

fn get_post(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let post = host_api::get_post(&arguments.text()?);
    optional(packer, post.as_deref(), "the post")
}

fn db_query(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (sql, parameters) = (arguments.text()?, arguments.parameters()?);
    answer(packer, &host_api::db_query(&sql, parameters.as_deref()))
}

fn db_execute(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (sql, parameters) = (arguments.text()?, arguments.parameters()?);
    answer(packer, &host_api::db_execute(&sql, parameters.as_deref()))
}

fn vfs_list(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let names = host_api::vfs_list(&arguments.text()?);
    optional(packer, names.as_deref(), "the list of files")
}

fn vfs_stat(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let facts = host_api::vfs_stat(&arguments.text()?);
    optional(packer, facts.as_deref(), "what is known of the file")
}

fn event_emit(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (kind, data) = (arguments.text()?, arguments.optional_json()?);
    let data = data.unwrap_or_else(|| "null".to_owned());
    answer(packer, &host_api::emit_event(&kind, &data))
}

/// What a handler returns to refuse the request.
fn fail(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (status, message) = (arguments.integer()?, arguments.text()?);
    packer.object(3);
    packer.name("__plugin_error");
    packer.boolean(true);
    packer.name("__status");
    packer.integer(status);
    packer.name("__message");
    packer.string(message.as_bytes());
    Ok(())
}

/// Returns what stands at a path such as `a.b.0` in JSON text or in a table; nothing where nothing
/// does. As in JSON's other readers, the first item of a list is `0`.
fn extract_json(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let mut found = arguments.table()?;
    let path = arguments.text()?;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        found = match found {
            Value::Object(fields) => fields
                .into_iter()
                .find(|(it, _)| it == name)
                .map_or(Value::None, |(_, value)| value),
            Value::List(items) => name
                .parse()
                .ok()
                .and_then(|index| items.into_iter().nth(index))
                .unwrap_or(Value::None),
            // A field may be JSON text itself.
            Value::String(text) => match read(&String::from_utf8_lossy(&text)) {
                Ok(Value::Object(fields)) => fields
                    .into_iter()
                    .find(|(it, _)| it == name)
                    .map_or(Value::None, |(_, value)| value),
                _ => Value::None,
            },
            _ => Value::None,
        };
    }
    packer.value(&found);
    Ok(())
}
