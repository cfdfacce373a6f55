//! The host of the tests, in memory.

use std::collections::BTreeMap;

use crate::bindings::raisfast::plugin_wit::{
    clock, database, deliveries, host_api, http, identifiers, refusals, script, types,
};

/// The things that a script finds, and those that it leaves behind.
#[derive(Debug, Default)]
pub struct World {
    /// The path of the entry.
    pub entry: String,
    /// Files of the script, by their paths.
    pub script: Vec<(String, String)>,
    /// Settings.
    pub config: BTreeMap<String, String>,
    /// The store.
    pub data: BTreeMap<String, String>,
    /// The plugin's own files.
    pub files: BTreeMap<String, String>,
    /// Answers of URLs.
    pub web: BTreeMap<String, String>,
    /// The number of identifiers that were given out before.
    pub ids: u32,
    /// Posts as JSON, by their slugs.
    pub posts: BTreeMap<String, String>,
    /// The answer of the next statements of SQL, in order; then `[]`.
    pub sql: Vec<String>,
    /// The answers of the next calls of the database, in order; then those for an empty table.
    pub rows: Vec<Result<Vec<database::Row>, database::Error>>,
    /// Records of the log: level and text.
    pub log: Vec<(String, String)>,
    /// Everything that was called and may change something, in words.
    pub calls: Vec<String>,
    /// Refusals: status and message.
    pub refusals: Vec<(u16, String)>,
}

impl World {
    /// Returns a world with a script of one file.
    pub fn of(path: &str, text: &str) -> Self {
        Self {
            entry: path.to_owned(),
            script: vec![(path.to_owned(), text.to_owned())],
            ..Self::default()
        }
    }

    /// Returns the world with another file of the script.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.script.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Returns the texts of the log.
    pub fn logged(&self) -> Vec<&str> {
        self.log.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// The host of one instance.
pub struct Host {
    /// The world that the script finds.
    pub world: World,
    /// The failure that the script reported.
    pub failure: Option<script::Failure>,
}

impl Host {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world,
            failure: None,
        }
    }

    fn rows(&mut self, call: String) -> Result<Vec<database::Row>, database::Error> {
        self.world.calls.push(call);
        if self.world.rows.is_empty() {
            return Ok(vec![]);
        }
        self.world.rows.remove(0)
    }

    fn count(&mut self, call: String) -> Result<u64, database::Error> {
        Ok(u64::try_from(self.rows(call)?.len()).expect("a few"))
    }

    fn sql(&mut self, call: String) -> String {
        self.world.calls.push(call);
        if self.world.sql.is_empty() {
            return "[]".to_owned();
        }
        self.world.sql.remove(0)
    }
}

/// Returns a failure as `file:line:column: message`, and the stack below it.
pub(crate) fn in_words(failure: &script::Failure) -> String {
    let file = failure.file.as_deref().unwrap_or("?");
    let line = failure
        .line
        .map_or(String::new(), |line| format!(":{line}"));
    let column = failure
        .column
        .map_or(String::new(), |column| format!(":{column}"));
    let stack = failure.stack.as_deref().unwrap_or_default();
    format!("{file}{line}{column}: {}\n{stack}", failure.message)
}

impl types::Host for Host {}

impl script::Host for Host {
    fn entry(&mut self) -> String {
        self.world.entry.clone()
    }

    fn files(&mut self) -> Vec<script::File> {
        let files = self.world.script.iter().cloned();
        files
            .map(|(path, text)| script::File { path, text })
            .collect()
    }

    fn fail(&mut self, failure: script::Failure) {
        self.failure = Some(failure);
    }

    fn refuse(&mut self, status: u16, message: String) {
        self.world.refusals.push((status, message));
    }
}

impl host_api::Host for Host {
    fn log(&mut self, level: String, msg: String) {
        self.world.log.push((level, msg));
    }

    fn get_config(&mut self, key: String) -> Option<String> {
        self.world.config.get(&key).cloned()
    }

    fn http_get(&mut self, url: String) -> Option<String> {
        self.world.web.get(&url).cloned()
    }

    fn http_post(&mut self, url: String, body: String) -> Option<String> {
        self.world.calls.push(format!("post {url} {body}"));
        self.world.web.get(&url).cloned()
    }

    fn get_data(&mut self, key: String) -> Option<String> {
        self.world.data.get(&key).cloned()
    }

    fn set_data(&mut self, key: String, value: String) -> bool {
        self.world.data.insert(key, value);
        true
    }

    fn get_post(&mut self, slug: String) -> Option<String> {
        self.world.posts.get(&slug).cloned()
    }

    fn db_query(&mut self, sql: String, params: Option<String>) -> String {
        self.sql(format!("query {sql} {}", params.unwrap_or_default()))
    }

