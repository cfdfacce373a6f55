//! The socket through which whoever runs the server administers it, without a login.
//!
//! A login can be out of reach when it is needed most: the password is lost, the address is behind
//! a proxy, too many attempts have failed. Whoever may open this socket could read and change the
//! database beside it anyway: it lies in the data folder, has the mode 0600, and nobody is served
//! but the server's own user and root.

use std::{
    fs, io,
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use rustix::process::geteuid;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use crate::connections::{Connections, Peer};

/// Marks a request that has come through the socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByOperator;

/// Returns the path of a data folder's socket.
pub(crate) fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join("raisfast.sock")
}

/// The socket, until it is dropped.
pub(crate) struct OperatorSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl OperatorSocket {
    /// Opens the socket in a data folder. Where that is not possible the log says why, and the
    /// server does without.
    pub(crate) fn open(data_dir: &Path) -> Option<Self> {
        let path = path_in(data_dir);
        match bind(&path) {
            Ok(listener) => Some(Self { listener, path }),
            Err(error) => {
                tracing::warn!(
                    path = %path.display(),
                    %error,
                    "the socket for commands on this machine cannot be opened: they need a login"
                );
                None
            }
        }
    }

    /// Serves whoever may use the socket, until the server shuts down.
    pub(crate) async fn serve(self, connections: Connections, shutdown: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let user = stream.peer_cred().map(|peer| peer.uid());
                    if user.is_ok_and(|user| user == 0 || user == geteuid().as_raw()) {
                        connections.begin(stream, Peer::Operator);
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "the socket for commands on this machine cannot be used");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
    }
}

impl Drop for OperatorSocket {
    fn drop(&mut self) {
        // It is gone already where somebody has removed the data folder.
        let _ = fs::remove_file(&self.path);
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    if let Ok(found) = fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            return Err(io::Error::other("something else has this name"));
        }
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::other("another server uses this data folder"));
        }
        // A server that was killed has left it.
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}
