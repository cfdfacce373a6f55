//! A disk that is full: what is answered as stored is stored, and it is over when there is space
//! again.

use raisfast_tests::{DatabaseServer, SmallDisk, TestServer};
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const TITLES: usize = 6;

fn post(title: &str, bytes: usize) -> Value {
    json!({"title": title, "content": "x".repeat(bytes), "status": "published"})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_as_stored_is_stored() {
    if DatabaseServer::asked_for().is_some() {
        println!("skipped: the disk of another database's server is not the test's to fill");
        return;
    }
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: only root may mount a small file system");
        return;
    };
    let url = format!(
        "database_url = 'sqlite://{}/small.db?mode=rwc'",
        disk.path().display()
    );
    let mut server = TestServer::with().start_child(SERVER, &url).await;
    disk.fill();
    for round in 0..TITLES {
        let answer = server
            .admin
            .post("/api/v1/posts", &post(&format!("full {round}"), 200_000))
            .await;
        if answer.status.as_u16() == 201 {
            let path = format!("/api/v1/posts/full-{round}");
            server.visitor.get(&path).await.expect(200);
        } else {
            let body = answer.expect(507);
            assert!(
                body["detail"]
                    .as_str()
                    .is_some_and(|why| why.contains("disk is full")),
                "{body}"
            );
        }
    }
    disk.make_space();
    for round in 0..TITLES {
        server
            .admin
            .post("/api/v1/posts", &post(&format!("after {round}"), 1_000))
            .await
            .expect(201);
        let path = format!("/api/v1/posts/after-{round}");
        server.visitor.get(&path).await.expect(200);
    }
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
}
