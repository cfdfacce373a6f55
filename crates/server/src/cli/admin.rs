//! `raisfast admin`

use anyhow::anyhow;
use raisfast_accounts::reset_admin;
use raisfast_db::Database;

use super::AdminPassword;
use crate::{
    Config, Secret, StartError,
    config::{Flags, environment_secret},
};

/// The password comes from the environment and nowhere else: what the file says was for the first
/// start.
pub(super) async fn password(server: AdminPassword) -> anyhow::Result<()> {
    let flags = Flags::of_file(server.config)
        .with("data_dir", server.data_dir)
        .with(
            "database_url",
            server.database_url.as_ref().map(Secret::expose),
        );
    let config = Config::load(&flags)?;
    let url = config.database_url.expose();
    // It would be made where it is not there, and the password would be nobody's.
    Database::tables(url).await.map_err(|error| {
        anyhow!("{error}; the data folder is named with --data-dir or RAISFAST_DATA_DIR")
    })?;
    let database = Database::connect(url).await.map_err(StartError::from)?;
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
