//! Guests that keep from others what both need: the right to write.

use serde_json::Value;

use crate::beside::{Beside, HOSTILE};

const CHANGE: &str = "UPDATE posts SET excerpt = 'changed' WHERE slug = 'index'";

async fn excerpt(server: &Beside) -> Value {
    let page = server
        .0
        .visitor
        .get("/api/v1/posts/index")
        .await
        .expect(200);
    page["excerpt"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_left_open_is_rolled_back() {
    let server = Beside::hostile("database = [\"posts\"]").await;
    assert_eq!(
        server.survives("open-transaction", CHANGE).await["excerpt"],
        "healthy"
    );
    server
        .0
        .logs(HOSTILE, "the call ended with an open transaction")
        .await;
    assert_eq!(excerpt(&server).await, "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_held_is_free_at_the_deadline() {
    let server = Beside::hostile("database = [\"posts\"]").await;
    // Others that write meanwhile are kept waiting, and succeed.
    let (error, written) = tokio::join!(server.fails("hold-lock", CHANGE), async {
        server.post("fine", "Text.").await
    });
    assert_eq!(
        error,
        "no answer within 1500 ms; the plugin's `timeout_ms` can raise this"
    );
    assert_eq!(written.expect(201)["excerpt"], "healthy");
    server
        .0
        .logs(HOSTILE, "the call ended with an open transaction")
        .await;
    assert_eq!(excerpt(&server).await, "healthy");
}
