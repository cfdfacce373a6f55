//! JavaScript as a component: what only the sandbox shows. The engine's own tests are in its crate.

use raisfast_test_interpreters::{
    Interpreter, Script, World,
    types::{ContentEvent, PostInput},
};

fn js(text: &str) -> Script {
    Script::loaded(Interpreter::js(), World::of("main.js", text))
}

fn post() -> PostInput {
    PostInput {
        title: "Hello".into(),
        content: "Content".into(),
        slug: None,
        excerpt: Some("old".into()),
        category_id: None,
        tag_ids: Some(vec!["a".into()]),
        status: None,
        cover_image: None,
    }
}

#[test]
fn load_names_the_handlers() {
    let text = "export function on_post_creating() {} export const snapshot = () => 'x';";
    let world = World::of("main.js", text);
    let handlers = Script::instance(Interpreter::js(), world).load().unwrap();
    assert_eq!(handlers, ["on-post-creating", "snapshot"]);
}

#[test]
fn a_filter_changes_what_it_returns_and_keeps_the_rest() {
    let mut script = js("import { ok } from 'sdk';
         export async function on_post_creating(input) {
             const post = JSON.parse(input);
             return ok({slug: post.title.toLowerCase(), excerpt: null, color: 1});
         }");
    for _ in 0..2 {
        let changed = script.post(&post()).unwrap().unwrap();
        assert_eq!(changed.slug.as_deref(), Some("hello"));
        assert_eq!((changed.title.as_str(), changed.excerpt), ("Hello", None));
        assert_eq!(changed.tag_ids, Some(vec!["a".to_owned()]));
    }
    let hints = "on_post_creating returned `color`, which the record does not have";
    assert_eq!(script.world().logged(), [hints]);
}

#[test]
fn content_is_decoded_and_has_a_body() {
    let mut script = js("export function on_content_creating(input) {
             const event = JSON.parse(input);
             event.data.price = event.body.data.price + 1;
             return event;
         }");
    let event = ContentEvent {
        content_type: "product".into(),
        data: r#"{"price":1}"#.into(),
        id: None,
    };
    let changed = script.content(&event).unwrap().unwrap();
    assert_eq!(changed.data, r#"{"price":2}"#);
    assert!(script.world().log.is_empty());
}

#[test]
fn fail_refuses_and_an_error_has_its_place() {
    let mut script = js("import { fail } from 'sdk';
         export function on_post_creating() { return fail(409, 'taken'); }
         export function on_cron_tick() {\n  null.x;\n}");
    assert!(script.post(&post()).unwrap().is_none());
    assert_eq!(script.world().refusals, [(409, "taken".to_owned())]);
    let failure = script.tick(None).unwrap_err();
    assert!(failure.contains("main.js:4:"), "{failure}");
    assert!(failure.contains("TypeError"), "{failure}");
}

#[test]
fn a_return_of_the_wrong_kind_is_named() {
    let mut script = js("export const on_post_creating = () => ({title: [1]});");
    let failure = script.post(&post()).unwrap_err();
    assert!(
        failure.contains("on_post_creating returned `title` as a list; expected a text"),
        "{failure}"
    );
}

#[test]
fn the_clock_is_the_contracts() {
    let mut script =
        js("export function on_cron_tick() { console.log(typeof Date.now(), Math.random() < 1); }");
    script.tick(None).unwrap();
    assert_eq!(script.world().logged(), ["number true"]);
}

#[test]
fn too_deep_recursion_is_an_error_of_the_script() {
    let mut script = js("export function on_cron_tick() {\n  const f = () => f() + 1;\n  f();\n}");
    let failure = script.tick(None).unwrap_err();
    assert!(failure.contains("stack"), "{failure}");
    assert!(failure.contains("main.js:2"), "{failure}");
}

#[test]
fn what_is_hostile_ends_only_its_own_call() {
    for body in [
        "while (true) {}",
        "const all = []; for (;;) all.push(new Array(1000).fill(1));",
        "let text = 'x'; for (;;) text += text;",
        "/^(a+)+$/.test('a'.repeat(40) + 'b');",
        "let deep = []; for (let i = 0; i < 1e6; i++) deep = [deep]; JSON.stringify(deep);",
        // Nothing is returned, so that no chain of promises takes the memory before the time ends.
        "const again = () => { Promise.resolve().then(again); }; again();",
        "eval('while (true) {}');",
    ] {
        let mut script = js(&format!("export function on_cron_tick() {{\n{body}\n}}"));
        let end = script.end_soon();
        assert!(script.tick(None).is_err(), "{body}");
        end.thread().unpark();
        end.join().unwrap();
    }
}

#[test]
fn the_state_is_handed_on() {
    let text = "let state = {n: 0};
        export const on_cron_tick = () => { state.n += 1; console.log(state.n); };
        export const snapshot = () => state;
        export const restore = (text) => { state = JSON.parse(text); };
        export const on_load = (place) => { console.log(JSON.parse(place).number); };";
    let mut former = js(text);
    former.tick(None).unwrap();
    let (lifecycle, store) = former.lifecycle();
    let state = lifecycle.call_snapshot(store).unwrap().unwrap();
    assert_eq!(state, br#"{"n":1}"#);
    let mut next = js(text);
    let (lifecycle, store) = next.lifecycle();
    lifecycle.call_restore(store, &state).unwrap().unwrap();
    next.tick(None).unwrap();
    assert_eq!(next.world().logged(), ["2"]);
}