    fn db_execute(&mut self, sql: String, params: Option<String>) -> String {
        self.sql(format!("execute {sql} {}", params.unwrap_or_default()))
    }

    fn db_begin(&mut self) -> String {
        self.sql("begin".to_owned())
    }

    fn db_commit(&mut self) -> String {
        self.sql("commit".to_owned())
    }

    fn db_rollback(&mut self) -> String {
        self.sql("rollback".to_owned())
    }

    fn vfs_read(&mut self, path: String) -> Option<String> {
        self.world.files.get(&path).cloned()
    }

    fn vfs_write(&mut self, path: String, content: String) -> bool {
        self.world.files.insert(path, content);
        true
    }

    fn vfs_delete(&mut self, path: String) -> bool {
        self.world.files.remove(&path).is_some()
    }

    fn vfs_exists(&mut self, path: String) -> bool {
        self.world.files.contains_key(&path)
    }

    fn vfs_list(&mut self, path: String) -> Option<String> {
        let names = self
            .world
            .files
            .keys()
            .filter_map(|it| it.strip_prefix(&path));
        let names: Vec<_> = names.map(|name| format!("{name:?}")).collect();
        Some(format!("[{}]", names.join(",")))
    }

    fn vfs_stat(&mut self, path: String) -> Option<String> {
        let size = self.world.files.get(&path)?.len();
        Some(format!(
            "{{\"size\": {size}, \"is_dir\": false, \"modified\": null}}"
        ))
    }

    fn emit_event(&mut self, event_type: String, data: String) -> String {
        self.world.calls.push(format!("emit {event_type} {data}"));
        "{}".to_owned()
    }
}

impl database::Host for Host {
    fn insert(&mut self, table: String, row: database::Row) -> Result<(), database::Error> {
        self.rows(format!("insert {table} {row:?}")).map(drop)
    }

    fn fetch_one(
        &mut self,
        query: database::Query,
    ) -> Result<Option<database::Row>, database::Error> {
        let rows = self.rows(format!("fetch-one {query:?}"))?;
        Ok(rows.into_iter().next())
    }

    fn fetch_all(&mut self, query: database::Query) -> Result<Vec<database::Row>, database::Error> {
        self.rows(format!("fetch-all {query:?}"))
    }

    fn update(
        &mut self,
        table: String,
        filter: database::Filter,
        set: database::Row,
    ) -> Result<u64, database::Error> {
        self.count(format!("update {table} {filter:?} {set:?}"))
    }

    fn delete(&mut self, table: String, filter: database::Filter) -> Result<u64, database::Error> {
        self.count(format!("delete {table} {filter:?}"))
    }

    fn count(&mut self, table: String, filter: database::Filter) -> Result<u64, database::Error> {
        self.count(format!("count {table} {filter:?}"))
    }

    fn increment(&mut self, addition: database::Addition) -> Result<u64, database::Error> {
        self.count(format!("increment {addition:?}"))
    }

    fn sum(
        &mut self,
        table: String,
        column: String,
        filter: database::Filter,
    ) -> Result<database::Value, database::Error> {
        let rows = self.rows(format!("sum {table} {column} {filter:?}"))?;
        let first = rows.into_iter().flatten().next();
        Ok(first.map_or(database::Value::Integer(0), |field| field.value))
    }

    fn group_by(
        &mut self,
        grouping: database::Grouping,
    ) -> Result<Vec<database::Row>, database::Error> {
        self.rows(format!("group-by {grouping:?}"))
    }

    fn placeholder(&mut self, number: u32) -> String {
        format!("${number}")
    }
}

impl identifiers::Host for Host {
    fn new_id(&mut self) -> String {
        self.world.ids += 1;
        format!("00000000-0000-7000-8000-{:012}", self.world.ids)
    }
}

impl clock::Host for Host {
    fn now(&mut self) -> String {
        "2026-12-02T00:00:00.000Z".to_owned()
    }

    fn unix_milliseconds(&mut self) -> u64 {
        1_796_169_600_000
    }
}

impl deliveries::Host for Host {
    fn current(&mut self) -> Option<deliveries::Delivery> {
        None
    }
}

impl refusals::Host for Host {
    fn refuse(&mut self, pointer: Option<String>, message: String) {
        let pointer = pointer.unwrap_or_default();
        self.world.calls.push(format!("refuse {pointer} {message}"));
    }
}

impl http::Host for Host {
    fn send(&mut self, request: http::Request) -> Result<http::Response, http::Error> {
        let body = self.world.web.get(&request.url);
        body.map(|body| http::Response {
            status: 200,
            headers: vec![],
            body: body.clone().into_bytes(),
        })
        .ok_or_else(|| http::Error::Connection("nobody is there".to_owned()))
    }
}
