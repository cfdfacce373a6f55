//! A disk that is full: what is answered as stored is stored, and it is over when there is space
//! again.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use raisfast_tests::{DatabaseServer, TestServer};
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const TITLES: usize = 6;

/// A small file system in memory. It is unmounted when this is dropped.
struct SmallDisk {
    folder: PathBuf,
    _parent: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one; none where this user may not.
    fn mount() -> Option<Self> {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = parent.path().join("disk");
        fs::create_dir(&folder).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m,mode=0700", "tmpfs"])
            .arg(&folder)
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self {
                folder,
                _parent: parent,
            })
    }

    fn path(&self) -> &Path {
        &self.folder
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    /// Takes all the space that is left.
    fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("a file");
        for size in [64 << 10, 1 << 10, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn make_space(&self) {
        fs::remove_file(self.filler()).expect("the filler goes");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that a failed test leaves behind may still have files open.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}

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
