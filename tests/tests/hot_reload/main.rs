//! Changes in a plugin's folder while the server runs.

mod admins;
mod folders;
mod ids;
mod versions;

use raisfast_tests::{Manifest, TestServer, eventually, guest};

const STAMP: &str = "com.example.stamp";

/// The guest `stamp` puts the version, which is this manifest's, on whatever it touches.
fn stamp(version: &str) -> Manifest {
    let hooks = ["on-post-creating", "on-post-created", "filter-html"];
    Manifest::new(STAMP, &hooks).with(&format!("[config]\nversion = \"{version}\""))
}

/// The same guest as another file.
fn variant(name: &str) -> Vec<u8> {
    let mut wasm = guest("stamp");
    let length = u8::try_from(name.len()).expect("a short name");
    // A custom section without content.
    wasm.extend([0, length + 1, length]);
    wasm.extend(name.as_bytes());
    wasm
}

async fn serving(version: &str) -> TestServer {
    TestServer::with()
        .guest("stamp", &stamp(version))
        .start()
        .await
}

/// Returns the version that answers the next call, if any does.
async fn version(server: &TestServer) -> Option<String> {
    let post = server.publish("Which version?").await;
    post["excerpt"].as_str().map(str::to_owned)
}

async fn reaches_version(server: &TestServer, expected: &str) {
    eventually(&format!("version {expected} serves"), || async {
        (version(server).await.as_deref() == Some(expected)).then_some(())
    })
    .await;
}
