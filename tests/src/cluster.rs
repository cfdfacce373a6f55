//! The servers of one site: one database, one bucket, and a data folder for each.

use raisfast::{S3Credentials, Secret};
use raisfast_test_databases::Server as DatabaseServer;
use raisfast_test_s3::S3Server;

use crate::Settings;

/// A database and a bucket, which the servers of one site share. Each test says which of them there
/// are: [`server`](Self::server) in this process, to look inside, or [`process`](Self::process) to
/// send signals to.
pub struct Cluster {
    database: String,
    files: S3Server,
}

impl Cluster {
    /// A site with an empty database on a private server.
    pub async fn on(database: DatabaseServer) -> Self {
        Self {
            database: database.fresh_database(),
            files: S3Server::start().await,
        }
    }

    /// A server of the site with this name, for [`Settings::start`]. Plugins are those that are
    /// added to it: each server has a folder of its own.
    pub fn server(&self, name: &str) -> Settings {
        let (name, database, files) = (name.to_owned(), self.database.clone(), self.files_uri());
        Settings::default().config(move |config| {
            config.node.name = Some(name);
            config.database_url = Secret::new(database);
            config.plugins.vfs_uri = Secret::new(files);
            config.plugins.vfs_credentials = Some(S3Credentials {
                access_key_id: S3Server::ACCESS_KEY_ID.to_owned(),
                secret_access_key: S3Server::SECRET_ACCESS_KEY.to_owned(),
                session_token: None,
            });
        })
    }

    /// A server of the site with this name, for [`Settings::start_child`].
    pub fn process(&self, name: &str) -> Settings {
        Settings::default()
            .variable("NODE_NAME", name)
            .variable("DATABASE_URL", &self.database)
            .variable("PLUGIN_VFS_URI", &self.files_uri())
            .variable("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY_ID)
            .variable("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_ACCESS_KEY)
    }

    /// Returns the URL of the database.
    pub fn database_url(&self) -> &str {
        &self.database
    }

    /// Returns the files of plugins.
    pub fn files(&self) -> &S3Server {
        &self.files
    }

    fn files_uri(&self) -> String {
        self.files.uri("site")
    }
}
