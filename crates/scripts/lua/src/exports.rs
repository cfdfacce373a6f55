//! The component's exports.

use std::cell::RefCell;

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
    handlers::{HANDLERS, camel_case, snake_case},
    host,
    records::{self, Record},
};

use crate::{
    bindings::{
        exports::raisfast::plugin_wit::interpreter,
        raisfast::plugin_wit::script::{self, Failure},
    },
    engine, failure, functions,
    hints::Hints,
    packed,
};

thread_local! {
    static HINTS: RefCell<Hints> = RefCell::default();
}

/// The type whose functions are the component's.
pub(crate) struct Interpreter;

export_plugin_hooks!(Interpreter);
export_plugin_lifecycle!(Interpreter);

/// Makes the state, when this interpreter is built: every instance has it from its start.
#[allow(unsafe_code, reason = "`raisfast-script-image` calls it by this name")]
#[unsafe(export_name = "initialize-interpreter")]
extern "C" fn initialize() {
    wit_bindgen::rt::run_ctors_once();
    engine::start(&functions::globals()).expect("there is memory for the state");
}

impl interpreter::Guest for Interpreter {
    fn load() -> Result<Vec<String>, Failure> {
        if !engine::has_started() {
            engine::start(&functions::globals()).map_err(failure::told)?;
        }
        engine::open(host::seed(), script::files()).map_err(failure::told)?;
        engine::load(&script::entry()).map_err(failure::told)?;
        let found = (0..).zip(HANDLERS).filter(|(number, name)| {
            engine::handler(*number, &snake_case(name))
                || engine::handler(*number, &camel_case(name))
        });
        Ok(found.map(|(_, name)| name.to_owned()).collect())
    }
}

/// Calls a function of the script; where it fails, the host is told how, and this call ends.
fn call(name: &str, argument: &Value) -> Value {
    let number = (0..).zip(HANDLERS).find(|(_, it)| *it == name);
    let (number, _) = number.expect("each caller names one of the list");
    match engine::run(number, &packed::pack_argument(argument)) {
        Ok(answer) => answer,
        Err(failure) => match failure.refusal() {
            Some(refusal) => refusal,
            None => fail(failure),
        },
    }
}

fn fail(failure: engine::Failure) -> ! {
    script::fail(&failure::told(failure));
    core::arch::wasm32::unreachable()
}

/// Calls a filter with a record, and reads the record that it returns.
fn filter<R: Record>(name: &'static str, record: R) -> Option<R> {
    let answer = call(name, &record.to_value());
    let answer = records::returned(answer).unwrap_or_else(|error| wrong(name, &error))?;
    if let Some((status, message)) = records::refusal(&answer) {
        script::refuse(status, &message);
        return None;
    }
    let read = R::read(answer, record).unwrap_or_else(|error| wrong(name, &error));
    if let Some(hint) = HINTS.with_borrow_mut(|hints| hints.about(name, read.unknown)) {
        host_api::log("warn", &hint);
    }
    Some(read.record)
}

/// Calls a filter of text.
fn render(name: &str, text: String) -> Option<String> {
    let answer = call(name, &Value::Text(text));
    if let Some((status, message)) = records::refusal(&answer) {
        script::refuse(status, &message);
        return None;
    }
    records::returned_text(answer).unwrap_or_else(|error| wrong(name, &error))
}

/// Calls an action.
fn tell(name: &str, argument: &Value) {
    if let Some((status, message)) = records::refusal(&call(name, argument)) {
        script::refuse(status, &message);
    }
}

/// Fails because of what a handler has returned.
fn wrong(name: &str, message: &str) -> ! {
    let handler = snake_case(name);
    fail(engine::Failure::without_place(format!(
        "{handler} returned {message}"
    )))
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
        not_refused(&call("on-load", &records::place(place)))
    }

    fn on_unload() {
        call("on-unload", &Value::Null);
    }

    fn snapshot() -> Option<Vec<u8>> {
        match call("snapshot", &Value::Null) {
            Value::Null => None,
            Value::Text(text) => Some(text.into_bytes()),
            Value::Bytes(bytes) => Some(bytes),
            other => Some(other.to_string().into_bytes()),
        }
    }

    fn restore(state: Vec<u8>) -> Result<(), String> {
        not_refused(&call("restore", &Value::Bytes(state)))
    }
}

/// Returns the message of what `fail` makes as an error.
fn not_refused(answer: &Value) -> Result<(), String> {
    match records::refusal(answer) {
        Some((_, message)) => Err(message),
        None => Ok(()),
    }
}
