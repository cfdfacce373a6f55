//! Many callers that behave in every way callers can.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{future::join_all, poll};
use raisfast_pool::{CheckoutError, Lease, Pool};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{Workshop, soon};

const SIZE: usize = 5;
const CALLERS: u64 = 64;
const CALLS: usize = 200;

/// The slots that are held, as their holders see it.
#[derive(Default)]
struct Held([AtomicBool; SIZE]);

impl Held {
    fn begin(&self, lease: &Lease<Workshop>) {
        let was_held = self.0[lease.slot()].swap(true, Ordering::SeqCst);
        assert!(!was_held, "slot {} has two holders", lease.slot());
    }

    fn end(&self, lease: &Lease<Workshop>) {
        self.0[lease.slot()].store(false, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_slot_is_ever_lost_or_shared() {
    let workshop = Workshop::new();
    let pool = Arc::new(workshop.pool(SIZE, 64, Some(5)).await);
    let held = Arc::new(Held::default());

    let callers = (0..CALLERS).map(|seed| {
        let caller = call_at_random(seed, Arc::clone(&pool), workshop.clone(), Arc::clone(&held));
        tokio::spawn(caller)
    });
    for caller in join_all(callers).await {
        caller.expect("the caller saw no contradiction");
    }

    workshop.set_broken(false);
    // All at once, and each exactly one: the pool has its size back.
    let mut leases = Vec::new();
    while leases.len() < SIZE {
        // A refill begun while the workshop was broken may still fail.
        leases.extend(soon(pool.checkout()).await.ok());
    }
    for lease in &leases {
        held.begin(lease);
    }
    let status = pool.status();
    assert_eq!((status.busy, status.idle, status.waiting), (SIZE, 0, 0));
    let ended = status.discarded + status.retired;
    assert_eq!(status.created, ended + SIZE as u64);
    assert_eq!(workshop.tools(), SIZE);
    assert!(status.discarded > 0 && status.retired > 0 && status.failed > 0);
}

async fn call_at_random(seed: u64, pool: Arc<Pool<Workshop>>, workshop: Workshop, held: Arc<Held>) {
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..CALLS {
        if random.random_bool(0.02) {
            workshop.set_broken(random.random_bool(0.5));
        }
        let mut checkout = pin!(pool.checkout());
        if random.random_bool(0.3) {
            // Gives up after a while, perhaps just when its turn has come.
            let first = poll!(&mut checkout);
            if first.is_pending() {
                tokio::task::yield_now().await;
                continue;
            }
            if let std::task::Poll::Ready(Ok(lease)) = first {
                lease.release();
            }
            continue;
        }
        let mut lease = match soon(checkout).await {
            Ok(lease) => lease,
            Err(CheckoutError::Create(_)) => continue,
            Err(refused) => panic!("{refused}"),
        };
        held.begin(&lease);
        lease.uses += 1;
        if random.random_bool(0.5) {
            tokio::task::yield_now().await;
        }
        held.end(&lease);
        if random.random_bool(0.9) {
            lease.release();
        } else {
            drop(lease);
        }
    }
}
