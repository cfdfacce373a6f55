//! Calls that an operator has recorded, made again with the same code and with other code.

use raisfast_cases::Difference;
use raisfast_tests::{Manifest, TestServer, guest, sample, script};
use serde_json::{Value, json};

use crate::{CALLER, SEO, WASI, assert_equal, changed, different, recorded, replayed};

/// One of everything: each plugin of the samples is called.
async fn use_site(server: &TestServer, number: usize) {
    let title = format!("Post number {number}");
    let content =
        format!("# A heading\n\nSome *text* of {number}.\n\n| a | b |\n|---|---|\n| 1 | 2 |");
    let mut post = json!({"title": title, "content": content, "status": "published"});
    if number.is_multiple_of(3) {
        post["slug"] = format!("slug-{number}").into();
        post["excerpt"] = "Short.".into();
    }
    let post = server.create_post(&post).await;
    let slug = post["slug"].as_str().expect("a slug").to_owned();
    server.html(&slug).await;
    let comment = [
        "Hello there",
        "BUY CASINO CHIPS",
        "WHY DO THEY SHOUT SO LOUD",
    ][number % 3];
    let path = format!("/api/v1/posts/{slug}/comments");
    server
        .admin
        .post(&path, &json!({"content": format!("{comment} {number}")}))
        .await
        .expect(201);
    let fired = "/api/v1/admin/cron/com.example.digest/digest";
    server.admin.post(fired, &json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_calls_of_the_samples_replay_equal() {
    const SAMPLES: [&str; 4] = ["seo", "comment-guard", "markdown", "digest"];
    const EACH: usize = 50;
    let mut settings = TestServer::with();
    for name in SAMPLES {
        settings = settings.sample(name);
    }
    let server = settings.start().await;
    let ids = SAMPLES.map(|name| format!("com.example.{name}"));
    let ids = ids.each_ref().map(String::as_str);
    let recordings = recorded(&server, &ids, EACH, async |number| {
        use_site(&server, number).await;
    })
    .await;
    for (name, recording) in SAMPLES.into_iter().zip(&recordings) {
        assert_eq!(recording.calls.len(), EACH, "{name}");
        let outcomes = replayed(recording, &sample(name).0).await;
        assert_equal(recording, &outcomes);
    }
    // The digest asked the host for much.
    let digest = &recordings[3];
    assert!(
        digest
            .calls
            .iter()
            .any(|call| !call.call.host_calls.is_empty())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_line_is_reported_with_exactly_the_calls_that_it_changes() {
    let server = TestServer::with().sample("seo").start().await;
    let recordings = recorded(&server, &[SEO], 12, async |number| {
        let mut post = json!({"title": format!("Post {number}"), "status": "published"});
        post["content"] = format!("Some text of {number}.").into();
        if number.is_multiple_of(2) {
            post["slug"] = format!("mine-{number}").into();
        }
        let post = server.create_post(&post).await;
        server.html(post["slug"].as_str().expect("a slug")).await;
    })
    .await;
    let [recording] = &recordings[..] else {
        panic!("one plugin");
    };
    let (wasm, _) = sample("seo");
    assert_equal(recording, &replayed(recording, &wasm).await);
    let of_hook = |hook: &str, wanted: fn(&Value) -> bool| -> Vec<usize> {
        let calls = recording.calls.iter().enumerate();
        calls
            .filter(|(_, call)| {
                let input = call.input.parsed().expect("JSON").expect("contents");
                call.hook.as_str() == hook && wanted(&input)
            })
            .map(|(number, _)| number)
            .collect()
    };

    // A line of what is written into pages.
    let other = changed(&wasm, " content=\"", " Content=\"");
    let found = different(&replayed(recording, &other).await);
    let numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
    let pages = of_hook("filter-html", |_| true);
    assert!(!pages.is_empty() && pages.len() < recording.calls.len());
    assert_eq!(numbers, pages);
    for (_, differences) in &found {
        let [
            Difference {
                place,
                expected,
                found,
            },
        ] = &differences[..]
        else {
            panic!("one difference: {differences:?}");
        };
        assert_eq!(place, "output");
        assert!(expected.contains(" content="), "{expected}");
        assert!(found.contains(" Content="), "{found}");
    }

    // A line of what the host is asked.
    let other = changed(&wasm, "slug_length", "slug_lengtH");
    let found = different(&replayed(recording, &other).await);
    let numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
    let without_slug = of_hook("on-post-creating", |post| post["slug"].is_null());
    assert!(!without_slug.is_empty());
    assert_eq!(numbers, without_slug);
    for (_, differences) in &found {
        let [difference] = &differences[..] else {
            panic!("one difference: {differences:?}");
        };
        assert_eq!(
            difference.place,
            "host call 1, host-api/get-config, argument 1"
        );
        assert_eq!(difference.expected, "\"slug_length\"");
        assert_eq!(difference.found, "\"slug_lengtH\"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_random_numbers_and_every_answer_of_the_host_are_replayed() {
    let wasi = Manifest::new(WASI, &["filter-html"]);
    let server = TestServer::with()
        .guest("wasi", &wasi)
        .caller(CALLER, "[permissions]\ndatabase = [\"posts\"]")
        .start()
        .await;
    let post = server.publish("Hello").await;
    let slug = post["slug"].as_str().expect("a slug");
    let calls = script(&[
        ("db-query", json!(["SELECT title FROM posts", null])),
        ("set-data", json!(["key", "value"])),
        ("get-data", json!(["key"])),
        ("vfs-read", json!(["none.txt"])),
        ("log", json!(["info", "Hello"])),
    ]);
    let recordings = recorded(&server, &[WASI, CALLER], 5, async |_| {
        server.html(slug).await;
        server.script(CALLER, &calls).await.expect(201);
    })
    .await;
    for (name, recording) in ["wasi", "all-functions"].into_iter().zip(&recordings) {
        assert_eq!(recording.calls.len(), 5);
        assert_equal(recording, &replayed(recording, &guest(name)).await);
    }
}
