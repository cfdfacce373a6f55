//! A host in memory, for the tests of interpreters.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use raisfast_plugin::{bindings::raisfast::plugin_wit::http, deliveries::Delivery};

use crate::{
    Host,
    database::contract::{Addition, Error, Filter, Grouping, Query, Row, Value},
};

/// A host that keeps what it is told, and returns what it was given.
#[derive(Debug, Default)]
pub struct StandIn {
    /// The log records, as `level: message`.
    pub log: RefCell<Vec<String>>,
    /// The calls that reach the database, one a line.
    pub calls: RefCell<Vec<String>>,
    /// The plugin's store, which is also its settings.
    pub data: RefCell<BTreeMap<String, String>>,
    /// The plugin's files.
    pub files: RefCell<BTreeMap<String, String>>,
    /// The bodies that URLs have; those of posts are `POST` and the URL.
    pub web: RefCell<BTreeMap<String, String>>,
    /// The answer to SQL.
    pub answer: RefCell<String>,
    /// The rows that are found.
    pub rows: RefCell<Vec<Row>>,
    /// The sum of each column.
    pub total: RefCell<Option<Value>>,
    /// The error of functions without SQL.
    pub error: RefCell<Option<Error>>,
    /// The delivery that the call is.
    pub delivery: RefCell<Option<Delivery>>,
    /// The number of rows that are changed.
    pub affected: Cell<u64>,
    /// True while a transaction is open.
    pub in_transaction: Cell<bool>,
}

impl StandIn {
    /// Takes the calls that have reached the database.
    pub fn take_calls(&self) -> Vec<String> {
        self.calls.take()
    }

    fn called(&self, call: String) -> Result<(), Error> {
        self.calls.borrow_mut().push(call);
        self.error.borrow().clone().map_or(Ok(()), Err)
    }

    fn transaction(&self, call: &str, was_open: bool, is_open: bool) -> String {
        self.calls.borrow_mut().push(call.to_owned());
        if self.in_transaction.get() != was_open {
            return r#"{"error":"a transaction is open, or none","code":"transaction"}"#.into();
        }
        self.in_transaction.set(is_open);
        r#"{"ok":true}"#.into()
    }
}

impl Host for StandIn {
    fn log(&self, level: &str, message: &str) {
        self.log.borrow_mut().push(format!("{level}: {message}"));
    }

    fn get_config(&self, key: &str) -> Option<String> {
        self.data.borrow().get(key).cloned()
    }

    fn http_get(&self, url: &str) -> Option<String> {
        self.web.borrow().get(url).cloned()
    }

    fn http_post(&self, url: &str, body: &str) -> Option<String> {
        self.calls.borrow_mut().push(format!("POST {url} {body}"));
        self.web.borrow().get(&format!("POST {url}")).cloned()
    }

    fn http_send(&self, request: &http::Request) -> Result<http::Response, http::Error> {
        let body = self.web.borrow().get(&request.url).cloned();
        let body = body.ok_or_else(|| http::Error::Connection("nobody is there".into()))?;
        let sent = String::from_utf8_lossy(&request.body);
        let (method, headers) = (request.method, &request.headers);
        let timeout = request.timeout_ms;
        let call = format!(
            "send {method:?} {} {headers:?} {sent} {timeout:?}",
            request.url
        );
        self.calls.borrow_mut().push(call);
        Ok(http::Response {
            status: 404,
            headers: vec![("a-name".into(), "value".into())],
            body: body.into_bytes(),
        })
    }

    fn get_data(&self, key: &str) -> Option<String> {
        self.data.borrow().get(key).cloned()
    }

    fn set_data(&self, key: &str, value: &str) -> bool {
        let mut data = self.data.borrow_mut();
        data.insert(key.to_owned(), value.to_owned());
        true
    }

