use raisfast_benchmark_work as work;
use raisfast_contract::PostInput;

use super::Peers;
use crate::{Work, inputs};

fn post() -> PostInput {
    PostInput {
        title: "A Post With Everything".into(),
        content: "Words, \"quoted\" and naïve.\n".repeat(20),
        excerpt: Some("In short".into()),
        tag_ids: Some(vec!["one".into(), "two".into()]),
        status: Some("published".into()),
        ..PostInput::default()
    }
}

/// Holds every peer to an answer, twice, so that a reused one is reused. Says who took part.
fn all_answer(work: &Work, expected: &str) -> Vec<&'static str> {
    let mut peers = Peers::of(work).unwrap();
    for entry in &mut peers.entries {
        for _ in 0..2 {
            let answer = entry.contender.answer().unwrap();
            assert_eq!(answer, expected, "{}", entry.name);
        }
        entry.contender.run(3).unwrap();
    }
    peers.entries.iter().map(|entry| entry.name).collect()
}

#[test]
fn a_login_is_answered_with_nothing() {
    assert_eq!(all_answer(&Work::Login, "").len(), 9);
}

#[test]
fn a_post_gets_the_slug_of_its_title_and_keeps_everything_else() {
    let post = post();
    let expected = PostInput {
        slug: Some("a-post-with-everything".into()),
        ..post.clone()
    };
    let expected = serde_json::to_string(&expected).unwrap();
    assert_eq!(all_answer(&Work::Post(post), &expected).len(), 14);
}

#[test]
fn a_slug_that_is_there_is_kept() {
    let post = PostInput {
        slug: Some("mine".into()),
        ..post()
    };
    let expected = serde_json::to_string(&post).unwrap();
    all_answer(&Work::Post(post), &expected);
}

#[test]
fn a_page_gets_its_mark() {
    let page = "<p>naïve</p>";
    assert_eq!(
        all_answer(&Work::Html(page.into()), &work::marked(page)).len(),
        9
    );
}

#[test]
fn a_host_call_finds_the_value() {
    assert_eq!(all_answer(&Work::HostCall, Work::VALUE).len(), 9);
}

#[test]
fn digests_are_right_at_the_edges_of_a_block() {
    for length in [0, 3, 55, 56, 63, 64, 65, 1_000] {
        let text = "a".repeat(length);
        let names = all_answer(&Work::Digest(text.clone()), &work::digest(&text));
        assert_eq!(
            names,
            [
                "Lua 5.4, reused",
                "Rhai, reused",
                "QuickJS, reused",
                "Extism, reused"
            ]
        );
    }
}

#[test]
fn recursion_comes_to_the_same_number() {
    let names = all_answer(&Work::Fib("10".into()), "55");
    assert_eq!(
        names,
        ["Lua 5.4, reused", "Rhai, reused", "QuickJS, reused"]
    );
}

#[test]
fn a_document_is_changed_as_by_rust() {
    let json = r#"[{"id":1,"name":"one"},{"id":2,"name":"two","tags":["ä",null],"size":1.5}]"#;
    let names = all_answer(&Work::Json(json.into()), &work::transformed(json));
    assert_eq!(names, ["QuickJS, reused", "Extism, reused"]);
}

#[test]
fn the_measured_document_is_the_same_text_in_every_language() {
    let json = inputs::json(10_000);
    all_answer(&Work::Json(json.clone()), &work::transformed(&json));
}

#[test]
fn whoever_is_left_out_of_a_work_says_why() {
    let peers = Peers::of(&Work::Markdown("# Title".into())).unwrap();
    let names: Vec<_> = peers.entries.iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["Extism, reused"]);
    let absent: Vec<_> = peers.absent.iter().map(|absent| absent.name).collect();
    assert_eq!(absent.len(), 7);
    assert!(peers.absent.iter().all(|absent| absent.reason.len() > 10));
}
