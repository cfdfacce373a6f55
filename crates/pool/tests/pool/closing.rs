//! The end of a pool.

use std::pin::pin;

use futures::{FutureExt, poll};
use raisfast_pool::CheckoutError;

use crate::{Workshop, soon};

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pool_refuses_callers_and_drops_what_is_idle() {
    let workshop = Workshop::new();
    let pool = workshop.pool(3, 1, None).await;
    pool.close();
    let refused = pool.checkout().await.unwrap_err();
    assert!(matches!(refused, CheckoutError::Closed));
    assert_eq!(workshop.tools(), 0);
    soon(pool.drained()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_sends_waiting_callers_away() {
    let pool = Workshop::new().pool(1, 1, None).await;
    let _held = pool.checkout().await.unwrap();
    let mut waiting = pin!(pool.checkout());
    assert!(poll!(&mut waiting).is_pending());
    pool.close();
    let refused = soon(waiting).await.unwrap_err();
    assert!(matches!(refused, CheckoutError::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_item_that_was_waited_for_is_leased_like_any_other() {
    let workshop = Workshop::new();
    let pool = workshop.pool(1, 1, None).await;
    workshop.set_door_open(false);
    drop(pool.checkout().await.unwrap());
    let mut waiting = pin!(pool.checkout());
    assert!(poll!(&mut waiting).is_pending());
    workshop.set_door_open(true);
    let fresh = soon(waiting).await.unwrap();

    pool.close();
    let mut drained = pin!(pool.drained());
    assert!(poll!(&mut drained).is_pending());
    fresh.release();
    drained.now_or_never().expect("no lease is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_is_drained_when_the_last_lease_has_ended() {
    let workshop = Workshop::new();
    let pool = workshop.pool(2, 0, None).await;
    let mut released = pool.checkout().await.unwrap();
    let discarded = pool.checkout().await.unwrap();
    pool.close();
    pool.close();
    let mut drained = pin!(pool.drained());
    assert!(poll!(&mut drained).is_pending());

    released.uses += 1;
    released.release();
    assert!(poll!(&mut drained).is_pending());
    assert_eq!(workshop.tools(), 1);

    drop(discarded);
    drained.now_or_never().expect("no lease is left");
    assert_eq!(workshop.tools(), 0);
    // Nothing was made in the place of the discarded item.
    assert_eq!(pool.status().created, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_without_leases_is_not_drained_before_it_is_closed() {
    let pool = Workshop::new().pool(1, 0, None).await;
    let mut drained = pin!(pool.drained());
    assert!(poll!(&mut drained).is_pending());
    pool.close();
    drained.now_or_never().expect("no lease is out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_outlives_its_pool() {
    let workshop = Workshop::new();
    let pool = workshop.pool(2, 0, None).await;
    let mut lease = pool.checkout().await.unwrap();
    drop(pool);
    assert_eq!(workshop.tools(), 1);
    lease.uses += 1;
    assert_eq!(lease.uses, 1);
    lease.release();
    assert_eq!(workshop.tools(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_is_being_made_when_the_pool_closes_is_dropped() {
    let workshop = Workshop::new();
    let pool = workshop.pool(1, 0, None).await;
    workshop.set_door_open(false);
    drop(pool.checkout().await.unwrap());
    pool.close();
    soon(pool.drained()).await;
    workshop.set_door_open(true);
    soon(async {
        while pool.status().created < 2 {
            tokio::task::yield_now().await;
        }
        while workshop.tools() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(pool.status().idle, 0);
}
