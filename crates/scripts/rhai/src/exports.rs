//! What the host calls.

use raisfast_plugin::{
    export_plugin_hooks, export_plugin_lifecycle,
    exports::raisfast::plugin_wit::plugin_hooks::{
        CommentInput, ContentEvent, Guest, PostInput, PostOutput,
    },
    lifecycle::{Cause, InstancePlace, Lifecycle},
};
use rhai::{Blob, Dynamic};
use serde_json::json;

use crate::{
    bindings::{
        exports::raisfast::plugin_wit::interpreter,
        raisfast::plugin_wit::script::{self, Failure},
    },
    failure, json, program,
    records::{self, Record},
};

/// The type whose functions are the component's.
pub(crate) struct Interpreter;

export_plugin_hooks!(Interpreter);
export_plugin_lifecycle!(Interpreter);

impl interpreter::Guest for Interpreter {
    fn load() -> Result<Vec<String>, Failure> {
        program::load()
    }
}

/// Calls a function of the script; where it fails, the host is told how, and this call ends.
fn call(name: &str, input: Dynamic) -> Dynamic {
    program::call(name, input).unwrap_or_else(|failure| fail(&failure))
}

fn fail(failure: &Failure) -> ! {
    script::fail(failure);
    core::arch::wasm32::unreachable()
}

/// Calls a filter with a record as JSON text, and reads the record that it returns.
fn filter<R: Record>(name: &str, record: &R) -> Option<R> {
    let answer = call(name, record.to_json().to_string().into());
    let answer = records::answer(&answer).unwrap_or_else(|message| wrong(name, &message))?;
    if let Some((status, message)) = records::refusal(&answer) {
        script::refuse(status, &message);
        return None;
    }
    let read = R::from_json(answer, record);
    Some(read.unwrap_or_else(|message| wrong(name, &message)))
}

/// Calls a filter of text.
fn render(name: &str, text: String) -> Option<String> {
    let answer = call(name, text.into());
    if answer.is_unit() {
        return None;
    }
    Some(json::json_text(&answer))
}

/// Calls an action.
fn tell(name: &str, input: &serde_json::Value) {
    let answer = call(name, input.to_string().into());
    if let Ok(Some(answer)) = records::answer(&answer)
        && let Some((status, message)) = records::refusal(&answer)
    {
        script::refuse(status, &message);
    }
}

/// Fails because of what a handler has returned.
fn wrong(name: &str, message: &str) -> ! {
    let handler = name.replace('-', "_");
    fail(&failure::without_place(format!(
        "{handler} returned {message}"
    )))
}

impl Guest for Interpreter {
    fn on_post_creating(input: PostInput) -> Option<PostInput> {
        filter("on-post-creating", &input)
    }

    fn on_post_updating(input: PostInput) -> Option<PostInput> {
        filter("on-post-updating", &input)
    }

    fn on_comment_creating(input: CommentInput) -> Option<CommentInput> {
        filter("on-comment-creating", &input)
    }

    fn on_content_creating(input: ContentEvent) -> Option<ContentEvent> {
        filter("on-content-creating", &input)
    }

    fn on_content_updating(input: ContentEvent) -> Option<ContentEvent> {
        filter("on-content-updating", &input)
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
        tell("on-post-deleted", &json!({"id": id}));
    }

    fn on_comment_created(input: CommentInput) {
        tell("on-comment-created", &input.to_json());
    }

    fn on_content_created(input: ContentEvent) {
        tell("on-content-created", &input.to_json());
    }

    fn on_content_updated(input: ContentEvent) {
        tell("on-content-updated", &input.to_json());
    }

    fn on_content_deleted(content_type: String, id: String) {
        tell("on-content-deleted", &records::content(&content_type, &id));
    }

    fn on_login(user_id: String) {
        tell("on-login", &json!({"user_id": user_id}));
    }

    fn on_cron_tick(payload: Option<String>) {
        let payload = payload.unwrap_or_else(|| "null".into());
        tell("on-cron-tick", &records::tick(&payload));
    }

    fn on_content_viewed(content_type: String, id: String) {
        tell("on-content-viewed", &records::content(&content_type, &id));
    }
}

impl Lifecycle for Interpreter {
    fn on_load(place: InstancePlace) -> Result<(), String> {
        let cause = match place.cause {
            Cause::VersionBegins => "version-begins",
            Cause::Replacement => "replacement",
        };
        let place = json!({
            "number": place.number,
            "instances": place.instances,
            "cause": cause,
        });
        let answer = call("on-load", place.to_string().into());
        let answer = records::answer(&answer).unwrap_or_default();
        match answer.as_ref().and_then(records::refusal) {
            Some((_, message)) => Err(message),
            None => Ok(()),
        }
    }

    fn on_unload() {
        let _ = call("on-unload", Dynamic::UNIT);
    }

    fn snapshot() -> Option<Vec<u8>> {
        let state = call("snapshot", Dynamic::UNIT);
        if state.is_unit() {
            return None;
        }
        if let Some(bytes) = state.read_lock::<Blob>() {
            return Some(bytes.clone());
        }
        Some(json::json_text(&state).into_bytes())
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
