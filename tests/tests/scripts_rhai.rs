//! Script plugins in Rhai: text files in a folder, and what a user sees of them.

use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::{Value, json};

const ID: &str = "com.example.script";

fn manifest(hooks: &[&str]) -> Manifest {
    Manifest::script(ID, "rhai", hooks)
}

/// A server with a script of one file.
async fn running(hooks: &[&str], text: &str) -> TestServer {
    let server = TestServer::with()
        .script("script", &manifest(hooks), &[("init.rhai", text)])
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
async fn a_script_changes_what_is_stored() {
    let server = running(
        &["on-post-creating"],
        r#"
        fn on_post_creating(input) {
            let post = parse_json(input);
            post.title = post.title + "!";
            post.slug = replace(to_lower(trim(post.title)), " ", "-");
            post
        }
        "#,
    )
    .await;
    let post = server.publish("Hello World").await;
    assert_eq!(post["title"], "Hello World!");
    assert_eq!(post["content"], "Some text.");
    let page = server.visitor.get("/api/v1/posts/hello-world").await;
    assert_eq!(page.expect(200)["title"], "Hello World!");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_returns_nothing_or_json_text_is_understood() {
    let server = running(
        &["on-post-creating", "filter-html"],
        r#"
        fn onPostCreating(input) {
            if extractJson(input, "title") == "Keep" { return; }
            let post = parse_json(input);
            post.excerpt = "by a script";
            to_json(post)
        }
        fn filter_html(html) { html + "<!-- script -->" }
        "#,
    )
    .await;
    assert_eq!(server.publish("Keep").await["excerpt"], Value::Null);
    assert_eq!(server.publish("Change").await["excerpt"], "by a script");
    assert_eq!(
        server.html("keep").await,
        "<p>Some text.</p>\n<!-- script -->"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_is_shown_with_its_line_and_a_caret() {
    let reason = failure(
        &["on-post-creating"],
        &[(
            "init.rhai",
            "fn on_post_creating(input) {\n    let x = ;\n}\n",
        )],
    )
    .await;
    let lines: Vec<&str> = reason.lines().collect();
    assert!(lines[0].starts_with("init.rhai:2:13: "), "{reason}");
    assert_eq!(lines[2], "2 |     let x = ;");
    assert_eq!(lines[3], "  |             ^");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_a_module_names_the_modules_file() {
    let reason = failure(
        &["on-post-creating"],
        &[
            (
                "init.rhai",
                "import \"lib/text\" as text;\nfn on_post_creating(input) { text::shout(input) }",
            ),
            ("lib/text.rhai", "fn shout(x) {\n  x +\n}\n"),
        ],
    )
    .await;
    assert!(reason.starts_with("lib/text.rhai:3:1: "), "{reason}");
    assert!(reason.contains("\n3 | }\n  | ^"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_without_a_function_is_a_load_error_that_says_what_to_write() {
    let reason = failure(
        &["on-post-creating", "on-login"],
        &[(
            "init.rhai",
            "fn on_post_creating(input) { }\nfn helper() { }",
        )],
    )
    .await;
    assert!(reason.contains("init.rhai"), "{reason}");
    assert!(reason.contains("fn on_login(input)"), "{reason}");
    assert!(reason.contains("[hooks.on-login]"), "{reason}");
    assert!(!reason.contains("[hooks.on-post-creating]"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_not_there_is_named() {
    let reason = failure(&["on-login"], &[("main.rhai", "fn on_login(input) { }")]).await;
    assert!(reason.contains("`init.rhai`"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_imported_and_keeps_its_constants() {
    let server = TestServer::with()
        .script(
            "script",
            &manifest(&["on-post-creating"]),
            &[
                (
                    "init.rhai",
                    "import \"lib/text\" as text;\n\
                     const MARK = \"?\";\n\
                     fn mark() { global::MARK }\n\
                     fn on_post_creating(input) {\n\
                       let post = parse_json(input);\n\
                       post.title = text::shout(post.title) + mark();\n\
                       post\n\
                     }",
                ),
                (
                    "lib/text.rhai",
                    "import \"./end\" as end;\nfn shout(x) { to_upper(x) + end::mark() }",
                ),
                (
                    "lib/end.rhai",
                    "const MARK = \"!\";\nfn mark() { global::MARK }",
                ),
            ],
        )
        .start()
        .await;
    server.listed("script", "running").await;
    assert_eq!(server.publish("hello").await["title"], "HELLO!?");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_an_error_with_file_line_and_stack_and_the_request_goes_on() {
    let server = running(
        &["on-post-creating"],
        "fn check(post) {\n  if post.title == \"Bad\" { throw \"not this one\"; }\n  post\n}\n\
         fn on_post_creating(input) {\n  check(parse_json(input))\n}\n",
    )
    .await;
    assert_eq!(server.publish("Bad").await["title"], "Bad");
    let record = server.logs(ID, "not this one").await;
    assert!(record.contains("init.rhai:2:28: not this one"), "{record}");
    assert!(
        record.ends_with("(in check called at init.rhai:6:3)"),
        "{record}"
    );
    assert_eq!(server.publish("Good").await["title"], "Good");
}

#[tokio::test(flavor = "multi_thread")]
async fn fail_refuses_the_request_with_its_status() {
    let server = running(
        &["on-post-creating"],
        r#"fn on_post_creating(input) {
            let title = extractJson(input, "title");
            if title == "No" { return fail(409, "there is one like that"); }
            if title == "Odd" { return fail(200, "no refusal has this status"); }
        }"#,
    )
    .await;
    let post = |title: &str| json!({"title": title, "content": ""});
    let refused = server.admin.post("/api/v1/posts", &post("No")).await;
    let problem = refused.expect(409);
    assert_eq!(problem["detail"], "there is one like that");
    assert_eq!(problem["plugin"], ID);
    let odd = server.admin.post("/api/v1/posts", &post("Odd")).await;
    assert_eq!(odd.expect(422)["detail"], "no refusal has this status");
    server
        .admin
        .post("/api/v1/posts", &post("Yes"))
        .await
        .expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_any_file_is_taken_and_a_broken_one_leaves_the_former_version() {
    let text = |word: &str| format!("fn word() {{ \"{word}\" }}");
    let server = TestServer::with()
        .script(
            "script",
            &manifest(&["on-post-creating"]),
            &[
                (
                    "init.rhai",
                    "import \"word\" as w;\nfn on_post_creating(input) { #{title: w::word()} }",
                ),
                ("word.rhai", &text("one")),
            ],
        )
        .start()
        .await;
    server.reaches(ID, "running", 1).await;
    assert_eq!(server.publish("x").await["title"], "one");

    server.write("script", "word.rhai", &text("two"));
    server.reaches(ID, "running", 2).await;
    assert_eq!(server.publish("x").await["title"], "two");

    server.write("script", "word.rhai", "fn word( {");
    let outdated = server.listed("script", "outdated").await;
    let reason = outdated["last_error"].as_str().unwrap();
    assert!(reason.starts_with("word.rhai:1:"), "{reason}");
    assert_eq!(server.publish("x").await["title"], "two");

    server.write("script", "word.rhai", &text("three"));
    eventually("the third version serves", || async {
        (server.publish("x").await["title"] == "three").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_reaches_files_the_store_and_the_log() {
    let text = r#"fn on_post_created(input) {
        let post = parse_json(input);
        let count = parse_json(storeGet("count") ?? "0") + 1;
        setData("count", count);
        vfsWrite("latest.txt", post.slug);
        Host.log("info", `post ${count} is ${post.title}`);
        print("printed");
    }"#;
    // One instance: else two posts may be counted at the same time.
    let one = manifest(&["on-post-created"]).with("[pool]\nsize = 1");
    let server = TestServer::with()
        .script("script", &one, &[("init.rhai", text)])
        .start()
        .await;
    server.listed("script", "running").await;
    server.publish("One").await;
    server.publish("Two").await;
    assert_eq!(server.stored(ID, "count").await.as_deref(), Some("2"));
    let latest = server.stored_file(ID, "latest.txt");
    assert!(
        matches!(latest.as_deref(), Some("one" | "two")),
        "{latest:?}"
    );
    server.logs(ID, "post 2 is ").await;
    server.logs(ID, "printed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_without_end_ends_with_its_deadline_and_nothing_else() {
    let server = running(
        &["on-post-creating"],
        r#"fn on_post_creating(input) {
            let post = parse_json(input);
            if post.title == "Loop" { loop { } }
            post.title += "!";
            post
        }"#,
    )
    .await;
    assert_eq!(server.publish("Loop").await["title"], "Loop");
    assert_eq!(server.publish("Fine").await["title"], "Fine!");
}

const TABLE: &str = "own_com_example_script__orders";

/// A server with a script that runs these statements for each new post, on a table of its own, and
/// keeps what they leave in `out`.
async fn with_orders(statements: &str) -> TestServer {
    let text = format!(
        "fn on_post_created(input) {{\n  let t = \"{TABLE}\";\n  let out = [];\n  {statements}\n  setData(\"out\", out);\n}}"
    );
    let sql = format!(
        "CREATE TABLE {TABLE} (id VARCHAR(40) PRIMARY KEY, state VARCHAR(20), total BIGINT, note VARCHAR(20))"
    );
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
    server.publish("Go").await;
    server
}

/// Returns what the statements have left, each answer as JSON.
async fn left(statements: &str) -> Vec<Value> {
    let server = with_orders(statements).await;
    let out = server.stored(ID, "out").await;
    let out = out.unwrap_or_else(|| panic!("{:?}", server.logged(ID)));
    let out: Vec<Value> = serde_json::from_str(&out).unwrap();
    let parsed = out.into_iter().map(|answer| match answer {
        Value::String(text) => serde_json::from_str(&text).unwrap(),
        other => other,
    });
    parsed.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_written_and_read_without_sql_and_whole_numbers_keep_their_digits() {
    let out = left(
        r#"
        out += dbInsert(t, #{id: "a", state: "open", total: 9007199254740993, note: ()});
        out += dbInsert(t, `{"id": "b", "state": "open", "total": 7}`, `{}`);
        out += Host.dbInsert(t, #{id: "c", state: "void", total: 1, note: "x"});
        out += dbFetchOne(t, #{id: "a"}, #{columns: ["id", "total", "note"]});
        out += dbFetchOne(t, `{"id": "nobody"}`);
        out += dbFetchAll(t, #{state: "open"}, #{columns: ["id"], order: ["-total"]});
        out += dbFetchAll(t, #{}, #{columns: ["id"], order: ["id"], limit: 1, offset: 1});
        out += dbCount(t);
        out += dbSum(t, "total", #{state: #{"$in": ["void", "open"]}, id: #{"$ne": "a"}});
        "#,
    )
    .await;
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
        json!({"sum": 8}),
    ];
    assert_eq!(out.len(), expected.len(), "{out:?}");
    // A sum is a decimal on some databases.
    let last = out.len() - 1;
    assert_eq!(out[..last], expected[..last]);
    assert!(
        ["8", "\"8\""].contains(&out[last]["sum"].to_string().as_str()),
        "{out:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operator_of_a_condition_finds_its_rows() {
    let out = left(
        r#"
        for n in 1..6 { dbInsert(t, #{id: `${n}`, state: if n < 3 { "low" } else { "high" }, total: n, note: if n == 5 { () } else { "n" }}); }
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
        "#,
    )
    .await;
    let expected = ["23", "1", "5", "23", "12", "5", "4", "13", "345"];
    let found: Vec<String> = out
        .iter()
        .map(|answer| {
            let rows = answer["rows"]
                .as_array()
                .unwrap_or_else(|| panic!("{answer}"));
            rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
        })
        .collect();
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_every_row_has_to_be_meant_and_an_error_is_an_answer() {
    let out = left(
        r#"
        dbInsert(t, #{id: "a", state: "open", total: 5});
        dbInsert(t, #{id: "b", state: "open", total: 1});
        out += dbUpdate(t, #{state: "void"}, #{});
        out += dbDelete(t, #{});
        out += dbUpdate(t, #{state: "paid"}, #{id: "a"});
        out += dbIncrement(t, #{total: -2}, #{}, #{all: true, min: 0, set: #{note: "less"}});
        out += dbFetchAll(t, #{}, #{columns: ["id", "state", "total", "note"], order: ["id"]});
        out += dbGroupBy(t, #{group_by: ["state"], sums: #{total: "total"}, order: ["state"]});
        out += dbDelete(t, #{}, #{all: true});
        out += dbCount("users");
        out += dbFetchAll(t, #{total: #{"$above": 1}});
        "#,
    )
    .await;
    for index in [0, 1] {
        let error = out[index]["error"].as_str().unwrap();
        assert!(error.contains("\"all\": true"), "{error}");
    }
    assert_eq!(out[2], json!({"rows_affected": 1}));
    assert_eq!(
        out[3],
        json!({"rows_affected": 1}),
        "the other would go below 0"
    );
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
    assert!(
        out[7]["error"].as_str().unwrap().contains("users"),
        "{}",
        out[7]
    );
    assert!(
        out[8]["error"].as_str().unwrap().contains("$above"),
        "{}",
        out[8]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_holds_and_one_that_is_left_open_is_rolled_back() {
    let server = with_orders(
        r#"
        dbBegin();
        dbInsert(t, #{id: "kept"});
        dbCommit();
        dbBegin();
        dbInsert(t, #{id: "undone"});
        dbRollback();
        out += parse_json(dbQuery("SELECT id FROM " + t + " WHERE id = " + dbPh(1), ["kept"]));
        out += dbCount(t);
        dbBegin();
        dbInsert(t, #{id: "forgotten"});
        "#,
    )
    .await;
    let out = server.stored(ID, "out").await.unwrap_or_default();
    assert!(out.is_empty() || out.contains("kept"), "{out}");
    server.logs(ID, "open transaction").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lifecycle_of_a_script_is_that_of_any_plugin() {
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
    let one = manifest(&["on-login"]).with("[pool]\nsize = 1");
    let server = TestServer::with()
        .script("script", &one, &[("init.rhai", &text("one"))])
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
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_instance_for_each_call_is_asked_for_with_max_calls() {
    let each = manifest(&["on-post-creating"]).with("[pool]\nsize = 2\nmax_calls = 1");
    let server = TestServer::with()
        .script(
            "script",
            &each,
            &[(
                "init.rhai",
                "fn on_post_creating(input) { #{excerpt: \"fresh\"} }",
            )],
        )
        .start()
        .await;
    server.listed("script", "running").await;
    for number in 0..5 {
        let post = server.publish(&format!("Post {number}")).await;
        assert_eq!(post["excerpt"], "fresh");
    }
}
