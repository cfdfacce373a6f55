//! The guest `witness`, which writes each call down in tables of its own.

use crate::{DatabaseServer, Manifest};

/// The plugin's id.
pub const WITNESS: &str = "com.example.witness";

/// The name of the plugin's folder, and of its guest.
pub(crate) const FOLDER: &str = "witness";

/// Returns the name of the plugin's migration and its text, which differs from database to
/// database.
pub fn witness_migration(database: DatabaseServer) -> (&'static str, String) {
    // The number of a row says when it came.
    let number = match database {
        DatabaseServer::Postgres => "BIGSERIAL PRIMARY KEY",
        DatabaseServer::Mariadb => "BIGINT AUTO_INCREMENT PRIMARY KEY",
    };
    let sql = format!(
        "CREATE TABLE own_com_example_witness__deliveries (number {number}, record VARCHAR(40) NOT NULL, \
         hook VARCHAR(40) NOT NULL, delivery VARCHAR(40) NOT NULL, content VARCHAR(200) NOT NULL, \
         heard_at VARCHAR(40) NOT NULL);\n\
         CREATE TABLE own_com_example_witness__ticks (number {number}, due VARCHAR(40) NOT NULL, \
         heard_at VARCHAR(40) NOT NULL);\n"
    );
    ("0001_calls.sql", sql)
}

/// Returns the manifest: the plugin is notified of what happens to posts.
pub fn witness_manifest() -> Manifest {
    let hooks = ["on-post-created", "on-post-updated", "on-post-deleted"];
    Manifest::new(WITNESS, &hooks)
}

impl crate::Settings {
    /// With the guest `witness`, as [`witness_manifest`] and more TOML say.
    #[must_use]
    pub fn witness(self, database: DatabaseServer, toml: &str) -> Self {
        let (name, sql) = witness_migration(database);
        self.guest(FOLDER, &witness_manifest().with(toml))
            .migration(FOLDER, name, &sql)
    }
}
