//! A client that does not wait for its answer.

use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

const SLOW: &str = "com.example.slow";
const RECORDER: &str = "com.example.recorder";

#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_its_actions_happen_although_the_client_has_gone() {
    // The first plugin spins for this title until its deadline, which is when the client hangs up.
    let slow = Manifest::new(SLOW, &["on-post-creating"]).with("[permissions]\ntimeout_ms = 1500");
    let recorder = Manifest::new(RECORDER, &["on-post-created"]);
    let server = TestServer::with()
        .guest("panics", &slow)
        .guest("recorder", &recorder)
        .start()
        .await;

    let body = json!({"title": "spin", "slug": "kept", "content": "Text.", "status": "published"})
        .to_string();
    let head = format!(
        "POST /api/v1/posts HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        server.admin.token(),
        body.len(),
    );
    let mut connection = TcpStream::connect(server.server().addr()).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body.as_bytes()).await.unwrap();
    eventually("the slow plugin is called", || async {
        (server.plugin(SLOW).await["pool"]["busy"] == 1).then_some(())
    })
    .await;
    drop(connection);

    eventually("the post is published", || async {
        let answer = server.visitor.get("/api/v1/posts/kept").await;
        (answer.status == 200).then_some(())
    })
    .await;
    eventually("its action has run", || async {
        let hook = &server.plugin(RECORDER).await["hooks"][0];
        (hook["calls"] == 1 && hook["errors"] == 0).then_some(())
    })
    .await;
}
