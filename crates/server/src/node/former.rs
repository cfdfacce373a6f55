//! The id that the last server on this data folder had.
//!
//! A server that was killed leaves its lease, and with it all that it held, for as long as the
//! lease lasts. The next one on the same folder knows better: it has the lock that only a process
//! which is gone lets go of. It ends that lease as it joins.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Arc,
};

use raisfast_cluster::Node;

/// The file, in the data folder.
const FILE: &str = "node.lock";
/// The length of an id.
const ID_LENGTH: u64 = 36;

/// The file in which a server leaves its id, locked for this process.
pub(super) struct Former(File);

impl Former {
    /// Locks the file. Where another server uses the folder, or it cannot be locked, nothing is
    /// known of a former one, and its lease runs out by itself.
    pub(super) fn of(data_dir: &Path) -> Option<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(data_dir.join(FILE))
            .ok()?;
        file.try_lock().ok()?;
        Some(Self(file))
    }

    /// Returns the id, if a server has left one.
    pub(super) fn id(&self) -> Option<String> {
        let mut text = String::new();
        (&self.0).take(ID_LENGTH).read_to_string(&mut text).ok()?;
        (text.len() as u64 == ID_LENGTH).then_some(text)
    }

    /// Writes each id of the node into the file, as long as there is the node.
    pub(super) fn follow(self, node: &Node) {
        let file = Arc::new(self);
        let mut ids = node.ids();
        tokio::spawn(async move {
            loop {
                let id = ids.borrow_and_update().as_ref().map(ToString::to_string);
                if let Some(Err(error)) = id.map(|id| file.write(&id)) {
                    tracing::warn!(%error, "the id of this server is not kept in the data folder");
                }
                if ids.changed().await.is_err() {
                    return;
                }
            }
        });
    }

    fn write(&self, id: &str) -> io::Result<()> {
        (&self.0).rewind()?;
        (&self.0).write_all(id.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_by_the_next_server_and_not_beside_the_one_that_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Former::of(folder.path()).unwrap();
        assert_eq!(first.id(), None);
        let id = "0193a3f0-0000-7000-8000-000000000000";
        first.write(id).unwrap();
        assert!(Former::of(folder.path()).is_none());
        drop(first);
        assert_eq!(Former::of(folder.path()).unwrap().id().as_deref(), Some(id));
    }
}
