//! `raisfast admin`: gives `admin` another password; and how commands open a database without a
//! server.

use std::path::PathBuf;

use anyhow::anyhow;
use raisfast_accounts::reset_admin;
use raisfast_db::Database;

use crate::{
    Config, Secret, StartError,
    config::{Flags, environment_secret, secret},
};

/// The database of a server, which may run meanwhile.
#[derive(clap::Args)]
pub(super) struct DatabaseFlags {
    /// Configuration file of the server [default: raisfast.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "RAISFAST_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the server's database [default: ./data]
    #[arg(long, value_name = "DIR", env = "RAISFAST_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The server's database [default: SQLite in the data folder]
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true, value_parser = secret)]
    database_url: Option<Secret>,
}

impl DatabaseFlags {
    /// Opens the database, which must be there.
    pub(super) async fn open(self) -> anyhow::Result<Database> {
        let flags = Flags::of_file(self.config)
            .with("data_dir", self.data_dir)
            .with(
                "database_url",
                self.database_url.as_ref().map(Secret::expose),
            );
        let config = Config::load(&flags)?;
        let url = config.database_url.expose();
        // It would be made where it is not there, and the password would be nobody's.
        Database::tables(url).await.map_err(|error| {
            anyhow!("{error}; the data folder is named with --data-dir or RAISFAST_DATA_DIR")
        })?;
        Ok(Database::connect(url).await.map_err(StartError::from)?)
    }
}

/// The password comes from the environment and nowhere else: what the file says was for the first
/// start.
pub(super) async fn password(server: DatabaseFlags) -> anyhow::Result<()> {
    let database = server.open().await?;
    let given = environment_secret("RAISFAST_ADMIN_PASSWORD");
    let made = reset_admin(&database, given.as_ref().map(Secret::expose))
        .await
        .map_err(|error| anyhow!("the password stays as it was: {error}"))?;
    database.close().await;
    match made {
        Some(password) => {
            say!("user      admin");
            say!("password  {password}");
            say!();
            say!("The password is not shown again. All logins of `admin` have ended.");
        }
        None => say!("`admin` has the password that you gave. All its logins have ended."),
    }
    Ok(())
}
