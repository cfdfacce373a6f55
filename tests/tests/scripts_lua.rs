//! Script plugins in Lua: text files in a folder, and what a user sees of them.

use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::{Value, json};

const ID: &str = "com.example.script";

fn manifest(hooks: &[&str]) -> Manifest {
    Manifest::script(ID, "lua", hooks)
}

/// A server with a script of these files, in one instance.
async fn running(hooks: &[&str], files: &[(&str, &str)]) -> TestServer {
    let one = manifest(hooks).with("[pool]\nsize = 1");
    let server = TestServer::with()
        .script("script", &one, files)
        .start()
        .await;
    server.listed("script", "running").await;
    server
}

const TABLE: &str = "own_com_example_script__orders";

/// A handler that runs statements on a table of the script's own, those of the post's title, and
/// keeps what they leave in `out` under that title.
const ORDERS: &str = r#"
local sdk = require('sdk')
local t, out = 'TABLE', nil
local function add(value) out[#out + 1] = value end
local statements = {}

function statements.rows()
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
end

local function transfer(id, fails)
    sdk.dbBegin()
    local ok, message = pcall(function()
        sdk.dbExec("INSERT INTO " .. t .. " (id, total) VALUES (" .. sdk.dbPh(1) .. ", " .. sdk.dbPh(2) .. ")", { id, 5 })
        if fails then error("no money") end
    end)
    if ok then sdk.dbCommit() else sdk.dbRollback() add(message) end
end

function statements.transactions()
    transfer("kept", false)
    transfer("undone", true)
    local rows = sdk.dbQuery("SELECT id, total, note FROM " .. t)
    add(rows)
    sdk.dbBegin()
    sdk.dbInsert(t, { id = "forgotten" })
end

function statements.count()
    add(sdk.dbCount(t).count)
end

function Plugin.on_post_created(post)
    out = Host.list()
    local ok, message = pcall(statements[post.title])
    if not ok then add(message) end
    Host.log("info", post.title .. ": " .. Host.jsonEncode(out))
end
"#;

/// Returns what the statements of this name leave.
async fn left(server: &TestServer, statements: &str) -> Value {
    server.publish(statements).await;
    let prefix = format!("{statements}: ");
    let record = eventually(&prefix, || async {
        let mut records = server.logged(ID).into_iter();
        records.find(|record| record.starts_with(&prefix))
    })
    .await;
    serde_json::from_str(&record[prefix.len()..])
        .unwrap_or_else(|error| panic!("{error}: {record}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_takes_and_returns_tables_and_undoes_transactions() {
    let sql = format!(
        "CREATE TABLE {TABLE} (id VARCHAR(40) PRIMARY KEY, state VARCHAR(20), total BIGINT, note VARCHAR(20))"
    );
    let text = ORDERS.replace("TABLE", TABLE);
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
    assert_eq!(
        left(&server, "rows").await,
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
    assert_eq!(
        left(&server, "transactions").await,
        json!(["init.lua:28: no money", [{"id": "kept", "note": null, "total": 5}]])
    );
    server.logs(ID, "open transaction").await;
    // Without the one that was left open.
    assert_eq!(left(&server, "count").await, json!([1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_does_not_load_is_told_what_to_write() {
    let hooks = &["on-post-creating"];
    let syntax = "function Plugin.on_post_creating(post)\n    local then = 1\nend\n";
    let missing = Manifest::script(
        "com.example.missing",
        "lua",
        &["on-post-creating", "on-login"],
    );
    let server = TestServer::with()
        .script("syntax", &manifest(hooks), &[("init.lua", syntax)])
        .script(
            "missing",
            &missing,
            &[("init.lua", "function Plugin.on_post_creating(post) end")],
        )
        .start()
        .await;
    let listed = server.listed("syntax", "failed").await;
    let reason = listed["last_error"].as_str().unwrap();
    let lines: Vec<&str> = reason.lines().collect();
    assert_eq!(
        lines[0], "init.lua:2:11: <name> expected near 'then'",
        "{reason}"
    );
    assert_eq!(lines[2], "2 |     local then = 1", "{reason}");
    assert_eq!(lines[3], "  |           ^", "{reason}");

    let listed = server.listed("missing", "failed").await;
    let reason = listed["last_error"].as_str().unwrap();
    assert!(
        reason.contains("function Plugin.on_login(input)"),
        "{reason}"
    );
    assert!(!reason.contains("[hooks.on-post-creating]"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_has_its_place_and_a_change_of_any_file_is_taken() {
    let word = |word: &str| format!("return function() return '{word}' end");
    let server = running(
        &["on-post-creating"],
        &[
            (
                "init.lua",
                "local function check(post)\n  if post.title == 'Bad' then error('not this one') end\nend\n\
                 local word = require('word')\n\
                 function Plugin.on_post_creating(post)\n  check(post)\n  return {title = word()}\nend\n",
            ),
            ("word.lua", &word("one")),
        ],
    )
    .await;
    assert_eq!(server.publish("Bad").await["title"], "Bad");
    let record = server.logs(ID, "not this one").await;
    assert!(record.contains("init.lua:2: not this one"), "{record}");
    assert!(record.contains("init.lua:6"), "{record}");

    assert_eq!(server.publish("x").await["title"], "one");
    server.write("script", "word.lua", "return function(");
    let outdated = server.listed("script", "outdated").await;
    let reason = outdated["last_error"].as_str().unwrap();
    assert!(reason.starts_with("word.lua:1"), "{reason}");
    assert_eq!(server.publish("x").await["title"], "one");
    server.write("script", "word.lua", &word("two"));
    eventually("the second version serves", || async {
        (server.publish("x").await["title"] == "two").then_some(())
    })
    .await;
}
