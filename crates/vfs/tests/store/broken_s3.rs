//! A server that speaks S3's protocol, ignores ranges, and breaks off.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use raisfast_host_api::{ErrorCode, capability::Vfs};
use raisfast_vfs::VfsStore;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{code, credentials, shop};

const SIZE: usize = 300_000;

/// Answers each GET with the whole file, of which only this many bytes arrive; the last entry holds
/// for all that follow.
struct BrokenServer {
    uri: String,
    reads: Arc<AtomicUsize>,
}

impl BrokenServer {
    async fn start(arrives: &'static [usize]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!(
            "s3://plugin-files/x?endpoint=http://{}&region=x",
            listener.local_addr().unwrap()
        );
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = reads.clone();
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(connection, counted.clone(), arrives));
            }
        });
        Self { uri, reads }
    }

    fn open(&self) -> VfsStore {
        VfsStore::open_as(&self.uri, Some(&credentials())).unwrap()
    }
}

/// One request a connection.
async fn serve(mut connection: TcpStream, reads: Arc<AtomicUsize>, arrives: &[usize]) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = connection.read_u8().await else {
            return;
        };
        head.push(byte);
    }
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\netag: \"1\"\r\n\
         last-modified: Sun, 22 Nov 2026 07:42:28 GMT\r\nconnection: close\r\n\r\n"
    );
    let mut answer = answer.into_bytes();
    if head.starts_with(b"GET") {
        let read = reads.fetch_add(1, SeqCst);
        let bytes = arrives.get(read).or(arrives.last()).unwrap();
        answer.extend(content().into_bytes().into_iter().take(*bytes));
    }
    let _ = connection.write_all(&answer).await;
    let _ = connection.shutdown().await;
}

/// No two parts of it are the same.
fn content() -> String {
    let mut content: String = (0..)
        .map(|number| format!("{number} "))
        .take(SIZE / 4)
        .collect();
    content.truncate(SIZE);
    content
}

#[tokio::test]
async fn a_read_that_breaks_off_is_repeated_from_its_beginning() {
    // Half and half would be as long as the file is.
    for arrives in [&[SIZE / 2, SIZE][..], &[SIZE / 2, SIZE / 2, SIZE]] {
        let server = BrokenServer::start(arrives).await;
        let read = server.open().read(&shop(), "a.txt").await.unwrap();
        assert!(read == Some(content()), "{:?}", read.map(|read| read.len()));
        assert_eq!(server.reads.load(SeqCst), arrives.len());
    }
}

#[tokio::test]
async fn a_read_is_tried_three_times_however_much_arrives() {
    for arrives in [0, 10, SIZE - 1] {
        let arrives = Box::leak(vec![arrives].into_boxed_slice());
        let server = BrokenServer::start(arrives).await;
        let read = server.open().read(&shop(), "a.txt").await;
        assert_eq!(code(read), ErrorCode::Internal);
        assert_eq!(server.reads.load(SeqCst), 3);
    }
}
