//! The functions of `Host` and `RaisFastHost`: the contract's, in camel case.

use raisfast_plugin::host_api;

use super::{
    Answer, Arguments, Function,
    plain::{self, nothing, optional, text},
    web,
};
use crate::{
    json,
    packed::{Packer, Value},
    typed,
};

pub(super) const FUNCTIONS: &[Function] = &[
    ("log", log),
    ("getConfig", plain::get_config),
    ("httpGet", plain::http_get),
    ("httpPost", plain::http_post),
    ("httpSend", web::send),
    ("getData", plain::get_data),
    ("setData", plain::set_data),
    ("getPost", get_post),
    ("dbQuery", db_query),
    ("dbExecute", db_execute),
    ("dbExec", db_execute),
    ("dbBegin", db_begin),
    ("dbCommit", db_commit),
    ("dbRollback", db_rollback),
    ("dbPh", plain::db_placeholder),
    ("vfsRead", plain::vfs_read),
    ("vfsWrite", plain::vfs_write),
    ("vfsDelete", plain::vfs_delete),
    ("vfsExists", plain::vfs_exists),
    ("vfsList", vfs_list),
    ("vfsStat", vfs_stat),
    ("emitEvent", emit_event),
    ("newId", plain::new_id),
    ("now", plain::now),
    ("unixMilliseconds", plain::unix_milliseconds),
    ("delivery", plain::delivery),
    ("refuse", plain::refuse),
    ("jsonEncode", plain::json_encode),
    ("jsonDecode", plain::json_decode),
    ("dbInsert", |it, packer| typed("dbInsert", it, packer)),
    ("dbFetchOne", |it, packer| typed("dbFetchOne", it, packer)),
    ("dbFetchAll", |it, packer| typed("dbFetchAll", it, packer)),
    ("dbUpdate", |it, packer| typed("dbUpdate", it, packer)),
    ("dbDelete", |it, packer| typed("dbDelete", it, packer)),
    ("dbIncrement", |it, packer| typed("dbIncrement", it, packer)),
    ("dbCount", |it, packer| typed("dbCount", it, packer)),
    ("dbSum", |it, packer| typed("dbSum", it, packer)),
    ("dbGroupBy", |it, packer| typed("dbGroupBy", it, packer)),
];

/// Calls a function of the database without SQL; its answer is JSON text, and so is a failure.
fn typed(name: &str, arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let answer = plain::typed(arguments)
        .and_then(|arguments| typed::call(name, arguments))
        .and_then(|answer| json::text(&answer));
    match answer {
        Ok(answer) => text(packer, &answer),
        Err(error) => {
            let error = ("error".to_owned(), Value::String(error.into_bytes()));
            text(packer, &json::text(&Value::Object(vec![error]))?)
        }
    }
}

/// `log(level, text)`; a text alone is of the level `info`.
fn log(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let first = arguments.text()?;
    if arguments.is_empty() {
        host_api::log("info", &first);
    } else {
        host_api::log(&first, &arguments.shown());
    }
    nothing(packer)
}

fn get_post(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    optional(packer, host_api::get_post(&arguments.text()?))
}

fn db_query(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (sql, parameters) = (arguments.text()?, arguments.parameters()?);
    text(packer, &host_api::db_query(&sql, parameters.as_deref()))
}

fn db_execute(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (sql, parameters) = (arguments.text()?, arguments.parameters()?);
    text(packer, &host_api::db_execute(&sql, parameters.as_deref()))
}

fn db_begin(_: &mut Arguments, packer: &mut Packer) -> Answer {
    text(packer, &host_api::db_begin())
}

fn db_commit(_: &mut Arguments, packer: &mut Packer) -> Answer {
    text(packer, &host_api::db_commit())
}

fn db_rollback(_: &mut Arguments, packer: &mut Packer) -> Answer {
    text(packer, &host_api::db_rollback())
}

fn vfs_list(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    optional(packer, host_api::vfs_list(&arguments.text()?))
}

fn vfs_stat(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    optional(packer, host_api::vfs_stat(&arguments.text()?))
}

fn emit_event(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (kind, data) = (arguments.text()?, arguments.optional_json()?);
    let data = data.unwrap_or_else(|| "null".to_owned());
    text(packer, &host_api::emit_event(&kind, &data))
}
