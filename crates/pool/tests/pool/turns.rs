//! The order in which callers get items or wait.

use std::pin::pin;

use futures::{FutureExt, poll};
use raisfast_pool::CheckoutError;

use crate::{Workshop, soon};

#[tokio::test(flavor = "multi_thread")]
async fn slots_take_turns_and_items_keep_their_state() {
    let pool = Workshop::new().pool(3, 0, None).await;
    let mut turns = Vec::new();
    for _ in 0..7 {
        let mut tool = pool.checkout().await.unwrap();
        tool.uses += 1;
        turns.push((tool.slot(), tool.uses));
        tool.release();
    }
    assert_eq!(
        turns,
        [(0, 1), (1, 1), (2, 1), (0, 2), (1, 2), (2, 2), (0, 3)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_item_is_passed_over() {
    let pool = Workshop::new().pool(3, 0, None).await;
    let busy = pool.checkout().await.unwrap();
    assert_eq!(busy.slot(), 0);
    let mut turns = Vec::new();
    for _ in 0..4 {
        let tool = pool.checkout().await.unwrap();
        turns.push(tool.slot());
        tool.release();
    }
    assert_eq!(turns, [1, 2, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_callers_share_three_items_without_loss() {
    let pool = Workshop::new().pool(3, 1, None).await;
    let held = [
        pool.checkout().await.unwrap(),
        pool.checkout().await.unwrap(),
        pool.checkout().await.unwrap(),
    ];
    let mut fourth = pin!(pool.checkout());
    assert!(poll!(&mut fourth).is_pending());
    assert_eq!(pool.status().busy, 3);
    assert_eq!(pool.status().waiting, 1);

    let [first, second, third] = held;
    second.release();
    let fourth = soon(fourth).await.unwrap();
    assert_eq!(fourth.slot(), 1);

    first.release();
    third.release();
    fourth.release();
    let status = pool.status();
    assert_eq!((status.idle, status.busy, status.waiting), (3, 0, 0));
    assert_eq!((status.created, status.discarded), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_callers_are_served_in_the_order_in_which_they_came() {
    let pool = Workshop::new().pool(1, 3, None).await;
    let mut held = pool.checkout().await.unwrap();
    let mut first = pin!(pool.checkout());
    let mut second = pin!(pool.checkout());
    assert!(poll!(&mut first).is_pending());
    assert!(poll!(&mut second).is_pending());

    held.uses = 7;
    held.release();
    // The item is the first caller's, though that has not looked yet: neither the second nor one
    // who has just had his turn may slip in.
    let mut again = pin!(pool.checkout());
    assert!(poll!(&mut again).is_pending());
    assert!(poll!(&mut second).is_pending());

    for caller in [first, second, again] {
        let tool = soon(caller).await.unwrap();
        assert_eq!(tool.uses, 7);
        tool.release();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_gives_up_leaves_the_queue() {
    let pool = Workshop::new().pool(1, 2, None).await;
    let held = pool.checkout().await.unwrap();
    let mut second = pin!(pool.checkout());
    {
        let mut first = pin!(pool.checkout());
        assert!(poll!(&mut first).is_pending());
        assert!(poll!(&mut second).is_pending());
        assert_eq!(pool.status().waiting, 2);
    }
    assert_eq!(pool.status().waiting, 1);
    held.release();
    assert_eq!(soon(second).await.unwrap().number, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_gives_up_when_its_turn_has_come_loses_no_item() {
    let pool = Workshop::new().pool(1, 2, None).await;
    let held = pool.checkout().await.unwrap();
    let mut second = pin!(pool.checkout());
    {
        let mut first = pin!(pool.checkout());
        assert!(poll!(&mut first).is_pending());
        assert!(poll!(&mut second).is_pending());
        held.release();
    }
    // The turn of the one that is gone passed on, and the item was not used, so it is the same.
    let tool = second
        .now_or_never()
        .expect("it is the next in the queue")
        .unwrap();
    assert_eq!(tool.number, 0);
    tool.release();

    {
        let held = pool.checkout().await.unwrap();
        let mut only = pin!(pool.checkout());
        assert!(poll!(&mut only).is_pending());
        held.release();
    }
    let status = pool.status();
    assert_eq!((status.idle, status.waiting), (1, 0));
    assert_eq!((status.created, status.discarded), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_too_many_is_refused_and_told_why() {
    let pool = Workshop::new().pool(2, 1, None).await;
    let held = [
        pool.checkout().await.unwrap(),
        pool.checkout().await.unwrap(),
    ];
    let mut waiting = pin!(pool.checkout());
    assert!(poll!(&mut waiting).is_pending());

    let refused = pool.checkout().await.unwrap_err();
    assert!(matches!(
        refused,
        CheckoutError::QueueFull {
            size: 2,
            waiting: 1
        }
    ));
    let message = refused.to_string();
    assert!(message.contains("all 2 items"), "{message}");
    assert!(message.contains("1 callers wait"), "{message}");

    // Being refused is not held against anybody.
    for tool in held {
        tool.release();
    }
    soon(waiting).await.unwrap().release();
    pool.checkout().await.unwrap().release();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_item_is_leased_at_once_in_the_same_turns() {
    let pool = Workshop::new().pool(2, 1, None).await;
    let first = pool.checkout_idle().unwrap();
    let second = pool.checkout().await.unwrap();
    assert_eq!((first.slot(), second.slot()), (0, 1));
    assert!(pool.checkout_idle().is_none());

    // The item goes to who waits for it, not to who asks in passing.
    let mut waiting = pin!(pool.checkout());
    assert!(poll!(&mut waiting).is_pending());
    first.release();
    assert!(pool.checkout_idle().is_none());
    soon(waiting).await.unwrap().release();

    pool.checkout_idle().unwrap().release();
    second.release();
    pool.close();
    assert!(pool.checkout_idle().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_leased_at_once_and_dropped_is_replaced() {
    let pool = Workshop::new().pool(1, 1, None).await;
    drop(pool.checkout_idle().unwrap());
    soon(pool.checkout()).await.unwrap().release();
    let status = pool.status();
    assert_eq!((status.created, status.discarded, status.idle), (2, 1, 1));
}
