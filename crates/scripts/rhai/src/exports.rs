//! The functions that the host calls.

use std::{cell::RefCell, collections::HashSet};

use raisfast_plugin::{
    export_plugin_hooks, export_plugin_lifecycle,
    exports::raisfast::plugin_wit::plugin_hooks::{
        CommentInput, ContentEvent, Guest, PostInput, PostOutput,
    },
    host_api,
    lifecycle::{InstancePlace, Lifecycle},
};
use raisfast_script_interface::{
    Value,
    handlers::snake_case,
    records::{self, Record},
    script::{Failure, Script},
};
use rhai::Dynamic;

use crate::{
    bindings::{
        exports::raisfast::plugin_wit::interpreter,
        raisfast::plugin_wit::script::{self, Failure as Told},
    },
    convert::to_value,
    program,
};

thread_local! {
    /// The keys of which the log was told that no record has them.
    static HINTED: RefCell<HashSet<String>> = RefCell::default();
}

/// The type whose functions are the component's.
pub(crate) struct Interpreter;

export_plugin_hooks!(Interpreter);
export_plugin_lifecycle!(Interpreter);

/// Makes the engine, when this interpreter is built: every instance has it from its start.
#[allow(unsafe_code, reason = "`raisfast-script-image` calls it by this name")]
#[unsafe(export_name = "initialize-interpreter")]
extern "C" fn initialize() {
    wit_bindgen::rt::run_ctors_once();
    program::start();
}

impl interpreter::Guest for Interpreter {
    fn load() -> Result<Vec<String>, Told> {
        let files = script::files().into_iter();
        let script = Script {
            entry: script::entry(),
            files: files.map(|file| (file.path, file.text)).collect(),
        };
        program::load(script).map_err(told)
    }
}

fn told(failure: Failure) -> Told {
    Told {
        message: failure.message,
        file: failure.file,
        line: failure.line,
        column: failure.column,
        stack: failure.stack,
    }
}

/// Calls a function of the script; where it fails, the host is told how, and this call ends.
fn call(name: &str, input: Dynamic) -> Value {
    match program::call(name, input) {
        Ok(answer) => to_value(&answer),
        Err(failure) => fail(failure),
    }
}

fn fail(failure: Failure) -> ! {
    script::fail(&told(failure));
    core::arch::wasm32::unreachable()
}

/// Fails because of what a handler has returned.
fn wrong(name: &str, message: &str) -> ! {
    fail(Failure::new(format!(
        "{} returned {message}",
        snake_case(name)
    )))
}

/// Calls a filter with a record as JSON text, and reads the record that it returns.
fn filter<R: Record>(name: &str, record: R) -> Option<R> {
    let answer = call(name, record.to_value().to_string().into());
    let answer = records::returned(answer).unwrap_or_else(|message| wrong(name, &message))?;
    if let Some((status, message)) = records::refusal(&answer) {
        script::refuse(status, &message);
        return None;
    }
    let read = R::read(answer, record).unwrap_or_else(|message| wrong(name, &message));
    for key in read.unknown {
        hint(name, key);
    }
    Some(read.record)
}

/// Tells the log once that a handler returns a key that its record does not have.
fn hint(name: &str, key: String) {
    let handler = snake_case(name);
    let message =
        format!("{handler} returned `{key}`, which the record does not have; it is ignored");
    if HINTED.with_borrow_mut(|hinted| hinted.len() < 100 && hinted.insert(key)) {
        host_api::log("warn", &message);
    }
}

/// Calls a filter of text.
fn render(name: &str, text: String) -> Option<String> {
    let answer = call(name, text.into());
    if let Some((status, message)) = records::refusal(&answer) {
        script::refuse(status, &message);
        return None;
    }
    records::returned_text(answer).unwrap_or_else(|message| wrong(name, &message))
}

/// Calls an action.
fn tell(name: &str, input: &Value) {
    let answer = call(name, input.to_string().into());
    if let Some((status, message)) = records::refusal(&answer) {
        script::refuse(status, &message);
    }
}

impl Guest for Interpreter {
    fn on_post_creating(input: PostInput) -> Option<PostInput> {
        filter("on-post-creating", input)
    }

    fn on_post_updating(input: PostInput) -> Option<PostInput> {
        filter("on-post-updating", input)
    }

    fn on_comment_creating(input: CommentInput) -> Option<CommentInput> {
        filter("on-comment-creating", input)
    }

    fn on_content_creating(input: ContentEvent) -> Option<ContentEvent> {
        filter("on-content-creating", input)
    }

    fn on_content_updating(input: ContentEvent) -> Option<ContentEvent> {
        filter("on-content-updating", input)
    }

    fn render_markdown(input: String) -> Option<String> {
        render("render-markdown", input)
    }

    fn filter_html(input: String) -> Option<String> {
        render("filter-html", input)
    }

    fn on_post_created(output: PostOutput) {
        tell("on-post-created", &records::post_output(output));
    }

    fn on_post_updated(output: PostOutput) {
        tell("on-post-updated", &records::post_output(output));
    }

    fn on_post_deleted(id: String) {
        tell("on-post-deleted", &Value::object([("id", Value::Text(id))]));
    }

    fn on_comment_created(input: CommentInput) {
        tell("on-comment-created", &input.to_value());
    }

    fn on_content_created(input: ContentEvent) {
        tell("on-content-created", &input.to_value());
    }

    fn on_content_updated(input: ContentEvent) {
        tell("on-content-updated", &input.to_value());
    }

    fn on_content_deleted(content_type: String, id: String) {
        tell("on-content-deleted", &records::content(content_type, id));
    }

    fn on_login(user_id: String) {
        tell("on-login", &records::user(user_id));
    }

    fn on_cron_tick(payload: Option<String>) {
        tell("on-cron-tick", &records::tick(payload.as_deref()));
    }

    fn on_content_viewed(content_type: String, id: String) {
        tell("on-content-viewed", &records::content(content_type, id));
    }
}

impl Lifecycle for Interpreter {
    fn on_load(place: InstancePlace) -> Result<(), String> {
        let place = records::place(place).to_string();
        let answer = call("on-load", place.into());
        records::refusal(&answer).map_or(Ok(()), |(_, message)| Err(message))
    }

    fn on_unload() {
        let _ = call("on-unload", Dynamic::UNIT);
    }

    fn snapshot() -> Option<Vec<u8>> {
        match call("snapshot", Dynamic::UNIT) {
            Value::Null => None,
            Value::Bytes(bytes) => Some(bytes),
            state => Some(state.into_text().into_bytes()),
        }
    }

    fn restore(state: Vec<u8>) -> Result<(), String> {
        let state = match String::from_utf8(state) {
            Ok(text) => text.into(),
            Err(bytes) => Dynamic::from_blob(bytes.into_bytes()),
        };
        let _ = call("restore", state);
        Ok(())
    }
}
