//! The records that handlers get and return, and the lifecycle.

use raisfast_test_interpreters::{
    Script,
    lifecycle::{Cause, InstancePlace},
    types::{CommentInput, ContentEvent, PostInput, PostOutput},
};

fn post() -> PostInput {
    PostInput {
        title: "Title".into(),
        content: "Content".into(),
        slug: Some("slug".into()),
        excerpt: None,
        category_id: Some("c1".into()),
        tag_ids: Some(vec!["t1".into(), "t2".into()]),
        status: None,
        cover_image: None,
    }
}

fn event(data: &str) -> ContentEvent {
    ContentEvent {
        content_type: "note".into(),
        data: data.into(),
        id: None,
    }
}

/// The body of a filter of posts, and what comes of the post.
fn filtered(body: &str) -> PostInput {
    let mut script = Script::lua(&format!(
        "function Plugin.on_post_creating(post) {body} end"
    ));
    script.post(&post()).unwrap().expect("it is replaced")
}

#[test]
fn a_post_is_a_table_and_comes_back_as_one() {
    let changed = filtered(
        "post.title = post.title:upper() .. #post.tag_ids
         post.excerpt = post.slug .. '!' table.insert(post.tag_ids, 't3') return post",
    );
    assert_eq!(changed.title, "TITLE2");
    assert_eq!(changed.excerpt.as_deref(), Some("slug!"));
    assert_eq!(changed.content, "Content");
    assert_eq!(changed.tag_ids.unwrap(), ["t1", "t2", "t3"]);
}

#[test]
fn what_is_left_out_stays_and_null_takes_away() {
    let changed = filtered("return {slug = Host.null, status = 'draft', tag_ids = {}}");
    assert_eq!(changed.slug, None);
    assert_eq!(changed.status.as_deref(), Some("draft"));
    assert_eq!(changed.category_id.as_deref(), Some("c1"));
    assert_eq!(changed.tag_ids, Some(vec![]));
    assert_eq!(changed.title, "Title");
    let changed = filtered("return {tag_ids = require('sdk').null, title = 5}");
    assert_eq!((changed.tag_ids, changed.title.as_str()), (None, "5"));
}

