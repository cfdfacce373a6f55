//! What the host calls.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use raisfast_plugin::{
    clock, export_plugin_hooks, export_plugin_lifecycle,
    exports::raisfast::plugin_wit::plugin_hooks::{
        CommentInput, ContentEvent, Guest, PostInput, PostOutput,
    },
    identifiers,
    lifecycle::{InstancePlace, Lifecycle},
};

use crate::{
    bindings::{
        exports::raisfast::plugin_wit::interpreter,
        raisfast::plugin_wit::script::{self, Failure},
    },
    engine, failure, functions,
    packed::{Packer, Value},
    records::{self, Record},
};

/// The type whose functions are the component's.
pub(crate) struct Interpreter;

export_plugin_hooks!(Interpreter);
export_plugin_lifecycle!(Interpreter);

/// Every handler that a script may have. Its place here is its number.
const HANDLERS: [&str; 21] = [
    "on-post-creating",
    "on-post-updating",
    "on-comment-creating",
    "on-content-creating",
    "on-content-updating",
    "render-markdown",
    "filter-html",
    "on-post-created",
    "on-post-updated",
    "on-post-deleted",
    "on-comment-created",
    "on-content-created",
    "on-content-updated",
    "on-content-deleted",
    "on-login",
    "on-cron-tick",
    "on-content-viewed",
    "on-load",
    "on-unload",
    "snapshot",
    "restore",
];

impl interpreter::Guest for Interpreter {
    fn load() -> Result<Vec<String>, Failure> {
        engine::open(seed(), script::files(), &functions::globals()).map_err(failure::told)?;
        engine::load(&script::entry()).map_err(failure::told)?;
        let found = (0..).zip(HANDLERS).filter(|(number, name)| {
            engine::handler(*number, &name.replace('-', "_"))
                || engine::handler(*number, &camel_case(name))
        });
        Ok(found.map(|(_, name)| name.to_owned()).collect())
    }
}

/// A number that is another one in each instance: hashes of Lua's tables, and `math.random`.
fn seed() -> u32 {
    let mut hasher = DefaultHasher::new();
    identifiers::new_id().hash(&mut hasher);
    clock::unix_milliseconds().hash(&mut hasher);
    let hash = hasher.finish();
    #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
    let seed = (hash ^ hash >> 32) as u32;
    seed
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let (initial, rest) = word.split_at(1);
        name.push_str(&initial.to_ascii_uppercase());
        name.push_str(rest);
        name
    })
}

/// Calls a function of the script; where it fails, the host is told how, and this call ends.
fn call(name: &str, pack: impl FnOnce(&mut Packer)) -> Value {
    let number = (0..).zip(HANDLERS).find(|(_, it)| *it == name);
    let (number, _) = number.expect("each caller names one of the list");
    let mut arguments = Packer::default();
    arguments.list(1);
    pack(&mut arguments);
    match engine::run(number, &arguments.finish()) {
        Ok(answer) => answer,
        Err(failure) if failure.refused.is_some() => records::raised(failure),
        Err(failure) => fail(failure),
    }
}

fn fail(failure: engine::Failure) -> ! {
    script::fail(&failure::told(failure));
    core::arch::wasm32::unreachable()
}

/// Calls a filter with a record, and reads the record that it returns.
fn filter<R: Record>(name: &str, record: R) -> Option<R> {
    let answer = call(name, |packer| record.pack(packer));
    if let Some((status, message)) = records::refusal(&answer) {
        script::refuse(status, &message);
        return None;
    }
    let fields = records::answer(answer).unwrap_or_else(|error| wrong(name, &error))?;
    Some(R::read(fields, record).unwrap_or_else(|error| wrong(name, &error)))
}

/// Calls a filter of text.
fn render(name: &str, text: &str) -> Option<String> {
    match call(name, |packer| packer.string(text.as_bytes())) {
        Value::None => None,
        Value::String(text) => Some(String::from_utf8_lossy(&text).into_owned()),
        other => wrong(
            name,
            &format!("{}, and not a string", records::kind(&other)),
        ),
    }
}

/// Calls an action.
fn tell(name: &str, pack: impl FnOnce(&mut Packer)) {
    if let Some((status, message)) = records::refusal(&call(name, pack)) {
        script::refuse(status, &message);
    }
}

/// Fails because of what a handler has returned.
fn wrong(name: &str, message: &str) -> ! {
    let handler = name.replace('-', "_");
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
        render("render-markdown", &input)
    }

    fn filter_html(input: String) -> Option<String> {
        render("filter-html", &input)
    }

    fn on_post_created(output: PostOutput) {
        tell("on-post-created", |packer| records::post(packer, &output));
    }

    fn on_post_updated(output: PostOutput) {
        tell("on-post-updated", |packer| records::post(packer, &output));
    }

    fn on_post_deleted(id: String) {
        tell("on-post-deleted", |packer| {
            records::texts(packer, &[("id", &id)])
        });
    }

    fn on_comment_created(input: CommentInput) {
        tell("on-comment-created", |packer| input.pack(packer));
    }

    fn on_content_created(input: ContentEvent) {
        tell("on-content-created", |packer| input.pack(packer));
    }

    fn on_content_updated(input: ContentEvent) {
        tell("on-content-updated", |packer| input.pack(packer));
    }

    fn on_content_deleted(content_type: String, id: String) {
        tell("on-content-deleted", |packer| {
            records::content(packer, &content_type, &id);
        });
    }

    fn on_login(user_id: String) {
        tell("on-login", |packer| {
            records::texts(packer, &[("user_id", &user_id)])
        });
    }

    fn on_cron_tick(payload: Option<String>) {
        tell("on-cron-tick", |packer| {
            records::tick(packer, payload.as_deref())
        });
    }

    fn on_content_viewed(content_type: String, id: String) {
        tell("on-content-viewed", |packer| {
            records::content(packer, &content_type, &id);
        });
    }
}

impl Lifecycle for Interpreter {
    fn on_load(place: InstancePlace) -> Result<(), String> {
        let answer = call("on-load", |packer| records::place(packer, place));
        match records::refusal(&answer) {
            Some((_, message)) => Err(message),
            None => Ok(()),
        }
    }

    fn on_unload() {
        call("on-unload", Packer::none);
    }

    fn snapshot() -> Option<Vec<u8>> {
        match call("snapshot", Packer::none) {
            Value::None => None,
            Value::String(bytes) => Some(bytes),
            other => wrong(
                "snapshot",
                &format!(
                    "{}, and not a string; `Host.jsonEncode` makes one",
                    records::kind(&other)
                ),
            ),
        }
    }

    fn restore(state: Vec<u8>) -> Result<(), String> {
        let answer = call("restore", |packer| packer.string(&state));
        match records::refusal(&answer) {
            Some((_, message)) => Err(message),
            None => Ok(()),
        }
    }
}
