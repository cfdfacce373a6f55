//! The fast path costs no memory.

use futures::FutureExt;

use crate::Workshop;

#[tokio::test]
async fn a_call_on_an_idle_item_allocates_nothing() {
    let pool = Workshop::new().pool(2, 0, None).await;
    let call = || {
        let checkout = pool.checkout().now_or_never();
        checkout.expect("an item is idle").unwrap().release();
    };
    assert_eq!(allocation_counter::measure(call).count_total, 0);

    // The counter does count.
    let boxed = || drop(std::hint::black_box(Box::new(1)));
    assert_eq!(allocation_counter::measure(boxed).count_total, 1);
}
