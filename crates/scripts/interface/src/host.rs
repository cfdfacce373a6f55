//! The server, as scripts' functions see it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use raisfast_plugin::{
    bindings::raisfast::plugin_wit::{database as imports, http},
    clock, deliveries, host_api, identifiers, refusals,
};

use crate::database::contract::{Addition, Error, Filter, Grouping, Query, Row, Value};

macro_rules! host {
    ($($(#[$doc:meta])* fn $name:ident($($parameter:ident: $type:ty),*) $(-> $answer:ty)? = $($import:tt)::+;)*) => {
        /// The functions of the contract that scripts' functions rely on. [`Server`] is the one
        /// that calls them; tests bring their own.
        pub trait Host {
            $($(#[$doc])* fn $name(&self $(, $parameter: $type)*) $(-> $answer)?;)*
        }

        impl Host for Server {
            $(fn $name(&self $(, $parameter: $type)*) $(-> $answer)? {
                $($import)::+($($parameter),*)
            })*
        }
    };
}

/// The server that runs this interpreter. It is there only on wasm.
#[derive(Debug, Clone, Copy, Default)]
pub struct Server;

/// Returns a number that is another one in each instance: for the hashes and the random numbers of
/// an engine, which is initialised before there is an instance. It is not a secret.
pub fn seed() -> u64 {
    let mut hasher = DefaultHasher::new();
    identifiers::new_id().hash(&mut hasher);
    clock::unix_milliseconds().hash(&mut hasher);
    hasher.finish()
}

host! {
    /// Writes a log record.
    fn log(level: &str, message: &str) = host_api::log;
    /// Returns a setting.
    fn get_config(key: &str) -> Option<String> = host_api::get_config;
    /// Returns the body of a URL.
    fn http_get(url: &str) -> Option<String> = host_api::http_get;
    /// Posts a body, and returns that of the response.
    fn http_post(url: &str, body: &str) -> Option<String> = host_api::http_post;
    /// Sends a request, and returns the response.
    fn http_send(request: &http::Request) -> Result<http::Response, http::Error> = http::send;
    /// Returns a value of the plugin's store.
    fn get_data(key: &str) -> Option<String> = host_api::get_data;
    /// Stores a value.
    fn set_data(key: &str, value: &str) -> bool = host_api::set_data;
    /// Returns a post as JSON.
    fn get_post(slug: &str) -> Option<String> = host_api::get_post;
    /// Runs a SELECT.
    fn db_query(sql: &str, parameters: Option<&str>) -> String = host_api::db_query;
    /// Runs an INSERT, UPDATE or DELETE.
    fn db_execute(sql: &str, parameters: Option<&str>) -> String = host_api::db_execute;
    /// Begins a transaction.
    fn db_begin() -> String = host_api::db_begin;
    /// Commits it.
    fn db_commit() -> String = host_api::db_commit;
    /// Rolls it back.
    fn db_rollback() -> String = host_api::db_rollback;
    /// Returns the text of a file.
    fn vfs_read(path: &str) -> Option<String> = host_api::vfs_read;
    /// Writes a file.
    fn vfs_write(path: &str, content: &str) -> bool = host_api::vfs_write;
    /// Deletes a file.
    fn vfs_delete(path: &str) -> bool = host_api::vfs_delete;
    /// Returns true if a file or folder exists.
    fn vfs_exists(path: &str) -> bool = host_api::vfs_exists;
    /// Returns the names in a folder, as a JSON list.
    fn vfs_list(path: &str) -> Option<String> = host_api::vfs_list;
    /// Returns size, kind and time of a file, as a JSON object.
    fn vfs_stat(path: &str) -> Option<String> = host_api::vfs_stat;
    /// Publishes an event.
    fn emit_event(event_type: &str, data: &str) -> String = host_api::emit_event;
    /// Inserts a row.
    fn insert(table: &str, row: &Row) -> Result<(), Error> = imports::insert;
    /// Returns the first row.
    fn fetch_one(query: &Query) -> Result<Option<Row>, Error> = imports::fetch_one;
    /// Returns the rows.
    fn fetch_all(query: &Query) -> Result<Vec<Row>, Error> = imports::fetch_all;
    /// Changes rows, and returns their number.
    fn update(table: &str, filter: &Filter, set: &Row) -> Result<u64, Error> = imports::update;
    /// Deletes rows, and returns their number.
    fn delete(table: &str, filter: &Filter) -> Result<u64, Error> = imports::delete;
    /// Returns the number of rows.
    fn count(table: &str, filter: &Filter) -> Result<u64, Error> = imports::count;
    /// Adds to a column, and returns the number of rows.
    fn increment(addition: &Addition) -> Result<u64, Error> = imports::increment;
    /// Returns the sum of a column.
    fn sum(table: &str, column: &str, filter: &Filter) -> Result<Value, Error> = imports::sum;
    /// Returns a row for each group.
    fn group_by(grouping: &Grouping) -> Result<Vec<Row>, Error> = imports::group_by;
    /// Returns the form of a parameter in SQL.
    fn placeholder(number: u32) -> String = imports::placeholder;
    /// Returns a new UUID.
    fn new_id() -> String = identifiers::new_id;
    /// Returns the delivery that the call is.
    fn delivery() -> Option<deliveries::Delivery> = deliveries::current;
    /// Refuses the request, in the plugin's own words.
    fn refuse(pointer: Option<&str>, message: &str) = refusals::refuse;
    /// Returns the time as text.
    fn now() -> String = clock::now;
    /// Returns the time.
    fn unix_milliseconds() -> u64 = clock::unix_milliseconds;
}