#[test]
fn json_text_is_taken_too_and_nothing_keeps_the_post() {
    let changed = filtered(r#"return '{"title": "from text", "slug": null}'"#);
    assert_eq!((changed.title.as_str(), changed.slug), ("from text", None));
    let mut script = Script::lua("function Plugin.on_post_creating(post) post.title = 'x' end");
    assert!(script.post(&post()).unwrap().is_none());
}

#[test]
fn a_comment_is_a_table() {
    let mut script = Script::lua(
        "function Plugin.on_comment_creating(c) c.content = c.content .. tostring(c.email) return c end",
    );
    let comment = CommentInput {
        content: "hello ".into(),
        nickname: Some("n".into()),
        email: None,
        parent_id: None,
    };
    let (hooks, store) = script.hooks();
    let changed = hooks.call_on_comment_creating(store, &comment).unwrap();
    let changed = changed.unwrap();
    assert_eq!(changed.content, "hello nil");
    assert_eq!(changed.nickname.as_deref(), Some("n"));
}

#[test]
fn content_has_its_data_decoded_and_the_same_as_body() {
    let mut script = Script::lua(
        "function Plugin.on_content_creating(e)
           assert(e.body.content_type == 'note' and e.body.data.n == 1 and e.body.body == nil)
           e.data.n = e.data.n + 1
           e.data.list[#e.data.list + 1] = 'z'
           return e
         end",
    );
    let changed = script
        .content(&event(
            r#"{"n":1,"none":null,"list":[null,1.5],"empty":[],"object":{}}"#,
        ))
        .unwrap()
        .unwrap();
    assert_eq!(
        changed.data,
        r#"{"empty":[],"list":[null,1.5,"z"],"n":2,"none":null,"object":{}}"#
    );
    assert_eq!((changed.content_type.as_str(), changed.id), ("note", None));
}

#[test]
fn data_may_come_back_as_text_and_a_big_integer_keeps_its_digits() {
    let mut script = Script::lua(
        "function Plugin.on_content_creating(e) return {data = Host.jsonEncode(e.data)} end",
    );
    let data = r#"{"big":9007199254740993}"#;
    let changed = script.content(&event(data)).unwrap().unwrap();
    assert_eq!(changed.data, data);
}

#[test]
fn fail_refuses_and_so_does_raising_it() {
    for body in [
        "return require('sdk').fail(403, 'not here')",
        "error(require('sdk').fail(403, 'not here'))",
        "return {__plugin_error = true, __status = 403, __message = 'not here'}",
    ] {
        let mut script = Script::lua(&format!("function Plugin.on_post_creating() {body} end"));
        assert!(script.post(&post()).unwrap().is_none(), "{body}");
        assert_eq!(
            script.world().refusals,
            [(403, "not here".to_owned())],
            "{body}"
        );
        // The same instance goes on.
        assert!(script.post(&post()).unwrap().is_none());
    }
}

#[test]
fn texts_are_rendered() {
    let mut script = Script::lua(
        "function Plugin.render_markdown(t) if t ~= 'keep' then return '<p>' .. t .. '</p>' end end",
    );
    assert_eq!(script.render("ä").unwrap().as_deref(), Some("<p>ä</p>"));
    assert_eq!(script.render("keep").unwrap(), None);
    let mut script = Script::lua(
        "function Plugin.render_markdown(t) return require('sdk').fail(403, 'not this') end",
    );
    assert_eq!(script.render("ä").unwrap(), None);
    assert_eq!(script.world().refusals, [(403, "not this".to_owned())]);
}

#[test]
fn actions_get_their_tables() {
    let mut script = Script::lua(
        "local function show(name) return function(t) print(name .. ' ' .. Host.jsonEncode(t)) end end
         for _, name in ipairs{'on_post_created', 'on_post_deleted', 'on_login', 'on_content_deleted',
           'on_content_created', 'on_comment_created', 'on_cron_tick'} do Plugin[name] = show(name) end",
    );
    let output = PostOutput {
        id: "p1".into(),
        title: "T".into(),
        slug: "t".into(),
        content: "C".into(),
        excerpt: None,
        status: "published".into(),
        created_by: "u".into(),
        updated_by: None,
        category_id: None,
        view_count: 9_007_199_254_740_993,
        created_at: "a".into(),
        updated_at: "b".into(),
        published_at: Some("c".into()),
    };
    let (hooks, store) = script.hooks();
    hooks.call_on_post_created(&mut *store, &output).unwrap();
    hooks.call_on_post_deleted(&mut *store, "p1").unwrap();
    hooks.call_on_login(&mut *store, "u1").unwrap();
    hooks
        .call_on_content_deleted(&mut *store, "note", "n1")
        .unwrap();
    hooks
        .call_on_content_created(&mut *store, &event("[1]"))
        .unwrap();
    let comment = CommentInput {
        content: "c".into(),
        nickname: None,
        email: None,
        parent_id: None,
    };
    hooks
        .call_on_comment_created(&mut *store, &comment)
        .unwrap();
    for payload in [None, Some("5"), Some(r#"{"job":"daily"}"#), Some("no json")] {
        hooks.call_on_cron_tick(&mut *store, payload).unwrap();
    }
    assert_eq!(
        script.world().logged(),
        [
            r#"on_post_created {"content":"C","created_at":"a","created_by":"u","id":"p1","published_at":"c","slug":"t","status":"published","title":"T","updated_at":"b","view_count":9007199254740993}"#,
            r#"on_post_deleted {"id":"p1"}"#,
            r#"on_login {"user_id":"u1"}"#,
            r#"on_content_deleted {"body":{"content_type":"note","id":"n1"},"content_type":"note","id":"n1"}"#,
            r#"on_content_created {"body":{"content_type":"note","data":[1]},"content_type":"note","data":[1]}"#,
            r#"on_comment_created {"content":"c"}"#,
            "on_cron_tick null",
            "on_cron_tick 5",
            r#"on_cron_tick {"body":{"job":"daily"},"job":"daily"}"#,
            r#"on_cron_tick "no json""#,
        ]
    );
}

#[test]
fn state_is_kept_from_call_to_call_and_goes_to_the_next_version() {
    let text = "local n = 0
        function Plugin.on_cron_tick() n = n + 1 print(n) end
        function Plugin.snapshot() return string.pack('<i8', n) .. '\\xff' end
        function Plugin.restore(state) n = string.unpack('<i8', state) end";
    let mut script = Script::lua(text);
    for _ in 0..3 {
        script.tick(None).unwrap();
    }
    assert_eq!(script.world().logged(), ["1", "2", "3"]);
    let (lifecycle, store) = script.lifecycle();
    let state = lifecycle.call_snapshot(store).unwrap().unwrap();
    assert_eq!(state, [3, 0, 0, 0, 0, 0, 0, 0, 0xFF]);
    let mut next = Script::lua(text);
    let (lifecycle, store) = next.lifecycle();
    lifecycle.call_restore(store, &state).unwrap().unwrap();
    next.tick(None).unwrap();
    assert_eq!(next.world().logged(), ["4"]);
}

#[test]
fn an_instance_knows_its_place_and_may_refuse_to_begin() {
    let place = InstancePlace {
        number: 1,
        instances: 4,
        cause: Cause::Replacement,
    };
    let mut script = Script::lua(
        "function Plugin.on_load(p) print(p.number, p.instances, p.cause)
           if p.number > 0 then return require('sdk').fail(500, 'only one, please') end end
         function Plugin.on_unload() print('bye') end",
    );
    let (lifecycle, store) = script.lifecycle();
    let answer = lifecycle.call_on_load(&mut *store, place).unwrap();
    assert_eq!(answer, Err("only one, please".into()));
    lifecycle.call_on_unload(&mut *store).unwrap();
    // Without a handler, nothing is asked of the script.
    assert_eq!(lifecycle.call_snapshot(&mut *store).unwrap(), None);
    lifecycle.call_restore(&mut *store, &[1]).unwrap().unwrap();
    assert_eq!(script.world().logged(), ["1\t4\treplacement", "bye"]);
}
