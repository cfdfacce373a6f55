//! Uses up whatever the host lets it have, in the way that the title of a post chooses:
//!
//! - time: `spin`, `spin-log`, `spin-now`, `spin-get-data` never return; `http` asks the URL in the
//!   post's content, `query` the database what the content says;
//! - memory: `grow` until it is refused, and copes; `oom` does not; `recurse` on the guest's own
//!   stack;
//! - the host's memory: `huge-log` and `huge-value` hand as many bytes to `log` and `set-data` as
//!   the content says, `huge-answer` answers with as many;
//! - records: `log-flood` and `event-flood`, of 2,000;
//! - locks: `open-transaction` changes what the content says and returns, `hold-lock` does not
//!   return;
//! - its own state: `poison` spoils a static, then panics. `panic` and `trap` only end.
//!
//! Any other post, and one that it survives, gets the excerpt `healthy`, or `poisoned` where a
//! static was spoilt by another call. `on-post-created` reads the title too.

#![cfg(target_arch = "wasm32")]

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

static POISONED: AtomicBool = AtomicBool::new(false);

const FLOOD: usize = 2_000;

fn misbehave(how: &str, content: &str) {
    match how {
        "spin" => loop {
            black_box(());
        },
        "spin-log" => loop {
            host_api::log("info", "again");
        },
        "spin-now" => loop {
            black_box(clock::now());
        },
        "spin-get-data" => loop {
            black_box(host_api::get_data("key"));
        },
        "http" => {
            black_box(host_api::http_get(content));
        }
        "query" => {
            black_box(host_api::db_query(content, None));
        }
        "grow" => while core::arch::wasm32::memory_grow(0, 1) != usize::MAX {},
        "oom" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(black_box(vec![1_u8; 1 << 20]));
            }
        }
        "recurse" => {
            black_box(recurse(0));
        }
        "huge-log" => host_api::log("info", &text(content)),
        "huge-value" => {
            black_box(host_api::set_data("key", &text(content)));
        }
        "log-flood" => {
            for record in 0..FLOOD {
                host_api::log("info", &record.to_string());
            }
        }
        "event-flood" => {
            for event in 0..FLOOD {
                black_box(host_api::emit_event("flood", &event.to_string()));
            }
        }
        "open-transaction" => change(content),
        "hold-lock" => {
            change(content);
            misbehave("spin", "");
        }
        "poison" => {
            POISONED.store(true, Relaxed);
            panic!("the static is spoilt");
        }
        "panic" => panic!("the post asked for a panic"),
        "trap" => core::arch::wasm32::unreachable(),
        _ => {}
    }
}

/// Recurses deeper than any stack: each frame is kept alive by the work after the call.
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    if depth == u64::MAX {
        return 0;
    }
    recurse(depth + 1) + frame[0]
}

/// A text of this many bytes.
fn text(bytes: &str) -> String {
    "x".repeat(bytes.parse().expect("a number of bytes"))
}

/// Changes something in a transaction that stays open.
fn change(sql: &str) {
    host_api::db_begin();
    let changed = host_api::db_execute(sql, None);
    assert!(changed.contains("rows_affected"), "{changed}");
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_creating(mut input: PostInput) -> Option<PostInput> {
        let poisoned = POISONED.load(Relaxed);
        misbehave(&input.title, &input.content);
        if input.title == "huge-answer" {
            input.content = text(&input.content);
        }
        let how = if poisoned { "poisoned" } else { "healthy" };
        input.excerpt = Some(how.to_owned());
        Some(input)
    }

    fn on_post_created(output: PostOutput) {
        misbehave(&output.title, &output.content);
    }
}

export_plugin_hooks!(Plugin);
