//! The end of an item, and the item that takes its slot.

use std::{num::NonZeroUsize, pin::pin, sync::Arc};

use futures::poll;
use raisfast_pool::{CheckoutError, Pool, PoolOptions};

use crate::{Broken, Workshop, soon};

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_dropped_costs_its_item_alone() {
    let workshop = Workshop::new();
    let pool = workshop.pool(2, 1, None).await;
    let mut discarded = pool.checkout().await.unwrap();
    discarded.uses = 9;
    drop(discarded);

    let kept = pool.checkout().await.unwrap();
    let fresh = soon(pool.checkout()).await.unwrap();
    assert_eq!((kept.slot(), kept.number), (1, 1));
    assert_eq!((fresh.slot(), fresh.number, fresh.uses), (0, 2, 0));
    let status = pool.status();
    assert_eq!((status.created, status.discarded), (3, 1));
    assert_eq!(workshop.tools(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_the_item_and_not_the_slot() {
    let pool = Arc::new(Workshop::new().pool(1, 1, None).await);
    let caller = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move {
            let _tool = pool.checkout().await.unwrap();
            panic!("the caller breaks down");
        }
    });
    assert!(soon(caller).await.unwrap_err().is_panic());
    let fresh = soon(pool.checkout()).await.unwrap();
    assert_eq!(fresh.number, 1);
    assert_eq!(pool.status().discarded, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fresh_item_is_made_before_anybody_asks() {
    let workshop = Workshop::new();
    let pool = workshop.pool(1, 0, None).await;
    drop(pool.checkout().await.unwrap());
    soon(async {
        while pool.status().idle == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(pool.status().created, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_needs_the_slot_waits_for_the_fresh_item() {
    let workshop = Workshop::new();
    let pool = workshop.pool(1, 1, None).await;
    workshop.set_door_open(false);
    drop(pool.checkout().await.unwrap());
    let status = pool.status();
    assert_eq!((status.idle, status.busy), (0, 0));

    let mut caller = pin!(pool.checkout());
    assert!(poll!(&mut caller).is_pending());
    assert_eq!(pool.status().waiting, 1);
    workshop.set_door_open(true);
    let fresh = soon(caller).await.unwrap();
    assert_eq!(fresh.number, 1);
    let status = pool.status();
    assert_eq!((status.busy, status.waiting), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_factory_fails_the_caller_is_told_and_the_next_one_tries_again() {
    let workshop = Workshop::new();
    let pool = workshop.pool(1, 2, None).await;
    workshop.set_broken(true);
    drop(pool.checkout().await.unwrap());

    for _ in 0..3 {
        let error = soon(pool.checkout()).await.unwrap_err();
        assert!(matches!(error, CheckoutError::Create(Broken)));
    }
    // One attempt in the background, one a caller.
    assert_eq!(pool.status().failed, 4);

    workshop.set_broken(false);
    let tool = soon(pool.checkout()).await.unwrap();
    assert_eq!(tool.slot(), 0);
    tool.release();
    assert_eq!(pool.status().idle, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_waiting_caller_is_told_of_a_failing_factory() {
    let workshop = Workshop::new();
    let pool = workshop.pool(1, 2, None).await;
    let held = pool.checkout().await.unwrap();
    let mut first = pin!(pool.checkout());
    let mut second = pin!(pool.checkout());
    assert!(poll!(&mut first).is_pending());
    assert!(poll!(&mut second).is_pending());
    workshop.set_broken(true);
    drop(held);
    for caller in [first, second] {
        let error = soon(caller).await.unwrap_err();
        assert!(matches!(error, CheckoutError::Create(Broken)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vacant_slot_is_no_matter_while_others_are_idle() {
    let workshop = Workshop::new();
    let pool = workshop.pool(2, 0, None).await;
    workshop.set_broken(true);
    drop(pool.checkout().await.unwrap());
    soon(async {
        while pool.status().failed == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for _ in 0..3 {
        let tool = pool.checkout().await.unwrap();
        assert_eq!(tool.slot(), 1);
        tool.release();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_up_while_making_an_item_leaves_the_slot_to_the_next() {
    let workshop = Workshop::new();
    let pool = workshop.pool(1, 1, None).await;
    workshop.set_broken(true);
    drop(pool.checkout().await.unwrap());
    assert!(soon(pool.checkout()).await.is_err());

    workshop.set_broken(false);
    workshop.set_door_open(false);
    {
        let mut maker = pin!(pool.checkout());
        assert!(poll!(&mut maker).is_pending());
        assert_eq!(pool.status().busy, 1);
    }
    workshop.set_door_open(true);
    soon(pool.checkout()).await.unwrap().release();
    assert_eq!(pool.status().idle, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_retires_after_its_calls() {
    let pool = Workshop::new().pool(1, 1, Some(3)).await;
    let mut numbers = Vec::new();
    for _ in 0..7 {
        let tool = soon(pool.checkout()).await.unwrap();
        numbers.push(tool.number);
        tool.release();
    }
    assert_eq!(numbers, [0, 0, 0, 1, 1, 1, 2]);
    let status = pool.status();
    assert_eq!(
        (status.created, status.retired, status.discarded),
        (3, 2, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_cannot_be_filled_is_none() {
    let workshop = Workshop::new();
    workshop.set_broken(true);
    let options = PoolOptions {
        size: NonZeroUsize::MIN,
        max_waiting: 0,
        max_calls: None,
    };
    assert!(Pool::fill(workshop, options).await.is_err());
}

#[test]
fn a_lease_may_end_outside_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let pool = runtime.block_on(Workshop::new().pool(1, 0, None));
    drop(runtime.block_on(pool.checkout()).unwrap());
    assert_eq!(pool.status().idle, 0);
    assert_eq!(runtime.block_on(pool.checkout()).unwrap().number, 1);
}
