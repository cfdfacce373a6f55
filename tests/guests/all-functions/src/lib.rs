//! Calls any host function with any arguments, so that a test needs no guest of its own.
//!
//! `on-content-creating` and `on-content-updating` for content of the type `call`, or of one that
//! begins with `call-` (so that a manifest's `content_types` can tell two plugins apart), read a
//! script from the data:
//!
//! ```json
//! {"function": "get-data", "args": ["key"]}
//! {"calls": [{"function": "db-begin"}, {"function": "db-execute", "args": ["DELETE FROM posts",
//! null]}]}
//! ```
//!
//! and answer with the data `{"result": …}` or `{"results": […]}`: strings and booleans as they
//! are, `none` as null, no answer as null, what `http-send` answers as an object. `"trap": true` or
//! `"spin": true` end the call that way after the script has run. `on-content-created` runs the
//! script too, and nobody gets its answer. The cron payload `{"payload": <script>}` runs too; its
//! answer goes to `set-data("cron:result", …)`.

#![cfg(target_arch = "wasm32")]

use std::time::Duration;

use raisfast_plugin::*;
use serde::Deserialize;
use serde_json::{Value, json};

use exports::raisfast::plugin_wit::plugin_hooks::*;

#[derive(Deserialize)]
struct Script {
    #[serde(flatten)]
    work: Work,
    #[serde(default)]
    trap: bool,
    #[serde(default)]
    spin: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Work {
    One(Call),
    Many { calls: Vec<Call> },
}

#[derive(Deserialize)]
struct Call {
    function: String,
    #[serde(default)]
    args: Vec<Option<String>>,
}

impl Script {
    fn run(self) -> Value {
        let answer = match self.work {
            Work::One(call) => json!({ "result": call.run() }),
            Work::Many { calls } => {
                json!({ "results": calls.iter().map(Call::run).collect::<Vec<_>>() })
            }
        };
        if self.trap {
            core::arch::wasm32::unreachable();
        }
        if self.spin {
            loop {
                core::hint::black_box(());
            }
        }
        answer
    }
}

impl Call {
    /// The argument at this place, which has to be there.
    fn text(&self, index: usize) -> &str {
        self.optional(index)
            .unwrap_or_else(|| panic!("`{}` needs argument {index}", self.function))
    }

    fn optional(&self, index: usize) -> Option<&str> {
        self.args.get(index)?.as_deref()
    }

    fn run(&self) -> Value {
        match self.function.as_str() {
            "log" => {
                host_api::log(self.text(0), self.text(1));
                Value::Null
            }
            "get-config" => host_api::get_config(self.text(0)).into(),
            "http-get" => host_api::http_get(self.text(0)).into(),
            "http-post" => host_api::http_post(self.text(0), self.text(1)).into(),
            "http-send" => self.http_send(),
            "get-data" => host_api::get_data(self.text(0)).into(),
            "set-data" => host_api::set_data(self.text(0), self.text(1)).into(),
            "get-post" => host_api::get_post(self.text(0)).into(),
            "db-query" => host_api::db_query(self.text(0), self.optional(1)).into(),
            "db-execute" => host_api::db_execute(self.text(0), self.optional(1)).into(),
            "db-begin" => host_api::db_begin().into(),
            "db-commit" => host_api::db_commit().into(),
            "db-rollback" => host_api::db_rollback().into(),
            "vfs-read" => host_api::vfs_read(self.text(0)).into(),
            "vfs-write" => host_api::vfs_write(self.text(0), self.text(1)).into(),
            "vfs-delete" => host_api::vfs_delete(self.text(0)).into(),
            "vfs-exists" => host_api::vfs_exists(self.text(0)).into(),
            "vfs-list" => host_api::vfs_list(self.text(0)).into(),
            "vfs-stat" => host_api::vfs_stat(self.text(0)).into(),
            "emit-event" => host_api::emit_event(self.text(0), self.text(1)).into(),
            other => panic!("the contract has no function `{other}`"),
        }
    }
}

impl Call {
    /// `send` of `interface http`: method, URL, header fields (`name: value`, one a line), body,
    /// milliseconds.
    fn http_send(&self) -> Value {
        let method = match self.text(0) {
            "get" => http::Method::Get,
            "head" => http::Method::Head,
            "post" => http::Method::Post,
            "put" => http::Method::Put,
            "patch" => http::Method::Patch,
            "delete" => http::Method::Delete,
            other => panic!("there is no method `{other}`"),
        };
        let mut request = http::Request::new(method, self.text(1));
        for line in self.optional(2).unwrap_or_default().lines() {
            let (name, value) = line.split_once(": ").expect("a name and a value");
            request = request.header(name, value);
        }
        request = request.body(self.optional(3).unwrap_or_default());
        if let Some(ms) = self.optional(4) {
            request = request.timeout(Duration::from_millis(ms.parse().expect("a number")));
        }
        match request.send() {
            Ok(answer) => json!({
                "status": answer.status(),
                "headers": answer.headers().map(|(name, value)| (name.to_owned(), value.into())).collect::<serde_json::Map<_, Value>>(),
                "body": answer.text(),
            }),
            Err(error) => {
                let kind = match error {
                    http::Error::Denied(_) => "denied",
                    http::Error::Invalid(_) => "invalid",
                    http::Error::Address(_) => "address",
                    http::Error::Limit(_) => "limit",
                    http::Error::TooLarge(_) => "too-large",
                    http::Error::Redirect(_) => "redirect",
                    http::Error::Timeout(_) => "timeout",
                    http::Error::Connection(_) => "connection",
                };
                json!({"error": kind, "message": error.message()})
            }
        }
    }
}

/// Run the script of an event of the type `call` or `call-…`; leave others alone.
fn answer(mut event: ContentEvent) -> Option<ContentEvent> {
    if event.content_type.split('-').next() != Some("call") {
        return None;
    }
    let script: Script = serde_json::from_str(&event.data).expect("the data is a script");
    event.data = script.run().to_string();
    Some(event)
}

struct Plugin;

impl Guest for Plugin {
    fn on_content_creating(input: ContentEvent) -> Option<ContentEvent> {
        answer(input)
    }

    fn on_content_updating(input: ContentEvent) -> Option<ContentEvent> {
        answer(input)
    }

    fn on_content_created(input: ContentEvent) {
        answer(input);
    }

    fn on_cron_tick(payload: Option<String>) {
        let tick: Value = serde_json::from_str(&payload.expect("a tick has a payload"))
            .expect("the payload is JSON");
        let script =
            Script::deserialize(&tick["payload"]).expect("the entry's payload is a script");
        host_api::set_data("cron:result", &script.run().to_string());
    }
}

export_plugin_hooks!(Plugin);
