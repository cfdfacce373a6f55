//! Clocks, random numbers, the end, and what Go's runtime needs.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::module::{ANSWER, Answer, Module, PAUSED, answer, call};

/// Stores the error of a call, or 0, after those before.
fn stored(calls: &[&str]) -> String {
    let each = |(i, call): (usize, &&str)| {
        format!(
            "(i32.store (i32.const {}) (call ${call}))",
            ANSWER + 256 + 4 * i
        )
    };
    calls.iter().enumerate().map(each).collect()
}

fn errors(answer: &Answer, count: usize) -> Vec<u32> {
    (0..count).map(|i| answer.u32(256 + 4 * i)).collect()
}

#[tokio::test]
async fn the_clocks_are_the_hosts() {
    let answer = Module::new(&stored(&[
        "clock_time_get (i32.const 0) (i64.const 0) (i32.const 1024)",
        "clock_time_get (i32.const 1) (i64.const 0) (i32.const 1032)",
        "clock_time_get (i32.const 1) (i64.const 0) (i32.const 1040)",
        "clock_res_get (i32.const 0) (i32.const 1048)",
        "clock_res_get (i32.const 1) (i32.const 1056)",
        "clock_time_get (i32.const 2) (i64.const 0) (i32.const 1064)",
        "clock_res_get (i32.const 3) (i32.const 1064)",
    ]))
    .answer()
    .await;
    assert_eq!(errors(&answer, 7), [0, 0, 0, 0, 0, 28, 28]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seconds = answer.u64(0) / 1_000_000_000;
    assert!(now.as_secs() - seconds < 600, "{seconds}");
    let (first, second) = (answer.u64(8), answer.u64(16));
    assert!(0 < first && first <= second, "{first} {second}");
    assert_eq!((answer.u64(24), answer.u64(32), answer.u64(40)), (1, 1, 0));
}

#[tokio::test]
async fn random_bytes_are_as_many_as_asked_for_and_never_the_same() {
    let module = Module::new(&stored(&[
        "random_get (i32.const 1024) (i32.const 21)",
        "random_get (i32.const 1072) (i32.const 0)",
    ]));
    let plugin = module.load().await;
    let (first, second) = (answer(&plugin).await, answer(&plugin).await);
    for answer in [&first, &second] {
        assert_eq!(errors(answer, 2), [0, 0]);
        for part in [0..8, 8..16, 16..21] {
            assert!(answer.0[part].iter().any(|&byte| byte != 0), "{answer:?}");
        }
        assert!(
            answer.0[21..256].iter().all(|&byte| byte == 0),
            "{answer:?}"
        );
    }
    assert_ne!(first.0[..21], second.0[..21]);
}

#[tokio::test]
async fn there_are_no_arguments_and_no_environment() {
    let before =
        "(i64.store (i32.const 1024) (i64.const -1)) (i64.store (i32.const 1032) (i64.const -1))";
    let calls = stored(&[
        "args_sizes_get (i32.const 1024) (i32.const 1028)",
        "environ_sizes_get (i32.const 1032) (i32.const 1036)",
        "args_get (i32.const 1040) (i32.const 1048)",
        "environ_get (i32.const 1040) (i32.const 1048)",
        "sched_yield",
        "proc_raise (i32.const 6)",
    ]);
    let answer = Module::new(&format!("{before}{calls}")).answer().await;
    assert_eq!(errors(&answer, 6), [0, 0, 0, 0, 0, 58]);
    assert!(answer.0[..64].iter().all(|&byte| byte == 0), "{answer:?}");
}

#[tokio::test]
async fn a_guest_that_exits_fails_with_its_status() {
    let plugin = Module::new("(call $proc_exit (i32.const 3))").load().await;
    for _ in 0..2 {
        let error = call(&plugin).await.unwrap_err().to_string();
        assert!(
            error.contains("it ended itself with exit status 3"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_wrong_pointer_fails_the_call_and_nothing_else() {
    let plugin = Module::new("(drop (call $random_get (i32.const 524280) (i32.const 64)))")
        .load()
        .await;
    for _ in 0..2 {
        let error = call(&plugin).await.unwrap_err().to_string();
        assert!(error.contains("beyond its memory"), "{error}");
    }
}

/// As wit-bindgen's `cabi_realloc` for Go does. Without the pause each of these would trap: the
/// host is in the middle of handing over the argument.
#[tokio::test]
async fn a_paused_guest_may_ask_for_anything_while_the_host_is_busy() {
    let module = Module::new(&stored(&[
        "clock_time_get (i32.const 0) (i64.const 0) (i32.const 1056)",
        "clock_time_get (i32.const 1) (i64.const 0) (i32.const 1064)",
        "random_get (i32.const 1072) (i32.const 8)",
        "fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 1080)",
    ]))
    .with_bytes(0, &[8, 0, 0, 0, 6, 0, 0, 0])
    .with_bytes(8, b"a line")
    // A clock of a century.
    .with_bytes(4096 + 24, &3_155_760_000_000_000_000_u64.to_le_bytes())
    .while_allocating(&format!(
        "(call ${PAUSED} (i32.const 1))
         (i32.store (i32.const 1344) (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 1024)))
         (i32.store (i32.const 1348) (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 1032)))
         (i32.store (i32.const 1352) (call $random_get (i32.const 1040) (i32.const 8)))
         (i32.store (i32.const 1356) (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 1048)))
         (i32.store (i32.const 1360) (call $poll_oneoff (i32.const 4096) (i32.const 4160) (i32.const 1) (i32.const 1052)))
         (call ${PAUSED} (i32.const 0))"
    ));
    let plugin = module.with_manifest("[pool]\nsize = 1").load().await;
    let first = answer(&plugin).await;
    // Paused: the clocks have never been asked, there is no random number, the line is lost and the
    // wait over.
    assert_eq!((first.u64(0), first.u64(8), first.u64(16)), (0, 0, 0));
    assert_eq!((first.u32(24), first.u32(28)), (6, 1));
    let errors_while_paused: Vec<_> = (0..5).map(|i| first.u32(320 + 4 * i)).collect();
    assert_eq!(errors_while_paused, [0, 0, 6, 0, 0]);
    // Afterwards everything is as it was.
    assert_eq!(errors(&first, 4), [0, 0, 0, 0]);
    assert!(first.u64(32) > 0 && first.u64(40) > 0 && first.u64(48) > 0);
    assert_eq!(plugin.messages(), ["a line"]);
    // The next allocation is told what the clocks have said last.
    let second = answer(&plugin).await;
    assert_eq!(second.0[..16], first.0[32..48]);
}
