//! The functions that the host calls.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

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
    host::{Server, seed},
    records::{self, Record},
    script::{self, Script},
};

use crate::{
    Argument, Engine,
    bindings::{
        exports::raisfast::plugin_wit::interpreter,
        raisfast::plugin_wit::script::{self as host, Failure},
    },
    clock,
    seed::Seeds,
    started::Started,
};

/// The type whose functions are the component's.
pub(crate) struct Interpreter;

export_plugin_hooks!(Interpreter);
export_plugin_lifecycle!(Interpreter);

thread_local! {
    /// The engine that was made when this interpreter was built.
    static STARTED: RefCell<Option<(Started, Seeds)>> = const { RefCell::new(None) };
    static ENGINE: RefCell<Option<Engine>> = const { RefCell::new(None) };
    /// True once an unknown key has been reported: one hint is enough.
    static HAS_HINTED: Cell<bool> = const { Cell::new(false) };
}

/// Makes the engine, when this interpreter is built: every instance has it from its start.
#[allow(unsafe_code, reason = "`raisfast-script-image` calls it by this name")]
#[unsafe(export_name = "initialize-interpreter")]
extern "C" fn initialize() {
    wit_bindgen::rt::run_ctors_once();
    let made = made().expect("there is memory for the engine");
    STARTED.set(Some(made));
}

/// Makes an engine, and finds its seeds.
fn made() -> Result<(Started, Seeds), script::Failure> {
    let started = clock::stopped(|| Started::new(Rc::new(Server)))?;
    let seeds = Seeds::find(&started.context);
    Ok((started, seeds))
}

/// Returns an engine whose seeds are of this instance.
fn started() -> Result<Started, script::Failure> {
    let (started, seeds) = STARTED.take().map_or_else(made, Ok)?;
    seeds.replace(&started.context, seed());
    Ok(started)
}

impl interpreter::Guest for Interpreter {
    fn load() -> Result<Vec<String>, Failure> {
        let files = host::files().into_iter();
        let script = Script {
            entry: host::entry(),
            files: files.map(|file| (file.path, file.text)).collect(),
        };
        let engine = started().and_then(|started| Engine::load_into(started, script));
        let engine = engine.map_err(failure)?;
        let handlers = engine.handlers().map(str::to_owned).collect();
        ENGINE.set(Some(engine));
        Ok(handlers)
    }
}

fn failure(failure: script::Failure) -> Failure {
    Failure {
        message: failure.message,
        file: failure.file,
        line: failure.line,
        column: failure.column,
        stack: failure.stack,
    }
}

/// Calls a handler of the script; where it fails, the host is told how, and this call ends.
fn call(name: &str, argument: Option<Argument>) -> Value {
    let called = ENGINE.with_borrow_mut(|engine| match engine {
        Some(engine) => engine.call(name, argument),
        None => Err(script::Failure::new("the script is not loaded")),
    });
    called.unwrap_or_else(|failure| fail(failure))
}

fn fail(failed: script::Failure) -> ! {
    host::fail(&failure(failed));
    core::arch::wasm32::unreachable()
}

/// Fails because of what a handler has returned.
fn wrong(name: &str, message: &str) -> ! {
    let handler = snake_case(name);
    fail(script::Failure::new(format!(
        "{handler} returned {message}"
    )))
}

/// Refuses the request where a handler has returned what `fail` makes.
fn refuses(returned: &Value) -> bool {
    let refusal = records::refusal(returned);
    if let Some((status, message)) = &refusal {
        host::refuse(*status, message);
    }
    refusal.is_some()
}

fn json(value: &Value) -> Option<Argument> {
    Some(Argument::Text(value.to_string()))
}

/// Calls a filter with a record as JSON text, and reads the record that it returns.
fn filter<R: Record>(name: &str, record: R) -> Option<R> {
    let returned = call(name, json(&record.to_value()));
    let returned = records::returned(returned).unwrap_or_else(|message| wrong(name, &message))?;
    if refuses(&returned) {
        return None;
    }
    let read = R::read(returned, record).unwrap_or_else(|message| wrong(name, &message));
    if !read.unknown.is_empty() && !HAS_HINTED.replace(true) {
        let handler = snake_case(name);
        let unknown = read.unknown.join("`, `");
        let hint = format!("{handler} returned `{unknown}`, which the record does not have");
        host_api::log("warn", &hint);
    }
    Some(read.record)
}

/// Calls a filter of text.
fn render(name: &str, text: String) -> Option<String> {
    let returned = call(name, Some(Argument::Text(text)));
    if refuses(&returned) {
        return None;
    }
    records::returned_text(returned).unwrap_or_else(|message| wrong(name, &message))
}

/// Calls an action. Only a refusal counts of what it returns.
fn tell(name: &str, given: &Value) {
    refuses(&call(name, json(given)));
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
        let returned = call("on-load", json(&records::place(place)));
        match records::refusal(&returned) {
            Some((_, message)) => Err(message),
            None => Ok(()),
        }
    }

    fn on_unload() {
        call("on-unload", None);
    }

    /// Text and bytes are handed on as they are, and every other value as JSON.
    fn snapshot() -> Option<Vec<u8>> {
        match call("snapshot", None) {
            Value::Null => None,
            Value::Bytes(bytes) => Some(bytes),
            other => Some(other.into_text().into_bytes()),
        }
    }

    fn restore(state: Vec<u8>) -> Result<(), String> {
        let argument = match String::from_utf8(state) {
            Ok(text) => Argument::Text(text),
            Err(bytes) => Argument::Bytes(bytes.into_bytes()),
        };
        let returned = call("restore", Some(argument));
        match records::refusal(&returned) {
            Some((_, message)) => Err(message),
            None => Ok(()),
        }
    }
}
