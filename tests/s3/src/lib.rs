//! A private S3 server for tests.
//!
//! The protocol is real: HTTP on a port of this machine, signatures that are checked, XML, pages.
//! It keeps everything in memory, and as S3 does: keys and nothing else, so that a folder is what
//! keys have in common. It ends with the runtime of the test that has started it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let server = raisfast_test_s3::S3Server::start().await;
//! let uri = server.uri("sites/one");
//! assert!(uri.starts_with("s3://plugin-files/sites/one?endpoint=http://127.0.0.1:"));
//! assert!(server.get("sites/one/a.txt").is_none());
//! # }
//! ```

mod objects;

use std::net::SocketAddr;

use axum::{Router, error_handling::HandleError, http::StatusCode};
use objects::Objects;
use s3s::{HttpError, auth::SimpleAuth, service::S3ServiceBuilder};
use tokio::net::TcpListener;

/// The only bucket.
const BUCKET: &str = "plugin-files";

/// A server that runs, with one empty bucket.
pub struct S3Server {
    address: SocketAddr,
    objects: Objects,
}

impl S3Server {
    /// The name of the only key that it knows.
    pub const ACCESS_KEY_ID: &str = "test-key";
    /// The key itself.
    pub const SECRET_ACCESS_KEY: &str = "correct-horse-battery-staple";

    /// Starts it on a free port.
    ///
    /// # Panics
    ///
    /// Panics where this machine has no loopback.
    pub async fn start() -> Self {
        let objects = Objects::default();
        let mut builder = S3ServiceBuilder::new(objects.clone());
        builder.set_auth(SimpleAuth::from_single(
            Self::ACCESS_KEY_ID,
            Self::SECRET_ACCESS_KEY,
        ));
        let service = HandleError::new(builder.build(), async |error: HttpError| {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let router = Router::new().fallback_service(service);
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { address, objects }
    }

    /// An address of its bucket, as `PLUGIN_VFS_URI` takes it, with a prefix or an empty one.
    pub fn uri(&self, prefix: &str) -> String {
        format!(
            "s3://{BUCKET}/{prefix}?endpoint=http://{}&region=eu-central-1",
            self.address
        )
    }

    /// The bytes of a key.
    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.objects.get(key)
    }

    /// Puts a key there, as somebody else who uses the bucket.
    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.objects.put(key, bytes.into());
    }

    /// Lets every object that is written wait until [`release_writes`](Self::release_writes). It is
    /// not stored if its client goes away meanwhile.
    pub fn hold_writes(&self) {
        self.objects.hold_writes(true);
    }

    /// Lets writes go on.
    pub fn release_writes(&self) {
        self.objects.hold_writes(false);
    }

    /// The number of writes that wait, and whose clients are still there.
    pub fn held_writes(&self) -> usize {
        self.objects.held_writes()
    }

    /// All keys, in order.
    pub fn keys(&self) -> Vec<String> {
        self.objects.keys()
    }
}
