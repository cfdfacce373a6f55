//! The functions of `interface host-api` that are about files, as imports.

use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "host-api";
        waits "vfs-read" |session, path: String| session.vfs_read(&path);
        waits "vfs-write" |session, path: String, content: String|
            session.vfs_write(&path, &content);
        waits "vfs-delete" |session, path: String| session.vfs_delete(&path);
        waits "vfs-exists" |session, path: String| session.vfs_exists(&path);
        waits "vfs-list" |session, path: String| session.vfs_list(&path);
        waits "vfs-stat" |session, path: String| session.vfs_stat(&path);
    )
}
