//! A bucket, as its operator sees it.

use std::error::Error;

use raisfast_host_api::{ErrorCode, capability::Vfs};
use raisfast_test_s3::S3Server;
use raisfast_vfs::{S3Credentials, VfsError, VfsStore};

use crate::support::{PLENTY, code, credentials, plugin, shop};

fn open(uri: &str) -> VfsStore {
    VfsStore::open_as(uri, Some(&credentials())).unwrap()
}

/// An error and what led to it, in both forms that could reach a log.
fn told(error: &dyn Error) -> String {
    let mut told = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        told.push('\n');
        told.push_str(&error.to_string());
        next = error.source();
    }
    told
}

#[tokio::test]
async fn a_file_is_an_object_below_the_prefix() {
    let server = S3Server::start().await;
    let files = open(&server.uri("sites/one"));
    files.check().await.unwrap();
    files
        .write(&shop(), "a/grün.txt", "x", PLENTY)
        .await
        .unwrap();
    files.write(&shop(), "a/b", "", PLENTY).await.unwrap();
    assert_eq!(
        server.keys(),
        [
            "sites/one/com.example.shop/a/b",
            "sites/one/com.example.shop/a/grün.txt"
        ]
    );
    assert!(files.delete(&shop(), "a/b").await.unwrap());
    // Another site in the same bucket.
    let other = open(&server.uri("sites/two"));
    assert_eq!(other.read(&shop(), "a/grün.txt").await.unwrap(), None);
    let without_prefix = open(&server.uri(""));
    without_prefix
        .write(&shop(), "c", "x", PLENTY)
        .await
        .unwrap();
    assert_eq!(
        server.keys(),
        [
            "com.example.shop/c",
            "sites/one/com.example.shop/a/grün.txt"
        ]
    );
}

#[tokio::test]
async fn the_longest_path_of_the_longest_id_fits_a_key() {
    let server = S3Server::start().await;
    let prefix = "p".repeat(126);
    let files = open(&server.uri(&prefix));
    let longest = plugin(&format!("{}.{}", "a".repeat(63), "b".repeat(64)));
    let path = format!("{0}/{0}/{0}/{1}", "x".repeat(240), "x".repeat(45));
    files.write(&longest, &path, "x", PLENTY).await.unwrap();
    assert_eq!(server.keys()[0].len(), 1024);

    let error = VfsStore::open(&server.uri(&"p".repeat(127))).unwrap_err();
    assert!(
        error.to_string().contains("longer than 126 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn what_others_put_there_is_found_and_counted() {
    let server = S3Server::start().await;
    server.put("com.example.shop/a/b.bin", [0xff, 0xfe]);
    // What consoles put there for a folder.
    server.put("com.example.shop/empty/", "");
    let files = open(&server.uri(""));
    let error = files.read(&shop(), "a/b.bin").await.unwrap_err();
    assert!(error.message.contains("`a/b.bin` is not UTF-8"), "{error}");
    assert!(!files.exists(&shop(), "empty").await.unwrap());
    let tight = raisfast_host_api::capability::VfsLimits {
        file_bytes: 10,
        total_bytes: 3,
    };
    files.write(&shop(), "c", "1", tight).await.unwrap();
    assert_eq!(
        code(files.write(&shop(), "d", "2", tight).await),
        ErrorCode::Quota
    );
}

#[tokio::test]
async fn a_bucket_that_cannot_be_used_is_told_without_secrets() {
    let server = S3Server::start().await;
    let wrong = S3Credentials {
        secret_access_key: "a wrong secret".to_owned(),
        ..credentials()
    };
    let unknown = S3Credentials {
        access_key_id: "an unknown key".to_owned(),
        ..credentials()
    };
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = gone.local_addr().unwrap();
    drop(gone);
    for (uri, credentials, reason) in [
        (server.uri("x"), &wrong, "access is denied"),
        (server.uri("x"), &unknown, "access is denied"),
        (
            server.uri("x").replace("plugin-files", "other-files"),
            &credentials(),
            "no such bucket",
        ),
        (
            format!("s3://plugin-files/x?endpoint=http://{nobody}&region=x"),
            &credentials(),
            "does not answer",
        ),
    ] {
        let files = VfsStore::open_as(&uri, Some(credentials)).unwrap();
        let error = files.check().await.unwrap_err();
        assert!(matches!(error, VfsError::Unusable { .. }), "{error}");
        let told = told(&error);
        assert!(told.contains(reason), "{told}");
        assert!(told.contains("-files/x`"), "{told}");

        // A plugin learns nothing of it.
        let error = files.write(&shop(), "a", "x", PLENTY).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Internal);
        for (secret, place) in [
            (&credentials.secret_access_key, told),
            (&uri, error.message),
        ] {
            assert!(!place.contains(secret), "{place}");
            assert!(!place.contains("Credential="), "{place}");
        }
    }
    assert!(server.keys().is_empty());
    assert_eq!(format!("{:?}", credentials()), "S3Credentials(***)");
}

/// Each counts what it has found at its first write, and then only its own: what the book tells
/// operators.
#[tokio::test]
async fn two_servers_on_one_prefix_share_files_but_no_quota() {
    let server = S3Server::start().await;
    let (one, two) = (open(&server.uri("")), open(&server.uri("")));
    let limits = raisfast_host_api::capability::VfsLimits {
        file_bytes: 10,
        total_bytes: 20,
    };
    one.write(&shop(), "a", "0123456789", limits).await.unwrap();
    two.write(&shop(), "b", "0123456789", limits).await.unwrap();
    assert_eq!(one.read(&shop(), "b").await.unwrap().unwrap(), "0123456789");
    one.write(&shop(), "c", "0123456789", limits).await.unwrap();
    assert_eq!(
        code(open(&server.uri("")).write(&shop(), "d", "x", limits).await),
        ErrorCode::Quota
    );
}

#[test]
fn an_address_of_no_bucket_says_why_and_shows_no_secret() {
    for (uri, reason) in [
        ("s3://key:hunter2@bucket/x", "credentials have no place"),
        (
            "s3://bucket/x?secret_access_key=hunter2",
            "`secret_access_key` is not a setting",
        ),
        (
            "s3://bucket/x?endpoint=https://key:hunter2@host",
            "its endpoint",
        ),
        ("s3://bucket?region=", "`region` has"),
    ] {
        let error = VfsStore::open_as(uri, Some(&credentials())).unwrap_err();
        let told = told(&error);
        assert!(told.contains(reason), "{told}");
        assert!(told.contains("AWS_ACCESS_KEY_ID"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
