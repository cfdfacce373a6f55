//! Plugins that are notified of what is read.

mod support;

use std::sync::Arc;

use raisfast_contract::hook::OnContentViewed;
use raisfast_hooks::OnError;
use serde_json::Map;
use support::{TestSite, draft, published};
use tokio::sync::{Semaphore, mpsc};

type View = (Arc<str>, Arc<str>);

/// A plugin that passes each view on, and ends a call when there is a permit.
fn viewer(test: &TestSite, permits: &Arc<Semaphore>) -> mpsc::UnboundedReceiver<View> {
    let (sender, views) = mpsc::unbounded_channel();
    let permits = Arc::clone(permits);
    test.plugin::<OnContentViewed>("viewer", OnError::Continue, move |view: View| {
        sender.send(view).unwrap();
        let permits = Arc::clone(&permits);
        async move {
            permits.acquire().await.unwrap().forget();
            Ok(())
        }
    });
    views
}

#[tokio::test]
async fn what_is_read_is_reported_and_what_is_not_public_is_not() {
    let test = TestSite::new().await;
    let permits = Arc::new(Semaphore::new(10));
    let mut views = viewer(&test, &permits);
    let (posts, contents) = (test.site.posts(), test.site.contents());
    let hidden = posts.create(&test.admin, draft("Hidden")).await.unwrap();
    let post = posts.create(&test.admin, published("Seen")).await.unwrap();
    let product = contents
        .create(&test.admin, "product", Map::new())
        .await
        .unwrap();

    posts.read_as(Some(&test.admin), &hidden.id).await.unwrap();
    assert!(posts.read("nothing").await.is_err());
    assert!(contents.get("product", "nothing").await.is_err());
    posts.read(&post.slug).await.unwrap();
    contents.get("product", &product.id).await.unwrap();

    assert_eq!(views.recv().await.unwrap(), ("post".into(), post.id.into()));
    assert_eq!(
        views.recv().await.unwrap(),
        ("product".into(), product.id.into())
    );
    assert!(views.try_recv().is_err());
}

#[tokio::test]
async fn views_wait_for_a_plugin_up_to_a_bound_and_readers_do_not() {
    let test = TestSite::new().await;
    let permits = Arc::new(Semaphore::new(0));
    let mut views = viewer(&test, &permits);
    let contents = test.site.contents();
    let product = contents
        .create(&test.admin, "product", Map::new())
        .await
        .unwrap();
    contents.get("product", &product.id).await.unwrap();
    views.recv().await.unwrap();

    // The plugin is in its first call: 256 wait, and what comes then is dropped.
    for _ in 0..300 {
        contents.get("product", &product.id).await.unwrap();
    }
    permits.add_permits(1 + 256);
    for _ in 0..256 {
        views.recv().await.unwrap();
    }
    assert!(views.try_recv().is_err());
    // And then again.
    permits.add_permits(1);
    contents.get("product", &product.id).await.unwrap();
    views.recv().await.unwrap();
}