    fn get_post(&self, slug: &str) -> Option<String> {
        (slug == "one").then(|| r#"{"slug":"one","view_count":9007199254740993}"#.into())
    }

    fn db_query(&self, sql: &str, parameters: Option<&str>) -> String {
        let mut calls = self.calls.borrow_mut();
        calls.push(format!("query {sql} {parameters:?}"));
        self.answer.borrow().clone()
    }

    fn db_execute(&self, sql: &str, parameters: Option<&str>) -> String {
        let mut calls = self.calls.borrow_mut();
        calls.push(format!("execute {sql} {parameters:?}"));
        self.answer.borrow().clone()
    }

    fn db_begin(&self) -> String {
        self.transaction("begin", false, true)
    }

    fn db_commit(&self) -> String {
        self.transaction("commit", true, false)
    }

    fn db_rollback(&self) -> String {
        self.transaction("rollback", true, false)
    }

    fn vfs_read(&self, path: &str) -> Option<String> {
        self.files.borrow().get(path).cloned()
    }

    fn vfs_write(&self, path: &str, content: &str) -> bool {
        let mut files = self.files.borrow_mut();
        files.insert(path.to_owned(), content.to_owned());
        true
    }

    fn vfs_delete(&self, path: &str) -> bool {
        self.files.borrow_mut().remove(path).is_some()
    }

    fn vfs_exists(&self, path: &str) -> bool {
        self.files.borrow().contains_key(path)
    }

    fn vfs_list(&self, path: &str) -> Option<String> {
        let files = self.files.borrow();
        let folder = format!("{path}/");
        let names = files.keys().filter_map(|file| file.strip_prefix(&folder));
        let names: Vec<crate::Value> = names.map(Into::into).collect();
        (!names.is_empty()).then(|| crate::Value::List(names).to_string())
    }

    fn vfs_stat(&self, path: &str) -> Option<String> {
        let files = self.files.borrow();
        let size = files.get(path)?.len();
        Some(format!(
            r#"{{"size":{size},"is_dir":false,"modified":null}}"#
        ))
    }

    fn emit_event(&self, event_type: &str, data: &str) -> String {
        if event_type.is_empty() {
            return r#"{"error":"an event has a type","code":"invalid_argument"}"#.into();
        }
        self.calls
            .borrow_mut()
            .push(format!("emit {event_type} {data}"));
        r#"{"ok":true}"#.into()
    }

    fn insert(&self, table: &str, row: &Row) -> Result<(), Error> {
        self.called(format!("insert {table} {}", shown(row)))
    }

    fn fetch_one(&self, query: &Query) -> Result<Option<Row>, Error> {
        self.called(format!("fetch-one {query:?}"))?;
        Ok(self.rows.borrow().first().cloned())
    }

    fn fetch_all(&self, query: &Query) -> Result<Vec<Row>, Error> {
        self.called(format!("fetch-all {query:?}"))?;
        Ok(self.rows.borrow().clone())
    }

    fn update(&self, table: &str, filter: &Filter, set: &Row) -> Result<u64, Error> {
        self.called(format!("update {table} {filter:?} {}", shown(set)))?;
        Ok(self.affected.get())
    }

    fn delete(&self, table: &str, filter: &Filter) -> Result<u64, Error> {
        self.called(format!("delete {table} {filter:?}"))?;
        Ok(self.affected.get())
    }

    fn count(&self, table: &str, filter: &Filter) -> Result<u64, Error> {
        self.called(format!("count {table} {filter:?}"))?;
        Ok(self.affected.get())
    }

    fn increment(&self, addition: &Addition) -> Result<u64, Error> {
        self.called(format!(
            "increment {} {} by {:?} set {}",
            addition.table,
            addition.column,
            addition.by,
            shown(&addition.set)
        ))?;
        Ok(self.affected.get())
    }

    fn sum(&self, table: &str, column: &str, filter: &Filter) -> Result<Value, Error> {
        self.called(format!("sum {table} {column} {filter:?}"))?;
        Ok(self.total.borrow().clone().unwrap_or(Value::Integer(0)))
    }

    fn group_by(&self, grouping: &Grouping) -> Result<Vec<Row>, Error> {
        self.called(format!("group-by {grouping:?}"))?;
        Ok(self.rows.borrow().clone())
    }

    fn placeholder(&self, _number: u32) -> String {
        "?".into()
    }

    fn new_id(&self) -> String {
        "0193-id".into()
    }

    fn delivery(&self) -> Option<Delivery> {
        self.delivery.borrow().clone()
    }

    fn refuse(&self, pointer: Option<&str>, message: &str) {
        let mut calls = self.calls.borrow_mut();
        calls.push(format!("refuse {pointer:?} {message}"));
    }

    fn now(&self) -> String {
        "1970-01-01T00:00:01.000Z".into()
    }

    fn unix_milliseconds(&self) -> u64 {
        1_000
    }
}

fn shown(row: &Row) -> String {
    let fields = row.iter();
    let fields = fields.map(|field| format!("{}: {:?}", field.name, field.value));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}
