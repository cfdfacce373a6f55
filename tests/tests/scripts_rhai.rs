//! Script plugins in Rhai: text files in a folder, and what a user sees of them.

use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::{Value, json};

const ID: &str = "com.example.script";

fn manifest(hooks: &[&str]) -> Manifest {
    Manifest::script(ID, "rhai", hooks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_does_not_load_is_told_where_and_what_to_write() {
    let named = |name: &str, hooks: &[&str]| {
        Manifest::script(&format!("com.example.{name}"), "rhai", hooks)
    };
    let server = TestServer::with()
        .script(
            "syntax",
            &named("syntax", &["on-post-creating"]),
            &[(
                "init.rhai",
                "fn on_post_creating(input) {\n    let x = ;\n}\n",
            )],
        )
        .script(
            "module",
            &named("module", &["on-post-creating"]),
            &[
                (
                    "init.rhai",
                    "import \"lib/text\" as text;\nfn on_post_creating(input) { text::shout(input) }",
                ),
                ("lib/text.rhai", "fn shout(x) {\n  x +\n}\n"),
            ],
        )
        .script(
            "function",
            &named("function", &["on-post-creating", "on-login"]),
            &[("init.rhai", "fn on_post_creating(input) { }")],
        )
        .script(
            "entry",
            &named("entry", &["on-login"]),
            &[("main.rhai", "fn on_login(input) { }")],
        )
        .script(
            "pinned",
            &named("pinned", &["on-login"]).interpreter("0.1"),
            &[("init.rhai", "fn on_login(input) { }")],
        )
        .start()
        .await;
    let reason = async |folder| {
        let listed = server.listed(folder, "failed").await;
        listed["last_error"].as_str().unwrap().to_owned()
    };
    let syntax = reason("syntax").await;
    let lines: Vec<&str> = syntax.lines().collect();
    assert!(lines[0].starts_with("init.rhai:2:13: "), "{syntax}");
    assert_eq!(lines[2], "2 |     let x = ;");
    assert_eq!(lines[3], "  |             ^");

    let module = reason("module").await;
    assert!(module.starts_with("lib/text.rhai:3:1: "), "{module}");
    assert!(module.contains("\n3 | }\n  | ^"), "{module}");

    let function = reason("function").await;
    assert!(function.contains("init.rhai"), "{function}");
    assert!(function.contains("fn on_login(input)"), "{function}");
    assert!(function.contains("[hooks.on-login]"), "{function}");
    assert!(!function.contains("[hooks.on-post-creating]"), "{function}");

    let entry = reason("entry").await;
    assert!(entry.contains("`init.rhai`"), "{entry}");

    let pinned = reason("pinned").await;
    assert!(pinned.contains("asks for Rhai 0.1, "), "{pinned}");
    assert!(pinned.contains("scripts here run in Rhai 1."), "{pinned}");
    let right = named("pinned", &["on-login"]).interpreter("1");
    server.write("pinned", "manifest.toml", right.text());
    server.listed("pinned", "running").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_ends_its_call_and_a_refusal_its_request() {
    let text = r#"
        fn check(post) {
            if post.title == "Bad" { throw "not this one"; }
        }
        fn on_post_creating(input) {
            let post = parse_json(input);
            check(post);
            if post.title == "No" { return fail(409, "there is one like that"); }
            if post.title == "Odd" { return fail(200, "no refusal has this status"); }
            post.title += "!";
            post
        }
    "#;
    let each = Manifest::script("com.example.each", "rhai", &["on-post-creating"])
        .with("[pool]\nsize = 2\nmax_calls = 1");
    let server = TestServer::with()
        .script(
            "script",
            &manifest(&["on-post-creating"]),
            &[("init.rhai", text)],
        )
        .script(
            "each",
            &each,
            &[(
                "init.rhai",
                "fn on_post_creating(input) { #{excerpt: \"fresh\"} }",
            )],
        )
        .start()
        .await;
    server.listed("script", "running").await;
    server.listed("each", "running").await;

    assert_eq!(server.publish("Bad").await["title"], "Bad");
    let record = server.logs(ID, "not this one").await;
    assert!(record.contains("init.rhai:3:38: not this one"), "{record}");
    assert!(
        record.ends_with("(in check called at init.rhai:7:13)"),
        "{record}"
    );
    let post = |title: &str| json!({"title": title, "content": ""});
    let refused = server.admin.post("/api/v1/posts", &post("No")).await;
    let problem = refused.expect(409);
    assert_eq!(problem["detail"], "there is one like that");
    assert_eq!(problem["plugin"], ID);
    let odd = server.admin.post("/api/v1/posts", &post("Odd")).await;
    assert_eq!(odd.expect(422)["detail"], "no refusal has this status");
    // A plugin with a fresh instance for each call has one each time.
    for number in 0..5 {
        let title = format!("Fine {number}");
        let post = server.publish(&title).await;
        assert_eq!(post["title"], format!("{title}!"));
        assert_eq!(post["excerpt"], "fresh");
    }
}

const TABLE: &str = "own_com_example_script__orders";

/// A handler that runs the function of a post's title on a table of the script's own, and logs what
/// it returns.
const ORDERS: &str = r#"
fn rows(t) {
    let out = [];
    out += dbInsert(t, #{id: "a", state: "open", total: 9007199254740993, note: ()});
    out += dbInsert(t, `{"id": "b", "state": "open", "total": 7}`, `{}`);
    out += Host.dbInsert(t, #{id: "c", state: "void", total: 1, note: "x"});
    out += dbFetchOne(t, #{id: "a"}, #{columns: ["id", "total", "note"]});
    out += dbFetchOne(t, `{"id": "nobody"}`);
    out += dbFetchAll(t, #{state: "open"}, #{columns: ["id"], order: ["-total"]});
    out += dbFetchAll(t, #{}, #{columns: ["id"], order: ["id"], limit: 1, offset: 1});
    out += dbCount(t);
    out += dbSum(t, "total", #{state: #{"$in": ["void", "open"]}, id: #{"$ne": "a"}});
    out
}

fn operators(t) {
    for n in 1..6 {
        dbInsert(t, #{id: `${n}`, state: if n < 3 { "low" } else { "high" }, total: n, note: if n == 5 { () } else { "n" }});
    }
    let out = [];
    let ids = |wanted| dbFetchAll(t, wanted, #{columns: ["id"], order: ["id"]});
    out += ids.call(#{total: #{"$gt": 1, "$lte": 3}});
    out += ids.call(#{total: #{"$lt": 2}});
    out += ids.call(#{total: #{"$gte": 5}});
    out += ids.call(#{total: #{"$between": [2, 3]}});
    out += ids.call(#{state: #{"$like": "l%"}});
    out += ids.call(#{note: ()});
    out += ids.call(#{note: #{"$null": false}, total: #{"$eq": 4}});
    out += ids.call(#{"$or": [#{total: 1}, #{"$and": [#{state: "high"}, #{total: 3}]}]});
    out += ids.call(#{"$not": #{state: "low"}});
    out
}

fn changes(t) {
    dbInsert(t, #{id: "a", state: "open", total: 5});
    dbInsert(t, #{id: "b", state: "open", total: 1});
    let out = [];
    out += dbUpdate(t, #{state: "void"}, #{});
    out += dbDelete(t, #{});
    out += dbUpdate(t, #{state: "paid"}, #{id: "a"});
    out += dbIncrement(t, #{total: -2}, #{}, #{all: true, min: 0, set: #{note: "less"}});
    out += dbFetchAll(t, #{}, #{columns: ["id", "state", "total", "note"], order: ["id"]});
    out += dbGroupBy(t, #{group_by: ["state"], sums: #{total: "total"}, order: ["state"]});
    out += dbDelete(t, #{}, #{all: true});
    out += dbCount("users");
    out += dbFetchAll(t, #{total: #{"$above": 1}});
    out
}

fn transactions(t) {
    dbBegin();
    dbInsert(t, #{id: "kept"});
    dbCommit();
    dbBegin();
    dbInsert(t, #{id: "undone"});
    dbRollback();
    let out = [];
    out += dbQuery("SELECT id FROM " + t + " WHERE id = " + dbPh(1), ["kept"]);
    out += dbCount(t);
    dbBegin();
    dbInsert(t, #{id: "forgotten"});
    out
}

fn count(t) {
    [dbCount(t)]
}

fn on_post_created(input) {
    let title = extractJson(input, "title");
    let t = "TABLE";
    if title != "count" { dbDelete(t, #{}, #{all: true}); }
    let out = switch title {
        "rows" => rows(t),
        "operators" => operators(t),
        "changes" => changes(t),
        "transactions" => transactions(t),
        "count" => count(t),
    };
    log("info", title + ": " + to_json(out));
}
"#;

/// Returns what the function of this name has returned, each answer as JSON.
async fn left(server: &TestServer, function: &str) -> Vec<Value> {
    server.publish(function).await;
    let prefix = format!("{function}: ");
    let record = eventually(&prefix, || async {
        let mut records = server.logged(ID).into_iter();
        records.find(|record| record.starts_with(&prefix))
    })
    .await;
    let out: Vec<Value> = serde_json::from_str(&record[prefix.len()..])
        .unwrap_or_else(|error| panic!("{error}: {record}"));
    let answers = out.into_iter();
    let parsed = answers.map(|answer| serde_json::from_str(answer.as_str().unwrap()).unwrap());
    parsed.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_takes_objects_or_json_text_and_returns_json_text() {
    let sql = format!(
        "CREATE TABLE {TABLE} (id VARCHAR(40) PRIMARY KEY, state VARCHAR(20), total BIGINT, note VARCHAR(20))"
    );
    let text = ORDERS.replace("TABLE", TABLE);
    let server = TestServer::with()
        .script(
            "script",
            &manifest(&["on-post-created"]),
            &[("init.rhai", &text)],
        )
        .migration("script", "1.sql", &sql)
        .start()
        .await;
    server.listed("script", "running").await;
    check_rows(&left(&server, "rows").await);
    check_operators(&left(&server, "operators").await);
    check_changes(&left(&server, "changes").await);
    let transactions = left(&server, "transactions").await;
    assert_eq!(transactions, [json!([{"id": "kept"}]), json!({"count": 1})]);
    server.logs(ID, "open transaction").await;
    // Without the one that was left open.
    assert_eq!(left(&server, "count").await, [json!({"count": 1})]);
}

fn check_rows(out: &[Value]) {
    let row = json!({"id": "a", "total": 9_007_199_254_740_993_i64, "note": null});
    let expected = [
        json!({"rows_affected": 1, "id": "a"}),
        json!({"rows_affected": 1, "id": "b"}),
        json!({"rows_affected": 1, "id": "c"}),
        json!({"row": row, "data": row}),
        json!({"row": null, "data": null}),
        json!({"rows": [{"id": "a"}, {"id": "b"}]}),
        json!({"rows": [{"id": "b"}]}),
        json!({"count": 3}),
        // Also where the database has a decimal for it.
        json!({"sum": 8}),
    ];
    assert_eq!(out, expected);
}

fn check_operators(out: &[Value]) {
    let ids = |answer: &Value| -> String {
        let rows = answer["rows"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"));
        rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
    };
    let found: Vec<String> = out.iter().map(ids).collect();
    let expected = ["23", "1", "5", "23", "12", "5", "4", "13", "345"];
    assert_eq!(found, expected);
}

fn check_changes(out: &[Value]) {
    for index in [0, 1] {
        let error = out[index]["error"].as_str().unwrap();
        assert!(error.contains("\"all\": true"), "{error}");
    }
    assert_eq!(out[2], json!({"rows_affected": 1}));
    // The other would go below 0.
    assert_eq!(out[3], json!({"rows_affected": 1}));
    assert_eq!(
        out[4]["rows"],
        json!([
            {"id": "a", "state": "paid", "total": 3, "note": "less"},
            {"id": "b", "state": "open", "total": 1, "note": null},
        ])
    );
    assert_eq!(out[5]["rows"][0]["state"], "open");
    assert_eq!(out[5]["rows"][1]["count"], 1);
    assert_eq!(out[6], json!({"rows_affected": 2}));
    for (index, named) in [(7, "users"), (8, "$above")] {
        let error = out[index]["error"].as_str().unwrap();
        assert!(error.contains(named), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_loaded_and_changed_like_any_plugin() {
    let text = |word: &str| {
        format!(
            r#"
            fn on_load(place) {{ log("loaded {word} " + extractJson(place, "number")); }}
            fn on_unload() {{ log("unloaded {word}"); }}
            fn snapshot() {{ "state of {word}" }}
            fn restore(state) {{ log("{word} has: " + state); }}
            fn on_login(input) {{ }}
            "#
        )
    };
    let word = |word: &str| format!("fn word() {{ \"{word}\" }}");
    let one = manifest(&["on-login"]).with("[pool]\nsize = 1");
    let words = Manifest::script("com.example.words", "rhai", &["on-post-creating"]);
    let server = TestServer::with()
        .script("script", &one, &[("init.rhai", &text("one"))])
        .script(
            "words",
            &words,
            &[
                (
                    "init.rhai",
                    "import \"word\" as w;\nfn on_post_creating(input) { #{title: w::word()} }",
                ),
                ("word.rhai", &word("one")),
            ],
        )
        .start()
        .await;
    server.reaches(ID, "running", 1).await;
    server.logs(ID, "loaded one 0").await;
    server.write("script", "init.rhai", &text("two"));
    server.reaches(ID, "running", 2).await;
    server.logs(ID, "two has: state of one").await;
    server.logs(ID, "unloaded one").await;
    server.write(
        "script",
        "init.rhai",
        "fn on_load(place) { fail(500, \"no\") }\nfn on_login(input) { }",
    );
    let refused = server.listed("script", "outdated").await;
    let reason = refused["last_error"].as_str().unwrap();
    assert!(reason.contains("on-load says: no"), "{reason}");

    server.reaches("com.example.words", "running", 1).await;
    assert_eq!(server.publish("x").await["title"], "one");
    server.write("words", "word.rhai", "fn word( {");
    let outdated = server.listed("words", "outdated").await;
    let reason = outdated["last_error"].as_str().unwrap();
    assert!(reason.starts_with("word.rhai:1:"), "{reason}");
    assert_eq!(server.publish("x").await["title"], "one");
    server.write("words", "word.rhai", &word("two"));
    eventually("the second version serves", || async {
        (server.publish("x").await["title"] == "two").then_some(())
    })
    .await;
}
