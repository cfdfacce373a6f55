//! Script plugins in Lua: text files in a folder, and what a user sees of them.

use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::{Value, json};

const ID: &str = "com.example.script";

fn manifest(hooks: &[&str]) -> Manifest {
    Manifest::script(ID, "lua", hooks)
}

/// A server with a script of one file, in one instance.
async fn running(hooks: &[&str], text: &str) -> TestServer {
    with_files(hooks, &[("init.lua", text)]).await
}

async fn with_files(hooks: &[&str], files: &[(&str, &str)]) -> TestServer {
    let one = manifest(hooks).with("[pool]\nsize = 1");
    let server = TestServer::with()
        .script("script", &one, files)
        .start()
        .await;
    server.listed("script", "running").await;
    server
}

/// The reason why the script of a folder does not run.
async fn failure(hooks: &[&str], files: &[(&str, &str)]) -> String {
    let server = TestServer::with()
        .script("script", &manifest(hooks), files)
        .start()
        .await;
    let listed = server.listed("script", "failed").await;
    listed["last_error"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_with_a_global_table_changes_what_is_stored() {
    let server = running(
        &["on-post-creating", "filter-html"],
        r#"
        local sdk = require("sdk")
        Plugin = {}

        local function slugify(title)
            return (title:lower():gsub("[^%w]+", "-"):gsub("^%-+", ""):gsub("%-+$", ""))
        end

        function Plugin.on_post_creating(post)
            if post.title == "Keep" then return nil end
            if not post.slug or post.slug == "" then post.slug = slugify(post.title) .. "-lua" end
            post.excerpt = #post.content .. " bytes"
            return sdk.ok(post)
        end

        function Plugin.filter_html(html) return html .. "<!-- lua -->" end
        "#,
    )
    .await;
    let post = server.publish("Hello, World!").await;
    assert_eq!(post["slug"], "hello-world-lua");
    assert_eq!(post["excerpt"], "10 bytes");
    assert_eq!(server.publish("Keep").await["excerpt"], Value::Null);
    assert_eq!(server.html("keep").await, "<p>Some text.</p>\n<!-- lua -->");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_of_a_returned_table_counts_and_writes_files_through_a_module() {
    let server = with_files(
        &["on-post-created"],
        &[
            (
                "init.lua",
                r#"
                local counters = require("lib.counters")
                local M = {}
                function M.on_post_created(post)
                    local n = counters.increment("posts")
                    RaisFastHost.vfsWrite("posts/" .. n .. ".json", Host.jsonEncode({ slug = post.slug, views = post.view_count }))
                    print("post " .. n .. " is " .. post.title)
                end
                return M
                "#,
            ),
            (
                "lib/counters.lua",
                r#"
                local sdk = require("sdk")
                local counters = {}
                function counters.increment(name)
                    local n = (tonumber(sdk.storeGet(name)) or 0) + 1
                    sdk.storeSet(name, tostring(n))
                    return n
                end
                return counters
                "#,
            ),
        ],
    )
    .await;
    server.publish("One").await;
    server.publish("Two").await;
    assert_eq!(server.stored(ID, "posts").await.as_deref(), Some("2"));
    let file = server.stored_file(ID, "posts/2.json").unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(file["views"], 0, "{file}");
    assert!(
        ["one", "two"].contains(&file["slug"].as_str().unwrap()),
        "{file}"
    );
    server.logs(ID, "post 2 is ").await;
}

const TABLE: &str = "own_com_example_script__orders";

/// A server with a script that runs these statements for each new post, on a table of its own, and
/// keeps what they leave in `out`.
async fn left(statements: &str) -> (TestServer, Value) {
    let text = format!(
        "local sdk = require('sdk')
         function Plugin.on_post_created(post)
           local t, out = '{TABLE}', Host.list()
           local function add(value) out[#out + 1] = value end
           {statements}
         end"
    );
    let sql = format!(
        "CREATE TABLE {TABLE} (id VARCHAR(40) PRIMARY KEY, state VARCHAR(20), total BIGINT, note VARCHAR(20))"
    );
    let server = TestServer::with()
        .script(
            "script",
            &manifest(&["on-post-created"]),
            &[("init.lua", &text)],
        )
        .migration("script", "1.sql", &sql)
        .start()
        .await;
    server.listed("script", "running").await;
    server.publish("Go").await;
    let out = server.stored(ID, "out").await;
    let out = out.unwrap_or_else(|| panic!("{:?}", server.logged(ID)));
    let out = serde_json::from_str(&out).unwrap();
    (server, out)
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_functions_of_the_database_take_and_return_tables() {
    let (_, out) = left(
        r#"
        add(sdk.dbInsert(t, { id = "a", state = "open", total = 9007199254740993, note = Host.null }))
        sdk.dbInsert(t, { id = "b", state = "open", total = 7 })
        Host.dbInsert(t, '{"id": "c", "state": "void", "total": 1}')
        local row = sdk.dbFetchOne(t, { id = "a" }).row
        add({ row.id, row.total, row.note == nil, math.type(row.total) })
        local found = sdk.dbFetchAll(t, { state = "open" }, { columns = { "id" }, order = { "-total" } })
        add(found.rows)
        add(sdk.dbUpdate(t, { state = "paid" }, { total = { ["$gte"] = 7 } }).rows_affected)
        add(sdk.dbIncrement(t, { total = -2 }, { id = "b" }, { min = 0 }).rows_affected)
        add(sdk.dbIncrement(t, { total = -2 }, { id = "c" }, { min = 0 }).rows_affected)
        add(sdk.dbCount(t, { ["$or"] = { { id = "a" }, { total = 5 } } }).count)
        add(select(2, pcall(sdk.dbDelete, t, {})):match('"all": true') ~= nil)
        add(select(2, pcall(sdk.dbCount, "users")):match("users") ~= nil)
        add(sdk.dbDelete(t, {}, { all = true }).rows_affected)
        sdk.storeSet("out", out)
        "#,
    )
    .await;
    assert_eq!(
        out,
        json!([
            {"rows_affected": 1, "id": "a"},
            ["a", 9_007_199_254_740_993_i64, true, "integer"],
            [{"id": "a"}, {"id": "b"}],
            2,
            1,
            0,
            2,
            true,
            true,
            3,
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_undone_by_an_error_and_by_being_left_open() {
    let (server, out) = left(
        r#"
        local function transfer(id, fails)
            sdk.dbBegin()
            local ok, message = pcall(function()
                sdk.dbExec("INSERT INTO " .. t .. " (id, total) VALUES (" .. sdk.dbPh(1) .. ", " .. sdk.dbPh(2) .. ")", { id, 5 })
                if fails then error("no money") end
            end)
            if ok then sdk.dbCommit() else sdk.dbRollback() add(message) end
        end
        transfer("kept", false)
        transfer("undone", true)
        local rows = sdk.dbQuery("SELECT id, total, note FROM " .. t)
        add(rows)
        sdk.storeSet("out", out)
        sdk.dbBegin()
        "#,
    )
    .await;
    assert_eq!(
        out,
        json!(["init.lua:10: no money", [{"id": "kept", "note": null, "total": 5}]])
    );
    server.logs(ID, "open transaction").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fail_refuses_the_request_with_its_status() {
    let server = running(
        &["on-post-creating"],
        r#"
        local sdk = require("sdk")
        function Plugin.onPostCreating(post)
            if post.title == "No" then return sdk.fail(409, "there is one like that") end
            if post.title == "Raised" then error(sdk.fail(403, "raised")) end
        end
        "#,
    )
    .await;
    let post = |title: &str| json!({"title": title, "content": ""});
    for (title, status, detail) in [
        ("No", 409, "there is one like that"),
        ("Raised", 403, "raised"),
    ] {
        let refused = server.admin.post("/api/v1/posts", &post(title)).await;
        let problem = refused.expect(status);
        assert_eq!(problem["detail"], detail);
        assert_eq!(problem["plugin"], ID);
    }
    let stored = server.admin.post("/api/v1/posts", &post("Yes")).await;
    stored.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_is_shown_with_its_line_and_a_caret() {
    let reason = failure(
        &["on-post-creating"],
        &[(
            "init.lua",
            "function Plugin.on_post_creating(post)\n    local then = 1\nend\n",
        )],
    )
    .await;
    let lines: Vec<&str> = reason.lines().collect();
    assert_eq!(
        lines[0], "init.lua:2:11: <name> expected near 'then'",
        "{reason}"
    );
    assert_eq!(lines[2], "2 |     local then = 1", "{reason}");
    assert_eq!(lines[3], "  |           ^", "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_without_a_handler_is_a_load_error_that_says_what_to_write() {
    let reason = failure(
        &["on-post-creating", "on-login"],
        &[("init.lua", "function Plugin.on_post_creating(post) end")],
    )
    .await;
    assert!(
        reason.contains("function Plugin.on_login(input)"),
        "{reason}"
    );
    assert!(!reason.contains("[hooks.on-post-creating]"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_has_file_line_and_stack_and_the_request_goes_on() {
    let server = running(
        &["on-post-creating"],
        "local function check(post)\n  if post.title == 'Bad' then error('not this one') end\n  return post\nend\n\
         function Plugin.on_post_creating(post)\n  local checked = check(post)\n  return checked\nend\n",
    )
    .await;
    assert_eq!(server.publish("Bad").await["title"], "Bad");
    let record = server.logs(ID, "not this one").await;
    assert!(record.contains("init.lua:2: not this one"), "{record}");
    assert!(record.contains("init.lua:6"), "{record}");
    assert_eq!(server.publish("Good").await["title"], "Good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_any_file_is_taken_and_a_broken_one_leaves_the_former_version() {
    let text = |word: &str| format!("return function() return '{word}' end");
    let server = with_files(
        &["on-post-creating"],
        &[
            (
                "init.lua",
                "local word = require('word')\nfunction Plugin.on_post_creating() return {title = word()} end",
            ),
            ("word.lua", &text("one")),
        ],
    )
    .await;
    assert_eq!(server.publish("x").await["title"], "one");
    server.write("script", "word.lua", "return function(");
    let outdated = server.listed("script", "outdated").await;
    let reason = outdated["last_error"].as_str().unwrap();
    assert!(reason.starts_with("word.lua:1"), "{reason}");
    assert_eq!(server.publish("x").await["title"], "one");
    server.write("script", "word.lua", &text("two"));
    eventually("the second version serves", || async {
        (server.publish("x").await["title"] == "two").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hostile_script_does_ends_its_call_and_nothing_else() {
    let server = running(
        &["on-post-creating"],
        r#"
        local acts = {
            Loop = function() while true do end end,
            Caught = function() while true do pcall(error) end end,
            Recursion = function() local function f() return 1 + f() end return f() end,
            Memory = function() local t = {} while true do t[#t + 1] = ("x"):rep(1 << 16) .. #t end end,
            Giant = function() return ("x"):rep(1 << 40) end,
            Bomb = function()
                local function bomb() while true do coroutine.wrap(bomb)() end end
                while true do pcall(bomb) end
            end,
            Pattern = function() return ("a"):rep(40):find(("a?"):rep(40) .. ("a"):rep(40) .. "b") end,
            Deep = function() Host.jsonDecode(("["):rep(1000000)) end,
            Compiled = function() assert(load("\27Lua" .. ("\0"):rep(100))) end,
            Evaluated = function() assert(load("while true do end"))() end,
            Collected = function() setmetatable({}, { __gc = function() while true do end end }) collectgarbage() end,
        }
        function Plugin.on_post_creating(post)
            if acts[post.title] then acts[post.title]() end
            post.title = post.title .. "!"
            return post
        end
        "#,
    )
    .await;
    for act in [
        "Loop",
        "Caught",
        "Recursion",
        "Memory",
        "Giant",
        "Bomb",
        "Pattern",
        "Deep",
        "Compiled",
        "Evaluated",
        "Collected",
    ] {
        let post = server.publish(act).await;
        // A breaker that paused the plugin would let the next ones through, too.
        assert_eq!(post["title"], act);
    }
    eventually("the plugin serves again", || async {
        (server.publish("Fine").await["title"] == "Fine!").then_some(())
    })
    .await;
}
