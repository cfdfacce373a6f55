//! `poll_oneoff`.

use crate::module::{Answer, Module, SCRATCH, call};

const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;
const WALL: u32 = 0;
const MONOTONIC: u32 = 1;
const MILLISECOND: u64 = 1_000_000;

/// A subscription's 48 bytes.
fn subscription(userdata: u64, kind: u8, id: u32, time: u64, is_a_moment: bool) -> Vec<u8> {
    let mut bytes = vec![0; 48];
    bytes[..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[8] = kind;
    bytes[16..20].copy_from_slice(&id.to_le_bytes());
    bytes[24..32].copy_from_slice(&time.to_le_bytes());
    bytes[40] = is_a_moment.into();
    bytes
}

fn after(userdata: u64, clock: u32, time: u64) -> Vec<u8> {
    subscription(userdata, CLOCK, clock, time, false)
}

fn at(userdata: u64, clock: u32, time: u64) -> Vec<u8> {
    subscription(userdata, CLOCK, clock, time, true)
}

/// Waits for these. In the answer: the clock before and after, the error and the number of events,
/// the events.
fn waiting(subscriptions: &[Vec<u8>]) -> Module {
    Module::new(&format!(
        "(drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 1024)))
         (i32.store (i32.const 1040)
            (call $poll_oneoff (i32.const {SCRATCH}) (i32.const 1048) (i32.const {}) (i32.const 1044)))
         (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 1032)))",
        subscriptions.len()
    ))
    .with_bytes(SCRATCH, &subscriptions.concat())
    .with_manifest("[permissions]\ntimeout_ms = 30000")
}

/// Userdata, error and kind of each event.
fn events(answer: &Answer) -> Vec<(u64, u16, u8)> {
    assert_eq!(answer.u32(16), 0, "poll_oneoff succeeds");
    (0..answer.u32(20) as usize)
        .map(|i| {
            let event = &answer.0[24 + 32 * i..][..32];
            assert!(event[11..].iter().all(|&byte| byte == 0), "{event:?}");
            let userdata = u64::from_le_bytes(event[..8].try_into().unwrap());
            let error = u16::from_le_bytes(event[8..10].try_into().unwrap());
            (userdata, error, event[10])
        })
        .collect()
}

#[tokio::test]
async fn the_shortest_time_is_slept_for() {
    let century = 3_155_760_000_000_000_000;
    let answer = waiting(&[
        after(1, MONOTONIC, century),
        after(2, WALL, 20 * MILLISECOND),
        after(3, MONOTONIC, 10 * MILLISECOND),
        at(4, WALL, u64::MAX),
    ])
    .answer()
    .await;
    assert_eq!(events(&answer), [(3, 0, CLOCK)]);
    let slept = answer.u64(8) - answer.u64(0);
    assert!(slept >= 10 * MILLISECOND, "{slept}");
}

#[tokio::test]
async fn what_is_over_or_ready_or_wrong_is_not_waited_for() {
    let far = u64::MAX;
    let answer = waiting(&[
        at(1, WALL, 1),
        at(2, MONOTONIC, 0),
        after(3, MONOTONIC, 0),
        after(4, MONOTONIC, far),
        subscription(5, FD_READ, 0, 0, false),
        subscription(6, FD_WRITE, 2, 0, false),
        subscription(7, FD_READ, 3, 0, false),
        after(8, 2, far),
    ])
    .answer()
    .await;
    assert_eq!(
        events(&answer),
        [
            (1, 0, CLOCK),
            (2, 0, CLOCK),
            (3, 0, CLOCK),
            (5, 0, FD_READ),
            (6, 0, FD_WRITE),
            (7, 8, FD_READ),
            (8, 28, CLOCK),
        ]
    );
}

#[tokio::test]
async fn waiting_for_nothing_is_an_error() {
    assert_eq!(waiting(&[]).answer().await.u32(16), 28);
}

#[tokio::test]
async fn a_guest_that_sleeps_ends_at_its_deadline() {
    let plugin = waiting(&[after(1, MONOTONIC, u64::MAX)])
        .with_manifest("[permissions]\ntimeout_ms = 50")
        .load()
        .await;
    let error = call(&plugin).await.unwrap_err().to_string();
    assert!(error.contains("no answer within 50 ms"), "{error}");
}
