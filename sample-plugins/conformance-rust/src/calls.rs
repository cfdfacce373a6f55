//! Call one function of the host, as a case asks for it.

use std::time::Duration;

use raisfast_plugin::{
    clock, database, deliveries, exports::raisfast::plugin_wit::plugin_hooks::ContentEvent,
    host_api, http, identifiers, refusals,
};

use crate::{
    answer::Answer,
    rows::{
        self, fields, optional_value, rows_of, value, written_row, written_rows, written_value,
    },
};

/// Between the arguments of a call, and between the parts of an answer.
pub const SEPARATOR: &str = "\u{1F}";

/// The arguments of a call. One that is missing is empty.
pub struct Arguments<'a>(Vec<&'a str>);

impl<'a> Arguments<'a> {
    pub fn text(&self, index: usize) -> &'a str {
        self.optional(index).unwrap_or_default()
    }

    pub fn optional(&self, index: usize) -> Option<&'a str> {
        self.0.get(index).copied()
    }

    pub fn from(&self, index: usize) -> &[&'a str] {
        self.0.get(index..).unwrap_or_default()
    }

    /// A number, if there is one.
    pub fn number(&self, index: usize) -> Option<u64> {
        let text = self.text(index);
        (!text.is_empty()).then(|| text.parse().expect("a number"))
    }
}

/// Calls the function with this name, and describes its answer as an event.
pub fn call_host(function: &str, data: &str) -> ContentEvent {
    let arguments = Arguments(data.split(SEPARATOR).collect());
    let answer = match function.split_once('/') {
        Some(("host-api", function)) => call_host_api(function, &arguments),
        Some(("database", function)) => call_database(function, &arguments),
        Some(("language", function)) => call_language(function),
        _ => call_other(function, &arguments),
    };
    answer.into()
}

fn call_host_api(function: &str, call: &Arguments<'_>) -> Answer {
    match function {
        "log" => {
            host_api::log(call.text(0), call.text(1));
            Answer::Nothing
        }
        "get-config" => host_api::get_config(call.text(0)).into(),
        "http-get" => host_api::http_get(call.text(0)).into(),
        "http-post" => host_api::http_post(call.text(0), call.text(1)).into(),
        "get-data" => host_api::get_data(call.text(0)).into(),
        "set-data" => host_api::set_data(call.text(0), call.text(1)).into(),
        "get-post" => host_api::get_post(call.text(0)).into(),
        "db-query" => host_api::db_query(call.text(0), call.optional(1)).into(),
        "db-execute" => host_api::db_execute(call.text(0), call.optional(1)).into(),
        "db-begin" => host_api::db_begin().into(),
        "db-commit" => host_api::db_commit().into(),
        "db-rollback" => host_api::db_rollback().into(),
        "vfs-read" => host_api::vfs_read(call.text(0)).into(),
        "vfs-write" => host_api::vfs_write(call.text(0), call.text(1)).into(),
        "vfs-delete" => host_api::vfs_delete(call.text(0)).into(),
        "vfs-exists" => host_api::vfs_exists(call.text(0)).into(),
        "vfs-list" => host_api::vfs_list(call.text(0)).into(),
        "vfs-stat" => host_api::vfs_stat(call.text(0)).into(),
        "emit-event" => host_api::emit_event(call.text(0), call.text(1)).into(),
        _ => panic!("host-api has no function `{function}`"),
    }
}

fn call_database(function: &str, call: &Arguments<'_>) -> Answer {
    match function {
        "insert" => database::table(call.text(0))
            .insert(fields(call.from(1)))
            .into(),
        "fetch-one" => {
            let row = rows::query(call).fetch_one();
            row.map(|row| row.as_ref().map(written_row)).into()
        }
        "fetch-all" => rows::query(call)
            .fetch_all()
            .map(|rows| written_rows(&rows))
            .into(),
        "update" => rows_of(call.text(0), call.text(1))
            .update(fields(call.from(2)))
            .into(),
        "delete" => rows_of(call.text(0), call.text(1)).delete().into(),
        "count" => rows_of(call.text(0), call.text(1)).count().into(),
        "increment" => increment(call).into(),
        "sum" => rows_of(call.text(0), call.text(2))
            .sum(call.text(1))
            .map(|sum| written_value(&sum))
            .into(),
        "group-by" => rows_of(call.text(0), call.text(1))
            .group_by(["flag"])
            .count("rows")
            .sum("whole", "total")
            .order(database::field("rows").desc())
            .fetch_all()
            .map(|groups| written_rows(&groups))
            .into(),
        "placeholder" => database::placeholder(call.text(0).parse().expect("a number")).into(),
        _ => panic!("database has no function `{function}`"),
    }
}

fn increment(call: &Arguments<'_>) -> Result<u64, database::Error> {
    let mut increment =
        rows_of(call.text(0), call.text(1)).increment(call.text(2), value(call.text(3)));
    if let Some(least) = optional_value(call.text(4)) {
        increment = increment.min(least);
    }
    if let Some(most) = optional_value(call.text(5)) {
        increment = increment.max(most);
    }
    increment.set(fields(call.from(6))).apply()
}

fn call_other(function: &str, call: &Arguments<'_>) -> Answer {
    match function {
        "identifiers/new-id" => identifiers::new_id().into(),
        "clock/now" => clock::now().into(),
        "clock/unix-milliseconds" => clock::unix_milliseconds().into(),
        "deliveries/current" => deliveries::current()
            .map(|it| [it.id, it.attempt.to_string(), it.created_at].join(SEPARATOR))
            .into(),
        "refusals/refuse" => {
            refusals::refuse(call.optional(1), call.text(0));
            Answer::Nothing
        }
        "http/send" => send(call).into(),
        _ => panic!("the contract has no function `{function}`"),
    }
}

fn send(call: &Arguments<'_>) -> Result<String, http::Error> {
    let method = match call.text(0) {
        "get" => http::Method::Get,
        "head" => http::Method::Head,
        "post" => http::Method::Post,
        "put" => http::Method::Put,
        "patch" => http::Method::Patch,
        "delete" => http::Method::Delete,
        method => panic!("http has no method `{method}`"),
    };
    let mut request = http::Request::new(method, call.text(1)).body(call.text(3));
    if let Some(milliseconds) = call.number(2) {
        request = request.timeout(Duration::from_millis(milliseconds));
    }
    for header in call.from(4).chunks_exact(2) {
        request = request.header(header[0], header[1]);
    }
    let response = request.send()?;
    let mut parts = vec![response.status().to_string(), response.text().into_owned()];
    for (name, value) in response.headers() {
        parts.extend([name.to_owned(), value.to_owned()]);
    }
    Ok(parts.join(SEPARATOR))
}

fn call_language(function: &str) -> Answer {
    match function {
        "fail" => panic!("asked to fail"),
        "print" | "print-error" | "clock" | "random" | "number" => Answer::Unsupported,
        _ => panic!("there is no `language/{function}`"),
    }
}
