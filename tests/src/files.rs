//! The storage of plugins' files that a test server has: a folder, or a private S3 server.

use std::{fs, path::PathBuf, sync::Arc};

use raisfast::{Config, S3Credentials, Secret};
use raisfast_test_s3::S3Server;

/// The variable that says where: `s3`, or `local`, which is the default.
const VARIABLE: &str = "RAISFAST_TEST_FILES";
/// A prefix, as another site in the same bucket would have another one.
const PREFIX: &str = "site";

/// The storage of a server's plugin files.
#[derive(Clone)]
pub(crate) enum Files {
    /// This folder.
    Local(PathBuf),
    /// A bucket of a server of its own.
    S3(Arc<S3Server>),
}

impl Files {
    /// The storage that [`VARIABLE`] asks for, which the configuration names then.
    ///
    /// # Panics
    ///
    /// Where it asks for another.
    pub(crate) async fn asked_for(config: &mut Config) -> Self {
        match std::env::var(VARIABLE).as_deref() {
            Ok("s3") => {
                let server = S3Server::start().await;
                config.plugins.vfs_uri = Secret::new(server.uri(PREFIX));
                config.plugins.vfs_credentials = Some(S3Credentials {
                    access_key_id: S3Server::ACCESS_KEY_ID.to_owned(),
                    secret_access_key: S3Server::SECRET_ACCESS_KEY.to_owned(),
                    session_token: None,
                });
                Self::S3(Arc::new(server))
            }
            Ok("local" | "") | Err(_) => Self::Local(config.data_dir.join("vfs")),
            Ok(other) => panic!("{VARIABLE} is `{other}`; it has to be `local` or `s3`"),
        }
    }

    /// The bytes of `<plugin>/<path>`.
    pub(crate) fn get(&self, file: &str) -> Option<Vec<u8>> {
        match self {
            Self::Local(folder) => fs::read(folder.join(file)).ok(),
            Self::S3(server) => server.get(&format!("{PREFIX}/{file}")),
        }
    }
}
